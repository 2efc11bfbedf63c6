import Builtins
import Engine
import Importance
import Language
import NN

/// What an importance is asked of: a model, and what of it is weighed.
struct Selection {
  let model: Module
  let subject: Subject
  /// Whether it is all layers of a model, none of which was named.
  let isEveryLayer: Bool
  /// The text of WHAT, for titles.
  let text: String

  /// WHAT is a model, a layer or a parameter by path, pairs that `net.params("*.weight")` gives, or `net.input`. The model
  /// is the one that the path starts from: `net` of `net.fc1.weight`.
  /// - Parameter place: what the formula weighs. A formula over units takes all layers of a model, and of a layer itself.
  init(_ what: Quoted, _ place: FormulaPlace, _ session: Session) throws {
    let e = what.expression
    text = e.span.text
    if let model = try Self.inputOwner(e, what.scope, session) {
      guard place == .inputs else { throw Failure("this formula weighs \(place.rawValue), and `\(text)` is the input", at: e.span, help: "name a model or a layer, or use the symbols x, dx and x0") }
      (self.model, subject, isEveryLayer) = (model, .input, false)
      return
    }
    let value = try session.evaluate(e, what.scope)
    guard let root = try Self.root(e, what.scope, session) ?? (value as? Module) else {
      throw Failure("importance is asked of a model, a layer or a parameter of one, got \(type(of: value).aKind)", at: e.span, help: "as in: importance |w * g| of net on data")
    }
    model = root
    isEveryLayer = place == .units && value as? Module === root
    switch place {
    case .parameters: subject = .parameters(try Self.parameters(value, of: root, e.span))
    case .inputs:
      guard value as? Module === root else { throw Failure("the symbols x, dx and x0 are of the input of the model, and `\(text)` is a part of it", at: e.span, help: "write `of \(Self.rootText(e)).input`") }
      subject = .input
    case .units: subject = .modules(try Self.modules(value, of: root, text, e.span))
    }
  }

  /// What is weighed where the formula leaves it open: the inputs for `net.input`, the units of a layer, else parameters.
  static func naturalPlace(_ what: Quoted, _ session: Session) throws -> FormulaPlace {
    if try inputOwner(what.expression, what.scope, session) != nil { return .inputs }
    return try session.evaluate(what.expression, what.scope) is Module ? .units : .parameters
  }

  /// The model whose input is meant: `net` of `net.input`, unless it has a part of that name.
  private static func inputOwner(_ e: Expression, _ scope: Scope, _ session: Session) throws -> Module? {
    guard case .member(let base, let name) = e.kind, name.text == "input", let model = try session.evaluate(base, scope) as? Module else { return nil }
    return try model.field("input") == nil ? model : nil
  }

  private static func parameters(_ value: any Value, of root: Module, _ span: Span) throws -> [(name: String, parameter: NN.Parameter)] {
    let all = root.namedParameters
    let parameters: [(name: String, parameter: NN.Parameter)]
    switch value {
    case let module as Module where module === root: parameters = all
    case let module as Module:
      let own = Set(module.namedParameters.map { ObjectIdentifier($0.parameter) })
      parameters = all.filter { own.contains(ObjectIdentifier($0.parameter)) }
    case let tensor as Tensor: parameters = all.filter { $0.parameter.value === tensor }
    case let list as List:
      let chosen = list.items.compactMap { ($0 as? List)?.items.last as? Tensor ?? $0 as? Tensor }
      parameters = all.filter { pair in chosen.contains { $0 === pair.parameter.value } }
    default: throw Failure("importance is asked of a model, a layer or a parameter, got \(type(of: value).aKind)", at: span)
    }
    guard !parameters.isEmpty else { throw Failure("there are no parameters of a model here", at: span, help: value is Tensor ? "score the whole parameter, `of net.fc1.weight`, and look at a part of the result" : "name a layer that has some, or one by its path: net.fc1.weight") }
    return parameters
  }

  /// A layer by itself; of a whole model every layer that has none below it.
  private static func modules(_ value: any Value, of root: Module, _ text: String, _ span: Span) throws -> [(name: String, module: Module)] {
    let all = root.namedModules
    let chosen: [Module]
    switch value {
    case let module as Module where module !== root || module.children.isEmpty: chosen = [module]
    case is Module: chosen = all.map(\.module).filter(\.children.isEmpty)
    case let list as List: chosen = list.items.compactMap { ($0 as? List)?.items.last as? Module ?? $0 as? Module }
    default: throw Failure("the symbols a, da, z and dz are of the units of a layer, and `\(text)` is \(type(of: value).aKind)", at: span, help: "name a layer: net.fc1")
    }
    guard !chosen.isEmpty else { throw Failure("there are no layers here", at: span, help: "name a layer: net.fc1") }
    return chosen.map { module in (all.first { $0.module === module }.flatMap { $0.name.isEmpty ? nil : $0.name } ?? text, module) }
  }

  private static func rootText(_ e: Expression) -> String {
    switch e.kind {
    case .member(let base, _), .index(let base, _): rootText(base)
    case .call(let call): rootText(call.callee)
    default: e.description
    }
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
