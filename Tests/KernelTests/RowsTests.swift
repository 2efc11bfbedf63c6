import CKernels
import Glibc
import Testing

@Suite struct RowsTests {
  static let sizes = [(1, 1), (7, 3), (300, 10), (5, 70), (3, 3000)]

  private func rows(_ x: [Double], _ n: Int) -> [ArraySlice<Double>] {
    stride(from: 0, to: x.count, by: n).map { x[$0..<$0 + n] }
  }
  private func logSum(_ row: ArraySlice<Double>) -> Double { log(row.reduce(0) { $0 + exp($1) }) }

  @Test("softmax, log-softmax and log-sum-exp", arguments: sizes)
  func softmax(_ count: Int, _ n: Int) {
    var numbers = Numbers()
    let x = numbers.doubles(count * n, in: -5...5), single = x.map(Float.init)
    let sums = rows(x, n).map(logSum)
    let logs = rows(x, n).enumerated().flatMap { at, row in row.map { $0 - sums[at] } }
    var y = x, z = single
    pith_softmax_f64(y, &y, count, n)
    #expect(largestDifference(y, logs.map(exp)) < 1e-13)
    pith_softmax_f32(z, &z, count, n)
    #expect(largestDifference(z, logs.map { Float(exp($0)) }) < 1e-6)
    y = x
    pith_log_softmax_f64(y, &y, count, n)
    #expect(largestDifference(y, logs) < 1e-13)
    z = single
    pith_log_softmax_f32(z, &z, count, n)
    #expect(largestDifference(z, logs.map { Float($0) }) < 2e-6)
    var total = [Double](repeating: 0, count: count)
    pith_logsumexp_f64(x, &total, count, n)
    #expect(largestDifference(total, sums) < 1e-13)

    let p = logs.map(exp), dy = numbers.doubles(count * n)
    let dot = zip(rows(p, n), rows(dy, n)).map { zip($0, $1).reduce(0) { $0 + $1.0 * $1.1 } }
    pith_softmax_backward_f64(p, dy, &y, count, n)
    #expect(largestDifference(y, p.indices.map { p[$0] * (dy[$0] - dot[$0 / n]) }) < 1e-13)
    let sum = rows(dy, n).map { $0.reduce(0, +) }
    pith_log_softmax_backward_f64(logs, dy, &y, count, n)
    #expect(largestDifference(y, p.indices.map { dy[$0] - p[$0] * sum[$0 / n] }) < 1e-11)
  }

  @Test("infinite rows")
  func infinite() {
    var total = [Float](repeating: 0, count: 3)
    pith_logsumexp_f32([-.infinity, -.infinity, .infinity, 1, .nan, 1], &total, 3, 2)
    #expect(total[0] == -.infinity && total[1] == .infinity && total[2].isNaN)
    var y = [Float](repeating: 0, count: 2)
    pith_softmax_f32([-.infinity, 3], &y, 1, 2)
    #expect(y == [0, 1])
  }

  @Test("cross-entropy and its gradient", arguments: sizes)
  func crossEntropy(_ count: Int, _ n: Int) {
    var numbers = Numbers()
    let x = numbers.doubles(count * n, in: -5...5), labels = numbers.integers(count, below: UInt64(n))
    let sums = rows(x, n).map(logSum)
    let losses = (0..<count).map { sums[$0] - x[$0 * n + Int(labels[$0])] }
    let gradient = x.indices.map { at in
      0.5 * (exp(x[at] - sums[at / n]) - (labels[at / n] == at % n ? 1 : 0))
    }
    var loss = [Double](repeating: 0, count: count), dx = x
    #expect(pith_cross_entropy_rows_f64(dx, labels, count, n, &loss, &dx, 0.5) == -1)
    #expect(largestDifference(loss, losses) < 1e-12)
    #expect(largestDifference(dx, gradient) < 1e-13)
    #expect(pith_cross_entropy_rows_f64(x, labels, count, n, &loss, nil, 1) == -1)
    #expect(largestDifference(loss, losses) < 1e-12)
    var single = [Float](repeating: 0, count: count * n)
    #expect(pith_cross_entropy_rows_f32(x.map(Float.init), labels, count, n, nil, &single, 0.5) == -1)
    #expect(largestDifference(single, gradient.map { Float($0) }) < 1e-6)
    var bad = labels
    bad[count - 1] = Int64(n)
    #expect(pith_cross_entropy_rows_f64(x, bad, count, n, &loss, nil, 1) == Int64(count - 1))
  }

  @Test("layer norm, bias and column sums")
  func norm() {
    let x: [Double] = [1, 2, 3, 6, -1, -1, -1, -1], weight: [Double] = [1, 2, 1, 0.5], bias: [Double] = [0, 1, 0, -1]
    var y = x, mean = [0.0, 0], rstd = [0.0, 0]
    pith_layer_norm_f64(x, weight, bias, &y, &mean, &rstd, 2, 4, 0.25)
    let r = 1 / 3.75.squareRoot()
    #expect(largestDifference(y, [-2 * r, -2 * r + 1, 0, 1.5 * r - 1, 0, 1, 0, -1]) < 1e-15)
    #expect(mean == [3, -1] && largestDifference(rstd, [r, 2]) < 1e-15)
    var z: [Float] = [1, -2, 3, -4, 5, -6]
    pith_add_bias_f32(&z, [1, 0, -4], 2, 3, 1)
    #expect(z == [2, 0, 0, 0, 5, 0])
    pith_add_bias_f32(&z, [1, 0, -4], 2, 3, 0)
    #expect(z == [3, 0, -4, 1, 5, -4])
    var sums = [Float](repeating: 0, count: 3)
    pith_col_sum_f32(z, 2, 3, &sums)
    #expect(sums == [4, 5, -8])
  }
}
