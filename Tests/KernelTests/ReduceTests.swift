import CKernels
import Glibc
import Testing

struct Axis: Sendable {
  let outer: Int, n: Int, inner: Int
}

@Suite struct ReduceTests {
  static let axes = [
    Axis(outer: 1, n: 1, inner: 1), Axis(outer: 3, n: 7, inner: 1), Axis(outer: 2, n: 100, inner: 1),
    Axis(outer: 1, n: 5003, inner: 1), Axis(outer: 1, n: 140_001, inner: 1), Axis(outer: 2, n: 9, inner: 5),
    Axis(outer: 1, n: 1797, inner: 10), Axis(outer: 1, n: 333, inner: 128), Axis(outer: 2, n: 130, inner: 300),
    Axis(outer: 4, n: 0, inner: 3), Axis(outer: 500, n: 3, inner: 1), Axis(outer: 1, n: 3, inner: 1000),
  ]

  /// The lines that a reduction runs along, in the order of its results.
  private func lines<T>(_ x: [T], _ axis: Axis) -> [[T]] {
    (0..<axis.outer * axis.inner).map { at in
      let (o, i) = (at / axis.inner, at % axis.inner)
      return (0..<axis.n).map { x[(o * axis.n + $0) * axis.inner + i] }
    }
  }

  @Test("reductions of every layout", arguments: axes)
  func reductions(_ axis: Axis) {
    var numbers = Numbers()
    let x = numbers.doubles(axis.outer * axis.n * axis.inner, in: -1...1.5), all = lines(x, axis)
    let operations: [(pith_reduce, ([Double]) -> Double, Double)] = [
      (PITH_REDUCE_SUM, { $0.reduce(0, +) }, 1e-12), (PITH_REDUCE_SUMSQ, { $0.reduce(0) { $0 + $1 * $1 } }, 1e-12),
      (PITH_REDUCE_SUMABS, { $0.reduce(0) { $0 + abs($1) } }, 1e-12), (PITH_REDUCE_PROD, { $0.reduce(1, *) }, 1e-12),
      (PITH_REDUCE_MAX, { $0.reduce(-.infinity) { max($0, $1) } }, 0),
      (PITH_REDUCE_MIN, { $0.reduce(.infinity) { min($0, $1) } }, 0),
    ]
    for (op, f, tolerance) in operations {
      var y = [Double](repeating: 9, count: all.count)
      pith_reduce_f64(op.rawValue, x, &y, axis.outer, axis.n, axis.inner)
      // The plain loop that it is compared with rounds once an element.
      let scale = all.map { $0.reduce(1) { $0 + abs($1) } }.max() ?? 1
      #expect(largestDifference(y, all.map(f)) <= tolerance * scale, "operation \(op.rawValue)")
      var z = [Float](repeating: 9, count: all.count)
      let single = x.map(Float.init)
      pith_reduce_f32(op.rawValue, single, &z, axis.outer, axis.n, axis.inner)
      // The sum of absolute values bounds what rounding can do; the factor is far below that of a plain loop.
      for (got, line) in zip(z, lines(single.map(Double.init), axis)) {
        let exact = f(line), scale = line.reduce(abs(exact)) { $0 + abs($1) }
        #expect(Double(got) == exact || abs(Double(got) - exact) <= 4e-7 * scale, "operation \(op.rawValue)")
      }
    }
  }

