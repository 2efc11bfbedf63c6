import Builtins

extension Builtin<Void> {
  static let diag = Builtin(
    "diag", "The diagonal of a matrix; of a vector, the matrix with that diagonal.",
    .required("input", Tensor.self, "A vector or a matrix."),
    .option("diagonal", 0, "Which one: above the main diagonal, or below it where negative."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("diag(tensor([1.0, 2.0]))", gives: "[[1., 0.],\n        [0., 2.]]")]
  ) { (x: Tensor, k: Int) in try x.diag(k) }

  static let diagonal = Builtin(
    "diagonal", "A diagonal of two dimensions, as a view; it becomes the last dimension.",
    .required("input", Tensor.self, "At least two dimensions."),
    .option("offset", 0, "Which one: above the main diagonal, or below it where negative."),
    .option("dim1", 0, "The dimension that counts rows."),
    .option("dim2", 1, "The dimension that counts columns."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("diagonal(tensor([[1.0, 2.0], [3.0, 4.0]]))", gives: "[1., 4.]")]
  ) { (x: Tensor, k: Int, a: Int, b: Int) in try x.diagonal(k, a, b) }

  static let trace = Builtin(
    "trace", "The sum of the diagonal of a matrix.",
    .required("input", Tensor.self, "A matrix."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("trace(tensor([[1.0, 2.0], [3.0, 4.0]]))", gives: "5.")]
  ) { (x: Tensor) in
    guard x.rank == 2 else { throw TensorError.shape("trace", expected: "a matrix", met: x.shape, operand: 0) }
    return try x.diagonal(0, 0, 1).sum()
  }

  static let tril = Builtin(
    "tril", "The lower triangle of matrices, 0 above it.",
    .required("input", Tensor.self, "At least two dimensions."),
    .option("diagonal", 0, "The last diagonal that stays."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("tril(ones(2, 2))", gives: "[[1., 0.],\n        [1., 1.]]")]
  ) { (x: Tensor, k: Int) in try x.triangle(isLower: true, k) }

  static let triu = Builtin(
    "triu", "The upper triangle of matrices, 0 below it.",
    .required("input", Tensor.self, "At least two dimensions."),
    .option("diagonal", 0, "The first diagonal that stays."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("triu(ones(2, 2))", gives: "[[1., 1.],\n        [0., 1.]]")]
  ) { (x: Tensor, k: Int) in try x.triangle(isLower: false, k) }
}

extension Tensor {
  /// The diagonal of a matrix, or the matrix of a diagonal.
  public func diag(_ k: Int = 0) throws(TensorError) -> Tensor {
    switch rank {
    case 1:
      let (n, isOver) = Int(clamping: k.magnitude).addingReportingOverflow(shape[0])
      guard !isOver else { throw .value("diag", "there is no diagonal \(k)") }
      return try UndiagonalOp(diagonal: DiagonalOp(offset: k, a: 0, b: 1, from: [n, n])).apply([self])
    case 2: return try diagonal(k, 0, 1).clone()
    default: throw .shape("diag", expected: "a vector or a matrix", met: shape, operand: 0)
    }
  }

  /// A diagonal of two dimensions, as a view whose last dimension it is. Beyond the corners it is empty.
  public func diagonal(_ offset: Int = 0, _ dim1: Int = 0, _ dim2: Int = 1) throws(TensorError) -> Tensor {
    guard rank >= 2 else { throw .shape("diagonal", expected: "at least two dimensions", met: shape, operand: 0) }
    let pair = try Shape.dimensions([dim1, dim2], rank: rank, "diagonal")
    return try DiagonalOp(offset: offset, a: pair[0], b: pair[1], from: shape).apply([self])
  }

  func triangle(isLower: Bool, _ k: Int) throws(TensorError) -> Tensor {
    guard rank >= 2 else { throw .shape(isLower ? "tril" : "triu", expected: "at least two dimensions", met: shape, operand: 0) }
    let (rows, columns) = (shape[rank - 2], shape[rank - 1])
    // Diagonals beyond the corners are all alike.
    let k = Swift.max(-rows - 1, Swift.min(columns + 1, k))
    let mask = try Tensor.empty([rows, columns], .bool)
    for i in 0..<rows {
      for j in 0..<columns { mask.u8[i * columns + j] = (isLower ? j - i <= k : j - i >= k) ? 1 : 0 }
    }
    return try mask.selecting(self, Tensor.zeros([], dtype))
  }
}

struct DiagonalOp: Primitive {
  let offset: Int, a: Int, b: Int, from: [Int]

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let t = x[0], (rows, columns) = (t.shape[a], t.shape[b])
    let isBeyond = offset >= columns || offset <= -rows
    let n = isBeyond ? 0 : offset >= 0 ? min(rows, columns - offset) : min(rows + offset, columns)
    let rest = t.shape.indices.filter { $0 != a && $0 != b }
    let start = n == 0 ? 0 : offset >= 0 ? offset * t.strides[b] : -offset * t.strides[a]
    return t.viewed(rest.map { t.shape[$0] } + [n], strides: rest.map { t.strides[$0] } + [t.strides[a] + t.strides[b]], offset: t.offset + start)
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try UndiagonalOp(diagonal: self).apply([dy])] }
}

extension DiagonalOp: ViewPrimitive {}

/// Zeros with the input on a diagonal.
struct UndiagonalOp: Primitive {
  let diagonal: DiagonalOp
  static var name: String { "diag" }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let y = try Tensor.zeros(diagonal.from, x[0].dtype)
    Kernel.write(try x[0].contiguous(), into: try diagonal.forward([y]))
    return y
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try diagonal.apply([dy])] }
}
