import Builtins

extension Builtin<Void> {
  static let det = Builtin(
    "det", "The determinant of a square matrix.",
    .required("input", Tensor.self, "[*, n, n]"),
    examples: [Example("det(tensor([[2.0, 1.0], [0.0, 3.0]]))", gives: "6.")]
  ) { (x: Tensor) in try x.det() }

  static let logdet = Builtin(
    "logdet", "The logarithm of the determinant; nan where it is negative.",
    .required("input", Tensor.self, "[*, n, n]"),
    examples: [Example("logdet(eye(3))", gives: "0.")]
  ) { (x: Tensor) in
    let parts = try x.slogdet("logdet")
    return try (parts.sign.lt(Tensor.number(0.0))).selecting(Tensor.full([], .nan, x.dtype), parts.log)
  }

  static let slogdet = Builtin(
    "slogdet", "The sign of the determinant, and the logarithm of its size.",
    .required("input", Tensor.self, "[*, n, n]"),
    examples: [Example("slogdet(eye(3) * -1).sign", gives: "-1.")]
  ) { (x: Tensor) in
    let parts = try x.slogdet("slogdet")
    return Record([("sign", parts.sign), ("logabsdet", parts.log)])
  }
}

extension Tensor {
  /// - Gradient: `dA = dy det(A) A⁻ᵀ`; that of a singular matrix is an error.
  public func det() throws(TensorError) -> Tensor {
    try Lapack.checked(self, "det", isSquare: true)
    return try DetOp().apply([self])
  }

  /// - Gradient: of the logarithm `dA = dy A⁻ᵀ`; the sign has none.
  func slogdet(_ name: String) throws(TensorError) -> (sign: Tensor, log: Tensor) {
    try Lapack.checked(self, name, isSquare: true)
    return (try Lapack.determinants(self).sign, try LogDetOp().apply([self]))
  }
}

struct DetOp: Primitive {
  var saves: Saves { [.first, .output] }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    try Lapack.determinants(x[0]).whole
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let scale = try (dy * pass.result).unsqueeze(-1).unsqueeze(-1)
    return [try scale * pass.input(0).inverse("the gradient of det").transpose(-1, -2)]
  }
}

struct LogDetOp: Primitive {
  var saves: Saves { .first }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Lapack.determinants(x[0]).log }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    [try dy.unsqueeze(-1).unsqueeze(-1) * pass.input(0).inverse("the gradient of slogdet").transpose(-1, -2)]
  }
}
