import CKernels
import Testing

/// Layers on rows against loops in double precision.
@Suite("linear layers one after the other")
struct StackTests {
  private struct Layer {
    let n: Int, k: Int, weight: [Float], bias: [Float]?, hasReLU: Bool
  }

  /// What loops give: outputs, and the sums of powers of the factors.
  private struct Expected {
    var y: [[Double]] = [], dx: [Double] = []
    var dw: [[[Double]]] = [], db: [[[Double]]] = []
  }

  private func layers(_ widths: [Int], lastHasReLU: Bool, _ numbers: inout Numbers) -> [Layer] {
    (1..<widths.count).map { i in
      let (n, k) = (widths[i], widths[i - 1])
      return Layer(
        n: n, k: k, weight: numbers.floats(n * k, in: -0.3...0.3), bias: i == 2 ? nil : numbers.floats(n), hasReLU: i < widths.count - 1 || lastHasReLU)
    }
  }

  private func byLoops(_ layers: [Layer], _ x: [Float], ldx: Int, rows: Int, _ dy: [Float]) -> Expected {
    var e = Expected()
    var input = (0..<rows).flatMap { r in (0..<layers[0].k).map { Double(x[r * ldx + $0]) } }
    var inputs: [[Double]] = []
    for l in layers {
      inputs.append(input)
      var y = [Double](repeating: 0, count: rows * l.n)
      for r in 0..<rows {
        for o in 0..<l.n {
          var sum = Double(l.bias?[o] ?? 0)
          for j in 0..<l.k { sum += input[r * l.k + j] * Double(l.weight[o * l.k + j]) }
          y[r * l.n + o] = l.hasReLU ? max(sum, 0) : sum
        }
      }
      e.y.append(y)
      input = y
    }
    var d = dy.map(Double.init)
    (e.dw, e.db) = (layers.map { _ in [] }, layers.map { _ in [] })
    for (i, l) in layers.enumerated().reversed() {
      if l.hasReLU { d = zip(d, e.y[i]).map { $1 > 0 ? $0 : 0 } }
      for f in [{ $0 }, { $0 * $0 }, { abs($0) }] as [(Double) -> Double] {
        var dw = [Double](repeating: 0, count: l.n * l.k), db = [Double](repeating: 0, count: l.n)
        for r in 0..<rows {
          for o in 0..<l.n {
            let factor = f(d[r * l.n + o])
            db[o] += factor
            for j in 0..<l.k { dw[o * l.k + j] += factor * f(inputs[i][r * l.k + j]) }
          }
        }
        e.dw[i].append(dw)
        e.db[i].append(db)
      }
      var back = [Double](repeating: 0, count: rows * l.k)
      for r in 0..<rows { for o in 0..<l.n { for j in 0..<l.k { back[r * l.k + j] += d[r * l.n + o] * Double(l.weight[o * l.k + j]) } } }
      d = back
    }
    e.dx = d
    return e
  }

  /// Memory that the layers of a call point to, given back at the end.
  private final class Memory {
    private var all: [UnsafeMutableBufferPointer<Float>] = []
    func numbers(_ count: Int) -> UnsafeMutablePointer<Float>? {
      let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: max(count, 1))
      buffer.initialize(repeating: .nan)
      all.append(buffer)
      return buffer.baseAddress
    }
    func copy(_ x: [Float]) -> UnsafePointer<Float>? {
      let memory = numbers(x.count)
      for (i, number) in x.enumerated() { memory?[i] = number }
      return UnsafePointer(memory)
    }
    deinit { for buffer in all { buffer.deallocate() } }
  }

  private func described(_ layers: [Layer], rows: Int, _ memory: Memory) -> [pith_stack_layer] {
    layers.map { l in
      var c = pith_stack_layer()
      (c.n, c.k, c.has_relu) = (Int64(l.n), Int64(l.k), l.hasReLU ? 1 : 0)
      (c.weight, c.bias) = (memory.copy(l.weight), l.bias.flatMap(memory.copy))
      c.y = memory.numbers(rows * l.n)
      let count = l.n * l.k
      c.dw = (memory.numbers(count), memory.numbers(count), memory.numbers(count))
      c.db = (memory.numbers(l.n), memory.numbers(l.n), memory.numbers(l.n))
      return c
    }
  }

  private func isClose(_ found: UnsafePointer<Float>?, _ expected: [Double]) -> Bool {
    guard let found else { return false }
    return expected.indices.allSatisfy { abs(Double(found[$0]) - expected[$0]) <= 2e-5 * (1 + abs(expected[$0])) }
  }

  @Test("forward and back", arguments: [([64, 128, 64, 10], 211), ([37, 100, 45, 7], 61), ([5, 33, 81], 12), ([130, 3, 17], 450)])
  func loops(_ widths: [Int], _ rows: Int) throws {
    guard pith_stack_is_fast() != 0 else { return }
    var numbers = Numbers()
    for threads in [Int32(1), 3] {
      let before = pith_threads()
      pith_set_threads(threads)
      defer { pith_set_threads(before) }
      let layers = layers(widths, lastHasReLU: threads == 1, &numbers), ldx = widths[0] + 3
      let x = numbers.floats(rows * ldx), dy = numbers.floats(rows * widths[widths.count - 1])
      let expected = byLoops(layers, x, ldx: ldx, rows: rows, dy)
      let memory = Memory(), c = described(layers, rows: rows, memory), dx = memory.numbers(rows * widths[0])
      let count = Int64(c.count)
      #expect(pith_stack_f32(c, count, x, Int64(ldx), Int64(rows)) == 0)
      #expect(pith_stack_gradients_f32(c, count, x, Int64(ldx), dy, Int64(rows), dx) == 0)
      #expect(isClose(dx, expected.dx))
      for (i, l) in c.enumerated() {
        #expect(isClose(l.y, expected.y[i]))
        #expect(isClose(l.dw.0, expected.dw[i][0]) && isClose(l.dw.1, expected.dw[i][1]) && isClose(l.dw.2, expected.dw[i][2]))
        #expect(isClose(l.db.0, expected.db[i][0]) && isClose(l.db.1, expected.db[i][1]) && isClose(l.db.2, expected.db[i][2]))
      }
    }
  }

  @Test("an output does not depend on the rows beside it, nor on the threads")
  func rows() {
    guard pith_stack_is_fast() != 0 else { return }
    var numbers = Numbers()
    let layers = layers([20, 70, 9], lastHasReLU: false, &numbers), x = numbers.floats(1000 * 20)
    let run = { (rows: Int, threads: Int32) in
      let before = pith_threads()
      pith_set_threads(threads)
      defer { pith_set_threads(before) }
      let memory = Memory()
      var c = self.described(layers, rows: rows, memory)
      c[0].y = nil
      #expect(pith_stack_f32(c, 2, x, 20, Int64(rows)) == 0)
      return (0..<(rows * 9)).map { c[1].y[$0] }
    }
    let all = run(1000, 4)
    #expect(all == run(1000, 1))
    #expect(Array(all.prefix(13 * 9)) == run(13, 1))
    #expect(pith_stack_f32([], 0, x, 20, 1000) == 1)
  }
}
