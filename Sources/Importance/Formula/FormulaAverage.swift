import Builtins
import Glibc

/// What a formula over samples is averaged over.
public enum FormulaAverage: Sendable, Hashable {
  /// The straight line from the baseline to the input.
  case path(steps: Int, PathRule)
  /// Copies of the input with normal noise of this standard deviation, in the units of the input.
  case smooth(draws: Int, std: Double)
  /// Baselines that are drawn from the rows of the data.
  case expect(draws: Int)

  var isPath: Bool { if case .path = self { true } else { false } }

  /// As the function is called.
  public var name: String {
    switch self {
    case .path: "path"
    case .smooth: "smooth"
    case .expect: "expect"
    }
  }

  /// Its settings as they are typed, those that differ from the defaults alone.
  var settings: String {
    switch self {
    case .path(let steps, let rule): (steps == 50 ? "" : ", steps=\(steps)") + (rule == .gausslegendre ? "" : ", method=\(rule.rawValue)")
    case .smooth(let draws, let std): (draws == 50 ? "" : ", n=\(draws)") + (std == 0.15 ? "" : ", std=\(std.formulaText)")
    case .expect(let draws): draws == 50 ? "" : ", n=\(draws)"
    }
  }
}

/// How an integral over 0...1 becomes a sum, under Captum's names. Unlike Captum's, the weights of `riemann_trapezoid` add
/// up to 1.
public enum PathRule: String, Choice, Sendable {
  case gausslegendre, riemann_left, riemann_right, riemann_middle, riemann_trapezoid

  /// Points up to which it is worked out. Gauss-Legendre takes the square of their number, and has all digits long before.
  public var mostSteps: Int { self == .gausslegendre ? 10_000 : 1_000_000 }

  /// The points, ascending, and their weights, which add up to 1.
  public func nodes(_ steps: Int) -> [(t: Double, weight: Double)] {
    let n = Double(steps)
    switch self {
    case .riemann_left: return (0..<steps).map { (Double($0) / n, 1 / n) }
    case .riemann_right: return (0..<steps).map { (Double($0 + 1) / n, 1 / n) }
    case .riemann_middle: return (0..<steps).map { ((Double($0) + 0.5) / n, 1 / n) }
    case .riemann_trapezoid:
      guard steps > 1 else { return [(0.5, 1)] }
      return (0..<steps).map { (Double($0) / (n - 1), ($0 == 0 || $0 == steps - 1 ? 0.5 : 1) / (n - 1)) }
    case .gausslegendre: return Self.gaussLegendre(steps)
    }
  }

  /// The roots of the Legendre polynomial by Newton's method from Tricomi's guess, and their weights.
  /// - Numerics: the polynomial by its recursion; three steps from the guess give all digits, six are taken at most.
  /// - Source: Abramowitz and Stegun 1964, 25.4.29 and 22.16.6.
  private static func gaussLegendre(_ steps: Int) -> [(t: Double, weight: Double)] {
    let n = Double(steps)
    let half = (0..<(steps + 1) / 2).map { i in
      var root = -cos(.pi * (Double(i) + 0.75) / (n + 0.5)), slope = 1.0
      for _ in 0..<6 {
        var (before, now) = (1.0, root)
        for k in stride(from: 2, through: steps, by: 1) {
          let d = Double(k)
          (before, now) = (now, ((2 * d - 1) * root * now - (d - 1) * before) / d)
        }
        slope = n * (root * now - before) / (root * root - 1)
        let step = now / slope
        root -= step
        if abs(step) < 1e-16 { break }
      }
      return (t: (root + 1) / 2, weight: 1 / ((1 - root * root) * slope * slope))
    }
    return half + half.prefix(steps / 2).reversed().map { (1 - $0.t, $0.weight) }
  }
}
