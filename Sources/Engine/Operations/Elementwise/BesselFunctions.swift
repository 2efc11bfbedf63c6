import Builtins
import Glibc

extension Builtin<Void> {
  static let besselJ0 = special("bessel_j0", "The Bessel function of the first kind, order 0.", .j0, -5...5, "[1.0000, 0.7652]")
  static let besselJ1 = special("bessel_j1", "The Bessel function of the first kind, order 1.", .j1, -5...5, "[0.0000, 0.4401]")
  static let besselY0 = special("bessel_y0", "The Bessel function of the second kind, order 0.", .y0, 0.5...5, "[  -inf, 0.0883]")
  static let besselY1 = special("bessel_y1", "The Bessel function of the second kind, order 1.", .y1, 0.5...5, "[   -inf, -0.7812]")
  static let i0 = special("i0", "The modified Bessel function of the first kind, order 0.", .i0, -3...3, "[1.0000, 1.2661]")
  static let i0e = special("i0e", "The same times e^-|x|, which never overflows: `i0` scaled.", .i0e, 0.2...3, "[1.0000, 0.4658]")
  static let i1 = special("i1", "The modified Bessel function of the first kind, order 1.", .i1, -3...3, "[0.0000, 0.5652]")
  static let i1e = special("i1e", "The same times e^-|x|, which never overflows: `i1` scaled.", .i1e, 0.2...3, "[0.0000, 0.2079]")
  static let modifiedBesselK0 = special("modified_bessel_k0", "The modified Bessel function of the second kind, order 0.", .k0, 0.5...3, "[   inf, 0.4210]")
  static let modifiedBesselK1 = special("modified_bessel_k1", "The modified Bessel function of the second kind, order 1.", .k1, 0.5...3, "[   inf, 0.6019]")
  static let scaledModifiedBesselK0 = special("scaled_modified_bessel_k0", "`modified_bessel_k0` times e^x.", .k0e, 0.5...3, "[   inf, 1.1445]")
  static let scaledModifiedBesselK1 = special("scaled_modified_bessel_k1", "`modified_bessel_k1` times e^x.", .k1e, 0.5...3, "[   inf, 1.6362]")
  static let erfcx = special("erfcx", "`erfc` times e^x², which does not vanish for large x.", .erfcx, -2...3, "[1.0000, 0.4276]")

  /// - Parameter gives: what 0 and 1 give.
  private static func special(_ name: String, _ summary: String, _ f: SpecialFunction, _ range: ClosedRange<Double>, _ gives: String) -> Builtin {
    Builtin(
      name, summary,
      .required("input", Tensor.self, "Real numbers."),
      laws: [.gradient(in: range)],
      examples: [Example("\(name)(tensor([0.0, 1.0]))", gives: gives)]
    ) { (x: Tensor) in try x.special(f) }
  }

  static let sphericalBesselJ0 = Builtin(
    "spherical_bessel_j0", "The spherical Bessel function of the first kind, order 0.",
    .required("input", Tensor.self, "Real numbers."),
    formula: "sin(x) / x",
    laws: [.gradient(in: 0.5...5)],
    examples: [Example("spherical_bessel_j0(tensor([0.0, 1.0]))", gives: "[1.0000, 0.8415]")]
  ) { (x: Tensor) in
    let x = try x.real(), isZero = try x.detached().eq(0), one = try Tensor.ones([], x.dtype), safe = try isZero.selecting(one, x)
    return try isZero.selecting(one, safe.sin() / safe)
  }
}

/// Functions of one number that are computed one by one, in double precision.
enum SpecialFunction: Sendable {
  case j0, j1, y0, y1, i0, i0e, i1, i1e, k0, k0e, k1, k1e, erfcx

  func callAsFunction(_ x: Double) -> Double {
    switch self {
    case .j0: Glibc.j0(x)
    case .j1: Glibc.j1(x)
    case .y0: x < 0 ? .nan : x == 0 ? -.infinity : Glibc.y0(x)
    case .y1: x < 0 ? .nan : x == 0 ? -.infinity : Glibc.y1(x)
    case .i0: Self.growing(0, x, isScaled: false)
    case .i0e: Self.growing(0, x, isScaled: true)
    case .i1: Self.growing(1, x, isScaled: false)
    case .i1e: Self.growing(1, x, isScaled: true)
    case .k0: Self.fading(0, x, isScaled: false)
    case .k0e: Self.fading(0, x, isScaled: true)
    case .k1: Self.fading(1, x, isScaled: false)
    case .k1e: Self.fading(1, x, isScaled: true)
    case .erfcx: Self.scaledErfc(x)
    }
  }

