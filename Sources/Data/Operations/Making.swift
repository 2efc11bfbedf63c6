import Builtins
import Engine

extension Builtin<Void> {
  static let dataset = Builtin(
    "dataset", "Samples and what is to be said of each, as one value.",
    .required("x", Tensor.self, "One row a sample."),
    .optional("y", Tensor.self, "One label (integers) or number a row."),
    .optional("features", [String].self, "The names of the columns of x."),
    .optional("classes", [String].self, "The names of the labels 0, 1, ..."),
    .optional("target", String.self, "What y is called."),
    examples: [Example("len(dataset(tensor([[1.0, 2.0], [3.0, 4.0]]), tensor([0, 1])))", gives: "2")]
  ) { (x: Tensor, y: Tensor?, features: [String]?, classes: [String]?, target: String?) in
    try DataSet(x, y, features: features, classes: classes, target: target)
  }

  static let concat = Builtin(
    "concat", "The samples of one data set and then those of another.",
    .required("data", DataSet.self, "The first samples."),
    .required("other", DataSet.self, "The samples after them, with the same features."),
    examples: [Example("len(concat(load(\"iris\"), load(\"iris\")))", gives: "300")]
  ) { (data: DataSet, other: DataSet) in try data.joined(other) }
}

extension DataSet {
  /// The samples of both, with the same features, classes and scaling.
  public func joined(_ other: DataSet) throws -> DataSet {
    guard features == other.features, x.shape.dropFirst() == other.x.shape.dropFirst(), scaling == other.scaling else {
      throw DataError.otherFeatures(features, other.features)
    }
    guard classes == other.classes, (y == nil) == (other.y == nil) else { throw DataError.otherFeatures(classes ?? [], other.classes ?? []) }
    var labels: Tensor?
    if let a = y, let b = other.y { labels = try DataSet.rows(a, b) }
    return with(try DataSet.rows(x, other.x), labels)
  }

  private static func rows(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    guard a.dtype == b.dtype, a.shape.dropFirst() == b.shape.dropFirst() else { throw TensorError.shape("concat", expected: "\(a.shape)", met: b.shape, operand: 1) }
    let shape = [a.shape[0] + b.shape[0]] + a.shape.dropFirst()
    switch a.dtype {
    case .float32: return try Tensor(a.floats() + b.floats(), shape)
    case .float64: return try Tensor(a.doubles() + b.doubles(), shape)
    case .int64: return try Tensor(a.ints() + b.ints(), shape)
    case .bool: return try Tensor(a.bools() + b.bools(), shape)
    }
  }
}
