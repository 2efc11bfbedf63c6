import CKernels

/// An operation of two operands on one dtype, stretched to a common shape.
protocol BinaryPrimitive: Primitive {
  static var kernel: pith_binary { get }
}

extension BinaryPrimitive {
  var broadcasts: Bool { true }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Kernel.binary(Self.kernel, Self.name, x[0], x[1]) }
}

/// Both operands in their common dtype, bool counted as an integer.
func promoted(_ a: Tensor, _ b: Tensor, atLeast least: DType = .int64) throws(TensorError) -> [Tensor] {
  if a.dtype == b.dtype, a.dtype.isFloating { return [a, b] }
  var dtype = resultType([a, b])
  if dtype.category < least.category { dtype = least }
  return [try a.to(dtype), try b.to(dtype)]
}

struct AddOp: BinaryPrimitive {
  static var kernel: pith_binary { PITH_BINARY_ADD }
  static var name: String { "+" }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [dy, dy] }
}

struct SubtractOp: BinaryPrimitive {
  static var kernel: pith_binary { PITH_BINARY_SUB }
  static var name: String { "-" }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [dy, pass.wants[1] ? try -dy : nil] }
}

struct MultiplyOp: BinaryPrimitive {
  static var kernel: pith_binary { PITH_BINARY_MUL }
  static var name: String { "*" }
  var saves: Saves { .inputs }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    [pass.wants[0] ? try dy * pass.input(1) : nil, pass.wants[1] ? try dy * pass.input(0) : nil]
  }
}

struct DivideOp: BinaryPrimitive {
  static var kernel: pith_binary { PITH_BINARY_DIV }
  static var name: String { "/" }
  var saves: Saves { .inputs }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let b = pass.input(1)
    let da = try dy / b
    return [pass.wants[0] ? da : nil, pass.wants[1] ? try -(da * pass.input(0) / b) : nil]
  }
}

extension Tensor {
  /// Sum, difference, product and quotient with PyTorch's broadcasting and promotion. `/` of integers is a real number.
  public static func + (a: Tensor, b: Tensor) throws(TensorError) -> Tensor { try AddOp().apply(promoted(a, b)) }
  public static func - (a: Tensor, b: Tensor) throws(TensorError) -> Tensor { try SubtractOp().apply(promoted(a, b)) }
  public static func * (a: Tensor, b: Tensor) throws(TensorError) -> Tensor { try MultiplyOp().apply(promoted(a, b)) }
  public static func / (a: Tensor, b: Tensor) throws(TensorError) -> Tensor { try DivideOp().apply(promoted(a, b, atLeast: .float32)) }

  public static func + (a: Tensor, b: Double) throws(TensorError) -> Tensor { try a + a.number(b) }
  public static func - (a: Tensor, b: Double) throws(TensorError) -> Tensor { try a - a.number(b) }
  public static func * (a: Tensor, b: Double) throws(TensorError) -> Tensor { try a * a.number(b) }
  public static func / (a: Tensor, b: Double) throws(TensorError) -> Tensor { try a / a.number(b) }
  public static func + (a: Double, b: Tensor) throws(TensorError) -> Tensor { try b.number(a) + b }
  public static func - (a: Double, b: Tensor) throws(TensorError) -> Tensor { try b.number(a) - b }
  public static func * (a: Double, b: Tensor) throws(TensorError) -> Tensor { try b.number(a) * b }
  public static func / (a: Double, b: Tensor) throws(TensorError) -> Tensor { try b.number(a) / b }

  /// A plain number, in this tensor's dtype where that is real, so that no cast follows.
  private func number(_ value: Double) throws(TensorError) -> Tensor {
    try Tensor.full([], value, dtype.isFloating ? dtype : .float64, isNumber: true)
  }
}
