import Engine
import NN
import Testing

/// Backward rules that stand in for those of operations, on a network small enough to compute by loops.
@Suite struct RulesTests {
  private static let sizes = [3, 6, 5, 2]

  private func network(_ seed: UInt64 = 3) throws -> (net: Sequential, layers: [Linear]) {
    let g = Generator(seed: seed), n = Self.sizes
    let layers = try (0..<3).map { try Linear(n[$0], n[$0 + 1], dtype: .float64, using: g) }
    return (Sequential([layers[0], ReLU(), layers[1], ReLU(), layers[2]]), layers)
  }

  private func input() throws -> Tensor { try Tensor([0.7, -1.2, 0.4, -0.3, 0.9, 1.5], [2, 3]) }

  /// The gradient of the sum of the outputs of one sample, by loops; `gate` is the rule of a ReLU.
  private func byLoops(_ layers: [Linear], _ x: [Double], gate: (_ dy: Double, _ z: Double) -> Double) throws -> [Double] {
    let w = try layers.map { try $0.weight.value.doubles() }, b = try layers.map { try $0.bias?.value.doubles() ?? [] }
    var a = x, before: [[Double]] = []
    for k in 0..<3 {
      let (m, n) = (Self.sizes[k], Self.sizes[k + 1])
      let z = (0..<n).map { o in b[k][o] + (0..<m).reduce(0) { $0 + w[k][o * m + $1] * a[$1] } }
      before.append(z)
      a = z.map { max($0, 0) }
    }
    var d = [Double](repeating: 1, count: Self.sizes[3])
    for k in (0..<3).reversed() {
      let (m, n) = (Self.sizes[k], Self.sizes[k + 1])
      if k < 2 { d = zip(d, before[k]).map(gate) }
      d = (0..<m).map { i in (0..<n).reduce(0) { $0 + w[k][$1 * m + i] * d[$1] } }
    }
    return d
  }

  private func check(_ rules: Rules, fused: Bool = false, gate: (_ dy: Double, _ z: Double) -> Double) throws {
    let (net, layers) = try network()
    let x = try input(), run = Run(generator: Generator(seed: 0))
    let y = try Recording.with(.everything) { try run(net, x) }
    let dx = try #require(try y.gradients(with: [x], seed: Tensor.ones(y.shape, .float64), rules: rules)[0])
    let numbers = try x.doubles()
    let expected = try byLoops(layers, Array(numbers[..<3]), gate: gate) + byLoops(layers, Array(numbers[3...]), gate: gate)
    #expect(try isClose(dx, expected, 1e-12))
    // The same written with functions rather than layers.
    let plain = try Recording.with(.everything) {
      try x.linear(layers[0].weight.value, layers[0].bias?.value).relu().linear(through: [LinearLayer(layers[1].weight.value, layers[1].bias?.value, hasReLU: true)])
        .linear(layers[2].weight.value, layers[2].bias?.value)
    }
    let again = try #require(try plain.gradients(with: [x], seed: Tensor.ones(y.shape, .float64), rules: rules)[0])
    #expect(try again.doubles() == dx.doubles())
  }

  @Test("no rule: the gradient") func none() throws { try check(Rules()) { dy, z in z > 0 ? dy : 0 } }

  /// Springenberg et al. 2014.
  @Test("guided backprop") func guided() throws {
    try check(.replacing(ReLUOp.self) { dy, x, _ in [try dy.relu() * x[0].step()] }) { dy, z in z > 0 ? max(dy, 0) : 0 }
  }

  /// Zeiler and Fergus 2013.
  @Test("deconvnet") func deconvnet() throws {
    try check(.replacing(ReLUOp.self) { dy, _, _ in [try dy.relu()] }) { dy, _ in max(dy, 0) }
  }

