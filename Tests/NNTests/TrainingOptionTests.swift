import Builtins
import Engine
@testable import NN
import Testing

/// Three epochs of SGD with momentum 0.9 on six samples, against the same in PyTorch 2.13, and what is refused.
@Suite struct TrainingOptionTests {
  static let x = [[1.0, 2.0], [-1.0, 0.5], [0.25, -2.0], [1.5, 1.0], [-0.5, -1.0], [2.0, -0.5]], y = [0, 1, 1, 0, 1, 0]

  static func network() throws -> Sequential {
    let g = Generator(seed: 0), journal = Journal()
    let net = try Sequential(named: [("fc1", Linear(2, 3, dtype: .float64, using: g)), ("act", Tanh()), ("fc2", Linear(3, 2, dtype: .float64, using: g))])
    let numbers = [[0.5, -0.25, 0.1, 0.3, -0.4, 0.2], [0.05, -0.1, 0.2], [0.3, -0.2, 0.4, -0.1, 0.25, 0.35], [0.0, 0.1]]
    for ((_, parameter), list) in zip(net.namedParameters, numbers) { try parameter.start(from: Tensor(list, parameter.value.shape), journal) }
    return net
  }

  static func options(_ set: (inout TrainingOptions) -> Void) -> TrainingOptions {
    var options = TrainingOptions()
    (options.epochs, options.batchSize, options.shuffle, options.lr, options.arguments) = (3, 2, false, PatternedNumber(0.1), .init(momentum: 0.9))
    set(&options)
    return options
  }

  static func trainer(_ net: Module, _ options: TrainingOptions, test: Bool = false, seed: UInt64 = 0, journal: Journal = Journal()) throws -> Trainer {
    let x = try Tensor(x.flatMap { $0 }, [6, 2]), y = try Tensor(y)
    return try Trainer(net, x: x, y: y, test: test ? (x, y) : nil, options, run: Run(generator: Generator(seed: seed)), journal: journal)
  }

  static func schedule(_ name: String, _ arguments: [Passed] = []) throws -> any Schedule {
    let declared = try #require(Schedules.all.first { $0.name == name })
    let value = try declared.call((), arguments)
    return try #require(value as? ScheduleValue).schedule
  }

  struct Case: Sendable {
    let name: String
    let expected: [Double]
    let set: @Sendable (inout TrainingOptions) throws -> Void
  }

  static let cases: [Case] = [
    Case(name: "plain", expected: [0.918917351233276, 0.442433063606895, -0.243432141609739, -0.02469287127213, -0.420259587411249, 0.171104151228165, -0.06478554911738, -0.102403496347496, 0.205137774506237, 0.767383641671856, 0.134088031160329, 0.206825974187808, -0.567383641671856, -0.084088031160329, 0.543174025812192, -0.028688689958947, 0.128688689958947]) { _ in },
    // Of three batches the last one makes a step by itself.
    Case(name: "accumulate", expected: [0.723347639118799, 0.061130336265981, -0.162034854231166, 0.097572448037066, -0.397445727397799, 0.205386051522723, -0.004348804425182, -0.102587927733737, 0.201041844532877, 0.51444569749838, 0.014799541570789, 0.252551821641232, -0.31444569749838, 0.035200458429211, 0.497448178358768, -0.022371291860377, 0.122371291860377]) { $0.accumulate = 2 },
    Case(name: "clip_grad_norm", expected: [0.784499665199841, 0.187878362805903, -0.177309305575314, 0.049000378452461, -0.400637859208508, 0.198447475060788, -0.002884688849716, -0.101215672216232, 0.202737698092054, 0.574417032465588, 0.059630960192815, 0.262481384318962, -0.374417032465588, -0.009630960192815, 0.487518615681038, -0.014749561318146, 0.114749561318146]) { $0.clipGradNorm = 0.3 },
    Case(name: "clip_grad_value", expected: [0.819522174488488, 0.09781524390101, -0.195744987444432, 0.04310165206584, -0.403466875526689, 0.193617847864031, -0.019058978682198, -0.101430857348957, 0.20460498218858, 0.528208149698981, 0.063656942342519, 0.267746449459697, -0.328208149698981, -0.013656942342519, 0.482253550540303, -0.026323823192661, 0.126323823192661]) { $0.clipGradValue = 0.1 },
    Case(name: "l1", expected: [0.848623630924913, 0.447615766787145, -0.216589954481872, -0.058032227096798, -0.355015921627628, 0.098834501885372, -0.097672654608674, -0.0335497841102, 0.135680765023719, 0.713428501002601, 0.141384555867222, 0.128053611804119, -0.513428501002601, -0.105140555867222, 0.482475012155881, -0.026882174984203, 0.054600749164203]) { $0.l1 = PatternedNumber(0.02) },
    Case(name: "by pattern", expected: [0.574873462081499, -0.065083660705982, 0.088358368598613, 0.274680830470482, -0.391108824615231, 0.15729178569304, 0.033401127285763, -0.094605316879464, 0.188730621219749, 0.848966202645526, 0.857244222455322, 0.012236247323327, -0.648966202645526, -0.807244222455322, 0.737763752676673, -0.071061051616474, 0.171061051616474]) {
      $0.lr = PatternedNumber([("fc1.*", 0.02), ("*", 0.2)])
      $0.weightDecay = PatternedNumber([("fc1", 0.1)])
    },
    Case(name: "StepLR", expected: [0.705019806072755, 0.065058082418741, -0.106503389122342, 0.10147920310162, -0.392902266765498, 0.209615933165035, 0.023078843919432, -0.100362507779515, 0.202104118452951, 0.480117771697995, 0.007630825863418, 0.309606279497453, -0.280117771697995, 0.042369174136582, 0.440393720502547, -0.006379105290044, 0.106379105290044]) { $0.schedule = try schedule("StepLR", [Passed(nil, 1), Passed(nil, 0.5)]) },
    Case(name: "OneCycleLR", expected: [0.823881432519222, 0.253414089328422, -0.212392575910591, 0.008956918508175, -0.395720551535535, 0.203381961791417, -0.005069833434512, -0.107306442883469, 0.201467893776628, 0.608569025226683, 0.109521377244551, 0.250626027376834, -0.408569025226684, -0.059521377244551, 0.499373972623166, -0.011040992534237, 0.111040992534237]) { $0.schedule = try schedule("OneCycleLR", [Passed(nil, 0.2)]) },
  ]

