import CKernels
import Glibc
import Testing

private struct Case: Sendable, CustomTestStringConvertible {
  let name: String
  let op: pith_unary
  let range: ClosedRange<Double>
  let tolerance: Double
  let f: @Sendable (Double) -> Double
  var testDescription: String { name }
  init(
    _ name: String, _ op: pith_unary, _ range: ClosedRange<Double>, ulps tolerance: Double = 3,
    _ f: @escaping @Sendable (Double) -> Double
  ) {
    (self.name, self.op, self.range, self.tolerance, self.f) = (name, op, range, tolerance, f)
  }
}

private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

private let cases = [
  Case("exp", PITH_UNARY_EXP, -100...89, exp), Case("log", PITH_UNARY_LOG, 0...20, log),
  Case("log1p", PITH_UNARY_LOG1P, -1...4, log1p), Case("expm1", PITH_UNARY_EXPM1, -20...88, expm1),
  Case("sqrt", PITH_UNARY_SQRT, 0...9, ulps: 0.51) { $0.squareRoot() },
  Case("rsqrt", PITH_UNARY_RSQRT, 0.1...9) { 1 / $0.squareRoot() },
  Case("reciprocal", PITH_UNARY_RECIPROCAL, 0.1...9, ulps: 0.51) { 1 / $0 },
  Case("sin", PITH_UNARY_SIN, -8000...8000, sin), Case("cos", PITH_UNARY_COS, -20...20, cos),
  Case("sin of large numbers", PITH_UNARY_SIN, 0...1e8, sin), Case("tan", PITH_UNARY_TAN, -1.5...1.5, tan),
  Case("asin", PITH_UNARY_ASIN, -1...1, asin), Case("acos", PITH_UNARY_ACOS, -1...1, acos),
  Case("atan", PITH_UNARY_ATAN, -9...9, atan), Case("sinh", PITH_UNARY_SINH, -9...9, sinh),
  Case("cosh", PITH_UNARY_COSH, -9...9, cosh), Case("tanh", PITH_UNARY_TANH, -12...12, tanh),
  Case("sigmoid", PITH_UNARY_SIGMOID, -80...30, sigmoid), Case("erf", PITH_UNARY_ERF, -5...5, erf),
  Case("erfc", PITH_UNARY_ERFC, -4...9, erfc), Case("asinh", PITH_UNARY_ASINH, -30...30, asinh),
  Case("acosh", PITH_UNARY_ACOSH, 1...30, acosh), Case("atanh", PITH_UNARY_ATANH, -1...1, atanh),
  Case("relu", PITH_UNARY_RELU, -3...3, ulps: 0) { max($0, 0) },
  Case("gelu", PITH_UNARY_GELU, -0.7...6) { 0.5 * $0 * (1 + erf($0 * 0.5.squareRoot())) },
  Case("gelu_tanh", PITH_UNARY_GELU_TANH, -0.7...6) {
    0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)))
  },
  Case("silu", PITH_UNARY_SILU, -60...9) { $0 * sigmoid($0) },
  Case("softplus", PITH_UNARY_SOFTPLUS, -60...40) { $0 > 20 ? $0 : log1p(exp($0)) },
  Case("square", PITH_UNARY_SQUARE, -9...9, ulps: 0.51) { $0 * $0 },
  Case("sign", PITH_UNARY_SIGN, -2...2, ulps: 0) { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 },
  Case("floor", PITH_UNARY_FLOOR, -9...9, ulps: 0, floor), Case("ceil", PITH_UNARY_CEIL, -9...9, ulps: 0, ceil),
  Case("round", PITH_UNARY_ROUND, -9...9, ulps: 0, rint), Case("trunc", PITH_UNARY_TRUNC, -9...9, ulps: 0, trunc),
  Case("exp2", PITH_UNARY_EXP2, -140...127, exp2), Case("log2", PITH_UNARY_LOG2, 0...50, log2),
  Case("log10", PITH_UNARY_LOG10, 0...50, log10), Case("lgamma", PITH_UNARY_LGAMMA, 2.5...40, lgamma),
  Case("logsigmoid", PITH_UNARY_LOGSIGMOID, -50...60) { $0 < 0 ? $0 - log1p(exp($0)) : -log1p(exp(-$0)) },
  Case("neg", PITH_UNARY_NEG, -3...3, ulps: 0) { -$0 }, Case("abs", PITH_UNARY_ABS, -3...3, ulps: 0) { abs($0) },
  Case("step", PITH_UNARY_STEP, -3...3, ulps: 0) { $0 > 0 ? 1 : 0 },
]

