import Builtins
import Data
import Engine
import Language
import NN

extension Session {
  /// `f(a, k=b)`, `x.f(a)` and every command form.
  func call(_ call: Call, _ span: Span, _ scope: Scope) throws -> any Value {
    switch call.callee.kind {
    case .name(let name):
      // A command with arguments is the built-in, whatever a variable of that name holds; bare, it is the variable.
      if let value = scope[name] {
        if !call.isCommand { return try self.call(value, call, span, scope) }
        if call.arguments.isEmpty { return value }
      }
      if Registry.shared.contains(name), let first = call.arguments.first, first.name == nil {
        let value = try evaluate(first.value, scope)
        guard let entry = Registry.entry(name, for: value) else { throw unknown(name, call.callee.span, scope) }
        let rest = Call(call.callee, Array(call.arguments.dropFirst()), isCommand: call.isCommand)
        return try self.call(entry, (value, first.value.span), rest, span, scope)
      }
      if let entry = Registry.byName[name] { return try self.call(entry, nil, call, span, scope) }
      throw unknown(name, call.callee.span, scope)
    case .member(let base, let name):
      let value = try evaluate(base, scope)
      if name.text == "append", let list = value as? List { return try append(call, to: base, list, span, scope) }
      if let entry = Registry.modelMethods[name.text], value is Module { return try self.call(entry, (value, base.span), call, span, scope) }
      if let field = try at(name.span, { try value.field(name.text) }) {
        if field is any Callable || field is Module { return try self.call(field, call, span, scope) }
        guard let entry = Registry.entry(name.text, for: value) else {
          throw Failure("`\(name.text)` is \(type(of: field).aKind), and cannot be called", at: name.span, help: "leave the parentheses out")
        }
        return try self.call(entry, (value, base.span), call, span, scope)
      }
      guard let entry = method(name.text, of: value) else { throw noMember(name, value) }
      return try self.call(entry, (value, base.span), call, span, scope)
    default: return try self.call(try evaluate(call.callee, scope), call, span, scope)
    }
  }

  /// Calls a value: a function of the user, a model, a built-in under another name.
  private func call(_ value: any Value, _ call: Call, _ span: Span, _ scope: Scope) throws -> any Value {
    switch value {
    case let module as Module:
      let inputs = try self.inputs(of: module, call, scope)
      do { return try currentRun(module, inputs) } catch { throw located(error, span, operands: call.arguments.map(\.value.span)) }
    case let function as BuiltinFunction: return try self.call(function.entry, nil, call, span, scope)
    case let method as BoundMethod: return try self.call(method.entry, (method.receiver, call.callee.span), call, span, scope)
    case let function as UserFunction: return try function.call(try passed(call, scope), at: span)
    case let maker as ModelMaker: return try maker.call(try passed(call, scope), at: span)
    case let callable as any Callable:
      let arguments = try passed(call, scope)
      if let name = arguments.lazy.compactMap(\.name).first { throw Failure("this function takes its arguments by place, not `\(name.text)=`", at: name.span) }
      do { return try callable.call(arguments.map(\.value)) } catch { throw located(error, span, operands: arguments.map(\.span)) }
    default:
      throw Failure("\(type(of: value).aKind) cannot be called", at: call.callee.span, help: "a space before `(` or an operator may be missing")
    }
  }

  /// The inputs of a model in their order. Those that it has names for may be given by name, with `none` for one left out.
  private func inputs(of module: Module, _ call: Call, _ scope: Scope) throws -> [any Value] {
    var inputs: [(any Value)?] = []
    for argument in call.arguments {
      let value = try evaluate(argument.value, scope)
      guard let name = argument.name else {
        inputs.append(value)
        continue
      }
      guard let place = module.inputNames.firstIndex(of: name.text) else {
        let known = module.inputNames
        let help = nearest(to: name.text, among: known).map { "did you mean `\($0)`?" } ?? (known.isEmpty ? nil : "it takes " + known.joined(separator: ", "))
        let what = known.isEmpty ? "a model is called with its inputs by place, not `\(name.text)=`" : "\(module.typeName) has no input `\(name.text)`"
        throw Failure(what, at: name.span, help: help)
      }
      while inputs.count <= place { inputs.append(nil) }
      guard inputs[place] == nil else { throw Failure("`\(name.text)` is given twice", at: name.span) }
      inputs[place] = value
    }
    return inputs.map { $0 ?? None() }
  }

