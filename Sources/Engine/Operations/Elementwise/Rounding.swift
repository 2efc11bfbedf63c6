import Builtins
import CKernels

extension Builtin<Void> {
  static let ceil = Builtin(
    "ceil", "The smallest whole number that is not below x.",
    .required("input", Tensor.self, "Any numbers."),
    examples: [Example("ceil(tensor([1.2, -1.2]))", gives: "[ 2., -1.]")]
  ) { (x: Tensor) in try CeilOp().apply([x.counted()]) }

  static let floor = Builtin(
    "floor", "The largest whole number that is not above x.",
    .required("input", Tensor.self, "Any numbers."),
    examples: [Example("floor(tensor([1.2, -1.2]))", gives: "[ 1., -2.]")]
  ) { (x: Tensor) in try x.floor() }

  static let heaviside = Builtin(
    "heaviside", "0 below 0, 1 above, and a value of choice at 0.",
    .required("input", Tensor.self, "Any numbers."),
    .required("values", Tensor.self, "The result where the input is 0."),
    examples: [Example("heaviside(tensor([-1.0, 0.0, 2.0]), tensor([0.5]))", gives: "[0.0000, 0.5000, 1.0000]")]
  ) { (x: Tensor, values: Tensor) in try x.heaviside(values) }

  static let round = Builtin(
    "round", "The nearest whole number; halves go to the even one.",
    .required("input", Tensor.self, "Any numbers."),
    .option("decimals", 0, in: -300...300, "Digits after the point that stay."),
    examples: [Example("round(tensor([0.5, 1.5, 2.4]))", gives: "[0., 2., 2.]")]
  ) { (x: Tensor, decimals: Int) in try x.round(decimals: decimals) }

  static let sign = Builtin(
    "sign", "-1 below 0, 0 at 0, 1 above.",
    .required("input", Tensor.self, "Any numbers."),
    examples: [Example("sign(tensor([-2.0, 0.0, 3.0]))", gives: "[-1.,  0.,  1.]")]
  ) { (x: Tensor) in try x.sign() }

  static let step = Builtin(
    "step", "1 above 0, else 0: the derivative of `relu`.",
    .required("input", Tensor.self, "Any numbers."),
    examples: [Example("step(tensor([-1.0, 0.0, 2.0]))", gives: "[0., 0., 1.]")]
  ) { (x: Tensor) in try x.step() }

  static let trunc = Builtin(
    "trunc", "The whole part of x.",
    .required("input", Tensor.self, "Any numbers."),
    examples: [Example("trunc(tensor([1.7, -1.7]))", gives: "[ 1., -1.]")]
  ) { (x: Tensor) in try x.trunc() }
}

extension Tensor {
  public func floor() throws(TensorError) -> Tensor { try FloorOp().apply([counted()]) }
  public func trunc() throws(TensorError) -> Tensor { try TruncOp().apply([counted()]) }
  /// -1, 0 or 1.
  public func sign() throws(TensorError) -> Tensor { try SignOp().apply([counted()]) }
  /// 1 above 0, else 0.
  public func step() throws(TensorError) -> Tensor { try StepOp().apply([counted()]) }

  /// Half to even, after so many digits.
  public func round(decimals: Int = 0) throws(TensorError) -> Tensor {
    guard decimals != 0, dtype.isFloating else { return try RoundOp().apply([counted()]) }
    let scale = Tensor.tenPower(Swift.abs(decimals))
    return decimals > 0 ? try RoundOp().apply([self * scale]) / scale : try RoundOp().apply([self / scale]) * scale
  }

  private static func tenPower(_ n: Int) -> Double { (0..<n).reduce(1.0) { p, _ in p * 10 } }

  func heaviside(_ values: Tensor) throws(TensorError) -> Tensor {
    let pair = try promoted(self, values)
    return try pair[0].eq(0).selecting(pair[1], pair[0].step())
  }
}

/// A function of steps: its derivative is 0 wherever it has one.
protocol Staircase: UnaryPrimitive {}
extension Staircase {
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try Tensor.zeros(like: dy)] }
}

struct CeilOp: Staircase { static var kernel: pith_unary { PITH_UNARY_CEIL } }
struct FloorOp: Staircase { static var kernel: pith_unary { PITH_UNARY_FLOOR } }
struct RoundOp: Staircase { static var kernel: pith_unary { PITH_UNARY_ROUND } }
struct SignOp: Staircase { static var kernel: pith_unary { PITH_UNARY_SIGN } }
struct StepOp: Staircase { static var kernel: pith_unary { PITH_UNARY_STEP } }
struct TruncOp: Staircase { static var kernel: pith_unary { PITH_UNARY_TRUNC } }
