import CKernels
import Glibc
import Testing

/// Operands of a shape by strides, as broadcasting, transposing and reversing make them.
struct Layout: Sendable {
  let shape: [Int64], a: [Int64], b: [Int64]
}
let layouts = [
  Layout(shape: [], a: [], b: []), Layout(shape: [37], a: [1], b: [1]), Layout(shape: [37], a: [1], b: [0]),
  Layout(shape: [37], a: [0], b: [1]), Layout(shape: [5, 7], a: [7, 1], b: [0, 1]),
  Layout(shape: [5, 7], a: [1, 5], b: [1, 0]), Layout(shape: [3, 1, 4, 5], a: [20, 9, 5, 1], b: [0, 0, 1, 4]),
  Layout(shape: [2, 3, 4], a: [12, 4, 1], b: [12, 4, 1]), Layout(shape: [4, 0, 3], a: [0, 3, 1], b: [0, 3, 1]),
  Layout(shape: [70, 3], a: [3, 1], b: [3, 1]), Layout(shape: [9, 8], a: [16, 2], b: [8, 1]),
]

@Suite struct BinaryTests {
  private let a = { var n = Numbers(); return n.doubles(400, in: 0.5...3) }()
  private let b = { var n = Numbers(); _ = n.next(); return n.doubles(400, in: -2...2) }()

  @Test("every layout gives what plain indexing gives", arguments: layouts)
  func strides(_ layout: Layout) {
    let all = indices(layout.shape)
    let f: [(pith_binary, (Double, Double) -> Double)] = [
      (PITH_BINARY_ADD, { $0 + $1 }), (PITH_BINARY_SUB, { $0 - $1 }), (PITH_BINARY_MUL, { $0 * $1 }),
      (PITH_BINARY_DIV, { $0 / $1 }), (PITH_BINARY_POW, pow), (PITH_BINARY_MAXIMUM, { max($0, $1) }),
      (PITH_BINARY_MINIMUM, { min($0, $1) }), (PITH_BINARY_ATAN2, atan2), (PITH_BINARY_FMOD, fmod),
      (PITH_BINARY_REMAINDER, { $0 - $1 * floor($0 / $1) }), (PITH_BINARY_FLOORDIV, { floor($0 / $1) }),
      (PITH_BINARY_HYPOT, hypot),
    ]
    for (op, f) in f {
      let expected = all.map { f(a[offset($0, layout.a)], b[offset($0, layout.b)]) }
      var y = [Double](repeating: 0, count: all.count)
      pith_binary_f64(op.rawValue, a, b, &y, Int32(layout.shape.count), layout.shape, layout.a, layout.b)
      #expect(largestDifference(y, expected) < 1e-13, "operation \(op.rawValue)")
      var z = [Float](repeating: 0, count: all.count)
      pith_binary_f32(
        op.rawValue, a.map(Float.init), b.map(Float.init), &z, Int32(layout.shape.count), layout.shape, layout.a, layout.b)
      #expect(zip(z, expected).allSatisfy { abs(Double($0) - $1) <= 1e-4 * max(1, abs($1)) }, "operation \(op.rawValue)")
    }
    var less = [UInt8](repeating: 9, count: all.count)
    pith_compare_f64(PITH_COMPARE_LT.rawValue, a, b, &less, Int32(layout.shape.count), layout.shape, layout.a, layout.b)
    #expect(less == all.map { a[offset($0, layout.a)] < b[offset($0, layout.b)] ? 1 : 0 })
    var chosen = [Double](repeating: 0, count: all.count)
    let cond = b.map { $0 > 0 ? UInt8(1) : 0 }
    pith_where_8(cond, a, b, &chosen, Int32(layout.shape.count), layout.shape, layout.b, layout.a, layout.b)
    #expect(chosen == all.map { cond[offset($0, layout.b)] != 0 ? a[offset($0, layout.a)] : b[offset($0, layout.b)] })
  }

  private func integers(_ op: pith_binary, _ a: Int64, _ b: Int64) -> Int64 {
    var y: Int64 = 99
    pith_binary_i64(op.rawValue, [a], [b], &y, 0, nil, nil, nil)
    return y
  }

