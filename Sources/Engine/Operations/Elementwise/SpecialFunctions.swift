import Builtins
import CKernels
import Glibc

extension Builtin<Void> {
  static let digamma = Builtin(
    "digamma", "The derivative of `lgamma`.",
    .required("input", Tensor.self, "Numbers above 0, or below and not whole."),
    formula: "ψ(x) = d/dx log Γ(x)",
    laws: [.gradient(in: 0.5...3)],
    examples: [Example("digamma(tensor([1.0, 2.0]))", gives: "[-0.5772,  0.4228]")]
  ) { (x: Tensor) in try x.polygamma(0) }

  static let erf = Builtin(
    "erf", "The error function.",
    .required("input", Tensor.self, "Any numbers."),
    formula: "2/√π ∫₀ˣ e^(-t²) dt",
    laws: [.gradient(in: -2...2)],
    examples: [Example("erf(tensor([0.0, 1.0]))", gives: "[0.0000, 0.8427]")]
  ) { (x: Tensor) in try x.erf() }

  static let erfc = Builtin(
    "erfc", "1 minus the error function, exact where that is small.",
    .required("input", Tensor.self, "Any numbers."),
    formula: "2/√π ∫ₓ^∞ e^(-t²) dt",
    laws: [.gradient(in: -2...2)],
    examples: [Example("erfc(tensor([0.0, 1.0]))", gives: "[1.0000, 0.1573]")]
  ) { (x: Tensor) in try ErfcOp().apply([x.real()]) }

  static let lgamma = Builtin(
    "lgamma", "The logarithm of the gamma function's size.",
    .required("input", Tensor.self, "Any numbers; 0 and negative whole ones give inf."),
    formula: "log |Γ(x)|, Γ(n + 1) = n!",
    laws: [.gradient(in: 0.5...3)],
    examples: [Example("lgamma(tensor([1.0, 5.0]))", gives: "[0.0000, 3.1781]")]
  ) { (x: Tensor) in try x.lgamma() }

  static let polygamma = Builtin(
    "polygamma", "The n-th derivative of `digamma`.",
    .required("n", Int.self, in: 0...100, "Which derivative."),
    .required("input", Tensor.self, "Numbers above 0, or below and not whole."),
    formula: "ψ⁽ⁿ⁾(x) = (-1)ⁿ⁺¹ n! Σₖ 1 / (x + k)ⁿ⁺¹",
    examples: [Example("polygamma(1, tensor([1.0, 2.0]))", gives: "[1.6449, 0.6449]")]
  ) { (n: Int, x: Tensor) in try x.polygamma(n) }
}

extension Tensor {
  /// `2/√π ∫₀ˣ e^(-t²) dt`, elementwise.
  public func erf() throws(TensorError) -> Tensor { try ErfOp().apply([real()]) }
  /// `log |Γ(x)|`, elementwise.
  public func lgamma() throws(TensorError) -> Tensor { try LgammaOp().apply([real()]) }
  /// The `order`-th derivative of the digamma function, elementwise.
  public func polygamma(_ order: Int) throws(TensorError) -> Tensor {
    order == 0 ? try DigammaOp().apply([real()]) : try PolygammaOp(order: order).apply([real()])
  }
}

struct ErfOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_ERF }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy * bell(pass.input(0))] }
}

struct ErfcOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_ERFC }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try -(dy * bell(pass.input(0)))] }
}

/// `2/√π e^(-x²)`.
private func bell(_ x: Tensor) throws(TensorError) -> Tensor { try (-x.square()).exp() * 1.1283791670955126 }

struct LgammaOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_LGAMMA }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy * pass.input(0).polygamma(0)] }
}

struct DigammaOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_DIGAMMA }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy * pass.input(0).polygamma(1)] }
}

struct PolygammaOp: Primitive {
  let order: Int
  var saves: Saves { .first }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let factor = (1...order).reduce(order % 2 == 0 ? -1.0 : 1.0) { $0 * Double($1) }
    return try x[0].mapped { factor * hurwitzZeta(Double(order + 1), $0) }
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy * pass.input(0).polygamma(order + 1)] }
}

/// `Σₖ 1 / (x + k)ˢ` for `s` above 1, whole where x is below 0.
/// - Numerics: eight terms of the Euler-Maclaurin formula from x + k >= 10 + s on leave an error below 1e-16 of the result.
func hurwitzZeta(_ s: Double, _ start: Double) -> Double {
  // A sum from far below 0 would take a term for each unit.
  guard start > -1e6, s.isFinite else { return .nan }
  var x = start, sum = 0.0
  while x < 10 + s {
    let term = Glibc.pow(x, -s)
    sum += term
    x += 1
    if sum.isInfinite { return sum }
    // The rest is less than the last term times what is left of such a sum.
    if x > 1, abs(term) * (1 + x / (s - 1)) < 1e-18 * abs(sum) { return sum }
  }
  sum += Glibc.pow(x, 1 - s) / (s - 1) + Glibc.pow(x, -s) / 2
  // Bernoulli numbers over factorials: B₂ₖ / (2k)!.
  let ratios: [Double] = [
    8.333333333333333e-2, -1.388888888888889e-3, 3.306878306878307e-5, -8.267195767195768e-7, 2.08767569878681e-8,
    -5.284190138687493e-10, 1.3382536530684679e-11, -3.3896802963225827e-13,
  ]
  var rising = s, power = Glibc.pow(x, -s - 1)
  for (k, ratio) in ratios.enumerated() {
    sum += ratio * rising * power
    let j = Double(2 * k)
    rising *= (s + j + 1) * (s + j + 2)
    power /= x * x
  }
  return sum
}
