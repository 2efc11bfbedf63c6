import Builtins

/// What cannot be done with importance values.
public enum UseError: Error, Equatable {
  /// Two that are put together score different things: names that only one of them has.
  case namesDiffer(onlyFirst: [String], onlySecond: [String])
  case shapesDiffer(String, [Int], [Int])
  case nothingToAverage
  case nothingToCompare(String)
  /// What two that are compared are of, which cannot be put side by side.
  case kindsDiffer(String, String)
  /// Not enough numbers to rank.
  case tooFew(String, met: Int)
  /// A value under a name of a record is no tensor.
  case noTensor(String, met: String)
  case noModel(String)
  /// Something that scores stand for is not in the model.
  case noPlace(String, model: String, nearest: String?)
  /// The scores of a module do not fit what it puts out.
  case unitsDiffer(String, scores: [Int], output: [Int])
  /// A module that gives something else than one tensor.
  case noUnits(String, met: String)
  /// An option that does not go with what is scored.
  case option(String, String)
  /// Why a layer cannot be made smaller.
  case cannotResize(String, String)
  case file(String)
}

extension UseError: Described {
  public var title: String {
    switch self {
    case .namesDiffer(let first, let second):
      "these importances are not of the same things" + (first.isEmpty ? "" : ": only the first has \(some(first))")
        + (second.isEmpty ? "" : "\(first.isEmpty ? ":" : ",") only the second has \(some(second))")
    case .shapesDiffer(let name, let a, let b): "the scores of `\(name)` are \(a) in one and \(b) in the other"
    case .nothingToAverage: "there is no importance to average"
    case .nothingToCompare(let what): "there is nothing to compare: \(what)"
    case .kindsDiffer(let first, let second): "these importances have nothing to put side by side: one is of \(first), the other of \(second)"
    case .tooFew(let what, let met): "\(what) needs at least 2 scores, got \(met)"
    case .noTensor(let name, let met): "`\(name)` of the record is \(met), and a tensor is needed"
    case .noModel(let command): "\(command): these scores do not know the model they are of"
    case .noPlace(let name, let model, _): "there is no `\(name)` in \(model)"
    case .unitsDiffer(let name, let scores, let output): "the scores of `\(name)` are \(scores), and it puts out \(output) a sample"
    case .noUnits(let name, let met): "`\(name)` puts out \(met), and one tensor is needed"
    case .option(let name, let what): "`\(name)` \(what)"
    case .cannotResize(let name, let reason): "`\(name)` cannot be made smaller: \(reason)"
    case .file(let what): "this file holds no importance: \(what)"
    }
  }

  public var help: String? {
    switch self {
    case .namesDiffer: "`compare a with b` compares importances of different models, by shares"
    case .kindsDiffer: "score the same with both; weights and units compare by the layers that both are of"
    case .noModel: "name it: `of=net`"
    case .noPlace(_, _, let near?): "did you mean `\(near)`?"
    case .noPlace: "name the whole model that was scored"
    default: nil
    }
  }

  private func some(_ names: [String]) -> String {
    names.prefix(3).map { "`\($0)`" }.joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
  }
}
