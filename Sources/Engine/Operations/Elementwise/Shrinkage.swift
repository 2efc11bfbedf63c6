import Builtins
import CKernels

extension Builtin<Void> {
  static let glu = Builtin(
    "glu", "The first half of a dimension, let through by the `sigmoid` of the second.",
    .required("input", Tensor.self, "An even size along the dimension."),
    .option("dim", -1, "The dimension that is halved."),
    formula: "a σ(b)",
    source: Source("Dauphin and others 2016", arXiv: "1612.08083"),
    examples: [Example("glu(tensor([2.0, 0.0]))", gives: "[1.]")]
  ) { (x: Tensor, dim: Int) in try x.glu(dim) }

  static let hardshrink = Builtin(
    "hardshrink", "x, but 0 from -lambd to lambd.",
    .required("input", Tensor.self, "Any numbers."),
    .option("lambd", 0.5, "The bound."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("hardshrink(tensor([-1.0, 0.3, 2.0]))", gives: "[-1.,  0.,  2.]")]
  ) { (x: Tensor, bound: Double) in try x.hardshrink(bound) }

  static let prelu = Builtin(
    "prelu", "x above 0, a learned multiple of x below.",
    .required("input", Tensor.self, "Real numbers; channels are the second dimension."),
    .required("weight", Tensor.self, "The slope below 0: one number, or one for each channel."),
    formula: "max(0, x) + weight min(0, x)",
    source: Source("He and others 2015", arXiv: "1502.01852"),
    examples: [Example("prelu(tensor([-2.0, 3.0]), tensor([0.5]))", gives: "[-1.,  3.]")]
  ) { (x: Tensor, weight: Tensor) in try x.prelu(weight) }

  static let softshrink = Builtin(
    "softshrink", "x moved towards 0 by lambd, and 0 from -lambd to lambd.",
    .required("input", Tensor.self, "Any numbers."),
    .option("lambd", 0.5, "The bound."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("softshrink(tensor([-1.0, 0.3, 2.0]))", gives: "[-0.5000,  0.0000,  1.5000]")]
  ) { (x: Tensor, bound: Double) in try x.softshrink(bound) }

  static let threshold = Builtin(
    "threshold", "x above a bound, a fixed value from there down.",
    .required("input", Tensor.self, "Any numbers."),
    .required("threshold", Double.self, "The bound."),
    .required("value", Double.self, "What stands at and below it."),
    examples: [Example("threshold(tensor([0.5, 2.0]), 1, 7)", gives: "[7., 2.]")]
  ) { (x: Tensor, bound: Double, value: Double) in try x.threshold(bound, value) }
}

extension Tensor {
  /// The first half along a dimension times the sigmoid of the second.
  public func glu(_ dim: Int = -1) throws(TensorError) -> Tensor {
    let d = try dimension(dim, "glu")
    guard rank > 0, shape[d] % 2 == 0 else { throw .shape("glu", expected: "an even size along dimension \(dim)", met: shape, operand: 0) }
    let half = shape[d] / 2
    return try narrow(d, 0, half) * narrow(d, half, half).sigmoid()
  }

  /// `|x| > bound ? x : 0`, elementwise; nan stays.
  public func hardshrink(_ bound: Double = 0.5) throws(TensorError) -> Tensor {
    let x = try real(), detached = x.detached()
    return try detached.ge(-bound).logical(PITH_LOGICAL_AND, detached.le(bound)).selecting(Tensor.zeros(like: x), x)
  }

  /// `x` moved towards 0 by a bound, elementwise; 0 where it is nearer.
  public func softshrink(_ bound: Double = 0.5) throws(TensorError) -> Tensor {
    guard bound >= 0 else { throw .value("softshrink", "lambd is at least 0, got \(bound)") }
    let x = try real()
    return try x - x.clamp(low: -bound, high: bound)
  }

  /// `x > bound ? x : value`, elementwise; nan stays.
  public func threshold(_ bound: Double, _ value: Double) throws(TensorError) -> Tensor {
    let x = try real()
    return try x.detached().le(bound).selecting(Tensor.full(x.shape, value, x.dtype), x)
  }

  /// `x > 0 ? x : weight x`, with one weight, or one for each channel.
  public func prelu(_ weight: Tensor) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("prelu", expected: "real numbers", met: dtype, operand: 0) }
    let channels = rank > 1 ? shape[1] : 1
    guard weight.rank <= 1, weight.count == 1 || (rank > 1 && weight.count == channels) else {
      throw .shape("prelu", expected: rank > 1 ? "a weight of [1] or [\(channels)]" : "a weight of [1]", met: weight.shape, operand: 1)
    }
    let slope = try weight.to(dtype).reshape((0..<Swift.max(rank, 1)).map { rank > 1 && $0 == 1 ? weight.count : 1 })
    let negative = try self * (rank == 0 ? slope.reshape([]) : slope)
    return try detached().gt(0).selecting(self, negative)
  }
}
