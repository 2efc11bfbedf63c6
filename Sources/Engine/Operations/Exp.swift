import Builtins
import CKernels

extension Builtin<Void> {
  static let exp = Builtin(
    "exp", "e to the power of x.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("exp(tensor([0.0, 1.0]))", gives: "[1.0000, 2.7183]")]
  ) { (x: Tensor) in try x.exp() }
}

extension Tensor {
  /// `e^x`, elementwise.
  public func exp() throws(TensorError) -> Tensor { try ExpOp().apply([real()]) }
}

struct ExpOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_EXP }
  var saves: Saves { .output }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy * pass.result] }
}
