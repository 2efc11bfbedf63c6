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
  // Two plain numbers stay plain numbers, in the language's own precision.
  var dtype = a.isNumber && b.isNumber ? a.dtype.joined(b.dtype) : resultType([a, b])
  if dtype.category < least.category { dtype = a.isNumber && b.isNumber && least == .float32 ? .float64 : least }
  return [try a.to(dtype), try b.to(dtype)]
}

/// Whether both are tensors of truth values, whose sums, products and extremes PyTorch keeps as such.
func areTruths(_ a: Tensor, _ b: Tensor) -> Bool { a.dtype == .bool && b.dtype == .bool && !(a.isNumber && b.isNumber) }

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
  /// Sum, difference, product and quotient with PyTorch's broadcasting and promotion. `/` of integers is a real number; of
  /// truth values the sum is `or` and the product `and`.
  public static func + (a: Tensor, b: Tensor) throws(TensorError) -> Tensor {
    try areTruths(a, b) ? a.logicalOr(b) : AddOp().apply(promoted(a, b))
  }
  public static func - (a: Tensor, b: Tensor) throws(TensorError) -> Tensor { try SubtractOp().apply(promoted(a, b)) }
  public static func * (a: Tensor, b: Tensor) throws(TensorError) -> Tensor {
    try areTruths(a, b) ? a.logicalAnd(b) : MultiplyOp().apply(promoted(a, b))
  }
  public static func / (a: Tensor, b: Tensor) throws(TensorError) -> Tensor { try DivideOp().apply(promoted(a, b, atLeast: .float32)) }

  public static func + (a: Tensor, b: Double) throws(TensorError) -> Tensor {
    a.isAffine ? try AffineOp(alpha: 1, beta: b).apply([a]) : try a + Tensor.number(b)
  }
  public static func - (a: Tensor, b: Double) throws(TensorError) -> Tensor {
    a.isAffine ? try AffineOp(alpha: 1, beta: -b).apply([a]) : try a - Tensor.number(b)
  }
  public static func * (a: Tensor, b: Double) throws(TensorError) -> Tensor {
    // Adding -0 keeps the sign of a zero.
    a.isAffine ? try AffineOp(alpha: b, beta: -0.0).apply([a]) : try a * Tensor.number(b)
  }
  /// - Numerics: a power of two is divided by as exactly as it is multiplied with; all other numbers truly divide.
  public static func / (a: Tensor, b: Double) throws(TensorError) -> Tensor {
    guard a.isAffine, b.isNormal, (1 / b).isNormal, b.significand == 1 else { return try a / Tensor.number(b) }
    return try AffineOp(alpha: 1 / b, beta: -0.0).apply([a])
  }
  public static func + (a: Double, b: Tensor) throws(TensorError) -> Tensor { try b + a }
  public static func - (a: Double, b: Tensor) throws(TensorError) -> Tensor {
    b.isAffine ? try AffineOp(alpha: -1, beta: a).apply([b]) : try Tensor.number(a) - b
  }
  public static func * (a: Double, b: Tensor) throws(TensorError) -> Tensor { try b * a }
  public static func / (a: Double, b: Tensor) throws(TensorError) -> Tensor { try Tensor.number(a) / b }

  private var isAffine: Bool { dtype.isFloating && !isNumber }
}

/// `alpha x + beta` for plain numbers. A primitive for speed: no tensor is made of the numbers.
struct AffineOp: Primitive {
  let alpha: Double, beta: Double
  static var name: String { "*" }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let source = try x[0].dense(), y = try Tensor.empty(like: source, source.dtype)
    if y.dtype == .float32 {
      pith_affine_f32(Float(alpha), Float(beta), source.f32, y.f32, y.count)
    } else {
      pith_affine_f64(alpha, beta, source.f64, y.f64, y.count)
    }
    return y
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [alpha == 1 ? dy : try dy * alpha] }
}