  @Test("integers wrap, and nothing traps")
  func integerEdges() {
    #expect(integers(PITH_BINARY_ADD, .max, 1) == .min)
    #expect(integers(PITH_BINARY_MUL, .min, -1) == .min)
    #expect(integers(PITH_BINARY_FLOORDIV, .min, -1) == .min)
    #expect(integers(PITH_BINARY_REMAINDER, .min, -1) == 0)
    #expect(integers(PITH_BINARY_FMOD, .min, -1) == 0)
    #expect(integers(PITH_BINARY_FLOORDIV, 7, 0) == 0)
    #expect(integers(PITH_BINARY_REMAINDER, 7, 0) == 0)
    #expect(integers(PITH_BINARY_FLOORDIV, -7, 2) == -4)
    #expect(integers(PITH_BINARY_REMAINDER, -7, 2) == 1)
    #expect(integers(PITH_BINARY_REMAINDER, 7, -2) == -1)
    #expect(integers(PITH_BINARY_FMOD, -7, 2) == -1)
    #expect(integers(PITH_BINARY_POW, 3, 4) == 81)
    #expect(integers(PITH_BINARY_POW, 2, 64) == 0)
    #expect(integers(PITH_BINARY_POW, -1, -3) == -1)
    #expect(integers(PITH_BINARY_POW, 2, -1) == 0)
    #expect(integers(PITH_BINARY_DIV, 6, 2) == 99)
  }

  private func doubles(_ op: pith_binary, _ a: Double, _ b: Double) -> Double {
    var y = 99.0
    pith_binary_f64(op.rawValue, [a], [b], &y, 0, nil, nil, nil)
    return y
  }

  @Test("floating edges are PyTorch's")
  func floatEdges() {
    #expect(doubles(PITH_BINARY_MAXIMUM, .nan, 1).isNaN && doubles(PITH_BINARY_MAXIMUM, 1, .nan).isNaN)
    #expect(doubles(PITH_BINARY_MINIMUM, .nan, 1).isNaN && doubles(PITH_BINARY_MINIMUM, 1, .nan).isNaN)
    #expect(doubles(PITH_BINARY_FLOORDIV, 1, 0) == .infinity)
    #expect(doubles(PITH_BINARY_FLOORDIV, -1, 3) == -1)
    #expect(doubles(PITH_BINARY_REMAINDER, -1, 3) == 2)
    #expect(doubles(PITH_BINARY_REMAINDER, 1, 0).isNaN)
    #expect(doubles(PITH_BINARY_POW, -3, 2) == 9)
    #expect(doubles(PITH_BINARY_POW, 2, -1) == 0.5)
    #expect(doubles(PITH_BINARY_POW, -8, 1.0 / 3).isNaN)
  }

  @Test("logic")
  func logic() {
    let a: [UInt8] = [0, 0, 1, 5], b: [UInt8] = [0, 2, 0, 3]
    var y = [UInt8](repeating: 9, count: 4)
    pith_logical_u8(PITH_LOGICAL_AND.rawValue, a, b, &y, 1, [4], [1], [1])
    #expect(y == [0, 0, 0, 1])
    pith_logical_u8(PITH_LOGICAL_OR.rawValue, a, b, &y, 1, [4], [1], [1])
    #expect(y == [0, 1, 1, 1])
    pith_logical_u8(PITH_LOGICAL_XOR.rawValue, a, b, &y, 1, [4], [1], [1])
    #expect(y == [0, 1, 1, 0])
    pith_logical_not_u8(a, &y, 4)
    #expect(y == [1, 1, 0, 0])
  }

  @Test("many elements on several threads are those on one")
  func threads() {
    let n = 300_001
    var numbers = Numbers()
    let x = numbers.floats(n)
    func run(_ threads: Int32) -> [Float] {
      pith_set_threads(threads)
      var y = x
      pith_binary_f32(PITH_BINARY_MUL.rawValue, x, x, &y, 1, [Int64(n)], [1], [1])
      pith_unary_f32(PITH_UNARY_TANH.rawValue, y, &y, n)
      return y
    }
    let before = pith_threads()
    let one = run(1), several = run(4)
    pith_set_threads(before)
    #expect(one == several)
  }
}
