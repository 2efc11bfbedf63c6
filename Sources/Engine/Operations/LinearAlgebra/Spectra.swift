import Builtins

extension Builtin<Void> {
  static let eigh = Builtin(
    "eigh", "Eigenvalues, rising, and eigenvectors, in columns, of a symmetric matrix.",
    .required("input", Tensor.self, "[*, n, n]; the lower triangle is read."),
    examples: [Example("eigh(tensor([[2.0, 0.0], [0.0, 1.0]])).eigenvalues", gives: "[1., 2.]")]
  ) { (x: Tensor) in
    let (w, v) = try x.eigh()
    return Record([("eigenvalues", w), ("eigenvectors", v)])
  }

  static let eigvalsh = Builtin(
    "eigvalsh", "The eigenvalues of a symmetric matrix, rising.",
    .required("input", Tensor.self, "[*, n, n]; the lower triangle is read."),
    examples: [Example("eigvalsh(tensor([[2.0, 1.0], [1.0, 2.0]]))", gives: "[1., 3.]")]
  ) { (x: Tensor) in try x.eigh().values }

  static let svd = Builtin(
    "svd", "Singular values, falling, and the vectors of both sides.",
    .required("input", Tensor.self, "[*, m, n]"),
    .option("full_matrices", true, "Whether the vectors are filled up to square matrices; those have no gradient."),
    formula: "A = U diag(S) Vh",
    examples: [Example("svd(tensor([[3.0, 0.0], [0.0, 4.0]])).S", gives: "[4., 3.]")]
  ) { (x: Tensor, full: Bool) in
    var (u, s, vh) = try x.svd()
    if full {
      u = try u.filledUp()
      vh = try vh.transpose(-1, -2).filledUp().transpose(-1, -2)
    }
    return Record([("U", u), ("S", s), ("Vh", vh)])
  }

  static let svdvals = Builtin(
    "svdvals", "The singular values, falling.",
    .required("input", Tensor.self, "[*, m, n]"),
    examples: [Example("svdvals(tensor([[3.0, 0.0], [0.0, 4.0]]))", gives: "[4., 3.]")]
  ) { (x: Tensor) in try x.svd().s }

  static let qr = Builtin(
    "qr", "Orthonormal columns Q and a triangle R whose product the matrix is.",
    .required("input", Tensor.self, "[*, m, n]"),
    .option("some", true, "False fills Q up to a square matrix; what is added has no gradient."),
    formula: "A = Q R",
    examples: [Example("qr(tensor([[3.0, 1.0], [4.0, 2.0]])).R.shape", gives: "[2, 2]")]
  ) { (x: Tensor, some: Bool) in
    var (q, r) = try x.qr()
    if !some, x.shape[x.rank - 2] > x.shape[x.rank - 1] {
      let extra = x.shape[x.rank - 2] - x.shape[x.rank - 1]
      q = try q.filledUp()
      r = try Tensor.cat([r, Tensor.zeros(Array(x.shape.dropLast(2)) + [extra, x.shape[x.rank - 1]], x.dtype)], -2)
    }
    return Record([("Q", q), ("R", r)])
  }
}

extension Tensor {
  /// - Gradient: `dA = V (diag(dw) + F ∘ (Vᵀ dV)) Vᵀ` with `Fᵢⱼ = 1 / (wⱼ - wᵢ)`. Where two eigenvalues are equal the
  ///   vectors have none; that of the values stands.
  /// - Source: Giles 2008, An extended collection of matrix derivative results, 3.1.
  func eigh() throws(TensorError) -> (values: Tensor, vectors: Tensor) {
    try Lapack.checked(self, "eigh", isSquare: true)
    let packed = try EighOp().apply([self])
    return (try packed.select(-2, 0), try packed.narrow(-2, 1, shape[rank - 1]))
  }

  /// The reduced decomposition.
  /// - Source: Townsend 2016, Differentiating the singular value decomposition, eq. for the reverse mode.
  func svd() throws(TensorError) -> (u: Tensor, s: Tensor, vh: Tensor) {
    try Lapack.checked(self, "svd")
    let packed = try SVDOp().apply([self]), (m, n) = (shape[rank - 2], shape[rank - 1])
    return (try packed.narrow(-2, 1, m), try packed.select(-2, 0), try packed.narrow(-2, 1 + m, n).transpose(-1, -2))
  }

