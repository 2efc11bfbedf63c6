import Builtins
import Language

extension Session {
  public static func isBuiltin(_ name: String) -> Bool { Registry.byName[name] != nil }

  /// Ends the session, as `quit` does.
  public func leave() { quits = true }

  /// Finds names that nothing has and arguments that a built-in does not take, without running anything.
  ///
  /// A name counts as known wherever the text puts a value under it: what runs in which order cannot be told.
  public func resolve(_ statements: [Statement]) -> [Diagnostic] {
    var resolver = Resolver(known: globals.names.union(["here", "args", "_"]), formulas: Set(formulas.keys))
    resolver.collect(statements)
    // Another file may define any name.
    guard !resolver.runsFiles else { return [] }
    resolver.visit(statements)
    return Array(resolver.found.prefix(Parser.problemLimit))
  }
}

private struct Resolver {
  var known: Set<String>
  /// Names of formulas, which only formulas read and `del` takes back.
  var formulas: Set<String>
  var found: [Diagnostic] = []
  var runsFiles = false

  init(known: Set<String>, formulas: Set<String>) { (self.known, self.formulas) = (known, formulas) }

  // MARK: the names that the text defines

  mutating func collect(_ statements: [Statement]) {
    for statement in statements {
      switch statement.kind {
      case .assignment(let target, let value):
        define(target)
        collect(value)
      case .update(_, _, let value), .expression(let value), .return(let value?): collect(value)
      case .function(let declaration):
        known.insert(declaration.name.text)
        collect(declaration.function)
      case .model(let declaration):
        known.formUnion([declaration.name.text, "self"] + declaration.parameters.map(\.name.text) + declaration.fields.map(\.key.text) + declaration.methods.map(\.name.text))
        declaration.fields.forEach { collect($0.value) }
        declaration.methods.forEach { collect($0.function) }
      case .choice(let branches, let otherwise):
        for branch in branches {
          collect(branch.condition)
          collect(branch.body.statements)
        }
        if let otherwise { collect(otherwise.statements) }
      case .loop(let target, let sequence, let body):
        define(target)
        collect(sequence)
        collect(body.statements)
      case .repetition(let condition, let body):
        collect(condition)
        collect(body.statements)
      case .break, .continue, .return(nil), .delete: break
      }
    }
  }

  private mutating func define(_ target: Expression) {
    switch target.kind {
    case .name(let name): known.insert(name)
    case .tuple(let items), .list(let items): items.forEach { define($0) }
    default: break
    }
  }

  private mutating func collect(_ function: Function) {
    known.formUnion(function.parameters.map(\.name.text))
    switch function.body {
    case .expression(let body): collect(body)
    case .block(let block): collect(block.statements)
    }
  }

  private mutating func collect(_ e: Expression) {
    switch e.kind {
    case .lambda(let function): collect(function)
    case .noGrad(let block): collect(block.statements)
    case .quote(let statement): collect([statement])
    case .call(let call):
      for argument in call.arguments where argument.name?.text == "as" { define(argument.value) }
      if case .name("run") = call.callee.kind { runsFiles = true }
    default: break
    }
    var children: [Expression] = []
    e.forEachChild { children.append($0) }
    children.forEach { collect($0) }
  }

  // MARK: the names that the text uses

  mutating func visit(_ statements: [Statement]) {
    for statement in statements {
      switch statement.kind {
      case .assignment(let target, let value), .update(let target, _, let value):
        if case .name = target.kind {} else { visit(target) }
        visit(value)
      case .expression(let value), .return(let value?): visit(value)
      case .function(let declaration): visit(declaration.function)
      case .model(let declaration):
        declaration.fields.forEach { visit($0.value) }
        declaration.methods.forEach { visit($0.function) }
      case .choice(let branches, let otherwise):
        for branch in branches {
          visit(branch.condition)
          visit(branch.body.statements)
        }
        if let otherwise { visit(otherwise.statements) }
      case .loop(_, let sequence, let body):
        visit(sequence)
        visit(body.statements)
      case .repetition(let condition, let body):
        visit(condition)
        visit(body.statements)
      case .delete(let names): for name in names where !formulas.contains(name.text) { use(name.text, name.span) }
      case .break, .continue, .return(nil): break
      }
    }
  }

  private mutating func visit(_ function: Function) {
    for parameter in function.parameters { if let value = parameter.defaultValue { visit(value) } }
    switch function.body {
    case .expression(let body): visit(body)
    case .block(let block): visit(block.statements)
    }
  }

  private mutating func visit(_ e: Expression) {
    switch e.kind {
    case .name(let name): use(name, e.span)
    case .call(let call): visit(call)
    case .lambda(let function): visit(function)
    case .noGrad(let block): visit(block.statements)
    case .quote(let statement): visit([statement])
    default:
      var children: [Expression] = []
      e.forEachChild { children.append($0) }
      children.forEach { visit($0) }
    }
  }

  private mutating func visit(_ call: Call) {
    var entry: Entry?
    if case .name(let name) = call.callee.kind {
      if call.isCommand || !known.contains(name) { entry = Registry.byName[name] }
      if entry == nil { use(name, call.callee.span) }
      if name == "formula" { formulas.formUnion(call.arguments.compactMap(\.name?.text)) }
    } else {
      visit(call.callee)
      // Which built-in a method is depends on its value; one of that name that takes bare words is taken for it.
      if case .member(_, let name) = call.callee.kind {
        let named = Registry.all.filter { $0.name == name.text }
        entry = named.first { $0.parameters.contains { $0.form != .value } } ?? nil
        if let method = entry {
          for argument in call.arguments where argument.name == nil || !method.parameters.contains(where: { $0.name == argument.name?.text }) {
            if case .name = argument.value.kind {} else { visit(argument.value) }
          }
          return
        }
      }
    }
    let takesAll = entry?.parameters.contains { $0.gather == .everything } ?? true
    for argument in call.arguments {
      let parameter = argument.name.flatMap { name in entry?.parameters.first { $0.name == name.text } }
      if let name = argument.name, let entry, parameter == nil, !takesAll {
        let names = entry.parameters.map(\.name)
        found.append(Diagnostic(.error, "\(entry.name): there is no argument `\(name.text)`", at: name.span, help: nearest(to: name.text, among: names).map { "did you mean `\($0)`?" } ?? entry.usage))
      }
      // Formulas, words and choices are no names to look up.
      let isPlain = entry == nil || (parameter.map { $0.form == .value } ?? (entry?.parameters.allSatisfy { $0.form == .value } ?? true))
      if isPlain { visit(argument.value) }
    }
  }

  private mutating func use(_ name: String, _ span: Span) {
    guard !known.contains(name), Registry.byName[name] == nil, Session.constants[name] == nil else { return }
    let near = nearest(to: name, among: known) ?? nearest(to: name, among: Registry.byName.keys)
    found.append(Diagnostic(.error, "there is no `\(name)`", at: span, "not a name here", help: near.map { "did you mean `\($0)`?" }))
  }
}
