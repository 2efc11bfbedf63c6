import Builtins
import Engine

extension Builtin<Void> {
  static let standardize = Builtin(
    "standardize", "Give each feature mean 0 and standard deviation 1.",
    .required("data", Samples.self, "What to standardize; of a split one, both parts by the numbers of the train part."),
    .optional("like", DataSet.self, "Move and stretch as this data set was, or by its own means where it was not."),
    formula: "(x - mean) / std, column by column; std divides by n; a feature that never changes becomes 0",
    source: Source("scikit-learn's StandardScaler"),
    examples: [Example("load(\"iris\").standardize().x.mean(dim=0)")]
  ) { (data: Samples, like: DataSet?) in
    if let like { return try data.map { try $0.standardized(like: like) } }
    guard case .split(let split) = data else { return try data.map { try $0.standardized() } }
    let scaling = try split.train.standardScaling()
    return try split.map { try $0.scaled(by: scaling) }
  }

  static let normalize = Builtin(
    "normalize", "Bring each feature into 0 to 1.",
    .required("data", DataSet.self, "What to normalize."),
    formula: "(x - min) / (max - min), column by column; a feature that never changes becomes 0",
    source: Source("scikit-learn's MinMaxScaler"),
    examples: [Example("load(\"iris\").normalize().x.max()", gives: "1.")]
  ) { (data: DataSet) in try data.normalized() }
}