private let edges: [Float] = [0, -0.0, .infinity, -.infinity, .nan, 0x1p-140, -0x1p-140, 3e38, -3e38, 1, -1]

@Suite struct UnaryTests {
  @Test("erfinv undoes erf, to its ends")
  func erfinv() {
    for i in -50...50 {
      let x = Double(i) / 10
      let image = erf(x)
      var y = 0.0, single = Float(0)
      pith_unary_f64(PITH_UNARY_ERFINV.rawValue, [image], &y, 1)
      // How far a rounding of erf(x) moves x.
      let slope = 1.1283791670955126 * exp(-x * x)
      #expect(abs(y - x) < 4e-16 * max(1, abs(x)) + 2.3e-16 / slope, "\(x)")
      let exact = Double(Float(image))
      pith_unary_f32(PITH_UNARY_ERFINV.rawValue, [Float(image)], &single, 1)
      if abs(exact) < 1 { #expect(abs(erf(Double(single)) - exact) < 1.2e-7 * max(abs(exact), 0.1), "\(x)") }
    }
    var edges = [1, -1, 1.5, Double.nan, 0]
    pith_unary_f64(PITH_UNARY_ERFINV.rawValue, edges, &edges, 5)
    #expect(edges[0] == .infinity && edges[1] == -.infinity && edges[2].isNaN && edges[3].isNaN && edges[4] == 0)
  }

  /// Units in the last place between a result and the exact value.
  private func ulps(_ y: Float, _ exact: Double) -> Double {
    if y.isNaN || exact.isNaN { return y.isNaN && exact.isNaN ? 0 : .infinity }
    if Float(exact) == y { return min(0.5, abs(Double(y) - exact) / Double(y.ulp)) }
    if exact.isInfinite || y.isInfinite { return .infinity }
    return abs(Double(y) - exact) / Double(Float(exact).ulp)
  }

  @Test("single precision is near the exact value, everywhere and at the edges", arguments: cases)
  private func single(_ c: Case) {
    var numbers = Numbers()
    // An odd length, so that the rest after the last whole vector is met too.
    let x = numbers.floats(5003, in: c.range)
    var y = x
    pith_unary_f32(c.op.rawValue, y, &y, y.count)
    #expect(zip(x, y).allSatisfy { ulps($1, c.f(Double($0))) <= c.tolerance })
    // Beyond its range, a function is held to the special values only.
    var atEdges = edges
    pith_unary_f32(c.op.rawValue, edges, &atEdges, edges.count)
    for (x, y) in zip(edges, atEdges) where !(abs(x) > 1e38 && x.isFinite) && !(c.name.hasPrefix("gelu") && x < 0) {
      if c.name == "silu" && x == -.infinity { continue }  // -inf · 0 is NaN, as PyTorch's
      #expect(ulps(y, c.f(Double(x))) <= max(c.tolerance, 3), "at \(x)")
    }
  }

  @Test("double precision agrees with the C library", arguments: cases)
  private func double(_ c: Case) {
    var numbers = Numbers()
    let x = numbers.doubles(1003, in: c.range)
    var y = x
    pith_unary_f64(c.op.rawValue, x, &y, x.count)
    #expect(zip(x, y).allSatisfy { abs($1 - c.f($0)) <= 1e-15 * max(abs(c.f($0)), 0x1p-1000) * 4 })
  }

  @Test("digamma agrees with PyTorch's")
  func digamma() {
    let x = [-2.5, -0.5, 0.1, 0.75, 4.5]
    let expected = [1.1031566406452433, 0.03648997397857639, -10.423754940411076, -1.085860879786472, 1.3888709263595287]
    var y = x
    pith_unary_f64(PITH_UNARY_DIGAMMA.rawValue, x, &y, 5)
    #expect(largestDifference(y, expected) < 1e-13)
    var pole = [0.0, -1.0]
    pith_unary_f64(PITH_UNARY_DIGAMMA.rawValue, pole, &pole, 2)
    #expect(pole[0] == -.infinity && pole[1].isNaN)
  }

  @Test("functions with a parameter")
  func parameter() {
    let x: [Double] = [-3, -0.5, 0, 2, 30]
    func run(_ op: pith_unary1, _ p: Double) -> [Double] {
      var y = x
      pith_unary1_f64(op.rawValue, x, &y, x.count, p)
      var z = x.map(Float.init)
      pith_unary1_f32(op.rawValue, z, &z, z.count, Float(p))
      #expect(largestDifference(z.map(Double.init), y) < 2e-6)
      return y
    }
    #expect(run(PITH_UNARY1_LEAKY_RELU, 0.25) == [-0.75, -0.125, 0, 2, 30])
    #expect(largestDifference(run(PITH_UNARY1_ELU, 2), x.map { $0 > 0 ? $0 : 2 * expm1($0) }) < 1e-15)
    #expect(largestDifference(run(PITH_UNARY1_CELU, 2), x.map { $0 > 0 ? $0 : 2 * expm1($0 / 2) }) < 1e-15)
    #expect(largestDifference(run(PITH_UNARY1_SOFTPLUS, 2), x.map { 2 * $0 > 20 ? $0 : log1p(exp(2 * $0)) / 2 }) < 1e-15)
  }

  @Test("integers wrap")
  func integers() {
    let x: [Int64] = [.min, -3, 0, 4, .max]
    var y = x
    pith_unary_i64(PITH_UNARY_ABS.rawValue, x, &y, 5)
    #expect(y == [.min, 3, 0, 4, .max])
    pith_unary_i64(PITH_UNARY_SQUARE.rawValue, x, &y, 5)
    #expect(y == [0, 9, 0, 16, 1])
    pith_unary_i64(PITH_UNARY_SIGN.rawValue, x, &y, 5)
    #expect(y == [-1, -1, 0, 1, 1])
  }

  @Test("clamps, classes and backward helpers")
  func helpers() {
    let x: [Float] = [-.infinity, -1, 0.5, 3, .nan]
    var y = x
    pith_clamp_f32(x, &y, 5, 0, 1)
    #expect(y[0...3] == [0, 0, 0.5, 1] && y[4].isNaN)
    var flags = [UInt8](repeating: 9, count: 5)
    pith_classify_f32(PITH_CLASS_NAN.rawValue, x, &flags, 5)
    #expect(flags == [0, 0, 0, 0, 1])
    pith_classify_f32(PITH_CLASS_INF.rawValue, x, &flags, 5)
    #expect(flags == [1, 0, 0, 0, 0])
    pith_classify_f32(PITH_CLASS_FINITE.rawValue, x, &flags, 5)
    #expect(flags == [0, 1, 1, 1, 0])
    let out: [Double] = [0, 0.5, -0.25], dy: [Double] = [3, 2, 8]
    var dx = dy
    pith_relu_backward_f64(dy, out, &dx, 3)
    #expect(dx == [0, 2, 0])
    pith_tanh_backward_f64(dy, out, &dx, 3)
    #expect(dx == [3, 1.5, 7.5])
    pith_sigmoid_backward_f64(dy, out, &dx, 3)
    #expect(dx == [0, 0.5, -2.5])
    pith_axpy_f64(2, dy, &dx, 3)
    #expect(dx == [6, 4.5, 13.5])
    pith_affine_f64(2, 1, dy, &dx, 3)
    #expect(dx == [7, 5, 17])
  }
}