  @Test("places, running sums and integers of every layout", arguments: axes)
  func places(_ axis: Axis) {
    var numbers = Numbers()
    let whole = numbers.integers(axis.outer * axis.n * axis.inner, below: 50), all = lines(whole, axis)
    let x = whole.map(Float.init)
    let first = all.map { line in Int64(line.firstIndex(of: line.max() ?? 0) ?? 0) }
    let last = all.map { line in Int64(line.firstIndex(of: line.min() ?? 0) ?? 0) }
    var y = [Int64](repeating: 9, count: all.count)
    pith_arg_f32(PITH_ARG_MAX.rawValue, x, &y, axis.outer, axis.n, axis.inner)
    #expect(y == first)
    pith_arg_f64(PITH_ARG_MIN.rawValue, x.map(Double.init), &y, axis.outer, axis.n, axis.inner)
    #expect(y == last)
    pith_arg_i64(PITH_ARG_MAX.rawValue, whole, &y, axis.outer, axis.n, axis.inner)
    #expect(y == first)
    pith_reduce_i64(PITH_REDUCE_SUM.rawValue, whole, &y, axis.outer, axis.n, axis.inner)
    #expect(y == all.map { $0.reduce(0, +) })
    pith_reduce_i64(PITH_REDUCE_MIN.rawValue, whole, &y, axis.outer, axis.n, axis.inner)
    #expect(y == all.map { $0.min() ?? .max })

    let flags = whole.map { $0 > 30 ? UInt8(1) : 0 }, flagLines = lines(flags, axis)
    pith_sum_u8_i64(flags, &y, axis.outer, axis.n, axis.inner)
    #expect(y == flagLines.map { Int64($0.count { $0 != 0 }) })
    var some = [UInt8](repeating: 9, count: all.count)
    pith_any_u8(flags, &some, axis.outer, axis.n, axis.inner)
    #expect(some == flagLines.map { $0.contains(1) ? 1 : 0 })
    pith_all_u8(flags, &some, axis.outer, axis.n, axis.inner)
    #expect(some == flagLines.map { $0.contains(0) ? 0 : 1 })

    var running = whole
    pith_cumulate_i64(PITH_CUMULATE_SUM.rawValue, running, &running, axis.outer, axis.n, axis.inner)
    var single = x
    pith_cumulate_f32(PITH_CUMULATE_SUM.rawValue, single, &single, axis.outer, axis.n, axis.inner)
    for (line, sums) in zip(all, lines(running, axis)) {
      var total: Int64 = 0
      #expect(sums == line.map { total += $0; return total })
    }
    #expect(single == running.map(Float.init))
  }

  @Test("NaN wins an extreme, and the first one is its place", arguments: [5, 200])
  func nan(_ n: Int) {
    var x = [Float](repeating: 1, count: n)
    x[3] = .nan
    x[n - 1] = .nan
    var y: [Float] = [0], place: [Int64] = [0]
    for op in [PITH_REDUCE_MAX, PITH_REDUCE_MIN] {
      pith_reduce_f32(op.rawValue, x, &y, 1, n, 1)
      #expect(y[0].isNaN)
    }
    for op in [PITH_ARG_MAX, PITH_ARG_MIN] {
      pith_arg_f32(op.rawValue, x, &place, 1, n, 1)
      #expect(place == [3])
    }
    var columns = [Int64](repeating: 9, count: 2), wide: [Float] = [1, .nan, .nan, 5, .nan, .nan]
    pith_arg_f32(PITH_ARG_MAX.rawValue, wide, &columns, 1, 3, 2)
    #expect(columns == [1, 0])
    wide[4] = 7
    pith_arg_f32(PITH_ARG_MIN.rawValue, wide, &columns, 1, 3, 2)
    #expect(columns == [1, 0])
  }

  @Test("a long sum is the same for every number of threads, and accurate")
  func threads() {
    let x = [Float](repeating: 0.1, count: 1_000_003)
    let before = pith_threads()
    let sums: [Float] = [Int32(1), 2, 3].map {
      pith_set_threads($0)
      var y: [Float] = [0]
      pith_reduce_f32(PITH_REDUCE_SUM.rawValue, x, &y, 1, x.count, 1)
      return y[0]
    }
    pith_set_threads(before)
    #expect(sums[0] == sums[1] && sums[1] == sums[2])
    #expect(abs(Double(sums[0]) - Double(Float(0.1)) * 1_000_003) < 0.02)
    #expect(abs(pith_dot_f32(x, x, x.count) - 10_000.03) < 0.01)
  }
}
