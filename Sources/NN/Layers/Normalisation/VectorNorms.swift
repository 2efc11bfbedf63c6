import Builtins
import Engine

extension Builtin<Generator> {
  static let cosineSimilarity = Builtin(
    "CosineSimilarity", "The cosine of the angle between vectors of two tensors.",
    .option("dim", 1, "The dimension that they lie along."),
    .option("eps", 1e-8, "The least length that is divided by."),
    examples: [Example("CosineSimilarity()", gives: "CosineSimilarity()")]
  ) { (_: Generator, dim: Int, eps: Double) in Comparison("CosineSimilarity") { try $0.cosineSimilarity($1, dim, eps: eps) } }

  static let localResponseNorm = Builtin(
    "LocalResponseNorm", "Each channel divided by a power of the mean square of its neighbours.",
    .required("size", Int.self, in: 1...1e9, "How many neighbouring channels."),
    .option("alpha", 1e-4, "The factor of the mean square."),
    .option("beta", 0.75, "The power."),
    .option("k", 1.0, "What is added to it."),
    source: Source("Krizhevsky, Sutskever and Hinton 2012, section 3.3"),
    examples: [Example("LocalResponseNorm(5)", gives: "LocalResponseNorm(5, alpha=0.0001, beta=0.75, k=1.0)")]
  ) { (_: Generator, size: Int, alpha: Double, beta: Double, k: Double) in LocalResponseNorm(size, alpha: alpha, beta: beta, k: k) }

  static let pairwiseDistance = Builtin(
    "PairwiseDistance", "The distance between vectors of two tensors.",
    .option("p", 2.0, "The power of the norm."),
    .option("eps", 1e-6, "Added to each difference, so that the gradient exists."),
    .option("keepdim", false, "Whether the last dimension stays with size 1."),
    examples: [Example("PairwiseDistance()", gives: "PairwiseDistance()")]
  ) { (_: Generator, p: Double, eps: Double, keepdim: Bool) in
    Comparison("PairwiseDistance") { try $0.pairwiseDistance($1, p, eps: eps, keepdim: keepdim) }
  }

  static let rmsNorm = Builtin(
    "RMSNorm", "Brings the numbers of each sample to a mean square of 1, then scales them.",
    .required("normalized_shape", [Int].self, in: 0...1e9, "The sizes of the last dimensions, which are brought together."),
    .optional("eps", Double.self, "Added to the mean square; without it the smallest step from 1 of the dtype."),
    .option("elementwise_affine", true, "Whether the scale is trained."),
    .option("dtype", DType.float32, "The type of its numbers."),
    formula: "y = x / √(mean(x²) + eps) weight",
    source: Source("Zhang and Sennrich 2019", arXiv: "1910.07467"),
    examples: [Example("RMSNorm(6)", gives: "RMSNorm((6,), eps=None, elementwise_affine=True)")]
  ) { (_: Generator, shape: [Int], eps: Double?, isAffine: Bool, dtype: DType) in try RMSNorm(shape, eps: eps, isAffine: isAffine, dtype: dtype) }
}

/// The last axes over the root of their mean square, times a weight.
/// - Shape: `x [*, shape]` to the same; `weight [shape]`.
public final class RMSNorm: Module {
  public private(set) var weight: Parameter?
  public private(set) var shape: [Int]
  public let eps: Double?

  public init(_ shape: [Int], eps: Double? = nil, isAffine: Bool = true, dtype: DType = .float32) throws {
    guard dtype.isFloating else { throw TensorError.dtype("RMSNorm", expected: "float32 or float64", met: dtype, operand: 0) }
    (self.shape, self.eps) = (shape, eps)
    weight = isAffine ? Parameter(try .ones(shape, dtype)) : nil
  }

  public override var parts: [Part] { [.parameter("weight", weight)] }
  public override var details: String {
    "\(shape.tupleText), eps=\(eps?.shortText ?? "None"), elementwise_affine=\((weight != nil).pythonText)"
  }
  public override var attributes: [(name: String, value: any Value)] { [("normalized_shape", List(shape)), ("eps", eps ?? None())] }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.rmsNorm(shape, weight?.value, eps: eps) }

  public override func restart(using generator: Generator, _ journal: Journal) throws {
    if let weight { try weight.start(from: .ones(shape, weight.value.dtype), journal) }
  }
}

/// Over one axis it can lose units, and is then over those that are left.
extension RMSNorm: Resizable {
  public var unitCount: Int { shape.last ?? 0 }
  public var inputCount: Int { unitCount }
  public var unitAxis: Int { -1 }
  public var isUnitByUnit: Bool { true }
  public var isResizable: Bool { shape.count == 1 }

  public func keep(units: [Int]?, inputs: [Int]?, journal: Journal) throws {
    guard let places = units ?? inputs else { return }
    let before = (weight, shape), small = (try weight?.keeping([(0, places)]), [places.count])
    journal.note { [self] in (weight, shape) = before }
    (weight, shape) = small
  }
}

/// Each channel over a power of the mean square of the channels around it.
public final class LocalResponseNorm: Module {
  let size: Int, alpha: Double, beta: Double, k: Double
  public init(_ size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1) { (self.size, self.alpha, self.beta, self.k) = (size, alpha, beta, k) }

  public override var details: String { "\(size), alpha=\(alpha.shortText), beta=\(beta.shortText), k=\(k.shortText)" }
  public override var attributes: [(name: String, value: any Value)] { [("size", size), ("alpha", alpha), ("beta", beta), ("k", k)] }
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.localResponseNorm(size, alpha: alpha, beta: beta, k: k) }
}

/// A function of two tensors as a layer.
final class Comparison: Module {
  private let name: String
  private let body: (Tensor, Tensor) throws -> Tensor
  init(_ name: String, _ body: @escaping (Tensor, Tensor) throws -> Tensor) { (self.name, self.body) = (name, body) }

  override var typeName: String { name }
  override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    guard inputs.count == 2, let a = try Tensor.accept(inputs[0]), let b = try Tensor.accept(inputs[1]) else {
      throw TensorError.value(name, "takes two tensors, got \(inputs.count) value\(inputs.count == 1 ? "" : "s")")
    }
    return try body(a, b)
  }
}
