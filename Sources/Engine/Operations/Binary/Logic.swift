import Builtins
import CKernels

extension Builtin<Void> {
  static let logicalAnd = logic("logical_and", "Whether both are true.", PITH_LOGICAL_AND, "[ True, False]")
  static let logicalOr = logic("logical_or", "Whether at least one is true.", PITH_LOGICAL_OR, "[True, True]")
  static let logicalXor = logic("logical_xor", "Whether exactly one is true.", PITH_LOGICAL_XOR, "[False,  True]")

  static let logicalNot = Builtin(
    "logical_not", "True where x is false or 0.",
    .required("input", Tensor.self, "Truth values; a number is true where it is not 0."),
    examples: [Example("logical_not(tensor([true, false]))", gives: "[False,  True]")]
  ) { (x: Tensor) in try x.logicalNot() }

  private static func logic(_ name: String, _ summary: String, _ code: pith_logical, _ gives: String) -> Builtin {
    return Builtin(
      name, summary,
      .required("input", Tensor.self, "Truth values; a number is true where it is not 0."),
      .required("other", Tensor.self, "Truth values."),
      examples: [Example("\(name)(tensor([true, true]), tensor([true, false]))", gives: gives)]
    ) { (a: Tensor, b: Tensor) in try a.logical(code, b) }
  }
}

extension Tensor {
  public func logicalAnd(_ other: Tensor) throws(TensorError) -> Tensor { try logical(PITH_LOGICAL_AND, other) }
  public func logicalOr(_ other: Tensor) throws(TensorError) -> Tensor { try logical(PITH_LOGICAL_OR, other) }

  /// True where false or 0.
  public func logicalNot() throws(TensorError) -> Tensor {
    let x = try detached().to(.bool).dense(), y = try Tensor.empty(like: x, .bool)
    pith_logical_not_u8(x.u8, y.u8, y.count)
    return y
  }

  func logical(_ code: pith_logical, _ other: Tensor) throws(TensorError) -> Tensor {
    try Kernel.logical(code, "logical", detached().to(.bool), other.detached().to(.bool))
  }
}
