import CKernels
import COneDNN
import Testing

struct Product: Sendable {
  let m: Int, n: Int, k: Int
}

@Suite struct ProductTests {
  static let sizes = [
    Product(m: 1, n: 1, k: 1), Product(m: 3, n: 5, k: 2), Product(m: 8, n: 24, k: 16), Product(m: 65, n: 49, k: 300),
    Product(m: 130, n: 7, k: 65), Product(m: 2, n: 200, k: 33), Product(m: 64, n: 64, k: 128), Product(m: 5, n: 1, k: 9),
    Product(m: 1, n: 9, k: 5),
  ]
  private let pad = 3

  /// Element [i, j] of op(x), where the rows of x are stored `step` apart.
  private func at(_ x: [Double], _ turned: Bool, _ step: Int, _ i: Int, _ j: Int) -> Double {
    turned ? x[j * step + i] : x[i * step + j]
  }

  private func plain(
    _ p: Product, _ a: [Double], _ ta: Bool, _ lda: Int, _ b: [Double], _ tb: Bool, _ ldb: Int, _ c: [Double],
    _ alpha: Double, _ beta: Double
  ) -> [Double] {
    var c = c
    for i in 0..<p.m {
      for j in 0..<p.n {
        var sum = 0.0
        for l in 0..<p.k { sum += at(a, ta, lda, i, l) * at(b, tb, ldb, l, j) }
        let place = i * (p.n + pad) + j
        c[place] = alpha * sum + (beta == 0 ? 0 : beta * c[place])
      }
    }
    return c
  }

  @Test(
    "double and single precision products, turned or not, with steps",
    arguments: sizes, [(1.0, 0.0), (0.5, -2.0), (1.0, 1.0)])
  func products(_ p: Product, _ factors: (Double, Double)) {
    var numbers = Numbers()
    let (alpha, beta) = factors
    for (ta, tb) in [(false, false), (false, true), (true, false), (true, true)] {
      let lda = (ta ? p.m : p.k) + pad, ldb = (tb ? p.k : p.n) + pad, ldc = p.n + pad
      let a = numbers.doubles((ta ? p.k : p.m) * lda), b = numbers.doubles((tb ? p.n : p.k) * ldb)
      let c = numbers.doubles(p.m * ldc)
      let expected = plain(p, a, ta, lda, b, tb, ldb, c, alpha, beta)
      let marks = (CChar(bitPattern: ta ? 84 : 78), CChar(bitPattern: tb ? 84 : 78))
      var y = beta == 0 ? c.enumerated().map { $0.offset % ldc < p.n ? .nan : $0.element } : c
      let status = pith_dgemm(
        marks.0, marks.1, Int64(p.m), Int64(p.n), Int64(p.k), alpha, a, Int64(lda), b, Int64(ldb), beta, &y, Int64(ldc))
      #expect(status == 0 && largestDifference(y, expected) < 1e-11)
      var z = y.indices.map { beta == 0 && $0 % ldc < p.n ? Float.nan : Float(c[$0]) }
      let single = pith_sgemm(
        marks.0, marks.1, Int64(p.m), Int64(p.n), Int64(p.k), Float(alpha), a.map(Float.init), Int64(lda),
        b.map(Float.init), Int64(ldb), Float(beta), &z, Int64(ldc), 2)
      #expect(single == 0 && largestDifference(z.map(Double.init), expected) < 1e-4)
    }
  }

  @Test("an empty inner dimension scales, an empty outer one does nothing")
  func empty() {
    var c: [Float] = [1, 2], d: [Double] = [1, 2]
    #expect(pith_sgemm(78, 78, 1, 2, 0, 1, [0], 1, [0], 2, 0.5, &c, 2, 1) == 0 && c == [0.5, 1])
    #expect(pith_dgemm(78, 78, 1, 2, 0, 1, [0], 1, [0], 2, 0, &d, 2) == 0 && d == [0, 0])
    #expect(pith_sgemm(78, 78, 0, 2, 3, 1, [0], 3, [0], 2, 0, &c, 2, 1) == 0 && c == [0.5, 1])
  }

  @Test("batches, with a matrix of their own or a common one", arguments: [0, 6])
  func batch(_ stride: Int) {
    let a: [Float] = (0..<18).map(Float.init), b: [Float] = (0..<18).map { Float($0 % 5) - 2 }
    var c = [Float](repeating: 9, count: 27), expected = c
    for i in 0..<3 {
      for r in 0..<3 {
        for s in 0..<3 {
          expected[i * 9 + r * 3 + s] = (0..<2).reduce(Float(0)) { $0 + a[i * 6 + r * 2 + $1] * b[i * stride + $1 * 3 + s] }
        }
      }
    }
    #expect(pith_sgemm_batch(78, 78, 3, 3, 3, 2, 1, a, 2, 6, b, 3, Int64(stride), 0, &c, 3, 9, 1) == 0)
    #expect(c == expected)
  }

  @Test("integer products wrap")
  func integers() {
    var c: [Int64] = [9, 9, 9, 9]
    pith_matmul_i64(2, 2, 3, [1, 2, 3, 4, 5, 6], 3, [1, 0, 0, 1, 2, 2], 2, &c, 2)
    #expect(c == [7, 8, 16, 17])
    pith_matmul_i64(1, 1, 1, [.max], 1, [2], 1, &c, 1)
    #expect(c[0] == -2)
  }

  @Test("the release of oneDNN is named")
  func version() { #expect(String(cString: pith_onednn_version()).split(separator: ".").count == 3) }
}
