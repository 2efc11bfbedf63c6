import Builtins
import CKernels

extension Builtin<Void> {
  static let reciprocal = Builtin(
    "reciprocal", "1 over x.",
    .required("input", Tensor.self, "Any numbers; 0 gives inf."),
    laws: [.gradient(in: 0.3...3)],
    examples: [Example("reciprocal(tensor([2.0, 4.0]))", gives: "[0.5000, 0.2500]")]
  ) { (x: Tensor) in try x.reciprocal() }

  static let rsqrt = Builtin(
    "rsqrt", "1 over the square root.",
    .required("input", Tensor.self, "Numbers above 0."),
    laws: [.gradient(in: 0.3...3)],
    examples: [Example("rsqrt(tensor([4.0, 0.25]))", gives: "[0.5000, 2.0000]")]
  ) { (x: Tensor) in try x.rsqrt() }

  static let sqrt = Builtin(
    "sqrt", "The square root.",
    .required("input", Tensor.self, "Numbers from 0; less gives nan."),
    laws: [.gradient(in: 0.3...3)],
    examples: [Example("sqrt(tensor([4.0, 2.0]))", gives: "[2.0000, 1.4142]")]
  ) { (x: Tensor) in try x.sqrt() }

  static let square = Builtin(
    "square", "x times itself.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("square(tensor([-3.0, 2.0]))", gives: "[9., 4.]")]
  ) { (x: Tensor) in try x.square() }
}

extension Tensor {
  /// `1 / x`, elementwise.
  public func reciprocal() throws(TensorError) -> Tensor { try ReciprocalOp().apply([real()]) }
  /// `1 / √x`, elementwise.
  public func rsqrt() throws(TensorError) -> Tensor { try RsqrtOp().apply([real()]) }
  /// `√x`, elementwise.
  /// - Gradient: `dx = dy / 2y`, infinite at 0.
  public func sqrt() throws(TensorError) -> Tensor { try SqrtOp().apply([real()]) }
  /// `x²`, elementwise.
  public func square() throws(TensorError) -> Tensor { try SquareOp().apply([counted()]) }
  /// `x^r` whose gradient at 0 is 0: the root under a norm or a standard deviation, where PyTorch takes 0 of the
  /// subgradients.
  func root(_ exponent: Double) throws(TensorError) -> Tensor { try RootOp(exponent: exponent).apply([self]) }
}

struct ReciprocalOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_RECIPROCAL }
  var saves: Saves { .output }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try -(dy * pass.result.square())] }
}

struct RsqrtOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_RSQRT }
  var saves: Saves { .output }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy * (pass.result.raised(3) * -0.5)] }
}

struct SqrtOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_SQRT }
  var saves: Saves { .output }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy / (pass.result * 2)] }
}

struct SquareOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_SQUARE }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy * (pass.input(0) * 2)] }
}

/// A primitive for its gradient at 0.
struct RootOp: Primitive {
  let exponent: Double
  var saves: Saves { .first }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try PowerOp(exponent: exponent).forward(x) }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let x = pass.input(0), isZero = try x.eq(0)
    // Where x is 0 the slope is taken at 1 and then dropped, so that no infinity enters a product with 0.
    let slope = try isZero.selecting(Tensor.ones(like: x), x).raised(exponent - 1) * exponent
    return [try isZero.selecting(Tensor.zeros(like: dy), dy * slope)]
  }
}
