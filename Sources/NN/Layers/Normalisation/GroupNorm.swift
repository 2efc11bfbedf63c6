import Builtins
import Engine

extension Builtin<Generator> {
  static let groupNorm = Builtin(
    "GroupNorm", "Brings each group of channels of each sample to mean 0 and variance 1, then scales and shifts the channels.",
    .required("num_groups", Int.self, in: 1...1e9, "How many groups the channels form."),
    .required("num_channels", Int.self, in: 1...1e9, "The number of channels."),
    .option("eps", 1e-5, "Added to the variance, against division by 0."),
    .option("affine", true, "Whether scale and shift are trained."),
    .option("bias", true, "Whether there is a shift."),
    .option("dtype", DType.float32, "The type of its numbers."),
    formula: "y = (x - mean) / √(var + eps) weight + bias",
    source: Source("Wu and He 2018", arXiv: "1803.08494"),
    examples: [Example("GroupNorm(2, 6)", gives: "GroupNorm(2, 6, eps=1e-05, affine=True, bias=True)")]
  ) { (_: Generator, groups: Int, channels: Int, eps: Double, isAffine: Bool, bias: Bool, dtype: DType) in
    try GroupNorm(groups, channels, eps: eps, isAffine: isAffine, bias: bias, dtype: dtype)
  }
}

/// Each group of channels of each sample brought to mean 0 and variance 1.
/// - Shape: `x [samples, channels, *]`; `weight`, `bias [channels]`.
public final class GroupNorm: Module {
  public private(set) var weight: Parameter?, bias: Parameter?
  public private(set) var groups: Int, channels: Int
  public let eps: Double

  public init(_ groups: Int, _ channels: Int, eps: Double = 1e-5, isAffine: Bool = true, bias: Bool = true, dtype: DType = .float32) throws {
    guard dtype.isFloating else { throw TensorError.dtype("GroupNorm", expected: "float32 or float64", met: dtype, operand: 0) }
    guard groups > 0, channels > 0, channels % groups == 0 else {
      throw TensorError.value("GroupNorm", "num_groups=\(groups) does not divide \(channels) channels")
    }
    (self.groups, self.channels, self.eps) = (groups, channels, eps)
    weight = isAffine ? Parameter(try .ones([channels], dtype)) : nil
    self.bias = isAffine && bias ? Parameter(try .zeros([channels], dtype)) : nil
  }

  public override var parts: [Part] { [.parameter("weight", weight), .parameter("bias", bias)] }
  public override var details: String {
    "\(groups), \(channels), eps=\(eps.shortText), affine=\((weight != nil).pythonText), bias=\((bias != nil).pythonText)"
  }
  public override var attributes: [(name: String, value: any Value)] { [("num_groups", groups), ("num_channels", channels), ("eps", eps)] }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    guard x.rank >= 2, x.shape[1] == channels else {
      throw TensorError.shape("GroupNorm(\(groups), \(channels))", expected: "[samples, \(channels), *]", met: x.shape, operand: 0)
    }
    return try x.groupNorm(groups, weight?.value, bias?.value, eps: eps)
  }

  public override func restart(using generator: Generator, _ journal: Journal) throws {
    if let weight { try weight.start(from: .ones([channels], weight.value.dtype), journal) }
    if let bias { try bias.start(from: .zeros([channels], bias.value.dtype), journal) }
  }
}

/// Whole groups can go: those that are left do not see it. A single group can lose channels, and is then over those that are
/// left.
extension GroupNorm: Resizable {
  public var unitCount: Int { channels }
  public var inputCount: Int { channels }
  public var unitAxis: Int { 1 }
  public var isUnitByUnit: Bool { true }
  public var blocks: Int { groups }

  public func keep(units: [Int]?, inputs: [Int]?, journal: Journal) throws {
    guard let places = units ?? inputs else { return }
    let before = (weight, bias, groups, channels), left = groups == 1 ? 1 : places.count / (channels / groups)
    let small = (try weight?.keeping([(0, places)]), try bias?.keeping([(0, places)]), left, places.count)
    journal.note { [self] in (weight, bias, groups, channels) = before }
    (weight, bias, groups, channels) = small
  }
}
