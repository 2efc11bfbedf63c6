import Builtins

extension Builtin<Void> {
  static let logNdtr = Builtin(
    "log_ndtr", "The logarithm of `ndtr`, exact far below 0.",
    .required("input", Tensor.self, "Any numbers."),
    formula: "log Φ(x)",
    laws: [.gradient(in: -2...2)],
    examples: [Example("log_ndtr(tensor([0.0]))", gives: "[-0.6931]")]
  ) { (x: Tensor) in
    let x = try x.real(), isLow = try x.detached().lt(-1), low = try isLow.selecting(x, Tensor.full([], -1, x.dtype))
    let high = try isLow.selecting(Tensor.zeros([], x.dtype), x)
    // log(Φ) = log(erfcx(-x/√2) / 2) - x²/2, by the continued fraction of erfcx where x is low.
    return try isLow.selecting(low.scaledTail().log() - low.square() * 0.5, (-(-high).ndtr()).log1p())
  }

  static let ndtr = Builtin(
    "ndtr", "How likely a standard normal number is below x.",
    .required("input", Tensor.self, "Any numbers."),
    formula: "Φ(x) = erfc(-x / √2) / 2",
    laws: [.gradient(in: -2...2)],
    examples: [Example("ndtr(tensor([0.0, 1.96]))", gives: "[0.5000, 0.9750]")]
  ) { (x: Tensor) in try x.ndtr() }

  static let ndtri = Builtin(
    "ndtri", "The number below which a standard normal one is with probability x.",
    .required("input", Tensor.self, "Probabilities."),
    formula: "Φ⁻¹(x) = √2 erfinv(2 x - 1)",
    laws: [.gradient(in: 0.1...0.9)],
    examples: [Example("ndtri(tensor([0.5, 0.975]))", gives: "[0.0000, 1.9600]")]
  ) { (x: Tensor) in try ErfinvOp().apply([x.real() * 2 - 1]) * 2.0.squareRoot() }
}

extension Tensor {
  fileprivate func ndtr() throws(TensorError) -> Tensor { try ErfcOp().apply([real() * -0.5.squareRoot()]) * 0.5 }

  /// `Φ(x) e^(x²/2)` for x of at most -1.
  /// - Numerics: Laplace's continued fraction `1/√(2π) / (t + 1/(t + 2/(t + …)))` with t = -x; 160 levels leave below 1e-15 at 1.
  fileprivate func scaledTail() throws(TensorError) -> Tensor {
    let t = try -self
    var fraction = t
    for level in stride(from: 160.0, through: 1, by: -1) { fraction = try t + level / fraction }
    return try 0.3989422804014327 / fraction
  }
}
