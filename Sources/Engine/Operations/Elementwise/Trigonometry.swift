import Builtins
import CKernels

extension Builtin<Void> {
  static let acos = Builtin(
    "acos", "The angle whose cosine is x.",
    .required("input", Tensor.self, "Numbers from -1 to 1."),
    laws: [.gradient(in: -0.8...0.8)],
    examples: [Example("acos(tensor([1.0, 0.0]))", gives: "[0.0000, 1.5708]")]
  ) { (x: Tensor) in try x.acos() }

  static let asin = Builtin(
    "asin", "The angle whose sine is x.",
    .required("input", Tensor.self, "Numbers from -1 to 1."),
    laws: [.gradient(in: -0.8...0.8)],
    examples: [Example("asin(tensor([0.0, 1.0]))", gives: "[0.0000, 1.5708]")]
  ) { (x: Tensor) in try x.asin() }

  static let atan = Builtin(
    "atan", "The angle whose tangent is x.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("atan(tensor([0.0, 1.0]))", gives: "[0.0000, 0.7854]")]
  ) { (x: Tensor) in try x.atan() }

  static let cos = Builtin(
    "cos", "The cosine of an angle in radians.",
    .required("input", Tensor.self, "Angles."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("cos(tensor([0.0, 1.0]))", gives: "[1.0000, 0.5403]")]
  ) { (x: Tensor) in try x.cos() }

  static let sin = Builtin(
    "sin", "The sine of an angle in radians.",
    .required("input", Tensor.self, "Angles."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("sin(tensor([0.0, 1.0]))", gives: "[0.0000, 0.8415]")]
  ) { (x: Tensor) in try x.sin() }

  static let tan = Builtin(
    "tan", "The tangent of an angle in radians.",
    .required("input", Tensor.self, "Angles."),
    laws: [.gradient(in: -1...1)],
    examples: [Example("tan(tensor([0.0, 1.0]))", gives: "[0.0000, 1.5574]")]
  ) { (x: Tensor) in try x.tan() }
}

extension Tensor {
  /// The angle in `0...π` whose cosine is x.
  public func acos() throws(TensorError) -> Tensor { try AcosOp().apply([real()]) }
  /// The angle in `-π/2...π/2` whose sine is x.
  public func asin() throws(TensorError) -> Tensor { try AsinOp().apply([real()]) }
  /// The angle in `-π/2...π/2` whose tangent is x.
  public func atan() throws(TensorError) -> Tensor { try AtanOp().apply([real()]) }
  /// The cosine of an angle in radians.
  public func cos() throws(TensorError) -> Tensor { try CosOp().apply([real()]) }
  /// The sine of an angle in radians.
  public func sin() throws(TensorError) -> Tensor { try SinOp().apply([real()]) }
  /// The tangent of an angle in radians.
  public func tan() throws(TensorError) -> Tensor { try TanOp().apply([real()]) }
}

struct AcosOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_ACOS }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try -(dy * (1 - pass.input(0).square()).rsqrt())] }
}

struct AsinOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_ASIN }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy * (1 - pass.input(0).square()).rsqrt()] }
}

struct AtanOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_ATAN }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy / (pass.input(0).square() + 1)] }
}

struct CosOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_COS }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try -(dy * pass.input(0).sin())] }
}

struct SinOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_SIN }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy * pass.input(0).cos()] }
}

struct TanOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_TAN }
  var saves: Saves { .output }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy * (pass.result.square() + 1)] }
}
