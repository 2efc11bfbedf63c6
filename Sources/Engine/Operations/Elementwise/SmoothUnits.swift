import Builtins
import CKernels

extension Builtin<Void> {
  static let gelu = Builtin(
    "gelu", "x times the chance that a normal number is below x.",
    .required("input", Tensor.self, "Any numbers."),
    .option("approximate", GeluForm.none, "`tanh` takes the older approximation."),
    formula: "x/2 (1 + erf(x/√2)); tanh: x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))",
    source: Source("Hendrycks and Gimpel 2016", arXiv: "1606.08415"),
    laws: [.gradient(in: -2...2)],
    examples: [Example("gelu(tensor([-1.0, 2.0]))", gives: "[-0.1587,  1.9545]")]
  ) { (x: Tensor, form: GeluForm) in try x.gelu(form) }

  static let mish = Builtin(
    "mish", "x times the hyperbolic tangent of `softplus`.",
    .required("input", Tensor.self, "Any numbers."),
    formula: "x tanh(log(1 + e^x))",
    source: Source("Misra 2019", arXiv: "1908.08681"),
    laws: [.gradient(in: -2...2)],
    examples: [Example("mish(tensor([-1.0, 2.0]))", gives: "[-0.3034,  1.9440]")]
  ) { (x: Tensor) in try x.mish() }

  static let silu = Builtin(
    "silu", "x times its sigmoid, also called swish.",
    .required("input", Tensor.self, "Any numbers."),
    formula: "x / (1 + e^-x)",
    laws: [.gradient(in: -2...2)],
    examples: [Example("silu(tensor([-1.0, 2.0]))", gives: "[-0.2689,  1.7616]")]
  ) { (x: Tensor) in try x.silu() }

  static let softplus = Builtin(
    "softplus", "A smooth `relu`.",
    .required("input", Tensor.self, "Any numbers."),
    .option("beta", 1.0, "How sharp the bend is."),
    .option("threshold", 20.0, "Above it, beta x counts as a straight line."),
    formula: "log(1 + e^(βx)) / β",
    laws: [.gradient(in: -2...2)],
    examples: [Example("softplus(tensor([0.0, 2.0]))", gives: "[0.6931, 2.1269]")]
  ) { (x: Tensor, beta: Double, threshold: Double) in try x.softplus(beta, threshold: threshold) }
}

/// How `gelu` is computed.
public enum GeluForm: String, Choice {
  case none, tanh
  public static func accept(_ value: any Value) -> GeluForm? {
    value is None ? GeluForm.none : (value as? String).flatMap(GeluForm.init(rawValue:))
  }
}

extension Tensor {
  /// `x/2 (1 + erf(x/√2))`, or its approximation with `tanh`, elementwise.
  /// - Gradient: exact: `Φ(x) + x φ(x)`.
  public func gelu(_ form: GeluForm = .none) throws(TensorError) -> Tensor {
    form == .none ? try GeluOp().apply([real()]) : try GeluTanhOp().apply([real()])
  }
  /// `x tanh(softplus(x))`, elementwise.
  public func mish() throws(TensorError) -> Tensor { try self * softplus().tanh() }
  /// `x sigmoid(x)`, elementwise.
  public func silu() throws(TensorError) -> Tensor { try SiluOp().apply([real()]) }
  /// `log(1 + e^(βx)) / β`, elementwise; `x` itself where `βx` is above the threshold.
  public func softplus(_ beta: Double = 1, threshold: Double = 20) throws(TensorError) -> Tensor {
    guard beta != 0 else { throw .value("softplus", "beta must not be 0") }
    let x = try real()
    if threshold == 20 { return try SoftplusOp(beta: beta).apply([x]) }
    let scaled = try x * beta, isStraight = try scaled.gt(threshold)
    // Where the line is taken, the exponential is kept finite so that its gradient is no product of 0 and infinity.
    let bent = try isStraight.selecting(Tensor.zeros(like: scaled), scaled).exp().log1p() / beta
    return try isStraight.selecting(x, bent)
  }
}

/// A primitive for speed: one pass in place of four.
struct GeluOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_GELU }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let x = pass.input(0)
    let below = try ((x * 0.7071067811865476).erf() + 1) * 0.5
    let density = try (x.square() * -0.5).exp() * 0.3989422804014327
    return [try dy * (below + x * density)]
  }
}

struct GeluTanhOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_GELU_TANH }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let x = pass.input(0), c = 0.7978845608028654
    let square = try x.square()
    let t = try (x * (square * (0.044715 * c) + c)).tanh()
    let inner = try square * (3 * 0.044715 * c) + c
    return [try dy * ((t + 1) * 0.5 + x * (1 - t.square()) * inner * 0.5)]
  }
}

/// A primitive for speed: one pass in place of two.
struct SiluOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_SILU }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let x = pass.input(0), s = try x.sigmoid()
    return [try dy * (s * (x * (1 - s) + 1))]
  }
}

/// A primitive for its numerics: `e^x` overflows where the result is `x`.
struct SoftplusOp: Primitive {
  let beta: Double
  var saves: Saves { .first }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    beta == 1 ? try Kernel.unary(PITH_UNARY_SOFTPLUS, x[0]) : try Kernel.unary1(PITH_UNARY1_SOFTPLUS, x[0], beta)
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    [try dy * (beta == 1 ? pass.input(0) : pass.input(0) * beta).sigmoid()]
  }
}
