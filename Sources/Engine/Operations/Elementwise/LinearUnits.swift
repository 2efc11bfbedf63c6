import Builtins
import CKernels

extension Builtin<Void> {
  static let celu = Builtin(
    "celu", "x above 0, below it an exponential that bends smoothly.",
    .required("input", Tensor.self, "Any numbers."),
    .option("alpha", 1.0, "The limit below is -alpha."),
    formula: "max(0, x) + min(0, α (e^(x/α) - 1))",
    source: Source("Barron 2017", arXiv: "1704.07483"),
    laws: [.gradient(in: -2...2)],
    examples: [Example("celu(tensor([-1.0, 2.0]))", gives: "[-0.6321,  2.0000]")]
  ) { (x: Tensor, alpha: Double) in try x.celu(alpha) }

  static let elu = Builtin(
    "elu", "x above 0, alpha (e^x - 1) below.",
    .required("input", Tensor.self, "Any numbers."),
    .option("alpha", 1.0, "The limit below is -alpha."),
    formula: "x > 0 ? x : α (e^x - 1)",
    source: Source("Clevert, Unterthiner and Hochreiter 2015", arXiv: "1511.07289"),
    laws: [.gradient(in: -2...2)],
    examples: [Example("elu(tensor([-1.0, 2.0]))", gives: "[-0.6321,  2.0000]")]
  ) { (x: Tensor, alpha: Double) in try x.elu(alpha) }

  static let leakyReLU = Builtin(
    "leaky_relu", "x above 0, a small multiple of x below.",
    .required("input", Tensor.self, "Any numbers."),
    .option("negative_slope", 0.01, "The slope below 0."),
    formula: "x > 0 ? x : negative_slope x",
    laws: [.gradient(in: -2...2)],
    examples: [Example("leaky_relu(tensor([-1.0, 2.0]), 0.1)", gives: "[-0.1000,  2.0000]")]
  ) { (x: Tensor, slope: Double) in try x.leakyReLU(slope) }

  static let selu = Builtin(
    "selu", "The `elu` that keeps mean 0 and variance 1 from layer to layer.",
    .required("input", Tensor.self, "Any numbers."),
    formula: "1.0507 elu(x, 1.6733)",
    source: Source("Klambauer, Unterthiner, Mayr and Hochreiter 2017", arXiv: "1706.02515"),
    laws: [.gradient(in: -2...2)],
    examples: [Example("selu(tensor([-1.0, 2.0]))", gives: "[-1.1113,  2.1014]")]
  ) { (x: Tensor) in try x.selu() }
}

extension Tensor {
  /// `x > 0 ? x : α (e^(x/α) - 1)`, elementwise.
  public func celu(_ alpha: Double = 1) throws(TensorError) -> Tensor {
    guard alpha != 0 else { throw .value("celu", "alpha must not be 0") }
    return try CeluOp(alpha: alpha).apply([real()])
  }
  /// `x > 0 ? x : α (e^x - 1)`, elementwise.
  public func elu(_ alpha: Double = 1) throws(TensorError) -> Tensor { try EluOp(alpha: alpha).apply([real()]) }
  /// `x > 0 ? x : slope x`, elementwise.
  public func leakyReLU(_ slope: Double = 0.01) throws(TensorError) -> Tensor { try LeakyReLUOp(slope: slope).apply([real()]) }
  /// `elu` with the constants that keep mean 0 and variance 1.
  public func selu() throws(TensorError) -> Tensor { try elu(1.6732632423543772848170429916717) * 1.0507009873554804934193349852946 }
}

struct CeluOp: Primitive {
  let alpha: Double
  var saves: Saves { [.first, .output] }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Kernel.unary1(PITH_UNARY1_CELU, x[0], alpha) }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    [try pass.input(0).gt(0).selecting(dy, dy * (pass.result / alpha + 1))]
  }
}

struct EluOp: Primitive {
  let alpha: Double
  var saves: Saves { [.first, .output] }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Kernel.unary1(PITH_UNARY1_ELU, x[0], alpha) }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    [try pass.input(0).gt(0).selecting(dy, dy * (pass.result + alpha))]
  }
}

struct LeakyReLUOp: Primitive {
  let slope: Double
  var saves: Saves { .first }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Kernel.unary1(PITH_UNARY1_LEAKY_RELU, x[0], slope) }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    [try pass.input(0).gt(0).selecting(dy, dy * slope)]
  }
}
