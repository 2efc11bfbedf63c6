import CKernels
import Testing

@Suite struct IndexTests {
  private let outer = 2, n = 4, inner = 3, m = 5

  @Test("gather and scatter run along the middle axis")
  func gather() {
    var numbers = Numbers()
    let x = numbers.floats(outer * n * inner), index = numbers.integers(outer * m * inner, below: UInt64(n))
    func there(_ at: Int) -> Int { (at / (m * inner) * n + Int(index[at])) * inner + at % inner }
    var y = [Float](repeating: 0, count: index.count)
    pith_gather_4(x, index, &y, outer, n, inner, m)
    #expect(y == index.indices.map { x[there($0)] })
    var sum = [Float](repeating: 1, count: x.count), last = sum, expectedSum = sum, expectedLast = sum
    for at in index.indices {
      expectedSum[there(at)] += y[at]
      expectedLast[there(at)] = y[at]
    }
    pith_scatter_add_f32(y, index, &sum, outer, n, inner, m)
    #expect(sum == expectedSum)
    pith_scatter_4(y, index, &last, outer, n, inner, m)
    #expect(last == expectedLast)
  }

  @Test("selecting and adding whole rows", arguments: [1, 3, 40])
  func rows(_ inner: Int) {
    var numbers = Numbers()
    let x = numbers.doubles(outer * n * inner), index = numbers.integers(m, below: UInt64(n))
    var y = [Double](repeating: 0, count: outer * m * inner)
    pith_index_select_8(x, index, &y, outer, n, inner, m)
    func there(_ at: Int) -> Int {
      (at / (m * inner) * n + Int(index[at / inner % m])) * inner + at % inner
    }
    #expect(y == y.indices.map { x[there($0)] })
    var sum = [Double](repeating: 1, count: x.count), expected = sum
    for at in y.indices { expected[there(at)] += y[at] }
    pith_index_add_f64(y, index, &sum, outer, n, inner, m)
    #expect(sum == expected)
  }

  @Test("bounds and places")
  func places() {
    #expect(pith_index_first_bad([0, 3, -1, 9], 4, 0, 4) == 2)
    #expect(pith_index_first_bad([0, 3, -1, 9], 4, -4, 4) == 3)
    #expect(pith_index_first_bad([0, 3], 2, 0, 4) == -1)
    var places = [Int64](repeating: -1, count: 3)
    #expect(pith_count_nonzero_u8([0, 1, 0, 7, 1], 5) == 3)
    #expect(pith_nonzero_u8([0, 1, 0, 7, 1], 5, &places) == 3)
    #expect(places == [1, 3, 4])
  }
}