  /// The arguments of a call to a function of the user, evaluated.
  private func passed(_ call: Call, _ scope: Scope) throws -> [PassedArgument] {
    try call.arguments.map { PassedArgument(name: $0.name, value: try evaluate($0.value, scope), span: $0.value.span) }
  }

  /// Calls a built-in: binds the arguments as they are written, evaluates each in the form that its parameter asks for, and
  /// runs the body.
  private func call(_ entry: Entry, _ receiver: (value: any Value, span: Span)?, _ call: Call, _ span: Span, _ scope: Scope) throws -> any Value {
    var written: [Written] = receiver.map { [Written(name: nil, value: $0.value, expression: nil, span: $0.span)] } ?? []
    written += call.arguments.map { Written(name: $0.name, value: nil, expression: $0.value, span: $0.value.span) }
    let bound: Bound
    do {
      bound = try Builtins.bind(written.indices.map { Passed(written[$0].name?.text, Deferred(index: $0)) }, to: entry.parameters)
    } catch { throw misuse(error, entry, written, call.callee.span) }
    var values: [(any Value)?] = []
    for (parameter, value) in zip(entry.parameters, bound.values) {
      values.append(try value.map { try resolve($0, parameter, written, scope) })
    }
    do { return try plain(try entry.body(self, values), of: values, entry) } catch let error as ArgumentError {
      throw misuse(error, entry, written, call.callee.span, origins: bound.origins)
    } catch let inner as InArgument {
      let place = entry.parameters.firstIndex { $0.name == inner.name }.flatMap { bound.origins[$0] }.map { written[$0].span } ?? span
      guard var failure = located(inner.error, place) as? Failure else { throw inner.error }
      failure.diagnostic.label = inner.label
      throw failure
    } catch {
      // Operands are the arguments where the built-in is the operation itself, and not something that runs others.
      let isOperation = entry.group == .functions || entry.group == .random
      throw located(error, span, operands: isOperation ? bound.origins.map { $0.map { written[$0].span } ?? span } : [])
    }
  }

  /// A function of tensors that was given a plain number gives one back: `sqrt(2)` is no tensor.
  private func plain(_ result: any Value, of values: [(any Value)?], _ entry: Entry) throws -> any Value {
    guard let first = values.first ?? nil, first is Double || first is Int || first is Bool, entry.group == .functions,
      entry.parameters.first?.expectation == Tensor.expectation, var tensor = result as? Tensor, tensor.rank == 0
    else { return result }
    // An integer became a float32 on the way; the plain number has all its digits.
    if tensor.dtype == .float32, let integer = first as? Int {
      tensor = try entry.body(self, [Double(integer)] + values.dropFirst()) as? Tensor ?? tensor
    }
    let number = try tensor.item()
    switch tensor.dtype {
    case .float32, .float64: return number
    case .int64: return Int(exactly: number) ?? number
    case .bool: return number != 0
    }
  }

  /// An argument as it was written, or the receiver of a method, which is a value already.
  private struct Written {
    let name: Identifier?
    let value: (any Value)?
    let expression: Expression?
    let span: Span
  }

  /// Stands for an argument until its parameter is known.
  private struct Deferred: Value {
    let index: Int
    static let kind = "argument"
    var shown: Shown { .nothing }
    var json: JSON { .null }
  }

