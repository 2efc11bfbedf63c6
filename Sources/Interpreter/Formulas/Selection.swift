import Builtins
import Engine
import Language
import NN

/// What an importance is asked of: a model, and those of its parameters that are weighed.
struct Selection {
  let model: Module
  let parameters: [(name: String, parameter: NN.Parameter)]
  /// The text of WHAT, for titles.
  let text: String
  /// True where one parameter was named, so that its scores are one tensor.
  let isSingle: Bool

  /// WHAT is a model, a layer or a parameter by path, or pairs that `net.params("*.weight")` gives. The model is the one
  /// that the path starts from: `net` of `net.fc1.weight`.
  init(_ what: Quoted, _ session: Session) throws {
    let value = try session.evaluate(what.expression, what.scope)
    text = what.expression.span.text
    let span = what.expression.span
    guard let root = try Selection.root(what.expression, what.scope, session) ?? (value as? Module) else {
      throw Failure("importance is asked of a model, a layer or a parameter of one, got \(type(of: value).aKind)", at: span, help: "as in: importance |w * g| of net on data")
    }
    model = root
    let all = root.namedParameters
    switch value {
    case let module as Module:
      let own = Set(module.namedParameters.map { ObjectIdentifier($0.parameter) })
      parameters = all.filter { own.contains(ObjectIdentifier($0.parameter)) }
      isSingle = false
    case let tensor as Tensor:
      parameters = all.filter { $0.parameter.value === tensor }
      isSingle = true
    case let list as List:
      let chosen = list.items.compactMap { ($0 as? List)?.items.last as? Tensor ?? $0 as? Tensor }
      parameters = all.filter { pair in chosen.contains { $0 === pair.parameter.value } }
      isSingle = false
    default: throw Failure("importance is asked of a model, a layer or a parameter, got \(type(of: value).aKind)", at: span)
    }
    guard !parameters.isEmpty else { throw Failure("there are no parameters of a model here", at: span, help: "name a layer that has some, or one by its path: net.fc1.weight") }
  }

  /// The model at the left end of a path.
  private static func root(_ e: Expression, _ scope: Scope, _ session: Session) throws -> Module? {
    switch e.kind {
    case .name: return try session.evaluate(e, scope) as? Module
    case .member(let base, _), .index(let base, _): return try root(base, scope, session)
    case .call(let call): return try root(call.callee, scope, session)
    default: return nil
    }
  }
}
