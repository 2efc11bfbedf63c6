import Builtins
import Importance
import Language

/// The formulas of one command: one, a list, or a record of them. They share their passes, and the answer has their form.
struct AskedFormulas {
  enum Form {
    case one, list
    case record([String])
  }

  let all: [Formula]
  let form: Form

  init(_ e: Expression, _ reader: inout FormulaReader) throws {
    let parts: [Expression]
    switch e.kind {
    case .list(let items): (parts, form) = (items, .list)
    case .record(let members): (parts, form) = (members.map(\.value), .record(members.map(\.key.text)))
    default: (parts, form) = ([e], .one)
    }
    guard !parts.isEmpty else { throw Failure("there is no formula here", at: e.span, help: "as in: importance [|w|, |w * g|] of net on data") }
    all = try parts.map { try reader.read($0) }
  }

  func shaped(_ values: [any Value]) -> any Value {
    switch form {
    case .one: values[0]
    case .list: List(values)
    case .record(let names): Record(zip(names, values).map { ($0, $1) })
    }
  }
}
