import Builtins

extension Builtin<Void> {
  static let lstsq = Builtin(
    "lstsq", "The x for which A x is nearest to B, the shortest of several.",
    .required("A", Tensor.self, "[*, m, n]"),
    .required("B", Tensor.self, "[*, m, k]"),
    .optional("rcond", Double.self, in: 0...1, "Singular values below this share of the largest count as 0."),
    formula: "x minimises |A x - B|",
    examples: [Example("lstsq(tensor([[1.0], [1.0]]), tensor([[1.0], [3.0]])).solution", gives: "[[2.")]
  ) { (a: Tensor, b: Tensor, rcond: Double?) in
    try Lapack.checked(a, "lstsq")
    try Lapack.checked(b, "lstsq", operand: 1)
    let (m, n) = (a.shape[a.rank - 2], a.shape[a.rank - 1])
    guard b.shape[b.rank - 2] == m else { throw TensorError.shape("lstsq", expected: "[\(m), *] on the right", met: b.shape, operand: 1) }
    let s = try Lapack.svd(a).s, rank = try a.matrixRank(rcond, s)
    let x = try a.pinv(rcond).matmul(b)
    let hasResiduals = try m > n && rank.ints().allSatisfy { $0 == n }
    let residuals = hasResiduals ? try (a.matmul(x) - b).square().sum([-2]) : try Tensor.zeros([0], a.dtype)
    return Record([("solution", x), ("residuals", residuals), ("rank", rank), ("singular_values", s)])
  }

  static let pinv = Builtin(
    "pinv", "The pseudo-inverse: what solves least squares.",
    .required("input", Tensor.self, "[*, m, n]"),
    .optional("rcond", Double.self, in: 0...1, "Singular values below this share of the largest count as 0."),
    examples: [Example("pinv(tensor([[2.0], [0.0]]))", gives: "[[0.5000,")]
  ) { (x: Tensor, rcond: Double?) in try x.pinv(rcond) }

  static let matrixRank = Builtin(
    "matrix_rank", "How many singular values are not 0.",
    .required("input", Tensor.self, "[*, m, n]"),
    .optional("rtol", Double.self, in: 0...1, "Singular values below this share of the largest count as 0."),
    examples: [Example("matrix_rank(ones(3, 3))", gives: "1")]
  ) { (x: Tensor, share: Double?) in
    try Lapack.checked(x, "matrix_rank")
    return try x.matrixRank(share, Lapack.svd(x).s)
  }

  static let cond = Builtin(
    "cond", "The largest singular value over the smallest.",
    .required("input", Tensor.self, "[*, m, n]"),
    examples: [Example("cond(tensor([[4.0, 0.0], [0.0, 2.0]]))", gives: "2.")]
  ) { (x: Tensor) in
    let s = try x.svd().s
    guard let k = s.shape.last, k > 0 else { throw TensorError.value("cond", "there is nothing to choose from in a tensor of \(x.shape)") }
    return try s.select(-1, 0) / s.select(-1, k - 1)
  }

  static let matrixPower = Builtin(
    "matrix_power", "A square matrix times itself; a negative power is one of the inverse.",
    .required("input", Tensor.self, "[*, n, n]"),
    .required("n", Int.self, in: -1e9...1e9, "How often."),
    examples: [Example("matrix_power(tensor([[1.0, 1.0], [0.0, 1.0]]), 3)", gives: "[[1., 3.], [0., 1.]]")]
  ) { (x: Tensor, n: Int) in try x.matrixPower(n) }
}

extension Tensor {
  private func smallest(_ share: Double?) -> Double {
    share ?? Double(Swift.max(shape[rank - 2], shape[rank - 1])) * (dtype == .float32 ? Double(Float.ulpOfOne) : Double.ulpOfOne)
  }

  func matrixRank(_ share: Double?, _ s: Tensor) throws(TensorError) -> Tensor {
    if s.shape.last == 0 { return try Tensor.zeros(Array(shape.dropLast(2)), .int64) }
    return try Recording.with(.none) { () throws(TensorError) in try s.gt(s.narrow(-1, 0, 1) * smallest(share)).sum([-1]) }
  }

  /// - Gradient: `dA = -Yᵀ dY Yᵀ + (I - A Y) dYᵀ Y Yᵀ + Yᵀ Y dYᵀ (I - Y A)`.
  /// - Source: Golub and Pereyra 1973, eq. 4.12.
  func pinv(_ share: Double? = nil) throws(TensorError) -> Tensor {
    try Lapack.checked(self, "pinv")
    return try PinvOp(share: smallest(share)).apply([self])
  }

  func matrixPower(_ n: Int) throws(TensorError) -> Tensor {
    try Lapack.checked(self, "matrix_power", isSquare: true)
    guard n != 0 else { return try Tensor.eye(shape[rank - 1], shape[rank - 1], dtype).expand(shape).clone() }
    var base = n < 0 ? try inverse("matrix_power") : self, left = n.magnitude
    var product: Tensor?
    while left > 0 {
      if left & 1 == 1 { product = try product.map { p throws(TensorError) in try p.matmul(base) } ?? base }
      left >>= 1
      if left > 0 { base = try base.matmul(base) }
    }
    return product ?? self
  }
}

struct PinvOp: Primitive {
  let share: Double
  var saves: Saves { [.first, .output] }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let (u, s, vt) = try Lapack.svd(x[0])
    return try Recording.with(.none) { () throws(TensorError) in
      guard s.count > 0 else { return try Tensor.zeros(Lapack.swapped(x[0]).shape, x[0].dtype) }
      let counts = try s.gt(s.narrow(-1, 0, 1) * share)
      let inverse = try counts.selecting(s.reciprocal(), Tensor.zeros([], s.dtype))
      return try (Lapack.swapped(vt) * inverse.unsqueeze(-2)).matmul(Lapack.swapped(u))
    }
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let a = pass.input(0), y = pass.result, t = try y.transpose(-1, -2), up = try dy.transpose(-1, -2)
    let first = try t.matmul(dy).matmul(t)
    let rightSide = try up.matmul(y).matmul(t), second = try rightSide - a.matmul(y.matmul(rightSide))
    let leftSide = try t.matmul(y).matmul(up), third = try leftSide - leftSide.matmul(y).matmul(a)
    return [try second + third - first]
  }
}
