import Builtins
import CKernels

extension Builtin<Void> {
  static let eq = comparison("eq", "Whether numbers are equal, element by element, also `a == b`.", "[False,  True]") { try $0.eq($1) }
  static let ge = comparison("ge", "Whether numbers are at least others, also `a >= b`.", "[False,  True]") { try $0.ge($1) }
  static let gt = comparison("gt", "Whether numbers are greater than others, also `a > b`.", "[False, False]") { try $0.gt($1) }
  static let le = comparison("le", "Whether numbers are at most others, also `a <= b`.", "[True, True]") { try $0.le($1) }
  static let lt = comparison("lt", "Whether numbers are less than others, also `a < b`.", "[ True, False]") { try $0.lt($1) }
  static let ne = comparison("ne", "Whether numbers differ, element by element, also `a != b`.", "[ True, False]") { try $0.ne($1) }

  private static func comparison(
    _ name: String, _ summary: String, _ gives: String, _ body: @escaping @Sendable (Tensor, Tensor) throws -> Tensor
  ) -> Builtin {
    Builtin(
      name, summary,
      .required("input", Tensor.self, "Any numbers."),
      .required("other", Tensor.self, "What they are compared with."),
      examples: [Example("\(name)(tensor([1, 2]), 2)", gives: gives)]
    ) { (a: Tensor, b: Tensor) in try body(a, b) }
  }
}

extension Tensor {
  /// Comparisons, element by element, with broadcasting and promotion. They have no gradient; nan compares as IEEE 754 says.
  public func eq(_ other: Tensor) throws(TensorError) -> Tensor { try compared(PITH_COMPARE_EQ, "==", other) }
  public func ne(_ other: Tensor) throws(TensorError) -> Tensor { try compared(PITH_COMPARE_NE, "!=", other) }
  public func lt(_ other: Tensor) throws(TensorError) -> Tensor { try compared(PITH_COMPARE_LT, "<", other) }
  public func le(_ other: Tensor) throws(TensorError) -> Tensor { try compared(PITH_COMPARE_LE, "<=", other) }
  public func gt(_ other: Tensor) throws(TensorError) -> Tensor { try compared(PITH_COMPARE_GT, ">", other) }
  public func ge(_ other: Tensor) throws(TensorError) -> Tensor { try compared(PITH_COMPARE_GE, ">=", other) }

  public func eq(_ other: Double) throws(TensorError) -> Tensor { try eq(Tensor.number(other)) }
  public func lt(_ other: Double) throws(TensorError) -> Tensor { try lt(Tensor.number(other)) }
  public func le(_ other: Double) throws(TensorError) -> Tensor { try le(Tensor.number(other)) }
  public func gt(_ other: Double) throws(TensorError) -> Tensor { try gt(Tensor.number(other)) }
  public func ge(_ other: Double) throws(TensorError) -> Tensor { try ge(Tensor.number(other)) }

  private func compared(_ code: pith_compare, _ name: String, _ other: Tensor) throws(TensorError) -> Tensor {
    let pair = try promoted(detached(), other.detached(), atLeast: .bool)
    return try Kernel.compare(code, name, pair[0], pair[1])
  }
}
