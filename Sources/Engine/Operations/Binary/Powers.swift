import Builtins
import CKernels

extension Builtin<Void> {
  static let pow = Builtin(
    "pow", "The input to a power, also `x ^ p`.",
    .required("input", Tensor.self, "Any numbers."),
    .required("exponent", Tensor.self, "A number, or one for each element."),
    laws: [.gradient(in: 0.3...2)],
    examples: [Example("pow(tensor([2.0, 3.0]), 2)", gives: "[4., 9.]")]
  ) { (x: Tensor, p: Tensor) in try x.pow(p) }
}

extension Tensor {
  /// `xᵖ`, elementwise. Whole powers of integers are integers.
  /// - Gradient: `dx = dy p x^(p - 1)`, 0 where `p = 0`; `dp = dy y log x`, 0 where `x = 0` and `p >= 0`.
  /// - Throws: `value` for an integer to the power of a negative integer.
  public func pow(_ exponent: Tensor) throws(TensorError) -> Tensor {
    guard exponent.isNumber, !isNumber else {
      let pair = try promoted(self, exponent)
      if !pair[0].dtype.isFloating { try pair[1].rejectNegativePower() }
      return try PowOp().apply(pair)
    }
    if dtype.isFloating || exponent.dtype.isFloating { return try real().raised(exponent.item()) }
    try exponent.rejectNegativePower()
    return try PowOp().apply(promoted(self, exponent))
  }

  /// `xᵖ` of real numbers for a plain number p.
  public func raised(_ exponent: Double) throws(TensorError) -> Tensor {
    switch exponent {
    case 0.5: try sqrt()
    case -1: try reciprocal()
    case 2: try square()
    default: try PowerOp(exponent: exponent).apply([self])
    }
  }

  private func rejectNegativePower() throws(TensorError) {
    let list = try detached().to(.int64).contiguous()
    for i in 0..<list.count where list.i64[i] < 0 {
      throw .value("^", "an integer to the power of \(list.i64[i]) is no integer: write the base as a real number")
    }
  }
}

/// To the power of one number. A primitive so that small whole powers are products, and so that the exponent has no gradient.
struct PowerOp: Primitive {
  let exponent: Double
  static var name: String { "^" }
  var saves: Saves { .first }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    switch exponent {
    case 0: return try Tensor.ones(like: x[0])
    case 1: return try Kernel.compact(x[0])
    case 2: return try Kernel.unary(PITH_UNARY_SQUARE, x[0])
    case 0.5: return try Kernel.unary(PITH_UNARY_SQRT, x[0])
    case -0.5: return try Kernel.unary(PITH_UNARY_RSQRT, x[0])
    case -1: return try Kernel.unary(PITH_UNARY_RECIPROCAL, x[0])
    case 3: return try Kernel.binary(PITH_BINARY_MUL, "^", Kernel.unary(PITH_UNARY_SQUARE, x[0]), x[0])
    case -2: return try Kernel.unary(PITH_UNARY_RECIPROCAL, Kernel.unary(PITH_UNARY_SQUARE, x[0]))
    default: return try Kernel.binary(PITH_BINARY_POW, "^", x[0], Tensor.full([], exponent, x[0].dtype))
    }
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    switch exponent {
    case 0: [try Tensor.zeros(like: dy)]
    case 1: [dy]
    case 2: [try dy * (pass.input(0) * 2)]
    default: [try dy * (pass.input(0).raised(exponent - 1) * exponent)]
    }
  }
}

struct PowOp: BinaryPrimitive {
  static var kernel: pith_binary { PITH_BINARY_POW }
  static var name: String { "^" }
  var saves: Saves { [.first, .second, .output] }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let (a, b) = (pass.input(0), pass.input(1))
    let zero = try Tensor.zeros([], dy.dtype)
    var gradients: [Tensor?] = [nil, nil]
    if pass.wants[0] { gradients[0] = try b.eq(0).selecting(zero, dy * (b * PowOp().apply([a, b - 1]))) }
    if pass.wants[1] {
      let isFlat = try a.eq(0).logical(PITH_LOGICAL_AND, b.ge(0))
      // The logarithm is taken of 1 where its product is dropped, so that no infinity meets a 0.
      let slope = try pass.result * isFlat.selecting(Tensor.ones([], dy.dtype), a).log()
      gradients[1] = try isFlat.selecting(zero, dy * slope)
    }
    return gradients
  }
}
