import Builtins

extension Builtin<Void> {
  static let cosineSimilarity = Builtin(
    "cosine_similarity", "The cosine of the angle between vectors.",
    .required("x1", Tensor.self, "Vectors along a dimension."),
    .required("x2", Tensor.self, "Vectors; the shapes stretch."),
    .option("dim", 1, "The dimension that they lie along."),
    .option("eps", 1e-8, "The least length that is divided by."),
    formula: "a·b / (max(|a|, eps) max(|b|, eps))",
    laws: [.gradient(in: 0.2...2)],
    examples: [Example("cosine_similarity(tensor([1.0, 0.0]), tensor([1.0, 1.0]), dim=0)", gives: "0.7071")]
  ) { (a: Tensor, b: Tensor, dim: Int, eps: Double) in try a.cosineSimilarity(b, dim, eps: eps) }
}

extension Tensor {
  /// `a·b / (max(|a|, eps) max(|b|, eps))` along a dimension.
  public func cosineSimilarity(_ other: Tensor, _ dim: Int = 1, eps: Double = 1e-8) throws(TensorError) -> Tensor {
    let pair = try promoted(self, other, atLeast: .float32)
    guard let shape = Shape.broadcast(pair[0].shape, pair[1].shape) else { throw .shapesDoNotBroadcast("cosine_similarity", self.shape, other.shape) }
    let (a, b) = (try pair[0].expand(shape), try pair[1].expand(shape))
    let lengths = try a.norm(2, [dim]).clamp(low: eps, high: .infinity) * b.norm(2, [dim]).clamp(low: eps, high: .infinity)
    return try (a * b).sum([dim]) / lengths
  }
}
