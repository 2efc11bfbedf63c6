import Builtins

extension Builtin<Void> {
  static let choleskyInverse = Builtin(
    "cholesky_inverse", "The inverse of a matrix from its Cholesky factor.",
    .required("input", Tensor.self, "[*, n, n], a triangle."),
    .option("upper", false, "Whether it is an upper one."),
    formula: "(L Lᵀ)⁻¹",
    examples: [Example("cholesky_inverse(tensor([[2.0, 0.0], [0.0, 1.0]]))", gives: "[[0.2500, 0.0000],\n        [0.0000, 1.0000]]")]
  ) { (x: Tensor, upper: Bool) in
    try Lapack.checked(x, "cholesky_inverse", isSquare: true)
    let factor = try x.triangle(isLower: !upper, 0), turned = try factor.transpose(-1, -2)
    return try (upper ? turned.matmul(factor) : factor.matmul(turned)).inverse("cholesky_inverse")
  }

  static let matrixExp = Builtin(
    "matrix_exp", "The exponential of a square matrix.",
    .required("A", Tensor.self, "[*, n, n]"),
    formula: "Σ Aᵏ / k!",
    source: Source("Higham 2005, The scaling and squaring method for the matrix exponential revisited, algorithm 2.3"),
    laws: [.gradient(in: -1...1)],
    examples: [Example("matrix_exp(tensor([[0.0, 1.0], [0.0, 0.0]]))", gives: "[[1., 1.],\n        [0., 1.]]")]
  ) { (x: Tensor) in try x.matrixExp() }

  static let matrixNorm = Builtin(
    "matrix_norm", "The size of matrices.",
    .required("A", Tensor.self, "[*, m, n]"),
    .option("ord", MatrixNormOrder.fro, "Which norm: \"fro\", \"nuc\", or inf, 1, 2 and their negatives."),
    .option("dim", [-2, -1], "The dimensions of rows and columns."),
    .option("keepdim", false, "Whether they stay with size 1."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("matrix_norm(tensor([[1.0, -2.0], [3.0, 4.0]]), ord=1)", gives: "6.")]
  ) { (x: Tensor, order: MatrixNormOrder, dims: [Int], keepdim: Bool) in try x.matrixNorm(order, dims, keepdim: keepdim) }

  static let tensorinv = Builtin(
    "tensorinv", "The inverse of a tensor as a map from its last dimensions to its first.",
    .required("A", Tensor.self, "Dimensions whose sizes have equal products before and behind `ind`."),
    .option("ind", 2, in: 1...15, "How many dimensions come first."),
    examples: [Example("tensorinv(eye(4).reshape(2, 2, 4)).shape", gives: "[4, 2, 2]")]
  ) { (a: Tensor, ind: Int) in
    guard ind < a.rank else { throw TensorError.shape("tensorinv", expected: "more than \(ind) dimensions", met: a.shape, operand: 0) }
    let (first, last) = (Array(a.shape[..<ind]), Array(a.shape[ind...]))
    let (n, m) = (first.reduce(1, *), last.reduce(1, *))
    guard n == m else { throw TensorError.shape("tensorinv", expected: "sizes of equal products on both sides of dimension \(ind)", met: a.shape, operand: 0) }
    return try a.reshape([n, m]).inverse("tensorinv").reshape(last + first)
  }

  static let tensorsolve = Builtin(
    "tensorsolve", "The x for which the sum of products of A and x is B.",
    .required("A", Tensor.self, "The dimensions of B first, then those of x."),
    .required("B", Tensor.self, "The right side."),
    examples: [Example("tensorsolve(eye(4).reshape(2, 2, 4), ones(2, 2))", gives: "[1., 1., 1., 1.]")]
  ) { (a: Tensor, b: Tensor) in
    guard a.rank > b.rank, Array(a.shape[..<b.rank]) == b.shape else {
      throw TensorError.shape("tensorsolve of \(a.shape)", expected: "the first dimensions of A on the right", met: b.shape, operand: 1)
    }
    let rest = Array(a.shape[b.rank...]), n = rest.reduce(1, *)
    guard n == b.count else { throw TensorError.shape("tensorsolve", expected: "\(b.count) unknowns for as many equations", met: a.shape, operand: 0) }
    return try a.reshape([n, n]).solve(b.reshape([n, 1]), name: "tensorsolve").reshape(rest)
  }

  static let vander = Builtin(
    "vander", "The powers of each number, one column a power.",
    .required("x", Tensor.self, "A vector."),
    .optional("N", Int.self, in: 0...1e6, "How many powers; without it, as many as numbers."),
    .option("increasing", false, "Whether the powers rise from 0; else they fall to 0."),
    laws: [.gradient(in: 0.5...2)],
    examples: [Example("vander(tensor([1.0, 2.0, 3.0]), N=2)", gives: "[[1., 1.],\n        [2., 1.],\n        [3., 1.]]")]
  ) { (x: Tensor, n: Int?, increasing: Bool) in
    guard x.rank > 0 else { throw TensorError.shape("vander", expected: "a vector", met: x.shape, operand: 0) }
    let count = n ?? x.shape[x.rank - 1]
    guard count > 0 else { return try Tensor.empty(x.shape + [0], x.dtype) }
    let factors = [try Tensor.ones(x.shape, x.dtype)] + Array(repeating: x, count: count - 1)
    let powers = try Tensor.stack(factors, -1).cumprod(-1)
    return increasing ? powers : try powers.flip([-1])
  }

