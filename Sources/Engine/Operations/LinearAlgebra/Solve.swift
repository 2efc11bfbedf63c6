import Builtins

extension Builtin<Void> {
  static let cholesky = Builtin(
    "cholesky", "The triangle L with L Lᵀ = A, of a symmetric positive definite matrix.",
    .required("input", Tensor.self, "[*, n, n]; the lower triangle is read."),
    .option("upper", false, "Whether to give Lᵀ."),
    formula: "A = L Lᵀ",
    examples: [Example("cholesky(tensor([[4.0, 2.0], [2.0, 5.0]]))", gives: "[[2., 0.], [1., 2.]]")]
  ) { (x: Tensor, upper: Bool) in upper ? try x.cholesky().transpose(-1, -2) : try x.cholesky() }

  static let choleskySolve = Builtin(
    "cholesky_solve", "The solution of A x = B from the Cholesky triangle of A.",
    .required("B", Tensor.self, "[*, n, k]"),
    .required("L", Tensor.self, "[*, n, n], as `cholesky` gives it."),
    .option("upper", false, "Whether the triangle is the upper one."),
    examples: [Example("cholesky_solve(tensor([[8.0]]), tensor([[2.0]]))", gives: "[[2.]]")]
  ) { (b: Tensor, l: Tensor, upper: Bool) in
    let lower = upper ? try l.transpose(-1, -2) : l
    return try lower.transpose(-1, -2).solveTriangular(lower.solveTriangular(b, upper: false), upper: true)
  }

  static let solve = Builtin(
    "solve", "The x with A x = B.",
    .required("A", Tensor.self, "[*, n, n]"),
    .required("B", Tensor.self, "[n] or [*, n, k]"),
    formula: "A x = B",
    examples: [Example("solve(tensor([[2.0, 0.0], [0.0, 4.0]]), tensor([2.0, 2.0]))", gives: "[1.0000, 0.5000]")]
  ) { (a: Tensor, b: Tensor) in try a.solve(b) }

  static let solveTriangular = Builtin(
    "solve_triangular", "The x with A x = B for a triangle A.",
    .required("A", Tensor.self, "[*, n, n]; the other triangle is not read."),
    .required("B", Tensor.self, "[*, n, k]"),
    .required("upper", Bool.self, "Whether it is the upper triangle."),
    .option("unitriangular", false, "Whether the diagonal counts as ones."),
    examples: [Example("solve_triangular(tensor([[2.0, 0.0], [1.0, 1.0]]), ones(2, 1), upper=false)", gives: "[[0.5000], [0.5000]]")]
  ) { (a: Tensor, b: Tensor, upper: Bool, unit: Bool) in try a.solveTriangular(b, upper: upper, unit: unit) }

  static let inverse = Builtin(
    "inverse", "The inverse of a matrix.",
    .required("input", Tensor.self, "[*, n, n]"),
    examples: [Example("inverse(tensor([[2.0, 0.0], [0.0, 4.0]]))", gives: "[[0.5000, 0.0000], [0.0000, 0.2500]]")]
  ) { (x: Tensor) in try x.inverse("inverse") }

  static let inv = Builtin(
    "inv", "The inverse of a matrix, as `inverse`.",
    .required("A", Tensor.self, "[*, n, n]"),
    examples: [Example("inv(tensor([[2.0, 0.0], [0.0, 4.0]]))", gives: "[[0.5000, 0.0000], [0.0000, 0.2500]]")]
  ) { (x: Tensor) in try x.inverse("inv") }
}

extension Tensor {
  /// - Gradient: `dA = L⁻ᵀ Φ(Lᵀ dL) L⁻¹`, made symmetric, where Φ takes the lower triangle with half of the diagonal.
  /// - Source: Murray 2016, Differentiation of the Cholesky decomposition, eq. 9 (arXiv 1602.07527).
  public func cholesky() throws(TensorError) -> Tensor {
    try Lapack.checked(self, "cholesky", isSquare: true)
    return try CholeskyOp().apply([self])
  }

