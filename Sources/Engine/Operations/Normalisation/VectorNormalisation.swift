import Builtins

extension Builtin<Void> {
  static let localResponseNorm = Builtin(
    "local_response_norm", "Each channel divided by a power of the mean square of its neighbours.",
    .required("input", Tensor.self, "[samples, channels, *]"),
    .required("size", Int.self, in: 1...1e9, "How many neighbouring channels."),
    .option("alpha", 1e-4, "The factor of the mean square."),
    .option("beta", 0.75, "The power."),
    .option("k", 1.0, "What is added to it."),
    formula: "x / (k + alpha mean(x²))^beta",
    source: Source("Krizhevsky, Sutskever and Hinton 2012, section 3.3"),
    examples: [Example("local_response_norm(ones(1, 2, 1), 1, alpha=3.0, beta=1.0)", gives: "[[[0.2500],\n         [0.2500]]]")]
  ) { (x: Tensor, size: Int, alpha: Double, beta: Double, k: Double) in try x.localResponseNorm(size, alpha: alpha, beta: beta, k: k) }

  static let normalize = Builtin(
    "normalize", "Vectors brought to length 1.",
    .required("input", Tensor.self, "Vectors along a dimension."),
    .option("p", 2.0, "The power of the norm."),
    .option("dim", [1], "The dimension that they lie along."),
    .option("eps", 1e-12, "The least length that is divided by."),
    formula: "x / max(|x|, eps)",
    examples: [Example("normalize(tensor([[3.0, 4.0]]))", gives: "[[0.6000, 0.8000]]")]
  ) { (x: Tensor, p: Double, dim: [Int], eps: Double) in try x.normalized(p, dim, eps: eps) }

  static let pairwiseDistance = Builtin(
    "pairwise_distance", "The distance between vectors of the same place.",
    .required("x1", Tensor.self, "Vectors along the last dimension."),
    .required("x2", Tensor.self, "Vectors; the shapes stretch."),
    .option("p", 2.0, "The power of the norm."),
    .option("eps", 1e-6, "Added to each difference, so that the gradient exists."),
    .option("keepdim", false, "Whether the last dimension stays with size 1."),
    formula: "|x1 - x2 + eps|",
    laws: [.gradient(in: -2...2)],
    examples: [Example("pairwise_distance(tensor([[1.0, 2.0]]), tensor([[4.0, 6.0]]))", gives: "[5.0000]")]
  ) { (a: Tensor, b: Tensor, p: Double, eps: Double, keepdim: Bool) in try a.pairwiseDistance(b, p, eps: eps, keepdim: keepdim) }

  static let rmsNorm = Builtin(
    "rms_norm", "The last dimensions of each sample brought to a mean square of 1.",
    .required("input", Tensor.self, "[*, normalized_shape]"),
    .required("normalized_shape", [Int].self, "The sizes of the dimensions that are averaged over."),
    .optional("weight", Tensor.self, "A factor for each of their elements."),
    .optional("eps", Double.self, "Added to the mean square; without it the smallest step from 1 of the dtype."),
    formula: "x / √(mean(x²) + eps) weight",
    source: Source("Zhang and Sennrich 2019", arXiv: "1910.07467"),
    examples: [Example("rms_norm(tensor([[3.0, -3.0]]), [2])", gives: "[[ 1., -1.]]")]
  ) { (x: Tensor, shape: [Int], w: Tensor?, eps: Double?) in try x.rmsNorm(shape, w, eps: eps) }
}

extension Tensor {
  /// The last dimensions over the root of their mean square, times a weight.
  /// - Shape: `x [*, shape]`, `weight` of `shape`.
  public func rmsNorm(_ normalized: [Int], _ weight: Tensor? = nil, eps: Double? = nil) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("rms_norm", expected: "real numbers", met: dtype, operand: 0) }
    guard !normalized.isEmpty, Array(shape.suffix(normalized.count)) == normalized else {
      throw .shape("RMSNorm(\(normalized))", expected: "[*, \(normalized.map(String.init).joined(separator: ", "))]", met: shape, operand: 0)
    }
    if let weight, weight.shape != normalized { throw .shape("rms_norm", expected: "a weight of \(normalized)", met: weight.shape, operand: 2) }
    let dims = Array((rank - normalized.count)..<rank), least = eps ?? (dtype == .float32 ? Double(Float.ulpOfOne) : Double.ulpOfOne)
    let y = try self * (square().mean(dims, keepdim: true) + least).rsqrt()
    return try weight.map { w throws(TensorError) in try y * w.to(dtype) } ?? y
  }

  /// Vectors over their length, which counts as `eps` at least.
  public func normalized(_ p: Double = 2, _ dims: [Int] = [1], eps: Double = 1e-12) throws(TensorError) -> Tensor {
    let x = try real()
    return try x / x.norm(p, dims, keepdim: true).clamp(low: eps, high: .infinity)
  }

  /// `|x1 - x2 + eps|` along the last dimension.
  public func pairwiseDistance(_ other: Tensor, _ p: Double = 2, eps: Double = 1e-6, keepdim: Bool = false) throws(TensorError) -> Tensor {
    let pair = try promoted(self, other, atLeast: .float32)
    return try (pair[0] - pair[1] + eps).norm(p, [-1], keepdim: keepdim)
  }

  /// Each channel over a power of the mean square of the channels around it; those beyond the ends count as 0.
  /// - Shape: `x [samples, channels, *]`.
  public func localResponseNorm(_ size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("local_response_norm", expected: "real numbers", met: dtype, operand: 0) }
    guard rank >= 3 else { throw .shape("local_response_norm", expected: "[samples, channels, *] with places", met: shape, operand: 0) }
    guard size > 0, size <= 1 << 30 else { throw .value("local_response_norm", "size is at least 1, got \(size)") }
    guard count > 0 else { return self }
    // The channels as a sequence, one for each place of each sample.
    let squares = try square().reshape([shape[0], shape[1], -1]).transpose(1, 2)
    let means = try squares.pad([size / 2, (size - 1) / 2]).avgPool1d(kernel: size, stride: 1).transpose(1, 2).reshape(shape)
    return try self / (means * alpha + k).raised(beta)
  }
}