  /// The reduced decomposition.
  /// - Gradient: for `m ≥ n`, `dA = (dQ + Q sym(R dRᵀ - dQᵀ Q)) R⁻ᵀ`, sym copying the lower triangle to the upper. A wide
  ///   matrix is `[X Y]` with `X = Q R₁`, `R = [R₁ QᵀY]`.
  /// - Source: Roberts and Roberts 2020, QR and LQ decomposition matrix backpropagation, eq. 3 and 7 (arXiv 2009.10071).
  func qr() throws(TensorError) -> (q: Tensor, r: Tensor) {
    try Lapack.checked(self, "qr")
    let (m, n) = (shape[rank - 2], shape[rank - 1])
    guard m < n else {
      let packed = try QROp().apply([self])
      return (try packed.narrow(-2, 0, m), try packed.narrow(-2, m, n))
    }
    let (q, r) = try narrow(-1, 0, m).qr()
    return (q, try Tensor.cat([r, q.transpose(-1, -2).matmul(narrow(-1, m, n - m))], -1))
  }

  /// Orthonormal columns filled up to a square matrix.
  func filledUp() throws(TensorError) -> Tensor {
    let (m, k) = (shape[rank - 2], shape[rank - 1])
    guard k < m else { return self }
    let whole = try Lapack.qr(detached(), columns: m).q
    return try Tensor.cat([self, Recording.with(.none) { () throws(TensorError) in try whole.narrow(-1, k, m - k) }], -1)
  }

  /// `self / d`, and 0 where both are 0: a term that is absent because nothing asked for it.
  func over(_ d: Tensor) throws(TensorError) -> Tensor {
    let absent = try eq(0).logicalAnd(d.eq(0))
    return try self / absent.selecting(Tensor.full([], 1, dtype), d)
  }

  fileprivate var mirrored: Tensor { get throws(TensorError) { try transpose(-1, -2) } }
}

/// Row 0 holds the eigenvalues, the rest the vectors.
struct EighOp: Primitive {
  var saves: Saves { .output }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let (w, v) = try Lapack.eigh(x[0])
    return try Recording.with(.none) { () throws(TensorError) in try Tensor.cat([w.unsqueeze(-2), v], -2) }
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let n = pass.result.shape[pass.result.rank - 1], w = try pass.result.select(-2, 0), v = try pass.result.narrow(-2, 1, n)
    let p = try v.mirrored.matmul(dy.narrow(-2, 1, n))
    let inner = try ((p - p.mirrored) * 0.5).over(w.unsqueeze(-2) - w.unsqueeze(-1))
    let scaled = try v * dy.select(-2, 0).unsqueeze(-2)
    return [try (scaled + v.matmul(inner)).matmul(v.mirrored)]
  }
}

/// Row 0 holds the singular values, then the rows of U, then those of V.
struct SVDOp: Primitive {
  var saves: Saves { [.first, .output] }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let (u, s, vt) = try Lapack.svd(x[0])
    return try Recording.with(.none) { () throws(TensorError) in try Tensor.cat([s.unsqueeze(-2), u, Lapack.swapped(vt)], -2) }
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let x = pass.input(0), (m, n) = (x.shape[x.rank - 2], x.shape[x.rank - 1]), y = pass.result
    let row = try y.narrow(-2, 0, 1), column = try row.mirrored
    let u = try y.narrow(-2, 1, m), v = try y.narrow(-2, 1 + m, n)
    let ds = try dy.narrow(-2, 0, 1), du = try dy.narrow(-2, 1, m), dv = try dy.narrow(-2, 1 + m, n)
    let gaps = try row.square() - column.square()
    let pu = try u.mirrored.matmul(du), pv = try v.mirrored.matmul(dv)
    let left = try (pu - pu.mirrored).over(gaps) * row, right = try (pv - pv.mirrored).over(gaps) * column
    var sum = try (u.matmul(left + right) + u * ds).matmul(v.mirrored)
    if m > u.shape[u.rank - 1] { sum = try sum + (du - u.matmul(pu)).over(row.expand(du.shape)).matmul(v.mirrored) }
    if n > v.shape[v.rank - 1] { sum = try sum + u.matmul((dv - v.matmul(pv)).over(row.expand(dv.shape)).mirrored) }
    return [sum]
  }
}

/// Of tall matrices: the rows of Q, then those of R.
struct QROp: Primitive {
  var saves: Saves { [.output] }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let (q, r) = try Lapack.qr(x[0], columns: x[0].shape[x[0].rank - 1])
    return try Recording.with(.none) { () throws(TensorError) in try Tensor.cat([q, r], -2) }
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let y = pass.result, n = y.shape[y.rank - 1], m = y.shape[y.rank - 2] - n
    let q = try y.narrow(-2, 0, m), r = try y.narrow(-2, m, n), dq = try dy.narrow(-2, 0, m), dr = try dy.narrow(-2, m, n)
    let p = try r.matmul(dr.mirrored) - dq.mirrored.matmul(q)
    let symmetric = try p.triangle(isLower: true, 0) + p.triangle(isLower: true, -1).mirrored
    let right = try dq + q.matmul(symmetric)
    return [try r.solveTriangular(right.mirrored, upper: true).mirrored]
  }
}