  static let vectorNorm = Builtin(
    "vector_norm", "The length of a vector: of all elements, or along dimensions.",
    .required("x", Tensor.self, "Real numbers."),
    .option("ord", 2.0, "Which norm: 2 is the root of the squares, 1 the sum of sizes, inf the largest size, 0 a count."),
    .optional("dim", [Int].self, "The dimensions that go."),
    .option("keepdim", false, "Whether they stay with size 1."),
    formula: "(Σ |x|ᵖ)^(1/p)",
    laws: [.gradient(in: -2...2)],
    examples: [Example("vector_norm(tensor([[3.0, 4.0]]), ord=1)", gives: "7.")]
  ) { (x: Tensor, order: Double, dims: [Int]?, keepdim: Bool) in try x.norm(order, dims, keepdim: keepdim) }
}

/// The norm of a matrix: one of the two that have names, or a number.
enum MatrixNormOrder: Accepted, Sendable, CustomStringConvertible {
  case fro, nuc, number(Double)
  var description: String {
    switch self {
    case .fro: "fro"
    case .nuc: "nuc"
    case .number(let p): p.shortText
    }
  }
  static let expectation = "\"fro\", \"nuc\" or a number"
  static func accept(_ value: any Value) -> MatrixNormOrder? {
    if let word = value as? String { return word == "fro" ? .fro : word == "nuc" ? .nuc : nil }
    return Double.accept(value).map { .number($0) }
  }
}

extension Tensor {
  func matrixNorm(_ order: MatrixNormOrder, _ dims: [Int], keepdim: Bool) throws(TensorError) -> Tensor {
    guard dims.count == 2, rank >= 2 else { throw .shape("matrix_norm along \(dims)", expected: "a matrix and two dimensions", met: shape, operand: 0) }
    let pair = try Shape.dimensions(dims, rank: rank, "matrix_norm")
    func along(_ dim: Int, _ other: Int, isLargest: Bool) throws(TensorError) -> Tensor {
      let sums = try abs().sum([dim], keepdim: true)
      return isLargest ? try sums.amax([other], keepdim: true) : try sums.amin([other], keepdim: true)
    }
    func singular(_ body: (Tensor) throws(TensorError) -> Tensor) throws(TensorError) -> Tensor {
      let s = try body(movedim(pair, [-2, -1]).svd().s)
      return try s.reshape(shape.indices.map { pair.contains($0) ? 1 : shape[$0] })
    }
    let y: Tensor
    switch order {
    case .fro: y = try norm(2, pair, keepdim: true)
    case .nuc: y = try singular { s throws(TensorError) in try s.sum([-1]) }
    case .number(2): y = try singular { s throws(TensorError) in try s.amax([-1]) }
    case .number(-2): y = try singular { s throws(TensorError) in try s.amin([-1]) }
    case .number(let p) where Swift.abs(p) == 1: y = try along(pair[0], pair[1], isLargest: p > 0)
    case .number(let p) where p.isInfinite: y = try along(pair[1], pair[0], isLargest: p > 0)
    case .number(let p): throw .value("matrix_norm", "there is no norm of order \(p.shortText): choose \"fro\", \"nuc\", inf, 1, 2 or their negatives")
    }
    return keepdim ? y : try y.squeeze(pair)
  }

  /// The Padé approximant of degree 13 of a matrix divided by a power of 2, squared as often.
  /// - Numerics: below a norm of 5.37 the approximant is good to double precision.
  func matrixExp() throws(TensorError) -> Tensor {
    try Lapack.checked(self, "matrix_exp", isSquare: true)
    guard count > 0 else { return self }
    let largest = try detached().abs().sum([-2]).amax().item()
    let halvings = largest.isFinite && largest > 5.37 ? Int((largest / 5.37).logarithm2.rounded(.up)) : 0
    let c = [
      1, 0.5, 0.12, 1.833333333333333333e-2, 1.992753623188405797e-3, 1.630434782608695652e-4, 1.035196687370600414e-5,
      5.175983436853002070e-7, 2.043151356652500817e-8, 6.306022705717595115e-10, 1.483770048404140027e-11, 2.529153491597965955e-13,
      2.810170546219962172e-15, 1.544049750670308886e-17,
    ]
    let a = try self * Double(sign: .plus, exponent: -halvings, significand: 1)
    let eye = try Tensor.eye(shape[rank - 1], shape[rank - 1], dtype)
    let a2 = try a.matmul(a), a4 = try a2.matmul(a2), a6 = try a4.matmul(a2)
    let odd = try a.matmul(a6.matmul(a6 * c[13] + a4 * c[11] + a2 * c[9]) + a6 * c[7] + a4 * c[5] + a2 * c[3] + eye * c[1])
    let even = try a6.matmul(a6 * c[12] + a4 * c[10] + a2 * c[8]) + a6 * c[6] + a4 * c[4] + a2 * c[2] + eye
    var y = try (even - odd).solve(even + odd, name: "matrix_exp")
    for _ in 0..<halvings { y = try y.matmul(y) }
    return y
  }
}

extension Double {
  /// The logarithm to base 2 of a normal number above 0, good to the exponent and a straight line between powers of 2, which
  /// lies below the curve by less than 0.09.
  fileprivate var logarithm2: Double { Double(exponent) + (significand - 1) + 0.09 }
}
