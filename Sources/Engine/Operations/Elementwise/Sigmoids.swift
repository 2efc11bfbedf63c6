import Builtins
import CKernels

extension Builtin<Void> {
  static let logsigmoid = Builtin(
    "logsigmoid", "The logarithm of `sigmoid`.",
    .required("input", Tensor.self, "Any numbers."),
    formula: "-log(1 + e^-x)",
    laws: [.gradient(in: -3...3)],
    examples: [Example("logsigmoid(tensor([0.0, 2.0]))", gives: "[-0.6931, -0.1269]")]
  ) { (x: Tensor) in try x.logsigmoid() }

  static let sigmoid = Builtin(
    "sigmoid", "The logistic function, between 0 and 1.",
    .required("input", Tensor.self, "Any numbers."),
    formula: "1 / (1 + e^-x)",
    laws: [.gradient(in: -3...3)],
    examples: [Example("sigmoid(tensor([0.0, 2.0]))", gives: "[0.5000, 0.8808]")]
  ) { (x: Tensor) in try x.sigmoid() }

  static let logit = Builtin(
    "logit", "The log of the odds of a probability: the inverse of `sigmoid`.",
    .required("input", Tensor.self, "Numbers between 0 and 1."),
    .optional("eps", Double.self, in: 0...0.5, "Keeps the input this far from 0 and 1."),
    formula: "log(x / (1 - x))",
    laws: [.gradient(in: 0.1...0.9)],
    examples: [Example("logit(tensor([0.5, 0.9]))", gives: "[0.0000, 2.1972]")]
  ) { (x: Tensor, eps: Double?) in
    let p = try eps.map { try x.real().clamp(low: $0, high: 1 - $0) } ?? x.real()
    return try p.log() - (-p).log1p()
  }

  static let softsign = Builtin(
    "softsign", "x over 1 + |x|.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("softsign(tensor([-1.0, 3.0]))", gives: "[-0.5000,  0.7500]")]
  ) { (x: Tensor) in try x / (x.abs() + 1) }

  static let tanhshrink = Builtin(
    "tanhshrink", "x minus its hyperbolic tangent.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("tanhshrink(tensor([0.0, 1.0]))", gives: "[0.0000, 0.2384]")]
  ) { (x: Tensor) in try x - x.tanh() }
}

extension Tensor {
  /// `1 / (1 + e^-x)`, elementwise.
  /// - Gradient: `dx = dy y (1 - y)`.
  public func sigmoid() throws(TensorError) -> Tensor { try SigmoidOp().apply([real()]) }
  /// `-log(1 + e^-x)`, elementwise.
  /// - Numerics: composed of `sigmoid` and `log` it is -inf below -88 in float32. Hence a primitive.
  public func logsigmoid() throws(TensorError) -> Tensor { try LogSigmoidOp().apply([real()]) }
}

struct SigmoidOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_SIGMOID }
  var saves: Saves { .output }
  /// One pass over memory where nothing is recorded, else in operations that can be differentiated again.
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let y = pass.result
    guard Recording.current == .none else { return [try dy * (y * (1 - y))] }
    return [try Kernel.gate(dy, y, pith_sigmoid_backward_f32, pith_sigmoid_backward_f64)]
  }
}

struct LogSigmoidOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_LOGSIGMOID }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy * (-pass.input(0)).sigmoid()] }
}
