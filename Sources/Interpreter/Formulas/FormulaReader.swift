import Builtins
import Engine
import Importance
import Language

/// A formula under a name of the user's.
public struct NamedFormula {
  let formula: Formula
  let text: String
}

/// Makes a formula of an expression. Symbols stand before names of the user's; numbers under names become constants.
struct FormulaReader {
  private let session: Session
  private let scope: Scope
  /// Where each node was written; the tag of a node is its place here.
  private(set) var spans: [Span] = []

  init(_ session: Session, _ scope: Scope) { (self.session, self.scope) = (session, scope) }

  /// - Throws: a `Failure` at the very piece that is wrong.
  mutating func read(_ e: Expression) throws -> Formula {
    let formula = try formula(e)
    do { return try formula.checked() } catch { throw failure(error) }
  }

  /// An error of the formula or its planner, at the piece that it is about.
  func failure(_ error: FormulaError) -> Failure {
    let span = spans.indices.contains(error.tag) ? spans[error.tag] : spans.first
    return Failure(error.description, at: span, help: error.help)
  }

  private mutating func formula(_ e: Expression) throws -> Formula {
    spans.append(e.span)
    let tag = spans.count - 1
    do {
      switch e.kind {
      case .integer(let value): return .number(Double(value), tag: tag)
      case .real(let value): return .number(value, tag: tag)
      case .name(let name): return try symbol(name, tag)
      case .absolute(let a): return .magnitude(try formula(a), tag: tag)
      case .unary(.minus, let a): return .negated(try formula(a), tag: tag)
      case .binary(let operation, let a, let b):
        guard let known = FormulaOperator(rawValue: operation.rawValue) else {
          throw Failure("a formula has no `\(operation.rawValue)`", at: e.span, help: "it works element by element: + - * / ^ and |…|")
        }
        return .binary(known, try formula(a), try formula(b), tag: tag)
      case .comparison(let a, let rest):
        guard rest.count == 1, let known = FormulaOperator(rawValue: rest[0].operation.rawValue) else {
          throw Failure("a formula compares two sides at a time", at: e.span)
        }
        return .binary(known, try formula(a), try formula(rest[0].operand), tag: tag)
      case .call(let call): return try self.call(call, e.span, tag)
      default: return try constant(e, tag)
      }
    } catch let error as FormulaError { throw failure(error) }
  }

  private func symbol(_ name: String, _ tag: Int) throws -> Formula {
    if let symbol = FormulaSymbol(rawValue: name) { return .symbol(symbol, tag: tag) }
    if let named = session.formulas[name] { return named.formula }
    if let value = scope[name], let number = Double.accept(value) ?? (value as? Tensor).flatMap({ $0.count == 1 ? try? $0.item() : nil }) {
      return .number(number, tag: tag)
    }
    if let constant = Session.constants[name], scope[name] == nil { return .number(constant, tag: tag) }
    if let criterion = Criteria.named(name) { return criterion.formula }
    return try .symbol(named: name, tag: tag)
  }

  private mutating func call(_ call: Call, _ span: Span, _ tag: Int) throws -> Formula {
    var arguments: [FormulaArgument] = []
    let name: String
    switch call.callee.kind {
    case .name(let text): name = text
    case .member(let base, let member):
      name = member.text
      arguments.append(FormulaArgument(nil, try formula(base)))
    default: throw Failure("a formula calls functions by their names", at: span)
    }
    for argument in call.arguments { arguments.append(FormulaArgument(argument.name?.text, try formula(argument.value))) }
    return try .call(name, arguments, tag: tag)
  }

  /// Any other expression must be a plain number, such as `cfg.eps`.
  private func constant(_ e: Expression, _ tag: Int) throws -> Formula {
    let value = try session.evaluate(e, scope)
    if let tensor = value as? Tensor, tensor.count == 1 { return .number(try tensor.item(), tag: tag) }
    guard let number = Double.accept(value) else {
      throw Failure("a formula is made of symbols and numbers, and this is \(type(of: value).aKind)", at: e.span)
    }
    return .number(number, tag: tag)
  }
}
