import Builtins
import Glibc

extension Builtin<Void> {
  static let gammainc = incomplete("gammainc", "The share of the gamma integral below x.", "1/Γ(a) ∫₀ˣ tᵃ⁻¹ e⁻ᵗ dt", isUpper: false, "[0.6321, 0.8647]")
  static let gammaincc = incomplete("gammaincc", "The share of the gamma integral above x.", "1/Γ(a) ∫ₓ^∞ tᵃ⁻¹ e⁻ᵗ dt", isUpper: true, "[0.3679, 0.1353]")

  private static func incomplete(_ name: String, _ summary: String, _ formula: String, isUpper: Bool, _ gives: String) -> Builtin {
    Builtin(
      name, summary + " Gradients are those of `other`.",
      .required("input", Tensor.self, "a, at least 0."),
      .required("other", Tensor.self, "x, at least 0."),
      formula: formula,
      examples: [Example("\(name)(tensor(1.0), tensor([1.0, 2.0]))", gives: gives)]
    ) { (a: Tensor, x: Tensor) in try a.incompleteGamma(x, isUpper: isUpper) }
  }

  static let zeta = Builtin(
    "zeta", "The Hurwitz zeta function. Gradients are those of `other`.",
    .required("input", Tensor.self, "The power x, above 1."),
    .required("other", Tensor.self, "Where the sum starts, q."),
    formula: "Σₖ 1 / (k + q)ˣ",
    examples: [Example("zeta(tensor(2.0), tensor([1.0, 2.0]))", gives: "[1.6449, 0.6449]")]
  ) { (x: Tensor, q: Tensor) in try x.zeta(q) }
}

extension Tensor {
  func incompleteGamma(_ x: Tensor, isUpper: Bool) throws(TensorError) -> Tensor {
    let (a, x) = try stretchedReals(x, isUpper ? "gammaincc" : "gammainc")
    return try IncompleteGammaOp(isUpper: isUpper).apply([a, x])
  }

  func zeta(_ q: Tensor) throws(TensorError) -> Tensor {
    let (x, q) = try stretchedReals(q, "zeta")
    return try ZetaOp().apply([x, q])
  }

  /// Both in one shape and one dtype of real numbers.
  private func stretchedReals(_ other: Tensor, _ name: String) throws(TensorError) -> (Tensor, Tensor) {
    guard let shape = Shape.broadcast(self.shape, other.shape) else { throw .shapesDoNotBroadcast(name, self.shape, other.shape) }
    let common = resultType([self, other]), dtype = common.isFloating ? common : .float32
    return (try to(dtype).expand(shape), try other.to(dtype).expand(shape))
  }

  /// Each pair of numbers through a function in double precision. Keeps no history.
  fileprivate static func mapped(_ a: Tensor, _ b: Tensor, _ f: (Double, Double) -> Double) throws(TensorError) -> Tensor {
    let (p, q) = (try a.detached().to(.float64).contiguous(), try b.detached().to(.float64).contiguous()), y = try Tensor.empty(p.shape, .float64)
    for i in 0..<y.count { y.f64[i] = f(p.f64[i], q.f64[i]) }
    return try CastOp(from: .float64, to: a.dtype).forward([y])
  }
}

struct IncompleteGammaOp: Primitive {
  let isUpper: Bool
  static var name: String { "gammainc" }
  var saves: Saves { [.first, .second] }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Tensor.mapped(x[0], x[1]) { share($0, $1) } }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    if pass.wants[0] { throw TensorError.noGradient("the incomplete gamma function has no gradient with respect to `input` here: `detach` it") }
    let (a, x) = (pass.input(0), pass.input(1))
    let density = try ((a - 1) * x.log() - x - a.lgamma()).exp()
    return [nil, try isUpper ? -(dy * density) : dy * density]
  }

  /// - Numerics: below a + 1 the power series of the lower share, above it the continued fraction of the upper one (Lentz).
  private func share(_ a: Double, _ x: Double) -> Double {
    guard a >= 0, x >= 0, !(a == 0 && x == 0), !(a.isInfinite && x.isInfinite) else { return .nan }
    if x == 0 || a.isInfinite { return isUpper ? 1 : 0 }
    if a == 0 || x.isInfinite { return isUpper ? 0 : 1 }
    let front = Glibc.exp(a * Glibc.log(x) - x - Glibc.lgamma(a))
    // Both converge in some multiple of √a steps.
    let most = 1_000_000
    if x < a + 1 {
      var (term, sum, n) = (1 / a, 1 / a, a)
      for _ in 0..<most where term > sum * 1e-17 {
        n += 1
        term *= x / n
        sum += term
      }
      return isUpper ? 1 - sum * front : sum * front
    }
    var b = x + 1 - a, c = 1e300, d = 1 / b, h = d
    for i in 1...most {
      let n = -Double(i) * (Double(i) - a)
      b += 2
      d = 1 / (n * d + b)
      c = b + n / c
      let factor = d * c
      h *= factor
      if abs(factor - 1) < 1e-16 { break }
    }
    return isUpper ? front * h : 1 - front * h
  }
}

struct ZetaOp: Primitive {
  static var name: String { "zeta" }
  var saves: Saves { [.first, .second] }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    try Tensor.mapped(x[0], x[1]) { s, q in
      if s == 1 { return .infinity }
      guard s > 1, !q.isNaN else { return .nan }
      if q <= 0 {
        if q == q.rounded(.down) { return .infinity }
        // A power of a number below 0.
        if s != s.rounded(.down) { return .nan }
      }
      return hurwitzZeta(s, q)
    }
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    if pass.wants[0] { throw TensorError.noGradient("zeta has no gradient with respect to `input` here: `detach` it") }
    let (x, q) = (pass.input(0), pass.input(1))
    return [nil, try -(dy * x * (x + 1).zeta(q))]
  }
}