  private func resolve(_ value: any Value, _ parameter: Builtins.Parameter, _ written: [Written], _ scope: Scope) throws -> any Value {
    switch value {
    case let deferred as Deferred: return try resolve(written[deferred.index], parameter, scope)
    case let list as List: return List(try list.items.map { try resolve($0, parameter, written, scope) })
    case let rest as Rest: return Rest(try rest.items.map { ($0.name, try resolve($0.value, parameter, written, scope)) })
    default: return value
    }
  }

  private func resolve(_ argument: Written, _ parameter: Builtins.Parameter, _ scope: Scope) throws -> any Value {
    guard let expression = argument.expression else { return argument.value ?? None() }
    switch parameter.form {
    case .value:
      let value = try evaluate(expression, scope)
      guard parameter.expectation == AnyFunction.expectation, let model = value as? Module else { return value }
      return ModelFunction(model, self)
    case .expression: return Quoted(expression, scope)
    case .word:
      if case .name(let name) = expression.kind { return name }
      return try evaluate(expression, scope)
    case .choice(let words):
      switch expression.kind {
      case .name(let name) where words.contains(name): return name
      case .none where words.contains("none"): return "none"
      case .name(let name) where scope[name] == nil:
        throw Failure(
          "`\(name)` is no choice for `\(parameter.name)`", at: expression.span,
          help: nearest(to: name, among: words).map { "did you mean `\($0)`?" } ?? "choose one of " + words.joined(separator: ", "))
      default: return try evaluate(expression, scope)
      }
    }
  }

  /// An error of arguments at the place of the argument that it is about.
  private func misuse(_ error: ArgumentError, _ entry: Entry, _ written: [Written], _ callee: Span, origins: [Int?] = []) -> Failure {
    var span = callee
    let named = { (name: String) in entry.parameters.firstIndex { $0.name == name }.flatMap { $0 < origins.count ? origins[$0] : nil } }
    switch error {
    case .unknownName(_, let index, _, _): span = written[index].name?.span ?? written[index].span
    case .tooMany(let index, _), .twice(_, let index): span = written[index].name?.span ?? written[index].span
    case .wrongType(let name, _, _), .notAChoice(let name, _, _), .outOfRange(let name, _, _):
      if let index = named(name) { span = written[index].span }
    case .missing: break
    }
    return Failure("\(entry.name): \(error.title)", at: span, error.label, help: error.help ?? way(out: error, entry))
  }

  /// What to type instead: a command as it is used, of a function its arguments.
  private func way(out error: ArgumentError, _ entry: Entry) -> String {
    if case .wrongType(_, _, Split.kind) = error { return "take one part of it, `.train` or `.test`" }
    guard Registry.isCommand(entry.name), let example = entry.examples.first else { return entry.usage }
    return "as in `\(example.code.split(separator: ";").last.map { $0.trimmed } ?? example.code)`; `help \(entry.name)` tells all"
  }

  /// `xs.append(v)` changes the list under its name, as Python's does.
  private func append(_ call: Call, to place: Expression, _ list: List, _ span: Span, _ scope: Scope) throws -> any Value {
    guard call.arguments.count == 1, call.arguments[0].name == nil else {
      throw Failure("append takes one value", at: span, help: "xs.append(1)")
    }
    try assign(List(list.items + [try evaluate(call.arguments[0].value, scope)]), to: place, scope)
    return None()
  }
}

extension Entry {
  /// How it is called: `prune(net, by, keep=0.5)`.
  public var usage: String {
    let arguments = parameters.map { p in
      p.gather != .nothing ? "*\(p.name)" : p.isRequired ? p.name : "\(p.name)=\(p.standardText ?? "…")"
    }
    return "\(name)(\(arguments.joined(separator: ", ")))"
  }
}

/// One argument of a call to something the user made.
struct PassedArgument {
  let name: Identifier?
  let value: any Value
  let span: Span
}

extension Substring {
  fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
