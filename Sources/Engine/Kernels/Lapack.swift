import CKernels
import CLapack
import Glibc

/// What matrices are handed to LAPACK with: checks, copies whose columns lie together, and one call for each of a batch.
enum Lapack {
  /// Beyond this LAPACK's 32-bit sizes of work memory overflow.
  private static let largest = 16_384

  /// A batch of matrices, checked.
  static func checked(_ x: Tensor, _ name: String, isSquare: Bool = false, operand: Int = 0) throws(TensorError) {
    guard x.rank >= 2 else { throw .shape(name, expected: "a matrix or a batch of them", met: x.shape, operand: operand) }
    let (m, n) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
    guard !isSquare || m == n else { throw .shape(name, expected: "square matrices", met: x.shape, operand: operand) }
    guard x.dtype.isFloating else { throw .dtype(name, expected: "float32 or float64", met: x.dtype, operand: operand) }
    guard max(m, n) <= largest else { throw .value(name, "a matrix of \(m) × \(n) is larger than the \(largest) that LAPACK's sizes allow here") }
  }

  static func checkFinite(_ x: Tensor, _ name: String) throws(TensorError) {
    let isFine = x.dtype == .float32
      ? UnsafeBufferPointer(start: x.f32, count: x.count).allSatisfy(\.isFinite) : UnsafeBufferPointer(start: x.f64, count: x.count).allSatisfy(\.isFinite)
    guard isFine else { throw .value(name, "the matrix has a nan or an infinity in it, and then the method does not end") }
  }

  /// The last two dimensions exchanged, as another look at the same memory.
  static func swapped(_ x: Tensor) -> Tensor {
    var (shape, strides) = (x.shape, x.strides)
    shape.swapAt(x.rank - 1, x.rank - 2)
    strides.swapAt(x.rank - 1, x.rank - 2)
    return x.viewed(shape, strides: strides, offset: x.offset)
  }

  /// A copy of the transposes: memory in which the columns of `x` lie together.
  static func columns(_ x: Tensor) throws(TensorError) -> Tensor { try swapped(x).copied() }

  /// Calls LAPACK for each matrix of a batch.
  /// - Returns: the status, above 0, of the first that failed, and which of the batch it was.
  static func each(_ batches: Int, _ name: String, _ call: (Int) -> Int32) throws(TensorError) -> (status: Int, batch: Int)? {
    for batch in 0..<batches {
      guard pith_interrupted() == 0 else { throw .interrupted }
      let status = call(batch)
      if status > 0 { return (Int(status), batch) }
      guard status == 0 else { throw .value(name, "LAPACK failed with status \(status)") }
    }
    return nil
  }

  /// ` of matrix 3 of the batch`, where there is more than one.
  static func place(_ batch: Int, of count: Int) -> String { count > 1 ? " of matrix \(batch) of the batch" : "" }

  // MARK: the factorisations

  /// `x = L Lᵀ`. What stands above the diagonal is not read.
  static func cholesky(_ x: Tensor) throws(TensorError) -> Tensor {
    // Rows together read as columns are the transpose: LAPACK's upper triangle is our lower one.
    let y = try x.copied(), n = x.shape[x.rank - 1]
    let count = n == 0 ? 0 : y.count / (n * n)
    if let failed = try each(count, "cholesky", { b in
      y.dtype == .float32 ? pith_cholesky_f32(Int32(n), y.f32 + b * n * n) : pith_cholesky_f64(Int32(n), y.f64 + b * n * n)
    }) {
      throw .value("cholesky", "the matrix is not positive definite: its leading minor of order \(failed.status) is not positive" + place(failed.batch, of: count))
    }
    return try Recording.with(.none) { () throws(TensorError) in try y.triangle(isLower: true, 0) }
  }

  /// The solution of `a x = b`, of one leading shape.
  static func solve(_ a: Tensor, _ b: Tensor, _ name: String) throws(TensorError) -> Tensor {
    let f = try columns(a), y = try columns(b), n = a.shape[a.rank - 1], k = b.shape[b.rank - 1]
    let count = n == 0 || k == 0 ? 0 : y.count / (n * k)
    if let failed = try each(count, name, { i in
      y.dtype == .float32
        ? pith_solve_f32(Int32(n), Int32(k), f.f32 + i * n * n, y.f32 + i * n * k)
        : pith_solve_f64(Int32(n), Int32(k), f.f64 + i * n * n, y.f64 + i * n * k)
    }) {
      throw .value(name, "the matrix of \(n) × \(n) is singular: pivot \(failed.status) is 0" + place(failed.batch, of: count))
    }
    return try swapped(y).contiguous()
  }

  static func solveTriangle(_ a: Tensor, _ b: Tensor, isUpper: Bool, isUnit: Bool) throws(TensorError) -> Tensor {
    let f = try columns(a), y = try columns(b), n = a.shape[a.rank - 1], k = b.shape[b.rank - 1]
    let count = n == 0 || k == 0 ? 0 : y.count / (n * k)
    let (upper, unit): (Int32, Int32) = (isUpper ? 1 : 0, isUnit ? 1 : 0)
    if let failed = try each(count, "solve_triangular", { i in
      y.dtype == .float32
        ? pith_solve_triangle_f32(upper, unit, Int32(n), Int32(k), f.f32 + i * n * n, y.f32 + i * n * k)
        : pith_solve_triangle_f64(upper, unit, Int32(n), Int32(k), f.f64 + i * n * n, y.f64 + i * n * k)
    }) {
      throw .value("solve_triangular", "the matrix of \(n) × \(n) is singular: element \(failed.status) of its diagonal is 0" + place(failed.batch, of: count))
    }
    return try swapped(y).contiguous()
  }

