import Builtins
@testable import Engine
import Testing

/// Attention and recurrence: the fused rules against their definitions in plain operations, and derivatives.
@Suite struct SequenceTests {
  private static func numbers(_ shape: [Int], _ seed: UInt64, _ dtype: DType = .float32, _ range: ClosedRange<Double> = -1...1) throws -> Tensor {
    var numbers = Numbers(seed: seed)
    return try numbers.tensor(shape, in: range).to(dtype).requiringGrad()
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let q: [Int], k: [Int], v: [Int]
    var mask: [Int]?, isBool = false, isCausal = false, isTurned = false
    var testDescription: String { "\(q) \(k) \(v) \(mask.map { "\($0)" } ?? "")\(isBool ? " bool" : "")\(isCausal ? " causal" : "")" }
  }

  /// Among them groups that do not divide the heads, and rows in blocks with a rest.
  static let cases: [Case] = [
    .init(q: [2, 3, 5, 4], k: [2, 3, 7, 4], v: [2, 3, 7, 6]), .init(q: [5, 4], k: [7, 4], v: [7, 2]), .init(q: [3, 5, 4], k: [1, 7, 4], v: [7, 6]),
    .init(q: [2, 1, 2, 5, 4], k: [2, 2, 2, 7, 4], v: [2, 2, 2, 7, 3]), .init(q: [2, 3, 6, 4], k: [2, 3, 6, 4], v: [2, 3, 6, 4], isCausal: true),
    .init(q: [2, 3, 5, 4], k: [2, 3, 7, 4], v: [2, 3, 7, 4], mask: [5, 7]), .init(q: [2, 3, 5, 4], k: [2, 3, 7, 4], v: [2, 3, 7, 4], mask: [2, 1, 1, 7]),
    .init(q: [2, 3, 5, 4], k: [2, 3, 7, 4], v: [2, 3, 7, 4], mask: [5, 1], isBool: true),
    .init(q: [2, 3, 5, 4], k: [2, 3, 7, 4], v: [2, 3, 7, 4], mask: [2, 1, 5, 7], isBool: true),
    .init(q: [5, 2, 3, 4], k: [7, 2, 3, 4], v: [7, 2, 3, 4], isTurned: true), .init(q: [7, 64, 16], k: [7, 150, 16], v: [7, 150, 8]),
    .init(q: [2, 70, 8], k: [2, 2100, 8], v: [2, 2100, 8], mask: [70, 2100]), .init(q: [1, 300, 8], k: [1, 300, 8], v: [1, 300, 8], isCausal: true),
  ]

