import Builtins
import Engine

extension Builtin<Generator> {
  static let layerNorm = Builtin(
    "LayerNorm", "Brings the numbers of each sample to mean 0 and variance 1, then scales and shifts them.",
    .required("normalized_shape", [Int].self, in: 0...1e9, "The sizes of the last dimensions, which are brought together."),
    .option("eps", 1e-5, "Added to the variance, against division by 0."),
    .option("elementwise_affine", true, "Whether scale and shift are trained."),
    .option("bias", true, "Whether there is a shift."),
    .option("dtype", DType.float32, "The type of its numbers."),
    formula: "y = (x - mean) / √(var + eps) weight + bias",
    source: Source("Ba, Kiros and Hinton 2016, eq. 4", arXiv: "1607.06450"),
    examples: [Example("LayerNorm(6)", gives: "LayerNorm((6,), eps=1e-05, elementwise_affine=True, bias=True)")]
  ) { (_: Generator, shape: [Int], eps: Double, isAffine: Bool, bias: Bool, dtype: DType) in
    try LayerNorm(shape, eps: eps, isAffine: isAffine, bias: bias, dtype: dtype)
  }
}

/// `y = (x - mean) / √(var + eps) * weight + bias`, over the last axes.
/// - Shape: `x [*, shape]` to the same; `weight`, `bias [shape]`.
public final class LayerNorm: Module {
  public private(set) var weight: Parameter?, bias: Parameter?
  public private(set) var shape: [Int]
  public let eps: Double

  public init(_ shape: [Int], eps: Double = 1e-5, isAffine: Bool = true, bias: Bool = true, dtype: DType = .float32) throws {
    guard dtype.isFloating else { throw TensorError.dtype("LayerNorm", expected: "float32 or float64", met: dtype, operand: 0) }
    (self.shape, self.eps) = (shape, eps)
    weight = isAffine ? Parameter(try .ones(shape, dtype)) : nil
    self.bias = isAffine && bias ? Parameter(try .zeros(shape, dtype)) : nil
  }

  public override var parts: [Part] { [.parameter("weight", weight), .parameter("bias", bias)] }
  public override var details: String {
    let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    return "(\(sizes)), eps=\(eps.shortText), elementwise_affine=\((weight != nil).pythonText), bias=\((bias != nil).pythonText)"
  }
  public override var attributes: [(name: String, value: any Value)] { [("normalized_shape", List(shape)), ("eps", eps)] }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    guard x.rank >= shape.count, Array(x.shape.suffix(shape.count)) == shape else {
      let sizes = shape.map(String.init).joined(separator: ", ")
      throw TensorError.shape("LayerNorm(\(sizes))", expected: "[*, \(sizes)]", met: x.shape, operand: 0)
    }
    return try x.layerNorm(shape, weight?.value, bias?.value, eps: eps)
  }

  public override func restart(using generator: Generator, _ journal: Journal) throws {
    if let weight { try weight.start(from: .ones(shape, weight.value.dtype), journal) }
    if let bias { try bias.start(from: .zeros(shape, bias.value.dtype), journal) }
  }
}

/// Over one axis it can lose units; it is then over those that are left, so that what it gives for them changes.
extension LayerNorm: Resizable {
  public var unitCount: Int { shape.last ?? 0 }
  public var inputCount: Int { unitCount }
  public var unitAxis: Int { -1 }
  public var isUnitByUnit: Bool { true }
  public var isResizable: Bool { shape.count == 1 }

  public func keep(units: [Int]?, inputs: [Int]?, journal: Journal) throws {
    guard let places = units ?? inputs else { return }
    let before = (weight, bias, shape), small = (try weight?.keeping([(0, places)]), try bias?.keeping([(0, places)]), [places.count])
    journal.note { [self] in (weight, bias, shape) = before }
    (weight, bias, shape) = small
  }
}