  @Test("weights are PyTorch's", arguments: cases)
  func torch(_ c: Case) throws {
    let net = try Self.network()
    var options = Self.options { _ in }
    try c.set(&options)
    _ = try Self.trainer(net, options).train()
    #expect(zip(try parameterNumbers(net).flatMap { $0 }, c.expected).allSatisfy { abs($0 - $1) < 2e-14 }, "\(c.name)")
  }

  /// The losses and the first weights of three steps of LBFGS on all samples, from PyTorch 2.13.
  static let newton: [(searches: Bool, history: Int, losses: [Double], weights: [Double])] = [
    (false, 2, [0.7343716547871871, 0.04410789614264069, 0.004449953422850839], [2.2592005593846, 1.34845899275064, -1.80456606239456]),
    (false, 100, [0.7343716547871871, 0.044978629780696194, 0.0047374591742467735], [2.19224652106642, 1.30464852580594, -1.8149939933468]),
    (true, 2, [0.7343716547871871, 0.012351022093278909, 0.0003258714790883802], [3.12835100864273, 2.84193134258698, -3.09047736481829]),
    (true, 100, [0.7343716547871871, 0.012535896647417707, 0.00033562988386942404], [2.90313116994994, 2.61941976228042, -2.57873321739796]),
  ]

  @Test("LBFGS makes PyTorch's steps", arguments: newton.indices)
  func newtonSteps(_ index: Int) throws {
    let (searches, size, losses, weights) = Self.newton[index], net = try Self.network()
    let declared = try #require(Optimisers.all.first { $0.name == "LBFGS" })
    var arguments = [Passed("lr", searches ? 1.0 : 0.5), Passed("max_iter", 5), Passed("history_size", size)]
    if searches { arguments.append(Passed("line_search_fn", "strong_wolfe")) }
    let value = try declared.call((), arguments)
    let choice = try #require(value as? OptimiserChoice)
    let history = try Self.trainer(net, Self.options { ($0.batchSize, $0.lr, $0.optimiser, $0.arguments) = (nil, nil, choice.name, choice.arguments) }).train()
    // A move is a division by a small difference: roundings of 1e-16 grow to some 1e-12.
    #expect(zip(history.epochs.map(\.loss), losses).allSatisfy { abs($0 - $1) < 1e-9 })
    #expect(zip(try parameterNumbers(net)[0], weights).allSatisfy { abs($0 - $1) < 1e-7 })
  }

  @Test("the history knows the rate of each epoch, and shows it where it changes")
  func rates() throws {
    let schedule = try Self.schedule("StepLR", [Passed(nil, 1), Passed(nil, 0.5)])
    let history = try Self.trainer(Self.network(), Self.options { $0.schedule = schedule }).train()
    #expect(history.epochs.map(\.lr) == [0.1, 0.05, 0.025])
    guard case .table(let table) = history.shown else { Issue.record("no table"); return }
    #expect(table.columns.last == "lr" && table.rows[2].last == .number(0.025))
    guard case .table(let plain) = try Self.trainer(Self.network(), Self.options { _ in }).train().shown else { Issue.record("no table"); return }
    #expect(!plain.columns.contains("lr"))
  }

