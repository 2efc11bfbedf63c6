import Builtins
import CKernels

extension Builtin<Void> {
  static let deg2rad = Builtin(
    "deg2rad", "Degrees as radians.",
    .required("input", Tensor.self, "Degrees."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("deg2rad(tensor([180.0, 90.0]))", gives: "[3.1416, 1.5708]")]
  ) { (x: Tensor) in try x.real() * (Double.pi / 180) }

  static let erfinv = Builtin(
    "erfinv", "The number whose error function is x.",
    .required("input", Tensor.self, "Numbers between -1 and 1; the ends give infinities."),
    laws: [.gradient(in: -0.8...0.8)],
    examples: [Example("erfinv(tensor([0.0, 0.5, -1.0]))", gives: "[0.0000, 0.4769,   -inf]")]
  ) { (x: Tensor) in try ErfinvOp().apply([x.real()]) }

  static let frac = Builtin(
    "frac", "What stands behind the point, with the sign of x.",
    .required("input", Tensor.self, "Real numbers."),
    laws: [.gradient(in: 0.1...0.9)],
    examples: [Example("frac(tensor([1.5, -2.25]))", gives: "[ 0.5000, -0.2500]")]
  ) { (x: Tensor) in try x - x.trunc().detached() }

  static let rad2deg = Builtin(
    "rad2deg", "Radians as degrees.",
    .required("input", Tensor.self, "Radians."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("rad2deg(tensor([1.0]))", gives: "[57.2958]")]
  ) { (x: Tensor) in try x.real() * (180 / Double.pi) }

  static let sinc = Builtin(
    "sinc", "sin(πx) / πx, and 1 at 0.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: 0.2...2)],
    examples: [Example("sinc(tensor([0.0, 0.5]))", gives: "[1.0000, 0.6366]")]
  ) { (x: Tensor) in
    let angle = try x.real() * Double.pi, isZero = try angle.eq(0), one = try Tensor.full([], 1, angle.dtype)
    return try isZero.selecting(one, angle.sin() / isZero.selecting(one, angle))
  }

  static let signbit = Builtin(
    "signbit", "Whether a number has a minus, -0 included.",
    .required("input", Tensor.self, "Any numbers."),
    examples: [Example("signbit(tensor([-1.0, 2.0]))", gives: "[ True, False]")]
  ) { (x: Tensor) in try x.hasMinus() }

  static let isposinf = Builtin(
    "isposinf", "Whether each number is inf.",
    .required("input", Tensor.self, "Any numbers."),
    examples: [Example("isposinf(tensor([1.0, inf]))", gives: "[False,  True]")]
  ) { (x: Tensor) in try x.eq(.infinity) }

  static let isneginf = Builtin(
    "isneginf", "Whether each number is -inf.",
    .required("input", Tensor.self, "Any numbers."),
    examples: [Example("isneginf(tensor([1.0, -inf]))", gives: "[False,  True]")]
  ) { (x: Tensor) in try x.eq(-.infinity) }

  static let clampMax = Builtin(
    "clamp_max", "What lies above a bound as the bound.",
    .required("input", Tensor.self, "Any numbers."),
    .required("max", Double.self, "The bound."),
    examples: [Example("clamp_max(tensor([1.0, 3.0]), 2.0)", gives: "[1., 2.]")]
  ) { (x: Tensor, bound: Double) in try x.clamp(nil, Tensor.number(bound)) }

  static let clampMin = Builtin(
    "clamp_min", "What lies below a bound as the bound.",
    .required("input", Tensor.self, "Any numbers."),
    .required("min", Double.self, "The bound."),
    examples: [Example("clamp_min(tensor([1.0, 3.0]), 2.0)", gives: "[2., 3.]")]
  ) { (x: Tensor, bound: Double) in try x.clamp(Tensor.number(bound), nil) }
}

extension Tensor {
  /// True where there is a minus, that of -0 and of nothing else that compares as 0 included.
  func hasMinus() throws(TensorError) -> Tensor {
    let x = detached()
    guard dtype.isFloating else { return try x.counted().lt(0) }
    return try x.lt(0).logicalOr(x.eq(0).logicalAnd(x.reciprocal().lt(0)))
  }
}

/// - Gradient: `dx = dy √π/2 e^(y²)`.
/// - Numerics: there is no formula in other operations. Hence a primitive.
struct ErfinvOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_ERFINV }
  var saves: Saves { .output }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy * (pass.result.square().exp() * 0.886226925452758)] }
}
