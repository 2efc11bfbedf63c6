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

  /// Eight steps in double precision, from PyTorch 2.13.
  static let torch: [(String, OptimiserKind, @Sendable () -> OptimiserArguments, [Double])] = [
    ("adadelta", .adadelta, { made(.init(lr: 0.5, weightDecay: 0.1, eps: 1e-4)) { $0.rho = 0.8 } },
      [0.6888192033893159, -1.3262133126174227, 2.071677330676856, 0.059902910134582536, 0.030596156667679005]),
    ("adagrad", .adagrad, { made(.init(lr: 0.1, weightDecay: 0.1)) { ($0.lrDecay, $0.initialAccumulatorValue) = (0.2, 0.5) } },
      [0.7703372143148643, -1.2512129907775458, 2.0642047874004303, 0.03651209840227321, -0.03687813816985719]),
    ("adamax", .adamax, { .init(lr: 0.05, weightDecay: 0.1, betas: [0.8, 0.95]) },
      [0.7691503679159329, -1.3439232734184419, 1.9862905085013869, -0.03711890565210059, -0.10123352635127889]),
    ("asgd", .asgd, { made(.init(lr: 0.1, weightDecay: 0.1, alpha: 0.6)) { ($0.lambd, $0.t0) = (0.01, 3) } },
      [1.6270585426341555, -0.43440702568301476, 2.539294045601212, 0.4778284772840412, 0.2482480809382154]),
    ("rprop", .rprop, { made(.init(lr: 0.02)) { ($0.etas, $0.stepSizes) = ([0.4, 1.3], [1e-3, 0.05]) } },
      [0.8237400000000002, -1.41795176, 2.04804824, 0.04804824000000002, 0.0048482400000000175]),
    ("nadam", .nadam, { made(.init(lr: 0.05, weightDecay: 0.1)) { $0.momentumDecay = 0.01 } },
      [0.9327694827754696, -1.1704932761747835, 2.1772915542821374, 0.1475374903143062, 0.059825282690070106]),
    ("nadam decoupled", .nadam, { made(.init(lr: 0.05, weightDecay: 0.1, maximize: true)) { $0.decoupledWeightDecay = true } },
      [0.057210704309825854, -1.7538664341470764, 1.6872099841607167, -0.14730246059003682, -0.05844715527675309]),
    ("radam", .radam, { .init(lr: 0.05, weightDecay: 0.1) },
      [0.6256289923094803, -1.3993067050721717, 1.9379353767235787, -0.08728209338452379, -0.16230722469480055]),
    ("radam decoupled", .radam, { made(.init(lr: 0.05, weightDecay: 0.1, betas: [0.8, 0.9])) { $0.decoupledWeightDecay = true } },
      [0.668795824304842, -1.327342037679675, 1.95878075946335, -0.04204456037093521, -0.1256171498303996]),
  ]

  /// The same for other shapes: each gradient is `0.3 (i + 1) - 0.4 step + 0.2 (7 i mod 5)`.
  static let shaped: [(String, OptimiserKind, [Int], @Sendable () -> OptimiserArguments, [Double])] = [
    ("adafactor", .adafactor, [5], { .init() },
      [0.6086546938895949, -1.4400914921631225, 2.0090630863644683, 0.030374921609701875, -0.014763215365720157]),
    ("adafactor of rows", .adafactor, [5], { factored },
      [-7.989481338622531, -7.840656704560439, -2.9361725773210665, -5.550511139946315, -2.1733862001045403]),
    ("adafactor of a matrix", .adafactor, [2, 3], { .init() },
      [0.6087600844739152, -1.4499823456869891, 1.9966177518710153, 0.017041663497818188, -0.01778485466363993, 0.715423296948831]),
    ("adafactor of a matrix, all said", .adafactor, [2, 3], { factored },
      [-8.764469980269286, -7.685251254849377, -1.6911092338781832, -4.717303316499203, -1.0544172272330834, -5.478162475395654]),
    ("adafactor of matrices", .adafactor, [2, 2, 3], { .init() },
      [0.8113534766505488, -1.3431471230726695, 2.0109274417106096, 0.06690201355059151, -0.03249703553514407, 0.7689090048449237,
       0.9285935241083514, 1.8378000500904026, 2.8900924726546844, 3.8362353579322686, 4.873146610637201, 5.827506259473544]),
    ("muon", .muon, [2, 3], { .init() },
      [0.5048288270143496, -1.4968211058403853, 1.9955502970039019, -0.00014548778673976258, -0.004526302414115598, 0.6978053537985875]),
    ("muon, all said", .muon, [2, 3], { made(.init(lr: 0.05, momentum: 0.8, weightDecay: 0.01, nesterov: false)) { $0.rateAdjustment = .matchRmsAdamw } },
      [0.5863791986938921, -1.4575709903837926, 1.9411308591035195, -0.005722484077713938, -0.09221351063648298, 0.6769425839822596]),
    ("muon of a tall matrix", .muon, [3, 2], { .init(lr: 0.1) },
      [1.017440093377878, -1.550082573589351, 1.5571270884378159, 0.23068721611417842, -0.2858432166028509, 0.4287848227314179]),
  ]

  private static var factored: OptimiserArguments {
    made(.init(lr: 0.5, weightDecay: 0.1, maximize: true)) { ($0.beta2Decay, $0.bounds, $0.d) = (-0.5, [1e-3, 0.01], 1.5) }
  }

  @Test("steps of matrices are PyTorch's", arguments: shaped.indices, [DType.float32, .float64])
  func shapedSteps(_ index: Int, _ dtype: DType) throws {
    let (name, kind, shape, arguments, expected) = Self.shaped[index], n = expected.count
    let starts: [Int: [Double]] = [5: [0.5, -1.5, 2, 0, 1e-3], 6: [0.5, -1.5, 2, 0, 1e-3, 0.7], 12: [0.5, -1.5, 2, 0, 1e-3, 0.7, 1, 2, 3, 4, 5, 6]]
    let parameter = NN.Parameter(try Tensor(#require(starts[n]), shape).to(dtype)), optimiser = try kind.make(arguments()), journal = Journal()
    for step in 1...8 {
      let g = (0..<n).map { i -> Double in
        let rise = Double(i + 1) * 0.3, bend = Double(i * 7 % 5) * 0.2
        return rise + bend - Double(step) * 0.4
      }
      try optimiser.step([parameter], [try Tensor(g, shape).to(dtype)], journal)
    }
    // Muon's directions have the three digits of bfloat16, of which the last may round the other way, times the rates of eight steps.
    #expect(try isClose(parameter.value, expected, kind == .muon ? (name == "muon" ? 1e-4 : 4e-3) : dtype == .float64 ? 1e-12 : 5e-6), "\(name)")
  }

  @Test("an optimiser of matrices says so")
  func matricesOnly() throws {
    let optimiser = try OptimiserKind.muon.make(), journal = Journal()
    let error = #expect(throws: TensorError.self) { try optimiser.step([NN.Parameter(try Tensor([1.0]))], [try Tensor([1.0])], journal) }
    #expect(error?.description.contains("two dimensions") == true)
  }

  private static func made(_ arguments: OptimiserArguments, _ set: (inout OptimiserArguments) -> Void) -> OptimiserArguments {
    var out = arguments
    set(&out)
    return out
  }

  @Test("steps are PyTorch's", arguments: torch.indices, [DType.float32, .float64])
  func torchSteps(_ index: Int, _ dtype: DType) throws {
    let (name, kind, arguments, expected) = Self.torch[index]
    let parameter = NN.Parameter(try Tensor([0.5, -1.5, 2.0, 0.0, 1e-3]).to(dtype)), optimiser = try kind.make(arguments()), journal = Journal()
    for step in 1...8 {
      let g = (0..<5).map { Double($0 + 1) * 0.3 - Double(step) * 0.4 }
      try optimiser.step([parameter], [try Tensor(g).to(dtype)], journal)
    }
    // NAdam keeps its product in double precision where PyTorch's default is that, and in single precision here, as PyTorch's own default.
    #expect(try isClose(parameter.value, expected, dtype == .float64 ? (kind == .nadam ? 1e-7 : 1e-13) : 2e-6), "\(name)")
  }

  @Test("what is remembered comes back under PyTorch's names", arguments: OptimiserKind.allCases.filter { $0 != .lbfgs })
  func memory(_ kind: OptimiserKind) throws {
    var arguments = OptimiserArguments(lr: 0.05)
    if kind == .sgd || kind == .rmsprop { arguments.momentum = 0.9 }
    if kind == .rmsprop { arguments.centered = true }
    if kind == .adam { arguments.amsgrad = true }
    let journal = Journal(), first = NN.Parameter(try Tensor([0.5, -1.5], [1, 2])), second = NN.Parameter(try Tensor([0.5, -1.5], [1, 2]))
    let whole = try kind.make(arguments), broken = try kind.make(arguments), resumed = try kind.make(arguments)
    func gradient(_ step: Int) throws -> Tensor { try Tensor([0.3 - Double(step), 0.2 * Double(step)], [1, 2]) }
    for step in 1...3 { try whole.step([first], [gradient(step)], journal) }
    for step in 1...2 { try broken.step([second], [gradient(step)], journal) }
    let state = try broken.state(of: second)
    #expect(state.first?.name == "step" && Set(state.map(\.name)).count == state.count)
    try resumed.restore(Dictionary(uniqueKeysWithValues: state.map { ($0.name, $0.tensor) }), of: second)
    try resumed.step([second], [gradient(3)], journal)
    #expect(try first.value.doubles() == second.value.doubles())
    #expect(throws: TensorError.self) { try kind.make(arguments).restore(["step": Tensor([1.5], [])], of: second) }
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
    #expect(throws: TensorError.self) { try OptimiserKind.adadelta.make(Self.made(.init()) { $0.rho = 1.5 }) }
    #expect(throws: TensorError.self) { try OptimiserKind.adam.make(Self.made(.init()) { $0.lrDecay = 0.1 }) }
    _ = try OptimiserKind.adam.make(.init(momentum: 0))
  }
}