  /// - Gradient: `dB = A⁻ᵀ dx`, `dA = -dB xᵀ`.
  public func solve(_ b: Tensor, name: String = "solve") throws(TensorError) -> Tensor {
    try Lapack.checked(self, name, isSquare: true)
    let n = shape[rank - 1]
    guard dtype == b.dtype else { throw .dtype(name, expected: "\(dtype.name) on the right", met: b.dtype, operand: 1) }
    if b.rank == 1 || (b.rank == rank - 1 && b.shape == Array(shape.dropLast())) {
      guard b.shape[b.rank - 1] == n else { throw .shape(name, expected: "[\(n)] on the right", met: b.shape, operand: 1) }
      return try solve(b.unsqueeze(-1), name: name).squeeze([-1])
    }
    let pair = try matched(b, name)
    return try SolveOp(called: name).apply([pair.0, pair.1])
  }

  func solveTriangular(_ b: Tensor, upper: Bool, unit: Bool = false) throws(TensorError) -> Tensor {
    try Lapack.checked(self, "solve_triangular", isSquare: true)
    try Lapack.checked(b, "solve_triangular", operand: 1)
    guard dtype == b.dtype else { throw .dtype("solve_triangular", expected: "\(dtype.name) on the right", met: b.dtype, operand: 1) }
    let pair = try matched(b, "solve_triangular")
    return try SolveTriangularOp(isUpper: upper, isUnit: unit).apply([pair.0, pair.1])
  }

  func inverse(_ name: String) throws(TensorError) -> Tensor {
    try Lapack.checked(self, name, isSquare: true)
    let n = shape[rank - 1]
    return try solve(Tensor.eye(n, n, dtype).expand(shape), name: name)
  }

  /// A square matrix and a right side, stretched to one leading shape.
  private func matched(_ b: Tensor, _ name: String) throws(TensorError) -> (Tensor, Tensor) {
    try Lapack.checked(b, name, operand: 1)
    let n = shape[rank - 1]
    guard b.shape[b.rank - 2] == n else { throw .shape(name, expected: "[\(n), *] on the right", met: b.shape, operand: 1) }
    let (left, right) = (Array(shape.dropLast(2)), Array(b.shape.dropLast(2)))
    guard let lead = Shape.broadcast(left, right) else { throw .shapesDoNotBroadcast(name, shape, b.shape) }
    return (left == lead ? self : try expand(lead + shape.suffix(2)), right == lead ? b : try b.expand(lead + b.shape.suffix(2)))
  }
}

struct CholeskyOp: Primitive {
  var saves: Saves { .output }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Lapack.cholesky(x[0]) }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let l = pass.result, up = try l.transpose(-1, -2)
    let p = try up.matmul(dy)
    // The lower triangle with half of the diagonal.
    let half = try (p.triangle(isLower: true, 0) + p.triangle(isLower: true, -1)) * 0.5
    let left = try up.solveTriangular(half, upper: true)
    let both = try up.solveTriangular(left.transpose(-1, -2), upper: true)
    return [try (both + both.transpose(-1, -2)) * 0.5]
  }
}

struct SolveOp: Primitive {
  let called: String
  var saves: Saves { [.first, .output] }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Lapack.solve(x[0], x[1], called) }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let db = try SolveOp(called: called).apply([pass.input(0).transpose(-1, -2), dy])
    return [pass.wants[0] ? try -db.matmul(pass.result.transpose(-1, -2)) : nil, db]
  }
}

struct SolveTriangularOp: Primitive {
  let isUpper: Bool, isUnit: Bool
  static var name: String { "solve_triangular" }
  var saves: Saves { [.first, .output] }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Lapack.solveTriangle(x[0], x[1], isUpper: isUpper, isUnit: isUnit) }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let db = try SolveTriangularOp(isUpper: !isUpper, isUnit: isUnit).apply([pass.input(0).transpose(-1, -2), dy])
    guard pass.wants[0] else { return [nil, db] }
    let da = try -db.matmul(pass.result.transpose(-1, -2))
    return [try da.triangle(isLower: !isUpper, isUnit ? (isUpper ? 1 : -1) : 0), db]
  }
}
