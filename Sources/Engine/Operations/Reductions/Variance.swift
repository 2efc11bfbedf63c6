import Builtins
import CKernels

extension Builtin<Void> {
  static let std = Builtin(
    "std", "The standard deviation, over all elements or over dimensions.",
    .required("input", Tensor.self, "Real numbers."),
    .optional("dim", [Int].self, "The dimensions that go."),
    .option("unbiased", true, "Divides by n - 1; false divides by n."),
    .option("keepdim", false, "Whether the dimensions stay with size 1."),
    .optional("correction", Double.self, "What is taken off n, in place of `unbiased`."),
    formula: "√(Σ (x - mean)² / (n - correction))",
    laws: [.gradient(in: -2...2)],
    examples: [Example("std(tensor([1.0, 2.0, 4.0]))", gives: "1.5275")]
  ) { (x: Tensor, dims: [Int]?, unbiased: Bool, keepdim: Bool, correction: Double?) in
    try x.std(dims, correction: correction ?? (unbiased ? 1 : 0), keepdim: keepdim)
  }

  static let `var` = Builtin(
    "var", "The variance, over all elements or over dimensions.",
    .required("input", Tensor.self, "Real numbers."),
    .optional("dim", [Int].self, "The dimensions that go."),
    .option("unbiased", true, "Divides by n - 1; false divides by n."),
    .option("keepdim", false, "Whether the dimensions stay with size 1."),
    .optional("correction", Double.self, "What is taken off n, in place of `unbiased`."),
    formula: "Σ (x - mean)² / (n - correction)",
    laws: [.gradient(in: -2...2)],
    examples: [Example("var(tensor([1.0, 2.0, 4.0]), unbiased=false)", gives: "1.5556")]
  ) { (x: Tensor, dims: [Int]?, unbiased: Bool, keepdim: Bool, correction: Double?) in
    try x.variance(dims, correction: correction ?? (unbiased ? 1 : 0), keepdim: keepdim)
  }

  static let cov = Builtin(
    "cov", "The covariances of the rows.",
    .required("input", Tensor.self, "One row a variable, one column a sample."),
    .option("correction", 1.0, "What is taken off the number of samples."),
    formula: "C[i, j] = Σₙ (x[i, n] - mean[i]) (x[j, n] - mean[j]) / (n - correction)",
    laws: [.gradient(in: -2...2)],
    examples: [Example("cov(tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))", gives: "[[ 1., -1.],\n        [-1.,  1.]]")]
  ) { (x: Tensor, correction: Double) in try x.covariance(correction) }

  static let corrcoef = Builtin(
    "corrcoef", "The correlations of the rows.",
    .required("input", Tensor.self, "One row a variable, one column a sample."),
    formula: "R[i, j] = C[i, j] / √(C[i, i] C[j, j])",
    laws: [.gradient(in: -2...2)],
    examples: [Example("corrcoef(tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))", gives: "[[ 1., -1.],\n        [-1.,  1.]]")]
  ) { (x: Tensor) in
    let c = try x.covariance(1)
    guard c.rank == 2 else { return try c / c }
    let deviation = try c.diagonal(0, 0, 1).sqrt()
    return try c / deviation.unsqueeze(1) / deviation.unsqueeze(0)
  }
}

extension Tensor {
  /// `Σ (x - mean)² / (n - correction)` over dimensions, over all where none is named.
  /// - Numerics: two passes, so that a large mean takes no digits away.
  public func variance(_ dims: [Int]? = nil, correction: Double = 1, keepdim: Bool = false) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("var", expected: "real numbers (`.float()` makes them)", met: dtype, operand: 0) }
    let axes = try Shape.dimensions(dims, rank: rank, "var")
    let n = Double(axes.reduce(1) { $0 * shape[$1] })
    let centred = try self - mean(axes, keepdim: true)
    let squares = try SumSquaresOp(dims: axes, keepdim: keepdim).apply([centred])
    return try squares / Swift.max(n - correction, 0)
  }

  /// The root of the variance.
  /// - Gradient: 0 where the deviation is 0, as in PyTorch.
  public func std(_ dims: [Int]? = nil, correction: Double = 1, keepdim: Bool = false) throws(TensorError) -> Tensor {
    try variance(dims, correction: correction, keepdim: keepdim).root(0.5)
  }

  func covariance(_ correction: Double) throws(TensorError) -> Tensor {
    guard rank == 1 || rank == 2 else { throw .shape("cov", expected: "[variables, samples]", met: shape, operand: 0) }
    let x = try rank == 1 ? reshape([1, count]).real() : real()
    let centred = try x - x.mean([1], keepdim: true)
    let c = try centred.matmul(centred.transpose(0, 1)) / Swift.max(Double(x.shape[1]) - correction, 0)
    return rank == 1 ? try c.reshape([]) : c
  }
}

/// The sum of squares over dimensions. A primitive for speed: one pass over memory and one node.
struct SumSquaresOp: Primitive {
  let dims: [Int], keepdim: Bool
  var saves: Saves { .first }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Kernel.reduce(PITH_REDUCE_SUMSQ, x[0], dims, keepdim: keepdim) }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    [try pass.input(0) * (dy.restoring(dims, keepdim: keepdim) * 2)]
  }
}