  @Test("fused attention agrees with its definition, forward and backward", arguments: cases)
  func attention(_ test: Case) throws {
    var x = [try Self.numbers(test.q, 1), try Self.numbers(test.k, 2), try Self.numbers(test.v, 3)]
    let leaves = x
    if test.isTurned { x = try x.map { try $0.permute([1, 2, 0, 3]) } }
    var mask: Tensor?
    if let shape = test.mask {
      mask = try Self.numbers(shape, 4).detached()
      // The first query of a mask of truths sees nothing.
      if test.isBool { mask = try mask?.gt(-0.3) }
    }
    let g = Generator(seed: 0)
    let y = try x[0].attention(x[1], x[2], mask: mask, isCausal: test.isCausal, using: g)
    let wide = try x.map { try $0.to(.float64) }
    let slow = try wide[0].attention(wide[1], wide[2], mask: mask.map { try $0.dtype == .bool ? $0 : $0.to(.float64) }, isCausal: test.isCausal, using: g)
    let distance = try y.to(.float64).distance(to: slow)
    #expect(distance < 2e-6)
    let seed = try Self.numbers(y.shape, 5).detached()
    let fast = try y.gradients(with: leaves, seed: seed), plain = try slow.gradients(with: leaves, seed: seed.to(.float64))
    for (a, b) in zip(fast, plain) { #expect(try #require(a).to(.float64).distance(to: #require(b).to(.float64)) < 2e-5) }
    // Kept history goes through the definition.
    let kept = try y.gradients(with: leaves, seed: seed, keepsHistory: true)
    for (a, b) in zip(fast, kept) { #expect(try #require(a).distance(to: #require(b)) < 2e-5) }
  }

  @Test("one tensor that is query, key and value gets its gradient once for each")
  func oneForAll() throws {
    let x = try Self.numbers([2, 5, 4], 1), g = Generator(seed: 0), y = try x.attention(x, x, using: g)
    let seed = try Self.numbers(y.shape, 5).detached()
    let fast = try #require(y.gradients(with: [x], seed: seed)[0]), kept = try #require(y.gradients(with: [x], seed: seed, keepsHistory: true)[0])
    #expect(try fast.distance(to: kept) < 1e-5)
    let packed = try Tensor.stack([x, x, x], 0).unsqueeze(2), z = try packed.packedAttention(mask: nil, isCausal: false, dropout: 0, using: g)
    #expect(try z.squeeze([1]).distance(to: y) < 1e-6)
    let again = try #require(z.squeeze([1]).gradients(with: [x], seed: seed)[0])
    #expect(try fast.distance(to: again) < 1e-5)
    let second = try #require(z.squeeze([1]).gradients(with: [x], seed: seed, keepsHistory: true)[0])
    #expect(try fast.distance(to: second) < 1e-5)
  }

  @Test("attention says what does not fit")
  func attentionErrors() throws {
    let g = Generator(seed: 0), q = try Tensor.zeros([2, 5, 4])
    #expect(error { _ = try q.attention(Tensor.zeros([2, 5, 3]), q, using: g) }?.description.contains("keys of the size of the queries, 4") == true)
    #expect(error { _ = try q.attention(q, Tensor.zeros([2, 6, 4]), using: g) }?.description.contains("each of the 5 keys") == true)
    #expect(error { _ = try q.attention(q, q, mask: Tensor.zeros([4, 5]), using: g) }?.description.contains("[2, 5, 5]") == true)
    #expect(error { _ = try q.attention(q, q, mask: Tensor.zeros([5, 5]), isCausal: true, using: g) } != nil)
    #expect(error { _ = try q.attention(Tensor.zeros([3, 5, 4]), q, using: g) } != nil)
    #expect(try q.attention(Tensor.zeros([2, 0, 4]), Tensor.zeros([2, 0, 3]), using: g).shape == [2, 5, 3])
  }

  static let kinds: [Recurrence] = [.tanh, .relu, .gru, .lstm]

  /// Weights of 3 inputs and `size` units, from `seed` on.
  private static func weights(_ kind: Recurrence, _ size: Int, inputs: Int, hasBias: Bool, _ dtype: DType) throws -> [Tensor] {
    let wide = kind.gates * size
    return try [numbers([wide, inputs], 11, dtype, -0.5...0.5), numbers([wide, size], 12, dtype, -0.5...0.5)]
      + (hasBias ? [numbers([wide], 13, dtype), numbers([wide], 14, dtype)] : [])
  }

  private static func run(_ kind: Recurrence, _ x: [Tensor], hasBias: Bool, isReversed: Bool, isPlain: Bool) throws -> Tensor {
    let w = RecurrentWeights(input: x[3], hidden: x[4], inputBias: hasBias ? x[5] : nil, hiddenBias: hasBias ? x[6] : nil)
    let cell = kind.hasCell ? x[2] : nil
    let result = try isPlain
      ? kind.composed(x[0], w, state: x[1], cell: cell, isReversed: isReversed)
      : kind.run(x[0], w, state: x[1], cell: cell, isReversed: isReversed)
    // The output, its last state and the last cell, each with weights of its own.
    return try weightedSum([result.output, result.state] + [result.cell].compactMap { $0 })
  }

  @Test("a fused recurrent layer agrees with its definition", arguments: kinds, [false, true])
  func recurrent(_ kind: Recurrence, _ isReversed: Bool) throws {
    for (hasBias, size, rows) in [(true, 5, 3), (false, 64, 20)] {
      let x = try [Self.numbers([6, rows, 3], 1), Self.numbers([rows, size], 2), Self.numbers([rows, size], 3)]
        + Self.weights(kind, size, inputs: 3, hasBias: hasBias, .float32)
      let fast = try Self.run(kind, x, hasBias: hasBias, isReversed: isReversed, isPlain: false)
      let slow = try Self.run(kind, x, hasBias: hasBias, isReversed: isReversed, isPlain: true)
      #expect(try abs(fast.item() - slow.item()) < 1e-4 * (1 + abs(slow.item())))
      for (a, b) in try zip(fast.gradients(with: x), slow.gradients(with: x)) {
        guard let a, let b else {
          #expect(a == nil && b == nil)
          continue
        }
        let scale = try 1 + b.abs().amax().item()
        #expect(try a.distance(to: b) < 2e-5 * scale)
      }
    }
  }

  @Test("derivatives of a recurrent layer agree with central differences", arguments: [Recurrence.tanh, .gru, .lstm], [false, true])
  func recurrentDerivatives(_ kind: Recurrence, _ isReversed: Bool) throws {
    let states = try [Self.numbers([1, 2], 2, .float64)] + (kind.hasCell ? [Self.numbers([1, 2], 3, .float64)] : [])
    let x = try [Self.numbers([2, 1, 2], 1, .float64)] + states + Self.weights(kind, 2, inputs: 2, hasBias: true, .float64)
    let count = states.count
    try checkGradients(
      of: { x in
        try Self.run(kind, [x[0], x[1], x[count]] + x[(1 + count)...], hasBias: true, isReversed: isReversed, isPlain: false)
      }, at: x, "\(kind)")
  }

  @Test("batches of small products agree with products one by one")
  func batches() throws {
    let a = try Self.numbers([2, 3, 5, 4], 1), b = try Self.numbers([2, 3, 6, 4], 2)
    let y = try a.matmul(b.transpose(-1, -2))
    for i in 0..<2 { for j in 0..<3 {
      let one = try a.select(0, i).select(0, j).matmul(b.select(0, i).select(0, j).transpose(0, 1))
      #expect(try y.select(0, i).select(0, j).contiguous().distance(to: one) < 1e-6)
    } }
    let turned = try a.permute([1, 0, 2, 3]).matmul(b.permute([1, 0, 3, 2]))
    #expect(try turned.permute([1, 0, 2, 3]).contiguous().distance(to: y) < 1e-6)
  }
}
