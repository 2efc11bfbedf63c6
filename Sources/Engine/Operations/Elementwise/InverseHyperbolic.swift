import Builtins
import CKernels

extension Builtin<Void> {
  static let acosh = Builtin(
    "acosh", "The number whose hyperbolic cosine is x.",
    .required("input", Tensor.self, "Numbers from 1."),
    laws: [.gradient(in: 1.2...4)],
    examples: [Example("acosh(tensor([1.0, 2.0]))", gives: "[0.0000, 1.3170]")]
  ) { (x: Tensor) in try x.acosh() }

  static let asinh = Builtin(
    "asinh", "The number whose hyperbolic sine is x.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("asinh(tensor([0.0, 1.0]))", gives: "[0.0000, 0.8814]")]
  ) { (x: Tensor) in try x.asinh() }

  static let atanh = Builtin(
    "atanh", "The number whose hyperbolic tangent is x.",
    .required("input", Tensor.self, "Numbers between -1 and 1."),
    laws: [.gradient(in: -0.8...0.8)],
    examples: [Example("atanh(tensor([0.0, 0.5]))", gives: "[0.0000, 0.5493]")]
  ) { (x: Tensor) in try x.atanh() }
}

extension Tensor {
  /// The inverse of `cosh` on numbers from 1, elementwise.
  /// - Numerics: `log(x + √(x² - 1))` loses digits near 1. Hence a primitive, as its two relatives.
  public func acosh() throws(TensorError) -> Tensor { try AcoshOp().apply([real()]) }
  /// The inverse of `sinh`, elementwise.
  public func asinh() throws(TensorError) -> Tensor { try AsinhOp().apply([real()]) }
  /// The inverse of `tanh`, elementwise.
  public func atanh() throws(TensorError) -> Tensor { try AtanhOp().apply([real()]) }
}

struct AcoshOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_ACOSH }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let x = pass.input(0)
    return [try dy / ((x - 1) * (x + 1)).sqrt()]
  }
}

struct AsinhOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_ASINH }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy / (pass.input(0).square() + 1).sqrt()] }
}

struct AtanhOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_ATANH }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy / (1 - pass.input(0).square())] }
}