  /// The modified Bessel function of the first kind.
  /// - Numerics: up to 30 the power series, whose terms are all positive; beyond it the asymptotic one, whose smallest term is
  ///   about `e^-2x`.
  private static func growing(_ order: Int, _ x: Double, isScaled: Bool) -> Double {
    let size = abs(x)
    guard size <= 30 else {
      if size.isInfinite { return isScaled ? 0 : order == 1 ? x : size }
      var (term, sum, k) = (1.0, 1.0, 1.0)
      while k < 60, abs(term) > 1e-17 {
        let odd = 2 * k - 1
        term *= (odd * odd - 4 * Double(order)) / (8 * size * k)
        sum += term
        k += 1
      }
      sum /= (2 * Double.pi * size).squareRoot()
      // In two halves, as the whole overflows before the result does.
      if !isScaled {
        let half = Glibc.exp(size / 2)
        sum = sum * half * half
      }
      return order == 1 && x < 0 ? -sum : sum
    }
    let square = x * x / 4
    var (term, sum, k) = (order == 0 ? 1.0 : x / 2, order == 0 ? 1.0 : x / 2, 1.0)
    while abs(term) > 1e-17 * abs(sum) {
      term *= square / (k * (k + Double(order)))
      sum += term
      k += 1
    }
    return isScaled ? sum * Glibc.exp(-size) : sum
  }

  /// The modified Bessel function of the second kind: `∫₀^∞ e^(-x cosh t) cosh(order t) dt`.
  /// - Numerics: the trapezoidal rule, whose error is below 1e-16 with this step, as the integrand is analytic in a strip.
  private static func fading(_ order: Int, _ x: Double, isScaled: Bool) -> Double {
    guard x > 0 else { return x == 0 ? .infinity : .nan }
    if x.isInfinite { return 0 }
    let step = min(0.125, 0.7 / x.squareRoot())
    var sum = 0.5, t = step
    while true {
      let s = Glibc.sinh(t / 2), exponent = order == 1 ? Glibc.log(Glibc.cosh(t)) - 2 * x * s * s : -2 * x * s * s
      if exponent < -45, 2 * x * s * s > 45 { break }
      sum += Glibc.exp(exponent)
      t += step
    }
    return sum * step * (isScaled ? 1 : Glibc.exp(-x))
  }

  /// - Numerics: from 2 on Laplace's continued fraction, of which 120 levels leave less than 1e-16 there.
  private static func scaledErfc(_ x: Double) -> Double {
    if x < -27 { return .infinity }
    if x < 2 || x.isNaN { return Glibc.exp(x * x) * Glibc.erfc(x) }
    if x > 1e7 { return 0.5641895835477563 / x }
    var fraction = x
    for level in stride(from: 120.0, through: 1, by: -1) { fraction = x + level / 2 / fraction }
    return 0.5641895835477563 / fraction
  }

  /// The derivative at `x`.
  func slope(at x: Tensor) throws(TensorError) -> Tensor {
    /// This function, or another, over x: one half at 0.
    func over(_ f: SpecialFunction) throws(TensorError) -> Tensor {
      let isZero = try x.detached().eq(0), safe = try isZero.selecting(Tensor.ones([], x.dtype), x)
      return try isZero.selecting(Tensor.full([], 0.5, x.dtype), safe.special(f) / safe)
    }
    switch self {
    case .j0: return try -x.special(.j1)
    case .j1: return try x.special(.j0) - over(.j1)
    case .y0: return try -x.special(.y1)
    case .y1: return try x.special(.y0) - x.special(.y1) / x
    case .i0: return try x.special(.i1)
    case .i0e: return try x.special(.i1e) - x.detached().sign() * x.special(.i0e)
    case .i1: return try x.special(.i0) - over(.i1)
    case .i1e: return try x.special(.i0e) - x.detached().sign() * x.special(.i1e) - over(.i1e)
    case .k0: return try -x.special(.k1)
    case .k0e: return try x.special(.k0e) - x.special(.k1e)
    case .k1: return try -x.special(.k0) - x.special(.k1) / x
    case .k1e: return try x.special(.k1e) - x.special(.k0e) - x.special(.k1e) / x
    case .erfcx: return try x * x.special(.erfcx) * 2 - 1.1283791670955126
    }
  }
}

extension Tensor {
  func special(_ f: SpecialFunction) throws(TensorError) -> Tensor { try SpecialOp(f: f).apply([real()]) }

  /// Each number through a function in double precision, in this tensor's dtype. Keeps no history.
  func mapped(_ f: (Double) -> Double) throws(TensorError) -> Tensor {
    let source = try detached().to(.float64).contiguous(), y = try Tensor.empty(source.shape, .float64)
    let (from, to) = (source.f64, y.f64)
    for i in 0..<y.count { to[i] = f(from[i]) }
    return try CastOp(from: .float64, to: dtype).forward([y])
  }
}

struct SpecialOp: Primitive {
  let f: SpecialFunction
  static var name: String { "special" }
  var saves: Saves { .first }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try x[0].mapped { f($0) } }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy * f.slope(at: pass.input(0))] }
}
