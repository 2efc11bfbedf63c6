import Builtins
import Engine

extension ImportanceValue: Accepted {
  public static let expectation = "an importance"
  public static func accept(_ value: any Value) -> ImportanceValue? { value as? ImportanceValue }
}

/// The functions of importance values that the shell knows, by name.
public enum ImportanceOperations {
  public static let all: [Builtin<Void>] = [.absImportance, .by, .meanImportance, .normalize, .rank, .stdImportance, .top]

  /// True for the values that these operations are methods of: an importance, or a list of some.
  public static func owns(_ value: any Value) -> Bool {
    if let list = value as? List { return !list.items.isEmpty && list.items.allSatisfy { $0 is ImportanceValue } }
    return value is ImportanceValue
  }
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
    .option("per", ImportanceScope.all, "Over what the number is taken: all scores, each layer, or each parameter."),
    examples: [Example("imp.normalize(by=max, per=layer)", gives: "per layer")]
  ) { (imp: ImportanceValue, norm: ImportanceNorm, scope: ImportanceScope) in try imp.normalized(by: norm, per: scope) }

  static let absImportance = Builtin(
    "abs", "The sizes of the scores, as |imp| writes it.",
    .required("imp", ImportanceValue.self, "Scores, as `importance` gives."),
    examples: [Example("abs(imp - imp / 2)")]
  ) { (imp: ImportanceValue) in try imp.magnitudes() }

  static let meanImportance = Builtin(
    "mean", "The mean of importances of the same things, such as those of several seeds; of one alone, the mean of its scores.",
    .required("imps", [ImportanceValue].self, "Importances of the same parameters, units or features."),
    examples: [Example("mean([imp, imp])", gives: "mean of 2")]
  ) { (imps: [ImportanceValue]) -> any Value in
    if imps.count == 1, let scores = try imps.first?.flatScores() { return scores.reduce(0, +) / Double(scores.count) }
    return try ImportanceValue.mean(imps)
  }

  static let stdImportance = Builtin(
    "std", "The standard deviation over importances of the same things, over n - 1: how far seeds or data sets scatter.",
    .required("imps", [ImportanceValue].self, "Importances of the same parameters, units or features."),
    examples: [Example("std([imp, imp * 3])", gives: "standard deviation of 2")]
  ) { (imps: [ImportanceValue]) in try ImportanceValue.spread(imps) }

  static let rank = Builtin(
    "rank", "The rank of each score, 1 the highest; equal scores in the order of their positions.",
    .required("imp", ImportanceValue.self, "Scores, as `importance` gives."),
    .option("per", ImportanceScope.all, "Among which scores: all, those of the layer, or those of the parameter."),
    examples: [Example("imp.rank()"), Example("imp.rank(per=layer)")]
  ) { (imp: ImportanceValue, scope: ImportanceScope) -> any Value in
    let ranks = try imp.ranks(per: scope)
    return ranks.count == 1 ? ranks[0].tensor : Record(ranks.map { ($0.name, $0.tensor) })
  }

  static let top = Builtin(
    "top", "The highest scores and where they stand.",
    .required("imp", ImportanceValue.self, "Scores, as `importance` gives."),
    .option("k", 10, in: 0...1e9, "How many."),
    .option("per", ImportanceScope.all, "Of all scores together, or of each layer or parameter."),
    examples: [Example("imp.top(5)"), Example("imp.top(2, per=layer)", gives: "fc2")]
  ) { (imp: ImportanceValue, k: Int, scope: ImportanceScope) in try imp.topTable(k, per: scope) }
}
