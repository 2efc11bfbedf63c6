import Builtins
@testable import Engine
import Testing

private let isPossible: Bool = {
  defer { try? ProductPrecision.float32.use() }
  return (try? ProductPrecision.bf16.use()) != nil
}()

/// Products whose operands are rounded to bfloat16, against float64 on rounded numbers.
@Suite(.enabled(if: isPossible, "the processor has no such products")) struct Bfloat16Tests {

  private func rounding<T>(_ body: () throws -> T) throws -> T {
    try ProductPrecision.bf16.use()
    defer { try? ProductPrecision.float32.use() }
    return try body()
  }

  /// Sums of float32 against sums of float64.
  private func check(_ y: Tensor, _ exact: Tensor, _ what: String) throws {
    #expect(y.dtype == .float32 && exact.dtype == .float64)
    #expect(try y.to(.float64).distance(to: exact) < 2e-5, "\(what)")
  }

  private func pair(_ numbers: inout Numbers, _ shape: [Int]) throws -> (single: Tensor, rounded: Tensor) {
    let x = try numbers.tensor(shape).to(.float32)
    return (x, try x.bfloat16().to(.float64))
  }

  /// What PyTorch gives for `.bfloat16().float()`, and for a number that rounds up to infinity.
  @Test func rounds() throws {
    let x: [Float] = [0.1, 1.0 / 3, 3.3895e38, -2.7182818, 1.00390625, 1.01171875, Float(bitPattern: 71362), .infinity, 3.4e38, .nan]
    let expected: [Float] = [0.10009765625, 0.333984375, 3.3895313892515355e+38, -2.71875, 1, 1.015625, Float(bitPattern: 65536), .infinity, .infinity]
    let y = try Tensor(x).bfloat16().floats()
    #expect(Array(y.dropLast()) == expected && y[9].isNaN)
  }

  @Test("products of matrices and batches, turned, stretched and strided")
  func products() throws {
    var numbers = Numbers(seed: 5)
    let shapes: [([Int], [Int])] = [([3, 5], [5, 4]), ([600, 33], [33, 17]), ([1, 7], [7, 1]), ([2, 3, 4, 5], [5, 6]), ([2, 1, 4, 5], [3, 5, 2]), ([4, 6, 3], [4, 3, 5])]
    for (left, right) in shapes {
      let (a, ra) = try pair(&numbers, left), (b, rb) = try pair(&numbers, right)
      try check(rounding { try a.matmul(b) }, ra.matmul(rb), "\(left) @ \(right)")
    }
    let (a, ra) = try pair(&numbers, [6, 9]), (b, rb) = try pair(&numbers, [6, 9])
    try check(rounding { try a.transpose(0, 1).matmul(b) }, ra.transpose(0, 1).matmul(rb), "turned on the left")
    try check(rounding { try a.matmul(b.transpose(0, 1)) }, ra.matmul(rb.transpose(0, 1)), "turned on the right")
    let cut = try a.narrow(1, 2, 5), roundedCut = try ra.narrow(1, 2, 5)
    try check(rounding { try cut.matmul(b.narrow(1, 1, 5).transpose(0, 1)) }, roundedCut.matmul(rb.narrow(1, 1, 5).transpose(0, 1)), "cut out")
    #expect(try rounding { try Tensor.zeros([2, 0]).matmul(Tensor.zeros([0, 3])) }.doubles() == [0, 0, 0, 0, 0, 0])
  }

  @Test("linear layers and their gradients")
  func linear() throws {
    var numbers = Numbers(seed: 6)
    let (x, rx) = try pair(&numbers, [40, 12]), (w, rw) = try pair(&numbers, [7, 12]), (dy, rdy) = try pair(&numbers, [40, 7])
    let b = try numbers.tensor([7]).to(.float32), inputs = [x.requiringGrad(), w.requiringGrad(), b.requiringGrad()]
    let y = try rounding { try inputs[0].linear(inputs[1], inputs[2]) }
    try check(y, rx.linear(rw, b.to(.float64)), "output")
    let found = try rounding { try y.gradients(with: inputs, seed: dy) }
    try check(#require(found[0]), rdy.matmul(rw), "dx")
    try check(#require(found[1]), rdy.transpose(0, 1).matmul(rx), "dw")
    let layers = [LinearLayer(w, b, hasReLU: true), LinearLayer(try numbers.tensor([3, 7]).to(.float32), nil)]
    let stacked = try rounding { try x.linear(through: layers) }, hidden = try rx.linear(rw, b.to(.float64)).relu()
    try check(stacked, hidden.to(.float32).bfloat16().to(.float64).linear(layers[1].weight.bfloat16().to(.float64)), "two layers")
  }

  @Test("convolutions and their gradients", arguments: ConvolutionCase.all)
  func convolution(_ test: ConvolutionCase) throws {
    var numbers = Numbers(seed: 7)
    let (x, rx) = try pair(&numbers, test.x), (w, rw) = try pair(&numbers, test.weight), b = try numbers.tensor([test.outputs]).to(.float32)
    func run(_ x: [Tensor]) throws -> Tensor { try x[0].convolved("conv", test.kernel.count, x[1], x[2], test.arguments, relu: false) }
    let single = [x, w, b].map { $0.requiringGrad() }, exact = [rx, rw, try b.to(.float64)].map { $0.requiringGrad() }
    let y = try rounding { try run(single) }, expected = try run(exact)
    try check(y, expected.detached(), "output")
    let (dy, rdy) = try pair(&numbers, expected.shape)
    let found = try rounding { try y.gradients(with: single, seed: dy) }, known = try expected.gradients(with: exact, seed: rdy)
    for i in 0..<3 { try check(#require(found[i]), #require(known[i]), ["dx", "dw", "db"][i]) }
  }

  @Test("recurrent layers, small and large enough to be packed", arguments: [Recurrence.tanh, .relu, .lstm, .gru], [false, true])
  func recurrent(_ kind: Recurrence, _ isReversed: Bool) throws {
    var numbers = Numbers(seed: 9)
    for (steps, rows, inputs, size) in [(4, 3, 5, 6), (3, 16, 8, 48)] {
      func some(_ shape: [Int]) throws -> Tensor { try numbers.tensor(shape, in: -0.5...0.5).to(.float32) }
      let wide = kind.gates * size, shapes = [[steps, rows, inputs], [wide, inputs], [wide, size], [rows, size], [rows, size], [wide], [wide]]
      let given = try shapes.map { try some($0).requiringGrad() }, seed = try some([steps, rows, size])
      func run(_ body: (Tensor, RecurrentWeights, Tensor, Tensor?) throws -> RecurrentResult) throws -> [Tensor] {
        let w = RecurrentWeights(input: given[1], hidden: given[2], inputBias: given[5], hiddenBias: given[6])
        let y = try body(given[0], w, given[3], kind.hasCell ? given[4] : nil).output
        return try [y.detached()] + y.gradients(with: given, seed: seed).compactMap { $0 }
      }
      let quick = try rounding { try run { try kind.run($0, $1, state: $2, cell: $3, isReversed: isReversed) } }
      let plain = try rounding { try run { try kind.composed($0, $1, state: $2, cell: $3, isReversed: isReversed) } }
      let single = try run { try kind.run($0, $1, state: $2, cell: $3, isReversed: isReversed) }
      #expect(quick.count == plain.count && quick.count == (kind.hasCell ? 8 : 7))
      // The order of float32 sums; a number that it moves across a border of bfloat16 moves what follows by a 256th of itself.
      for (i, pair) in zip(quick, plain).enumerated() { #expect(try pair.0.distance(to: pair.1) < 4e-3, "\(kind) \(i)") }
      #expect(try quick[0].distance(to: plain[0]) < 1e-3 && quick[0].distance(to: single[0]) > 1e-5)
    }
  }

  @Test("attention takes the composed way, float64 stays what it is, and the choice is the thread's to take back")
  func rest() throws {
    var numbers = Numbers(seed: 8)
    let q = try numbers.tensor([2, 5, 4]).to(.float32), wide = try numbers.tensor([3, 3])
    let y = try rounding { try q.attention(q, q, using: Generator(seed: 0)) }
    let scores = try (q * 0.5).bfloat16().to(.float64).matmul(q.bfloat16().to(.float64).transpose(1, 2))
    try check(y, scores.softmax(-1).to(.float32).bfloat16().to(.float64).matmul(q.bfloat16().to(.float64)), "attention")
    #expect(try rounding { try wide.matmul(wide) }.doubles() == wide.matmul(wide).doubles())
    #expect(ProductPrecision.current == .float32)
  }
}
