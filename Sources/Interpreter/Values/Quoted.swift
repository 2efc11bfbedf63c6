import Builtins
import Language

/// An expression that a command takes as it is written, with the names that it can see.
struct Quoted: Accepted, Value {
  let expression: Expression
  let scope: Scope
  init(_ expression: Expression, _ scope: Scope) { (self.expression, self.scope) = (expression, scope) }

  static let kind = "expression"
  static let expectation = "an expression"
  static let form = ArgumentForm.expression
  static func accept(_ value: any Value) -> Quoted? { value as? Quoted }
  var shown: Shown { .text(expression.description) }
  var json: JSON { .string(expression.description) }
}

/// `name = expression` pairs, not evaluated.
struct Definitions: RestOfCall {
  let items: [(name: String?, value: any Value)]
  init(_ items: [(name: String?, value: any Value)]) { self.items = items }
  static let expectation = "name = expression"
  static let form = ArgumentForm.expression
  static func accept(_ value: any Value) -> Definitions? { (value as? Rest).map { Definitions($0.items) } }
}
