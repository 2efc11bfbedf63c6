import Builtins

extension Builtin<Void> {
  static let lu = Builtin(
    "lu", "A matrix as a permutation, a triangle with ones on its diagonal, and an upper triangle.",
    .required("A", Tensor.self, "[*, m, n]"),
    formula: "A = P L U",
    examples: [Example("lu(tensor([[1.0, 2.0], [2.0, 2.0]])).U", gives: "[[2., 2.], [0., 1.]]")]
  ) { (a: Tensor) in
    let (rows, l, u) = try a.lu("lu"), p = try rows.oneHot(a.shape[a.rank - 2]).to(a.dtype).transpose(-1, -2)
    return Record([("P", p), ("L", l), ("U", u)])
  }

  static let luFactor = Builtin(
    "lu_factor", "L and U of `lu` in one matrix, and which rows were exchanged, for `lu_solve`.",
    .required("A", Tensor.self, "[*, m, n]"),
    examples: [Example("lu_factor(tensor([[1.0, 2.0], [2.0, 2.0]])).LU", gives: "[[2.0000, 2.0000], [0.5000, 1.0000]]")]
  ) { (a: Tensor) in
    let (_, l, u) = try a.lu("lu_factor"), (m, n) = (a.shape[a.rank - 2], a.shape[a.rank - 1]), k = Swift.min(m, n)
    // L lies below the diagonal, U on it and above; each is as long as the matrix on one side only.
    let below = try l.triangle(isLower: true, -1).pad([0, n - k]), above = try u.pad([0, 0, 0, m - k])
    return Record([("LU", try below + above), ("pivots", try Lapack.lu(a, "lu_factor").pivots)])
  }

  static let luSolve = Builtin(
    "lu_solve", "The x with A x = B, from what `lu_factor` gave for A.",
    .required("LU", Tensor.self, "[*, n, n]"),
    .required("pivots", Tensor.self, "[*, n]"),
    .required("B", Tensor.self, "[*, n, k]"),
    .option("left", true, "False solves x A = B."),
    .option("adjoint", false, "True solves Aᵀ x = B."),
    examples: [Example("f = lu_factor(tensor([[1.0, 2.0], [2.0, 2.0]])); lu_solve(f.LU, f.pivots, tensor([[3.0], [4.0]]))", gives: "[[1.], [1.]]")]
  ) { (lu: Tensor, pivots: Tensor, b: Tensor, isLeft: Bool, isTurned: Bool) in
    guard isLeft else { return try lu.luSolve(pivots, b.transpose(-1, -2), isTurned: !isTurned).transpose(-1, -2) }
    return try lu.luSolve(pivots, b, isTurned: isTurned)
  }
}

extension Tensor {
  /// - Returns: which row of the matrix each row of the product `l u` is, `l [*, m, k]` and `u [*, k, n]`, k the smaller size.
  /// - Gradient: of a square part as `SquareLUOp`; what is left over follows by triangles.
  func lu(_ name: String) throws(TensorError) -> (rows: Tensor, l: Tensor, u: Tensor) {
    try Lapack.checked(self, name)
    let (m, n) = (shape[rank - 2], shape[rank - 1]), k = Swift.min(m, n)
    let (factors, pivots) = try Lapack.lu(self, name), order = try Lapack.order(pivots, rows: m)
    let a = try gather(rank - 2, order.unsqueeze(-1).expand(shape))
    let part = try Recording.with(.none) { () throws(TensorError) in try factors.narrow(-2, 0, k).narrow(-1, 0, k).contiguous() }
    let square = try SquareLUOp(factors: part).apply([a.narrow(-2, 0, k).narrow(-1, 0, k)])
    var u = try square.triangle(isLower: false, 0), l = try square.triangle(isLower: true, -1) + Tensor.eye(k, k, dtype)
    if n > k { u = try Tensor.cat([u, l.solveTriangular(a.narrow(-1, k, n - k), upper: false, unit: true)], -1) }
    if m > k {
      let rest = try u.transpose(-1, -2).solveTriangular(a.narrow(-2, k, m - k).transpose(-1, -2), upper: false)
      l = try Tensor.cat([l, rest.transpose(-1, -2)], -2)
    }
    return (order, l, u)
  }

