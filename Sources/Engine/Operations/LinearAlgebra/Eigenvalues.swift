import Builtins

extension Builtin<Void> {
  static let eig = Builtin(
    "eig", "Eigenvalues and eigenvectors, in columns, of a square matrix whose eigenvalues are real.",
    .required("A", Tensor.self, "[*, n, n]"),
    formula: "A V = V diag(w)",
    examples: [Example("eig(tensor([[2.0, 1.0], [0.0, 3.0]])).eigenvalues", gives: "[2., 3.]")]
  ) { (a: Tensor) in
    let (w, v) = try a.eig("eig")
    return Record([("eigenvalues", w), ("eigenvectors", v)])
  }

  static let eigvals = Builtin(
    "eigvals", "The eigenvalues of a square matrix: real ones, or the real and imaginary parts of all.",
    .required("A", Tensor.self, "[*, n, n]"),
    .option("parts", false, "True gives a record of `real` and `imag`, without a gradient: there are no complex tensors."),
    examples: [
      Example("eigvals(tensor([[2.0, 1.0], [0.0, 3.0]]))", gives: "[2., 3.]"),
      Example("eigvals(tensor([[0.0, -1.0], [1.0, 0.0]]), parts=true).imag", gives: "[ 1., -1.]"),
    ]
  ) { (a: Tensor, parts: Bool) in
    guard parts else { return try a.eig("eigvals").values }
    try Lapack.checked(a, "eigvals", isSquare: true)
    let found = try Lapack.eig(a, "eigvals")
    return Record([("real", found.real), ("imag", found.imaginary)])
  }
}

extension Tensor {
  /// - Gradient: `dA = V⁻ᵀ (diag(dw) + (Vᵀ dV - Vᵀ V diag(Vᵀ dV)) / E) Vᵀ` with `Eᵢⱼ = wⱼ - wᵢ`, for vectors of length 1.
  ///   Where two eigenvalues are equal the vectors have none.
  /// - Throws: `value` where an eigenvalue is not real.
  /// - Source: Giles 2008, An extended collection of matrix derivative results, 3.1; the last term keeps the lengths.
  func eig(_ name: String) throws(TensorError) -> (values: Tensor, vectors: Tensor) {
    try Lapack.checked(self, name, isSquare: true)
    let packed = try EigOp(called: name).apply([self])
    return (try packed.select(-2, 0), try packed.narrow(-2, 1, shape[rank - 1]))
  }
}

/// Row 0 holds the eigenvalues, the rest the vectors.
struct EigOp: Primitive {
  let called: String
  static var name: String { "eig" }
  var saves: Saves { .output }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let (w, imaginary, v) = try Lapack.eig(x[0], called), parts = try imaginary.doubles()
    if let at = parts.firstIndex(where: { $0 != 0 }) {
      let n = x[0].shape[x[0].rank - 1], text = try "\(w.doubles()[at].shortText) ± \(abs(parts[at]).shortText)i"
      throw .value(called, "eigenvalues \(at % n) and \(at % n + 1)\(Lapack.place(at / n, of: parts.count / n)) are \(text), and there are no complex tensors: eigvals(A, parts=true) gives both parts")
    }
    return try Recording.with(.none) { () throws(TensorError) in try Tensor.cat([w.unsqueeze(-2), v], -2) }
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let y = pass.result, n = y.shape[y.rank - 1], w = try y.select(-2, 0), v = try y.narrow(-2, 1, n), up = try v.transpose(-1, -2)
    let one = try Tensor.eye(n, n, y.dtype), p = try up.matmul(dy.narrow(-2, 1, n))
    let lengths = try up.matmul(v) * p.diagonal(0, -2, -1).unsqueeze(-2)
    let turned = try ((p - lengths) * (1 - one)).over(w.unsqueeze(-2) - w.unsqueeze(-1))
    return [try up.solve((turned + one * dy.select(-2, 0).unsqueeze(-2)).matmul(up), name: "the gradient of \(called)")]
  }
}

extension Lapack {
  /// Both parts of the eigenvalues, `[*, n]`, and the vectors in columns, of length 1, where all of them are real.
  static func eig(_ x: Tensor, _ name: String) throws(TensorError) -> (real: Tensor, imaginary: Tensor, vectors: Tensor) {
    let f = try columns(x), n = x.shape[x.rank - 1], lead = Array(x.shape.dropLast())
    try checkFinite(f, name)
    let re = try Tensor.empty(lead, x.dtype), im = try Tensor.empty(lead, x.dtype), v = try Tensor.empty(x.shape, x.dtype)
    let count = n == 0 ? 0 : f.count / (n * n)
    if let failed = try each(count, name, { i in eigOf(f, re, im, v, i, n) }) {
      throw .value(name, "the method did not converge" + place(failed.batch, of: count))
    }
    return (re, im, try swapped(v).contiguous())
  }
}
