import Builtins
import CKernels

extension Builtin<Void> {
  static let cosh = Builtin(
    "cosh", "The hyperbolic cosine.",
    .required("input", Tensor.self, "Any numbers."),
    formula: "(e^x + e^-x) / 2",
    laws: [.gradient(in: -2...2)],
    examples: [Example("cosh(tensor([0.0, 1.0]))", gives: "[1.0000, 1.5431]")]
  ) { (x: Tensor) in try x.cosh() }

  static let sinh = Builtin(
    "sinh", "The hyperbolic sine.",
    .required("input", Tensor.self, "Any numbers."),
    formula: "(e^x - e^-x) / 2",
    laws: [.gradient(in: -2...2)],
    examples: [Example("sinh(tensor([0.0, 1.0]))", gives: "[0.0000, 1.1752]")]
  ) { (x: Tensor) in try x.sinh() }

  static let tanh = Builtin(
    "tanh", "The hyperbolic tangent, between -1 and 1.",
    .required("input", Tensor.self, "Any numbers."),
    formula: "(e^x - e^-x) / (e^x + e^-x)",
    laws: [.gradient(in: -2...2)],
    examples: [Example("tanh(tensor([0.0, 1.0]))", gives: "[0.0000, 0.7616]")]
  ) { (x: Tensor) in try x.tanh() }
}

extension Tensor {
  /// `(e^x + e^-x) / 2`, elementwise.
  public func cosh() throws(TensorError) -> Tensor { try CoshOp().apply([real()]) }
  /// `(e^x - e^-x) / 2`, elementwise.
  public func sinh() throws(TensorError) -> Tensor { try SinhOp().apply([real()]) }
  /// The hyperbolic tangent, elementwise.
  /// - Gradient: `dx = dy (1 - y²)`.
  public func tanh() throws(TensorError) -> Tensor { try TanhOp().apply([real()]) }
}

struct CoshOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_COSH }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy * pass.input(0).sinh()] }
}

struct SinhOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_SINH }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy * pass.input(0).cosh()] }
}

struct TanhOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_TANH }
  var saves: Saves { .output }
  /// One pass over memory where nothing is recorded, else in operations that can be differentiated again.
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let y = pass.result
    guard Recording.current == .none else { return [try dy * (1 - y.square())] }
    return [try Kernel.gate(dy, y, pith_tanh_backward_f32, pith_tanh_backward_f64)]
  }
}
