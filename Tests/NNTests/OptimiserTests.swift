import Builtins
import Engine
import NN
import Testing

@Suite struct OptimiserTests {
  struct Case: Sendable {
    let name: String
    let kind: OptimiserKind
    let arguments: @Sendable () -> OptimiserArguments
    let rule: @Sendable () -> (Double, Double, Int) -> Double
  }

  static let cases: [Case] = [
    plain("sgd", .sgd, { .init(lr: 0.1) }) { $0.lr = 0.1; return $0.sgd },
    plain("momentum", .sgd, { .init(lr: 0.1, momentum: 0.9, dampening: 0.3, weightDecay: 0.01) }) { ($0.momentum, $0.dampening, $0.decay) = (0.9, 0.3, 0.01); return $0.sgd },
    plain("nesterov", .sgd, { .init(lr: 0.1, momentum: 0.9, nesterov: true, maximize: true) }) { ($0.momentum, $0.nesterov, $0.maximize) = (0.9, true, true); return $0.sgd },
    plain("adam", .adam, { .init() }) { $0.lr = 1e-3; return $0.adam },
    plain("adam with decay", .adam, { .init(lr: 0.02, weightDecay: 0.1, betas: [0.8, 0.95], eps: 1e-4, maximize: true) }) {
      ($0.lr, $0.decay, $0.beta1, $0.beta2, $0.eps, $0.maximize) = (0.02, 0.1, 0.8, 0.95, 1e-4, true)
      return $0.adam
    },
    plain("amsgrad", .adam, { .init(lr: 0.02, amsgrad: true) }) { ($0.lr, $0.amsgrad) = (0.02, true); return $0.adam },
    plain("adamw", .adamw, { .init() }) { ($0.lr, $0.isDecoupled, $0.decay) = (1e-3, true, 0.01); return $0.adam },
    plain("rmsprop", .rmsprop, { .init() }) { $0.lr = 1e-2; return $0.rmsprop },
    plain("rmsprop centered", .rmsprop, { .init(lr: 0.01, momentum: 0.5, weightDecay: 0.1, eps: 1e-3, alpha: 0.9, centered: true) }) {
      ($0.lr, $0.momentum, $0.decay, $0.eps, $0.alpha, $0.centered) = (0.01, 0.5, 0.1, 1e-3, 0.9, true)
      return $0.rmsprop
    },
  ]

  private static func plain(
    _ name: String, _ kind: OptimiserKind, _ arguments: @escaping @Sendable () -> OptimiserArguments,
    _ set: @escaping @Sendable (PlainRule) -> (Double, Double, Int) -> Double
  ) -> Case {
    Case(name: name, kind: kind, arguments: arguments, rule: { set(PlainRule()) })
  }

  @Test("steps are those of the written rules", arguments: cases, [DType.float32, .float64])
  func steps(_ c: Case, _ dtype: DType) throws {
    let start = [0.5, -1.5, 2.0, 0.0, 1e-3], journal = Journal()
    let parameters = [NN.Parameter(try Tensor(start).to(dtype)), NN.Parameter(try Tensor([3.0]).to(dtype))]
    let optimiser = try c.kind.make(c.arguments()), rule = c.rule()
    var expected = start
    for step in 1...6 {
      let g = start.indices.map { Double($0 + 1) * 0.3 - Double(step) * 0.4 }
      try optimiser.step(parameters, [try Tensor(g).to(dtype), nil], journal)
      expected = expected.indices.map { rule(expected[$0], g[$0], $0) }
      // Rounding of six steps.
      #expect(try isClose(parameters[0].value, expected, dtype == .float64 ? 1e-12 : 5e-6), "\(c.name), step \(step)")
    }
    #expect(try parameters[1].value.doubles() == [3])
    journal.rollBack()
    #expect(try isClose(parameters[0].value, start, 1e-7))
  }

  @Test("a parameter that joins later starts its own count")
  func late() throws {
    let (a, b) = (NN.Parameter(try Tensor([1.0])), NN.Parameter(try Tensor([1.0]))), journal = Journal(), g = try Tensor([0.5])
    let optimiser = try OptimiserKind.adam.make()
    try optimiser.step([a], [g], journal)
    try optimiser.step([a, b], [nil, g], journal)
    // The first step of Adam is lr, whatever the gradient.
    #expect(try isClose(b.value, [1 - 1e-3], 1e-9))
    try optimiser.step([b, a], [nil, g], journal)
    #expect(try isClose(a.value, [1 - 2e-3], 1e-9))
  }

  @Test("a parameter that does not lie in one row of memory is written all the same")
  func strided() throws {
    let p = NN.Parameter(try Tensor([1.0, 2, 3, 4, 5, 6], [2, 3]).transpose(0, 1))
    try OptimiserKind.sgd.make(.init(lr: 1)).step([p], [try Tensor([1.0, 2, 3, 4, 5, 6], [3, 2])], Journal())
    #expect(try p.value.doubles() == [0, 2, -1, 1, -2, 0])
  }

  @Test("arguments out of range or foreign are named")
  func refusals() throws {
    #expect(throws: TensorError.self) { try OptimiserKind.adam.make(.init(momentum: 0.9)) }
    #expect(throws: TensorError.self) { try OptimiserKind.sgd.make(.init(betas: [0.9, 0.9])) }
    #expect(throws: TensorError.self) { try OptimiserKind.sgd.make(.init(lr: -1)) }
    #expect(throws: TensorError.self) { try OptimiserKind.sgd.make(.init(lr: .nan)) }
    #expect(throws: TensorError.self) { try OptimiserKind.adam.make(.init(betas: [0.9, 1])) }
    #expect(throws: TensorError.self) { try OptimiserKind.adam.make(.init(betas: [0.9])) }
    #expect(throws: TensorError.self) { try OptimiserKind.sgd.make(.init(nesterov: true)) }
    _ = try OptimiserKind.adam.make(.init(momentum: 0))
  }
}
