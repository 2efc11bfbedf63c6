import Builtins

extension Builtin<Void> {
  static let bitwiseAnd = bitwise("bitwise_and", "The bits that are 1 in both.", "bitwise_and(tensor([6]), tensor([3]))", "[2]", .and)
  static let bitwiseLeftShift = bitwise("bitwise_left_shift", "The bits moved up by so many places.", "bitwise_left_shift(tensor([3]), 2)", "[12]", .left)
  static let bitwiseOr = bitwise("bitwise_or", "The bits that are 1 in one at least.", "bitwise_or(tensor([6]), tensor([3]))", "[7]", .or)
  static let bitwiseRightShift = bitwise("bitwise_right_shift", "The bits moved down by so many places.", "bitwise_right_shift(tensor([12]), 2)", "[3]", .right)
  static let bitwiseXor = bitwise("bitwise_xor", "The bits that are 1 in just one.", "bitwise_xor(tensor([6]), tensor([3]))", "[5]", .xor)

  static let bitwiseNot = Builtin(
    "bitwise_not", "All bits the other way round.",
    .required("input", Tensor.self, "Integers or truth values."),
    examples: [Example("bitwise_not(tensor([0, 5]))", gives: "[-1, -6]")]
  ) { (x: Tensor) in try x.dtype == .bool ? x.logicalNot() : x.bitwise("bitwise_not", Tensor.number(-1), .xor) }

  private static func bitwise(_ name: String, _ summary: String, _ code: String, _ gives: String, _ rule: BitRule) -> Builtin {
    Builtin(
      name, summary, .required("input", Tensor.self, "Integers or truth values."), .required("other", Tensor.self, "Likewise."),
      examples: [Example(code, gives: gives)]
    ) { (x: Tensor, y: Tensor) in try x.bitwise(name, y, rule) }
  }
}

enum BitRule: Sendable {
  case and, or, xor, left, right

  /// A shift by more places than there are, or by a negative number of them, leaves 0, or of negative numbers to the right -1.
  fileprivate func callAsFunction(_ a: Int64, _ b: Int64) -> Int64 {
    switch self {
    case .and: a & b
    case .or: a | b
    case .xor: a ^ b
    case .left: (0..<64).contains(b) ? a << b : 0
    case .right: (0..<64).contains(b) ? a >> b : a < 0 ? -1 : 0
    }
  }
}

extension Tensor {
  func bitwise(_ name: String, _ other: Tensor, _ rule: BitRule) throws(TensorError) -> Tensor {
    for (i, t) in [self, other].enumerated() where t.dtype.isFloating {
      throw .dtype(name, expected: "integers or truth values", met: t.dtype, operand: i)
    }
    guard let size = Shape.broadcast(shape, other.shape) else { throw .shapesDoNotBroadcast(name, shape, other.shape) }
    let a = try to(.int64).expand(size).contiguous(), b = try other.to(.int64).expand(size).contiguous(), y = try Tensor.empty(size, .int64)
    for i in 0..<y.count { y.i64[i] = rule(a.i64[i], b.i64[i]) }
    guard dtype == .bool, other.dtype == .bool, rule != .left, rule != .right else { return y }
    return try y.to(.bool)
  }
}