  @Test("what the operation's own rule says can be asked")
  func standard() throws {
    try check(.replacing(ReLUOp.self, step: { step in try step.standard(step.gradient * 2) })) { dy, z in z > 0 ? 2 * dy : 0 }
  }

  @Test("a rule in one layer leaves the others alone")
  func inModule() throws {
    let (net, layers) = try network()
    let x = try input(), run = Run(generator: Generator(seed: 0))
    let y = try Recording.with(.everything) { try run(net, x) }
    let seed = try Tensor.ones(y.shape, .float64)
    let rules = Rules.replacing(LinearOp.self, in: layers[1], step: { step in try step.standard(step.gradient).map { try $0.map { try $0 * 3 } } })
    let plain = try #require(try y.gradients(with: [x], seed: seed)[0])
    let tripled = try #require(try y.gradients(with: [x], seed: seed, rules: rules)[0])
    #expect(try isClose(tripled, (plain * 3).doubles(), 1e-12))
  }

  @Test("the call of a module as a whole is replaced, and its inside is not asked")
  func ofModule() throws {
    let (net, layers) = try network()
    let x = try input(), run = Run(generator: Generator(seed: 0))
    let y = try Recording.with(.everything) { try run(net, x) }
    var insideCalls = 0
    let rules = Rules.replacing(layers[1]) { dy, inputs, output in
      #expect(inputs[0].shape == [2, 6] && output.shape == [2, 5] && dy.shape == [2, 5])
      return [try Tensor.full([2, 6], 2, .float64)]
    }.replacing(LinearOp.self, in: layers[1], step: { insideCalls += 1; return try $0.standard($0.gradient) })
    let dx = try #require(try y.gradients(with: [x], seed: Tensor.ones(y.shape, .float64), rules: rules)[0])
    let hidden = try x.linear(layers[0].weight.value, layers[0].bias?.value)
    let expected = try hidden.step().matmul(layers[0].weight.value) * 2
    #expect(try isClose(dx, expected.doubles(), 1e-12))
    #expect(insideCalls == 0)
  }

  @Test("a replaced gradient can be differentiated again")
  func second() throws {
    let x = try Tensor([0.5, 2.0])
    let rules = Rules.replacing(ReLUOp.self) { dy, x, _ in [try dy * x[0].square()] }
    let y = try Recording.with(.everything) { try x.relu() }
    let seed = try Tensor.ones([2], .float64)
    let dx = try #require(try Recording.with(.all) { try y.gradients(with: [x], seed: seed, keepsHistory: true, rules: rules)[0] })
    #expect(try dx.doubles() == [0.25, 4])
    #expect(try dx.gradients(with: [x], seed: seed)[0]?.doubles() == [1, 4])
  }

  @Test("a rule is never passed over in silence")
  func errors() throws {
    let (net, layers) = try network()
    let x = try input(), run = Run(generator: Generator(seed: 0))
    let seed = try Tensor.ones([2, 2], .float64)
    let rules = Rules.replacing(ReLUOp.self) { dy, _, _ in [dy] }
    let fused = try Recording.with(.all) { try run(net, x) }
    #expect(throws: TensorError.self) { try fused.gradients(with: [x], seed: seed, rules: rules) }
    let thin = try Recording.with(.all) { try x.relu() }
    #expect(throws: TensorError.self) { try thin.gradients(with: [x], seed: Tensor.ones([2, 3], .float64), rules: rules) }
    let whole = try Recording.with(.everything) { try run(net, x) }
    let short = Rules.replacing(ReLUOp.self) { _, _, _ in [] }
    #expect(throws: TensorError.self) { try whole.gradients(with: [x], seed: seed, rules: short) }
    let wrong = Rules.replacing(layers[1]) { _, _, _ in [try Tensor.ones([4], .float64)] }
    #expect(throws: TensorError.self) { try whole.gradients(with: [x], seed: seed, rules: wrong) }
    #expect(try whole.gradients(with: [x], seed: seed)[0] != nil)
  }
}
