import Builtins
import CKernels

extension Builtin<Void> {
  static let div = Builtin(
    "div", "The quotient, also `a / b`.",
    .required("input", Tensor.self, "Any numbers."),
    .required("other", Tensor.self, "What is divided by."),
    .optional("rounding_mode", RoundingMode.self, "`trunc` rounds towards 0, `floor` downwards."),
    laws: [.gradient(in: 0.3...2)],
    examples: [Example("div(tensor([7, -7]), 2, rounding_mode=\"floor\")", gives: "[ 3, -4]")]
  ) { (a: Tensor, b: Tensor, mode: RoundingMode?) in try a.divided(by: b, mode) }

  static let floorDivide = Builtin(
    "floor_divide", "The quotient rounded downwards, also `a // b`.",
    .required("input", Tensor.self, "Any numbers."),
    .required("other", Tensor.self, "What is divided by."),
    examples: [Example("floor_divide(tensor([7, -7]), 2)", gives: "[ 3, -4]")]
  ) { (a: Tensor, b: Tensor) in try a.floorDivide(b) }

  static let fmod = Builtin(
    "fmod", "What is left of a division, with the sign of the first operand.",
    .required("input", Tensor.self, "Any numbers."),
    .required("other", Tensor.self, "What is divided by."),
    examples: [Example("fmod(tensor([7.0, -7.0]), 3)", gives: "[ 1., -1.]")]
  ) { (a: Tensor, b: Tensor) in try a.fmod(b) }

  static let remainder = Builtin(
    "remainder", "What is left of a division, with the sign of the second operand, also `a % b`.",
    .required("input", Tensor.self, "Any numbers."),
    .required("other", Tensor.self, "What is divided by."),
    examples: [Example("remainder(tensor([7.0, -7.0]), 3)", gives: "[1., 2.]")]
  ) { (a: Tensor, b: Tensor) in try a.remainder(b) }
}

/// How a quotient is rounded.
public enum RoundingMode: String, Choice { case trunc, floor }

extension Tensor {
  /// The quotient, rounded where a mode is given; integers then stay integers.
  /// - Throws: `divisionByZero` for integers.
  public func divided(by other: Tensor, _ mode: RoundingMode?) throws(TensorError) -> Tensor {
    switch mode {
    case nil: return try self / other
    case .floor: return try floorDivide(other)
    case .trunc:
      let pair = try divisible(other, "div")
      guard !pair[0].dtype.isFloating else { return try (pair[0] / pair[1]).trunc() }
      return try (pair[0] - FmodOp().apply(pair)).exactQuotient(pair[1])
    }
  }

  /// The quotient rounded downwards, also of integers. It has no gradient.
  public func floorDivide(_ other: Tensor) throws(TensorError) -> Tensor {
    try FloorDivideOp().apply(divisible(other, "//"))
  }
  /// The remainder with the sign of `self`.
  /// - Gradient: `da = dy`, `db = -dy trunc(a / b)`.
  public func fmod(_ other: Tensor) throws(TensorError) -> Tensor { try FmodOp().apply(divisible(other, "fmod")) }
  /// The remainder with the sign of `other`.
  /// - Gradient: `da = dy`, `db = -dy floor(a / b)`.
  public func remainder(_ other: Tensor) throws(TensorError) -> Tensor { try RemainderOp().apply(divisible(other, "%")) }

  /// Integers of which the second divides the first.
  private func exactQuotient(_ other: Tensor) throws(TensorError) -> Tensor { try FloorDivideOp().apply([self, other]) }

  /// Both in one dtype, checked for whole zeros below the line.
  private func divisible(_ other: Tensor, _ name: String) throws(TensorError) -> [Tensor] {
    let pair = try promoted(self, other)
    if !pair[1].dtype.isFloating {
      let below = try pair[1].contiguous()
      for i in 0..<below.count where below.i64[i] == 0 { throw .divisionByZero(name) }
    }
    return pair
  }
}

struct FloorDivideOp: BinaryPrimitive {
  static var kernel: pith_binary { PITH_BINARY_FLOORDIV }
  static var name: String { "//" }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let zeros = try Tensor.zeros(like: dy)
    return [zeros, zeros]
  }
}

struct FmodOp: BinaryPrimitive {
  static var kernel: pith_binary { PITH_BINARY_FMOD }
  static var name: String { "fmod" }
  var saves: Saves { .inputs }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    [dy, pass.wants[1] ? try -(dy * (pass.input(0) / pass.input(1)).trunc()) : nil]
  }
}

struct RemainderOp: BinaryPrimitive {
  static var kernel: pith_binary { PITH_BINARY_REMAINDER }
  static var name: String { "%" }
  var saves: Saves { .inputs }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    [dy, pass.wants[1] ? try -(dy * (pass.input(0) / pass.input(1)).floor()) : nil]
  }
}