  @Test("early stopping ends it and gives the best parameters back")
  func stopping() throws {
    // Steps that are far too large: after a good start all gets worse.
    let set: @Sendable (inout TrainingOptions) -> Void = { ($0.epochs, $0.lr, $0.arguments) = (60, PatternedNumber(3), .init(momentum: 0.95)) }
    let free = try Self.trainer(Self.network(), Self.options(set), test: true).train()
    let losses = free.epochs.compactMap(\.testLoss), net = try Self.network()
    // The first epoch after which two pass without a better one.
    let found = (0..<losses.count - 2).first { i in min(losses[i + 1], losses[i + 2]) >= (losses[...i].min() ?? 0) }
    let expected = try #require(found)
    let trainer = try Self.trainer(net, Self.options { set(&$0); $0.earlyStopping = 2 }, test: true)
    let history = try trainer.train()
    let best = try #require(history.best)
    #expect(history.isStopped && history.epochs.count == expected + 3 && best.value == losses.prefix(expected + 3).min())
    let again = try Evaluation(net, x: Tensor(Self.x.flatMap { $0 }, [6, 2]), y: Tensor(Self.y), run: Run(generator: Generator(seed: 0)))
    #expect(abs(again.loss - best.value) < 1e-12 && best.isRestored)
    #expect(history.lastLine.contains("stopped early  the test loss was best in epoch \(best.epoch)"))
    let kept = try Self.network()
    let other = try Self.trainer(kept, Self.options { set(&$0); ($0.earlyStopping, $0.restoreBest) = (2, false) }, test: true).train()
    #expect(other.epochs.count == history.epochs.count && other.best?.isRestored == false)
    #expect(try parameterNumbers(kept) != parameterNumbers(net))
  }

  @Test("accuracy is better when larger, errors when smaller")
  func watching() throws {
    let history = try Self.trainer(Self.network(), Self.options { ($0.epochs, $0.earlyStopping, $0.watch) = (40, 3, .metric) }).train()
    #expect(history.isStopped && history.best?.watched == "the training accuracy" && history.best?.value == history.epochs.map(\.metric).max())
  }

  @Test("tracked sums are those of the definitions")
  func tracking() throws {
    let set: @Sendable (inout TrainingOptions) -> Void = { ($0.batchSize, $0.clipGradNorm, $0.arguments) = (nil, 0.3, .init()) }
    // By hand: three steps of gradient descent one by one, with the gradient before it is clipped.
    let twin = try Self.network(), x = try Tensor(Self.x.flatMap { $0 }, [6, 2]), y = try Tensor(Self.y), run = Run(generator: Generator(seed: 0))
    let values = twin.namedParameters.map(\.parameter.value)
    var sums = [[Double]](repeating: [], count: 6), norms: [Double] = []
    for _ in 0..<3 {
      let g = try #require(try run(twin, x).crossEntropy(y).gradients(with: values)[0]).doubles(), before = try values[0].doubles()
      _ = try Self.trainer(twin, Self.options { set(&$0); $0.epochs = 1 }).train()
      let moved = zip(try values[0].doubles(), before).map { $0 - $1 }
      norms.append(g.reduce(0) { $0 + $1 * $1 }.squareRoot())
      func add(_ place: Int, _ list: [Double]) { sums[place] = sums[place].isEmpty ? list : zip(sums[place], list).map { $0 + $1 } }
      add(0, g.map { $0 / 3 })
      add(1, g.map { $0 * $0 / 3 })
      add(2, g.map { abs($0) / 3 })
      add(3, zip(before, g).map { $0 * $1 })
      add(4, zip(g, moved).map { -$0 * $1 })
    }
    let net = try Self.network(), start = try parameterNumbers(net)
    let tracked = try Self.trainer(net, Self.options { set(&$0); $0.track = [.all] }).train()
    let all = try tracked.field("track") as? Record
    let record = try #require(all?["fc1.weight"] as? Record)
    for (place, name) in ["gradient", "squared_gradient", "abs_gradient", "weight_gradient", "path_integral"].enumerated() {
      #expect(try isClose(#require(record[name] as? Tensor), sums[place], 1e-12), "\(name)")
    }
    #expect(try isClose(#require(record["gradient_norm"] as? Tensor), norms, 1e-12))
    #expect(try #require(record["start"] as? Tensor).doubles() == start[0])
    #expect(record["steps"] as? Int == 3 && tracked.track?.keys == net.namedParameters.map(\.name))
    #expect(try #require((tracked.track?["fc2.bias"] as? Record)?["update_norm"] as? Tensor).shape == [3])
  }