  /// Each determinant, its sign and the logarithm of its size; 0, 0 and -∞ of a singular matrix.
  static func determinants(_ x: Tensor) throws(TensorError) -> (whole: Tensor, sign: Tensor, log: Tensor) {
    let f = try columns(x), n = x.shape[x.rank - 1], lead = Array(x.shape.dropLast(2))
    let sign = try Tensor.ones(lead, .float64), log = try Tensor.zeros(lead, .float64), whole = try Tensor.ones(lead, .float64)
    var pivots = [Int32](repeating: 0, count: max(n, 1))
    for i in 0..<(n == 0 ? 0 : sign.count) {
      let status = f.dtype == .float32 ? luOf(n, n, f.f32 + i * n * n, &pivots) : luOf(n, n, f.f64 + i * n * n, &pivots)
      guard status >= 0 else { throw .value("det", "LAPACK failed with status \(status)") }
      for j in 0..<n {
        let at = i * n * n + j * (n + 1), d = f.dtype == .float32 ? Double(f.f32[at]) : f.f64[at]
        let isTurned = Int(pivots[j]) != j + 1
        if (d < 0) != isTurned { sign.f64[i] = -sign.f64[i] }
        whole.f64[i] *= isTurned ? -d : d
        if d == 0 { sign.f64[i] = 0 }
        log.f64[i] += Glibc.log(Swift.abs(d))
      }
      if sign.f64[i] == 0 { log.f64[i] = -.infinity }
    }
    return (try whole.to(x.dtype), try sign.to(x.dtype), try log.to(x.dtype))
  }

  static func luOf(_ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Float>, _ pivots: inout [Int32]) -> Int32 { pith_lu_f32(Int32(m), Int32(n), a, &pivots) }
  static func luOf(_ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Double>, _ pivots: inout [Int32]) -> Int32 { pith_lu_f64(Int32(m), Int32(n), a, &pivots) }

  /// Of matrix `i` of a batch.
  static func eigOf(_ a: Tensor, _ re: Tensor, _ im: Tensor, _ v: Tensor, _ i: Int, _ n: Int) -> Int32 {
    a.dtype == .float32
      ? pith_eig_f32(Int32(n), a.f32 + i * n * n, re.f32 + i * n, im.f32 + i * n, v.f32 + i * n * n)
      : pith_eig_f64(Int32(n), a.f64 + i * n * n, re.f64 + i * n, im.f64 + i * n, v.f64 + i * n * n)
  }

  /// Eigenvalues `[*, n]`, rising, and vectors `[*, n, n]` in columns, of the lower triangles.
  static func eigh(_ x: Tensor) throws(TensorError) -> (values: Tensor, vectors: Tensor) {
    let f = try columns(x), n = x.shape[x.rank - 1]
    try checkFinite(f, "eigh")
    let w = try Tensor.empty(Array(x.shape.dropLast()), x.dtype), count = n == 0 ? 0 : f.count / (n * n)
    if let failed = try each(count, "eigh", { i in
      f.dtype == .float32 ? pith_eigh_f32(Int32(n), f.f32 + i * n * n, w.f32 + i * n) : pith_eigh_f64(Int32(n), f.f64 + i * n * n, w.f64 + i * n)
    }) { throw .value("eigh", "the method did not converge" + place(failed.batch, of: count)) }
    return (w, try swapped(f).contiguous())
  }

  /// `u [*, m, k]`, `s [*, k]` falling, `vt [*, k, n]`.
  static func svd(_ x: Tensor) throws(TensorError) -> (u: Tensor, s: Tensor, vt: Tensor) {
    let f = try columns(x), (m, n) = (x.shape[x.rank - 2], x.shape[x.rank - 1]), k = min(m, n), lead = Array(x.shape.dropLast(2))
    try checkFinite(f, "svd")
    let u = try Tensor.empty(lead + [k, m], x.dtype), s = try Tensor.empty(lead + [k], x.dtype), vt = try Tensor.empty(lead + [n, k], x.dtype)
    let count = k == 0 ? 0 : s.count / k
    if let failed = try each(count, "svd", { i in
      f.dtype == .float32
        ? pith_svd_f32(Int32(m), Int32(n), f.f32 + i * m * n, s.f32 + i * k, u.f32 + i * m * k, vt.f32 + i * k * n)
        : pith_svd_f64(Int32(m), Int32(n), f.f64 + i * m * n, s.f64 + i * k, u.f64 + i * m * k, vt.f64 + i * k * n)
    }) { throw .value("svd", "the method did not converge" + place(failed.batch, of: count)) }
    return (try swapped(u).contiguous(), s, try swapped(vt).contiguous())
  }

  /// `q [*, m, columns]` and `r [*, k, n]`, k the smaller size.
  static func qr(_ x: Tensor, columns wanted: Int) throws(TensorError) -> (q: Tensor, r: Tensor) {
    let f = try columns(x), (m, n) = (x.shape[x.rank - 2], x.shape[x.rank - 1]), k = min(m, n), lead = Array(x.shape.dropLast(2))
    let q = try Tensor.empty(lead + [wanted, m], x.dtype), count = m == 0 || n == 0 ? 0 : f.count / (m * n)
    _ = try each(count, "qr") { i in
      f.dtype == .float32
        ? pith_qr_f32(Int32(m), Int32(n), Int32(wanted), f.f32 + i * m * n, q.f32 + i * m * wanted)
        : pith_qr_f64(Int32(m), Int32(n), Int32(wanted), f.f64 + i * m * n, q.f64 + i * m * wanted)
    }
    let r = try Recording.with(.none) { () throws(TensorError) in try swapped(f).narrow(f.rank - 2, 0, k).triangle(isLower: false, 0) }
    return (try swapped(q).contiguous(), r)
  }
}
