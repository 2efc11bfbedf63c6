import Builtins
import Engine
import Importance
import Language
import NN

extension Session {
  private static let objectives = ["loss", "logit", "prob", "logprob", "margin", "output"]

  /// What stands behind `for`: `loss`, `logit`, `logit[3]`, `output[0]`, or a function (out, y) -> one number a sample.
  func objective(_ quoted: Quoted?, loss: LossName?) throws -> Objective {
    guard let quoted else { return .loss(loss ?? .auto) }
    let e = quoted.expression
    if loss != nil { throw Failure("`loss=` and `for` both name an objective", at: e.span, help: "leave one of them out") }
    switch e.kind {
    case .name("loss"): return .loss(.auto)
    case .name("logit"): return .logit
    case .name("prob"): return .prob
    case .name("logprob"): return .logprob
    case .name("margin"): return .margin
    case .name(let name):
      if let loss = LossName(rawValue: name) { return .loss(loss) }
      guard quoted.scope[name] != nil else {
        let words = Self.objectives + LossName.words
        throw Failure("there is no objective `\(name)`", at: e.span, help: nearest(to: name, among: words).map { "did you mean `\($0)`?" } ?? "choose loss, logit, logit[k], prob, logprob, margin, output[k], or a function (out, y) -> number")
      }
    case .index(let base, let subscripts):
      guard case .name(let name) = base.kind, Self.objectives.contains(name), quoted.scope[name] == nil else { break }
      guard name == "logit" || name == "output" else { throw Failure("`\(name)` is one number of all classes", at: e.span, help: "`for \(name)`, or `for logit[k]` for the class k") }
      guard subscripts.count == 1, case .at(let place) = subscripts[0] else { throw Failure("`\(name)[k]` takes the number of one class", at: e.span, help: "`(out, y) -> out[:, 1:3].sum(1)` is an objective of several") }
      guard let k = try evaluate(place, quoted.scope) as? Int else { throw Failure("`\(name)[k]` takes the number of a class", at: place.span) }
      return name == "logit" ? .classLogit(k) : .output(k)
    case .call(let call):
      if case .name(let name) = call.callee.kind, name == "logit" || name == "output", quoted.scope[name] == nil, call.arguments.count == 1 {
        throw Failure("a class is named in square brackets", at: e.span, help: "`for \(name)[\(call.arguments[0].value)]`")
      }
    default: break
    }
    let value = try evaluate(e, quoted.scope)
    guard let function = AnyFunction.accept(value) else {
      throw Failure("an objective is a name or a function (out, y) -> number, got \(type(of: value).aKind)", at: e.span)
    }
    return .function(e.description) { out, y in
      let result = try function.body([out, y ?? None()])
      guard let tensor = try Tensor.accept(result) else { throw Failure("the objective gave \(type(of: result).aKind), and a tensor is needed", at: e.span) }
      return tensor
    }
  }
}