  @Test("numbers a step are thinned out, not kept without end")
  func bounded() throws {
    let net = try Self.network(), groups = try ParameterGroups(net, Self.options { _ in })
    var tracker = try #require(Tracker([.weight_norm], groups, most: 8))
    for _ in 0..<18 { try tracker.didStep([nil, nil, nil, nil]) }
    let all = try tracker.record()
    let record = try #require(all["fc1.bias"] as? Record)
    #expect(record["every"] as? Int == 4 && record["steps"] as? Int == 18)
    #expect(try #require(record["weight_norm"] as? Tensor).count == 5)
  }

  @Test("a part that was put into evaluation mode stays so, and the mode of all is put back")
  func modes() throws {
    let g = Generator(seed: 0), recorder = ModeRecorder(), other = ModeRecorder()
    let net = Sequential([recorder, other, try Linear(2, 2, dtype: .float64, using: g)])
    recorder.isTraining = false
    _ = try Self.trainer(net, Self.options { $0.epochs = 1 }).train()
    #expect(recorder.seen == [false, false, false] && other.seen == [true, true, true] && !recorder.isTraining)
    net.setTraining(false)
    _ = try Self.trainer(net, Self.options { $0.epochs = 1 }).train()
    #expect(recorder.seen.suffix(3) == [true, true, true] && !net.isTraining && !recorder.isTraining)
  }

  @Test("a throw in the middle puts back the buffers that layers write")
  func buffers() throws {
    struct Broken: Error {}
    let g = Generator(seed: 0), counter = Counter(from: try Tensor([0.0], [])), net = Sequential([counter, try Linear(2, 2, dtype: .float64, using: g)]), journal = Journal()
    let x = try Tensor(Self.x.flatMap { $0 }, [6, 2]), y = try Tensor(Self.y), hooks = HookTable()
    hooks.onForward(net) { _, _, _ in
      if try counter.seen.value.item() == 4 { throw Broken() }
      return nil
    }
    let before = try parameterNumbers(net)
    let trainer = try Trainer(net, x: x, y: y, Self.options { _ in }, run: Run([hooks], generator: g), journal: journal)
    #expect(throws: Broken.self) { try trainer.train() }
    #expect(try counter.seen.value.item() == 4)
    journal.rollBack()
    #expect(try counter.seen.value.item() == 0 && parameterNumbers(net) == before)
  }

  static let contradictions: [(String, @Sendable (inout TrainingOptions) -> Void)] = [
    ("accumulate", { $0.accumulate = 0 }), ("min_delta", { $0.minDelta = 0.1 }), ("restore_best", { $0.restoreBest = true }), ("watch", { $0.watch = .metric }),
    ("watch", { ($0.earlyStopping, $0.watch) = (3, .test_loss) }), ("early_stopping", { $0.earlyStopping = -1 }), ("clip_grad_norm", { $0.clipGradNorm = 0 }),
    ("clip_grad_value", { $0.clipGradValue = -1 }), ("lr", { $0.lr = PatternedNumber([("fc1.*", 0.1)]) }), ("lr", { $0.lr = PatternedNumber([("*", 0.1), ("fc1.*", 0.2)]) }),
    ("lr", { $0.lr = PatternedNumber(-1) }), ("l1", { $0.l1 = PatternedNumber(.nan) }), ("drop_last", { ($0.batchSize, $0.dropLast) = (7, true) }),
    ("fc3", { $0.lr = PatternedNumber([("fc3.*", 0.1), ("*", 0.2)]) }), ("checkpoint_every", { $0.checkpoint = CheckpointPlan(every: 0) { _ in } }),
  ]

  @Test("what contradicts itself is refused before anything changes", arguments: contradictions.indices)
  func refusals(_ index: Int) throws {
    let (word, set) = Self.contradictions[index], net = try Self.network(), before = try parameterNumbers(net)
    do {
      _ = try Self.trainer(net, Self.options(set))
      Issue.record("nothing was refused: \(word)")
    } catch { #expect("\(error)".contains(word), "\(error)") }
    #expect(try parameterNumbers(net) == before)
  }
}

/// Hands on what it is given, and notes its mode.
final class ModeRecorder: Module {
  private(set) var seen: [Bool] = []
  override func forward(_ x: Tensor, in run: Run) -> Tensor {
    seen.append(isTraining)
    return x
  }
}

/// Counts its calls in a buffer, as a normalisation does.
final class Counter: Module {
  let seen: Buffer
  init(from start: Tensor) {
    seen = Buffer(start)
    super.init()
  }
  override var parts: [Part] { [.buffer("seen", seen)] }
  override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    if isTraining { try run.journal.write(seen.value) { try seen.value.copyNumbers(of: seen.value + 1) } }
    return x
  }
}
