import Builtins
import Charts
import CKernels
import Engine
import Importance
import Language
import NN

extension Session {
  /// The value of an expression.
  func evaluate(_ e: Expression, _ scope: Scope) throws -> any Value {
    switch e.kind {
    case .integer(let value): return value
    case .real(let value): return value
    case .string(let value): return value
    case .boolean(let value): return value
    case .none: return None()
    case .ellipsis: throw Failure("`...` stands for dimensions, between the brackets of an index alone", at: e.span)
    case .format(let pieces): return try format(pieces, scope)
    case .name(let name): return try look(up: name, e.span, scope)
    case .list(let items), .tuple(let items): return List(try items.map { try evaluate($0, scope) })
    case .record(let fields): return Record(try fields.map { ($0.key.text, try evaluate($0.value, scope)) })
    case .member(let base, let name): return try member(base, name, e.span, scope)
    case .call(let call): return try self.call(call, e.span, scope)
    case .index(let base, let subscripts): return try index(try evaluate(base, scope), subscripts, e.span, base.span, scope)
    case .unary(let operation, let operand): return try unary(operation, operand, e.span, scope)
    case .binary(let operation, let a, let b):
      return try binary(operation, try evaluate(a, scope), try evaluate(b, scope), Sides(e.span, a.span, b.span))
    case .logical(let operation, let a, let b): return try logical(operation, a, b, e.span, scope)
    case .comparison(let first, let rest): return try comparison(first, rest, e.span, scope)
    case .conditional(let value, let condition, let otherwise):
      return try evaluate(try isTrue(condition, scope) ? value : otherwise, scope)
    case .lambda(let function): return UserFunction("the function", function, scope, self)
    case .absolute(let operand): return try absolute(try evaluate(operand, scope), e.span)
    case .noGrad(let block): return try Recording.with(.none) { try blockValue(block, scope) }
    case .quote: throw Failure("a statement stands where a value is expected", at: e.span)
    }
  }

  /// The value of a block: that of its last statement where that is an expression.
  private func blockValue(_ block: Block, _ scope: Scope) throws -> any Value {
    for (i, statement) in block.statements.enumerated() {
      try poll(statement.span)
      if i == block.statements.count - 1, case .expression(let last) = statement.kind { return try evaluate(last, scope) }
      switch try execute(statement, scope, isTop: false) {
      case .next: continue
      case .leave, .leaveLoop, .nextRound:
        throw Failure("`return`, `break` and `continue` do not leave a `no_grad` block", at: statement.span, help: "its value is that of its last expression")
      }
    }
    return None()
  }

  private func look(up name: String, _ span: Span, _ scope: Scope) throws -> any Value {
    if let value = scope[name] { return value }
    if name == "_" {
      guard let last else { throw Failure("nothing was shown yet that `_` could stand for", at: span) }
      return last
    }
    if let entry = Registry.byName[name] { return BuiltinFunction(entry, self) }
    if let value = Session.constants[name] { return value }
    throw unknown(name, span, scope)
  }

  static let constants: [String: Double] = ["pi": Double.pi, "e": 2.718281828459045]

  /// The error for a name that nothing has.
  func unknown(_ name: String, _ span: Span, _ scope: Scope) -> Failure {
    let near = nearest(to: name, among: scope.names) ?? nearest(to: name, among: Registry.byName.keys)
    return Failure("there is no `\(name)`", at: span, "not a name here", help: near.map { "did you mean `\($0)`?" } ?? "`vars` lists your names, `help` the built-in ones")
  }

  private func format(_ pieces: [FormatPiece], _ scope: Scope) throws -> String {
    var out = ""
    for piece in pieces {
      switch piece {
      case .text(let text): out += text
      case .value(let expression, let spec):
        let value = try evaluate(expression, scope)
        out += try at(expression.span) { try formatted(value, spec) }
      }
    }
    return out
  }

  private func formatted(_ value: any Value, _ spec: String?) throws -> String {
    guard let spec, !spec.isEmpty else { return value.plainText }
    switch value {
    case let number as Int: return try Charts.formatted(number, spec: spec)
    case let number as Double: return try Charts.formatted(number, spec: spec)
    case let tensor as Tensor where tensor.count == 1:
      return tensor.dtype.isFloating ? try Charts.formatted(try tensor.item(), spec: spec) : try Charts.formatted(Int(try tensor.item()), spec: spec)
    default: return try Charts.formatted(value.plainText, spec: spec)
    }
  }

  private func member(_ base: Expression, _ name: Identifier, _ span: Span, _ scope: Scope) throws -> any Value {
    let value = try evaluate(base, scope)
    if let field = try at(span, { try value.field(name.text) }) { return field }
    if let entry = method(name.text, of: value) { return BoundMethod(entry, value, self) }
    throw noMember(name, value)
  }

  /// The built-in that `value.name(…)` calls where the value has no field of that name.
  func method(_ name: String, of value: any Value) -> Entry? {
    Registry.entry(name, for: value).flatMap { $0.parameters.isEmpty ? nil : $0 }
  }

  func noMember(_ name: Identifier, _ value: any Value) -> Failure {
    let kind = type(of: value).kind
    let near = nearest(to: name.text, among: value.fields + (value is Module ? Array(Registry.modelMethods.keys) : []))
      ?? nearest(to: name.text, among: Registry.byName.keys)
    let fields = value.fields.prefix(12).joined(separator: ", ")
    return Failure(
      "a \(kind) has no `\(name.text)`", at: name.span, "no field and no function of that name",
      help: near.map { "did you mean `\($0)`?" } ?? (fields.isEmpty ? nil : "it has \(fields)"))
  }

  private func absolute(_ value: any Value, _ span: Span) throws -> any Value {
    switch value {
    case let number as Int:
      guard number != .min else { throw Failure("|\(number)| is larger than an integer can be", at: span) }
      return abs(number)
    case let number as Double: return abs(number)
    case let tensor as Tensor: return try at(span) { try tensor.abs() }
    case let importance as ImportanceValue: return try at(span) { try importance.magnitudes() }
    default: throw Failure("`|…|` takes a number or a tensor, got \(type(of: value).aKind)", at: span)
    }
  }
}

extension Value {
  /// The value as `print` and an f-string write it.
  var plainText: String {
    switch self {
    case let text as String: return text
    case let tensor as Tensor where tensor.rank == 0:
      return tensor.scalarText
    default:
      if case .text(let text) = shown { return text }
      return inlineText
    }
  }
}

extension Tensor {
  /// One number without the word `tensor` around it, as Python's f-strings write it.
  var scalarText: String {
    guard let number = try? item() else { return text }
    switch dtype {
    case .float32: return Float(number).isFinite ? "\(Float(number))" : number.shortText
    case .float64: return number.shortText
    case .int64: return "\(Int(exactly: number) ?? 0)"
    case .bool: return number == 0 ? "false" : "true"
    }
  }
}
