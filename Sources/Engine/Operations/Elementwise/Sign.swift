import Builtins
import CKernels

extension Builtin<Void> {
  static let abs = Builtin(
    "abs", "The distance from 0, also `|x|`.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("abs(tensor([-1.5, 2.0]))", gives: "[1.5000, 2.0000]")]
  ) { (x: Tensor) in try x.abs() }

  static let neg = Builtin(
    "neg", "x with its sign turned, also `-x`.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("neg(tensor([1.0, -2.0]))", gives: "[-1.,  2.]")]
  ) { (x: Tensor) in try -x }
}

extension Tensor {
  /// `|x|`, elementwise.
  /// - Gradient: `dx = dy sign(x)`, 0 at 0.
  public func abs() throws(TensorError) -> Tensor { try AbsOp().apply([counted()]) }
}

struct AbsOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_ABS }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy * pass.input(0).sign()] }
}
