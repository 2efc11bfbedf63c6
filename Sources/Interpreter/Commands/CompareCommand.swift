import Builtins
import Engine
import Importance
import NN

extension Builtin<Session> {
  static let compare = Builtin(
    "compare", "How alike importances rank the same things; of models of different shape, how alike they spread over the layers.",
    .required("a", [ImportanceValue].self, "An importance, or a list of some to compare each two of."),
    .optional("with", ImportanceValue.self, "What it is compared with."),
    .optional("top", [Double].self, in: 0...1e12, "How many of the highest are held against each other: numbers, or shares below 1."),
    .option("by", ComparisonGroup.tensor, "What each row is of."),
    formula: "Spearman: correlation of ranks; Kendall: (pairs in order - pairs against it) / √(untied pairs of each), tau-b",
    source: Source("Spearman 1904; Kendall 1945; Knight 1966"),
    examples: [
      Example("b = importance |w| of net; compare imp with b", gives: "Spearman"),
      Example("b = importance |w| of net; compare imp with b top=[5, 10] by layer", gives: "top 5"),
      Example("b = importance |w| of net; compare [imp, b]", gives: "Kendall"),
    ]
  ) { (_, all: [ImportanceValue], other: ImportanceValue?, top: [Double]?, group: ComparisonGroup) -> any Value in
    guard let other else { return try compareAll(all) }
    guard all.count == 1 else { return try compareAll(all + [other]) }
    return all[0].isComparable(with: other) ? try Importance.compare(all[0], with: other, top: top ?? [], by: group) : try compareProfiles(all[0], with: other)
  }
}