  func luSolve(_ pivots: Tensor, _ b: Tensor, isTurned: Bool) throws(TensorError) -> Tensor {
    try Lapack.checked(self, "lu_solve", isSquare: true)
    try Lapack.checked(b, "lu_solve", operand: 2)
    let n = shape[rank - 1]
    guard pivots.dtype == .int64, pivots.shape == Array(shape.dropLast()) else {
      throw .shape("lu_solve", expected: "pivots of \(Array(shape.dropLast())), as `lu_factor` gives them", met: pivots.shape, operand: 1)
    }
    if let bad = try pivots.ints().first(where: { $0 < 1 || $0 > n }) { throw .value("lu_solve", "pivot \(bad) is not in 1 to \(n)") }
    guard b.shape[b.rank - 2] == n else { throw .shape("lu_solve", expected: "[\(n), *] on the right", met: b.shape, operand: 2) }
    guard let lead = Shape.broadcast(Array(shape.dropLast(2)), Array(b.shape.dropLast(2))) else { throw .shapesDoNotBroadcast("lu_solve", shape, b.shape) }
    let order = try Lapack.order(pivots, rows: n).expand(lead + [n]), right = try b.expand(lead + b.shape.suffix(2))
    func moved(_ t: Tensor, _ places: Tensor) throws(TensorError) -> Tensor { try t.gather(t.rank - 2, places.unsqueeze(-1).expand(t.shape)) }
    guard isTurned else {
      return try solveTriangular(solveTriangular(moved(right, order), upper: false, unit: true), upper: true)
    }
    let up = try transpose(-1, -2)
    let x = try up.solveTriangular(up.solveTriangular(right, upper: false), upper: true, unit: true)
    return try moved(x, order.sort(-1).indices)
  }
}

extension Lapack {
  /// `L` below the diagonal, `U` from it on, and with which row each was exchanged, counted from 1.
  static func lu(_ x: Tensor, _ name: String) throws(TensorError) -> (factors: Tensor, pivots: Tensor) {
    try checked(x, name)
    let f = try columns(x), (m, n) = (x.shape[x.rank - 2], x.shape[x.rank - 1]), k = min(m, n)
    let pivots = try Tensor.empty(Array(x.shape.dropLast(2)) + [k], .int64)
    var list = [Int32](repeating: 0, count: max(k, 1))
    for i in 0..<(k == 0 ? 0 : pivots.count / k) {
      let status = f.dtype == .float32 ? luOf(m, n, f.f32 + i * m * n, &list) : luOf(m, n, f.f64 + i * m * n, &list)
      guard status >= 0 else { throw .value(name, "LAPACK failed with status \(status)") }
      for j in 0..<k { pivots.i64[i * k + j] = Int64(list[j]) }
    }
    return (try swapped(f).contiguous(), pivots)
  }

  /// Which row stands where after the exchanges.
  static func order(_ pivots: Tensor, rows m: Int) throws(TensorError) -> Tensor {
    let k = pivots.shape[pivots.rank - 1], list = try pivots.ints(), y = try Tensor.empty(Array(pivots.shape.dropLast()) + [m], .int64)
    for i in 0..<(m == 0 ? 0 : y.count / m) {
      for j in 0..<m { y.i64[i * m + j] = Int64(j) }
      for j in 0..<k {
        let other = list[i * k + j] - 1
        (y.i64[i * m + j], y.i64[i * m + other]) = (y.i64[i * m + other], y.i64[i * m + j])
      }
    }
    return y
  }
}

/// `L` below the diagonal and `U` from it on, of a square matrix whose rows stand in order. A primitive because no other
/// operation takes a matrix apart so; LAPACK did it, with the order.
/// - Gradient: `dA = L⁻ᵀ (tril₋₁(Lᵀ dL) + triu(dU Uᵀ)) U⁻ᵀ`.
struct SquareLUOp: Primitive {
  let factors: Tensor
  static var name: String { "lu" }
  var saves: Saves { .output }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { factors }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let y = pass.result, n = y.shape[y.rank - 1]
    let l = try y.triangle(isLower: true, -1) + Tensor.eye(n, n, y.dtype), u = try y.triangle(isLower: false, 0)
    let below = try l.transpose(-1, -2).matmul(dy.triangle(isLower: true, -1)).triangle(isLower: true, -1)
    let above = try dy.triangle(isLower: false, 0).matmul(u.transpose(-1, -2)).triangle(isLower: false, 0)
    let left = try l.transpose(-1, -2).solveTriangular(below + above, upper: true, unit: true)
    return [try u.solveTriangular(left.transpose(-1, -2), upper: true).transpose(-1, -2)]
  }
}
