import CKernels

/// An operation of one operand, element by element, in the operand's dtype.
protocol UnaryPrimitive: Primitive {
  static var kernel: pith_unary { get }
}

extension UnaryPrimitive {
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Kernel.unary(Self.kernel, x[0]) }
}

extension Tensor {
  /// Integers and truth values as float32, as PyTorch's functions of real numbers take them.
  func real() throws(TensorError) -> Tensor { dtype.isFloating ? self : try to(.float32) }
  /// Truth values as integers.
  func counted() throws(TensorError) -> Tensor { dtype == .bool ? try to(.int64) : self }

  public static prefix func - (x: Tensor) throws(TensorError) -> Tensor { try NegateOp().apply([x.counted()]) }
}

struct NegateOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_NEG }
  static var name: String { "-" }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try -dy] }
}
