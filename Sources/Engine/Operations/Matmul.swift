import Builtins
import CKernels
import COneDNN

extension Builtin<Void> {
  static let matmul = Builtin(
    "matmul", "The matrix product, also `a @ b`; leading dimensions are batches.",
    .required("input", Tensor.self, "A vector, a matrix or a batch of them."),
    .required("other", Tensor.self, "A vector, a matrix or a batch of them."),
    formula: "y[i, j] = Σₖ a[i, k] b[k, j]",
    examples: [Example("matmul(tensor([[1.0, 2.0]]), tensor([[3.0], [4.0]]))", gives: "[[11.]]")]
  ) { (a: Tensor, b: Tensor) in try a.matmul(b) }
}

extension Tensor {
  /// The matrix product with PyTorch's rules: a vector on the left is a row, on the right a column, and both leave their
  /// dimension out of the result; leading dimensions are batches and stretch.
  /// - Shape: `a [*, m, k]` and `b [*, k, n]` to `y [*, m, n]`.
  /// - Gradient: `da = dy bᵀ`, `db = aᵀ dy`.
  public func matmul(_ other: Tensor) throws(TensorError) -> Tensor {
    guard rank > 0 else { throw .shape("@", expected: "a vector or a matrix on the left", met: shape, operand: 0) }
    guard other.rank > 0 else { throw .shape("@", expected: "a vector or a matrix on the right", met: other.shape, operand: 1) }
    let inner = other.shape[max(other.rank - 2, 0)]
    guard shape[rank - 1] == inner else {
      throw .shape("@ of \(shape)", expected: "[\(shape[rank - 1])\(other.rank > 1 ? ", *" : "")] on the right", met: other.shape, operand: 1)
    }
    let operands = try promoted(self, other)
    let a = rank == 1 ? try operands[0].reshape([1, inner]) : operands[0]
    let b = other.rank == 1 ? try operands[1].reshape([inner, 1]) : operands[1]
    var y = try product(a, b)
    if rank == 1 || other.rank == 1 {
      var shape = y.shape
      if other.rank == 1 { shape.removeLast() }
      if rank == 1 { shape.remove(at: shape.count - (other.rank == 1 ? 1 : 2)) }
      y = try y.reshape(shape)
    }
    return y
  }

  /// Of matrices and batches; a batch times one matrix is one long matrix times it.
  private func product(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
    if a.rank == 2, b.rank == 2 { return try MatmulOp().apply([a, b]) }
    if b.rank == 2, a.isContiguous {
      let (k, n) = (b.shape[0], b.shape[1])
      let rows = a.shape.dropLast().reduce(1, *)
      return try MatmulOp().apply([a.reshape([rows, k]), b]).reshape(Array(a.shape.dropLast()) + [n])
    }
    let (leadA, leadB) = (Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)))
    guard let lead = Shape.broadcast(leadA, leadB) else { throw .shapesDoNotBroadcast("@", a.shape, b.shape) }
    return try MatmulOp().apply([a.expand(lead + a.shape.suffix(2)), b.expand(lead + b.shape.suffix(2))])
  }
}

/// Of two matrices, or of two batches of the same leading shape.
struct MatmulOp: Primitive {
  static var name: String { "@" }
  var saves: Saves { .inputs }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Kernel.matmul(x[0], x[1]) }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    [
      pass.wants[0] ? try MatmulOp().apply([dy, pass.input(1).transpose(-1, -2)]) : nil,
      pass.wants[1] ? try MatmulOp().apply([pass.input(0).transpose(-1, -2), dy]) : nil,
    ]
  }
}

/// A matrix as the product kernels read it: rows `stride` apart, perhaps transposed.
struct MatrixLayout {
  let tensor: Tensor
  let transposed: Bool
  let stride: Int

  /// The last two dimensions as they lie where the kernels can read them so, else a copy.
  init(_ t: Tensor) throws(TensorError) {
    let (rows, columns) = (t.shape[t.rank - 2], t.shape[t.rank - 1])
    let (down, right) = (t.strides[t.rank - 2], t.strides[t.rank - 1])
    if right == 1 || columns == 1, down >= max(columns, 1) || rows == 1 {
      (tensor, transposed, stride) = (t, false, rows == 1 ? max(columns, 1) : down)
    } else if down == 1 || rows == 1, right >= max(rows, 1) {
      (tensor, transposed, stride) = (t, true, right)
    } else {
      (tensor, transposed, stride) = (try Kernel.compact(t), false, max(columns, 1))
    }
  }

  var letter: CChar { transposed ? 84 : 78 }

  /// Where the matrix of a batch starts, in elements.
  func start(_ index: Int) -> Int {
    var rest = index, at = 0, d = tensor.rank - 3
    while d >= 0 {
      at += rest % tensor.shape[d] * tensor.strides[d]
      rest /= tensor.shape[d]
      d -= 1
    }
    return at
  }
}

extension Kernel {
  /// Of matrices or of batches of one leading shape, of one dtype.
  static func matmul(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
    let (m, k, n) = (a.shape[a.rank - 2], a.shape[a.rank - 1], b.shape[b.rank - 1])
    let y = try Tensor.empty(a.rank == 2 ? [m, n] : Array(a.shape.dropLast()) + [n], a.dtype)
    guard y.count > 0 else { return y }
    if rounds, y.dtype == .float32 {
      try roundedProduct(a, b, y, m: m, n: n, k: k)
      return y
    }
    if a.rank > 2, try batched(a, b, y, m: m, n: n, k: k) { return y }
    let (la, lb) = (try MatrixLayout(a), try MatrixLayout(b))
    for batch in 0..<(y.count / (m * n)) {
      let (pa, pb, py) = (la.start(batch), lb.start(batch), batch * m * n)
      try multiply(la, pa, lb, pb, y, py, m: m, n: n, k: k)
    }
    return y
  }

  private static func multiply(
    _ a: MatrixLayout, _ pa: Int, _ b: MatrixLayout, _ pb: Int, _ y: Tensor, _ py: Int, m: Int, n: Int, k: Int
  ) throws(TensorError) {
    let (m64, n64, k64) = (Int64(m), Int64(n), Int64(k))
    let (lda, ldb, ldc) = (Int64(a.stride), Int64(b.stride), Int64(n))
    switch y.dtype {
    case .float32:
      let status = pith_sgemm(
        a.letter, b.letter, m64, n64, k64, 1, a.tensor.f32 + pa, lda, b.tensor.f32 + pb, ldb, 0, y.f32 + py, ldc, pith_threads())
      guard status == 0 else { throw .kernel("@", status: Int(status)) }
    case .float64:
      let status = pith_dgemm(
        a.letter, b.letter, m64, n64, k64, 1, a.tensor.f64 + pa, lda, b.tensor.f64 + pb, ldb, 0, y.f64 + py, ldc)
      guard status == 0 else { throw .tooLarge(shape: y.shape, bytes: Double(y.count) * 8, limit: Pool.shared.limit) }
    case .int64, .bool:
      let (ca, cb) = (try compactMatrix(a, pa, m, k), try compactMatrix(b, pb, k, n))
      pith_matmul_i64(m64, n64, k64, ca.i64, k64, cb.i64, n64, y.i64 + py, ldc)
    }
  }

  private static func compactMatrix(_ a: MatrixLayout, _ start: Int, _ rows: Int, _ columns: Int) throws(TensorError) -> Tensor {
    let strides = a.transposed ? [1, a.stride] : [a.stride, 1]
    return try a.tensor.viewed([rows, columns], strides: strides, offset: a.tensor.offset + start).contiguous()
  }
}
