import Builtins
import Engine

extension ImportanceValue: Accepted {
  public static let expectation = "an importance"
  public static func accept(_ value: any Value) -> ImportanceValue? { value as? ImportanceValue }
}

/// The functions of importance values that the shell knows, by name.
public enum ImportanceOperations {
  public static let all: [Builtin<Void>] = [.by, .normalize, .rank, .top]
}

extension Builtin<Void> {
  static let by = Builtin(
    "by", "Adds the scores up over layers, units or parameters.",
    .required("imp", ImportanceValue.self, "Scores, as `importance` gives."),
    .option("group", ImportanceGroup.layer, "What is added up: all of a layer, a row of a weight with its bias, or one parameter."),
    examples: [Example("imp.by(layer)")]
  ) { (imp: ImportanceValue, group: ImportanceGroup) in try imp.sums(by: group) }

  static let normalize = Builtin(
    "normalize", "Divides all scores by one number.",
    .required("imp", ImportanceValue.self, "Scores, as `importance` gives."),
    .option("by", ImportanceNorm.sum, "Their sum, so that each is a share; the largest; or the root of the sum of squares."),
    examples: [Example("imp.normalize(by=max)")]
  ) { (imp: ImportanceValue, norm: ImportanceNorm) in try imp.normalized(by: norm) }

  static let rank = Builtin(
    "rank", "The rank of each score among all, 1 the highest; equal scores in the order of their positions.",
    .required("imp", ImportanceValue.self, "Scores, as `importance` gives."),
    examples: [Example("imp.rank()")]
  ) { (imp: ImportanceValue) -> any Value in
    let ranks = try imp.ranks()
    return ranks.count == 1 ? ranks[0].tensor : Record(ranks.map { ($0.name, $0.tensor) })
  }

  static let top = Builtin(
    "top", "The highest scores and where they stand.",
    .required("imp", ImportanceValue.self, "Scores, as `importance` gives."),
    .option("k", 10, in: 0...1e9, "How many."),
    examples: [Example("imp.top(5)")]
  ) { (imp: ImportanceValue, k: Int) in
    let rows: [[Cell]] = try imp.topRows(k).enumerated().map { [.integer($0 + 1), .text($1.place), .number($1.score)] }
    return Table(["rank", imp.element, "score"], rows)
  }
}
