import Builtins
import Engine
import NN
import Testing

@Suite struct TrainingTests {
  /// Eleven samples of three features and their labels, from a line of simple fractions.
  static let x: [[Double]] = (0..<11).map { i in [0, 1, 2].map { j in feature(i, j) } }
  private static func feature(_ i: Int, _ j: Int) -> Double { Double((i * 7 + j * 5) % 11) / 5 - 1 }
  static let y = (0..<11).map { ($0 * 5) % 3 }

  private func data() throws -> (Tensor, Tensor) { (try Tensor(Self.x.flatMap { $0 }, [11, 3]), try Tensor(Self.y)) }

  private func train(_ model: Module, seed: UInt64 = 0, journal: Journal = Journal(), _ set: (inout TrainingOptions) -> Void) throws -> History {
    var options = TrainingOptions()
    set(&options)
    let (x, y) = try data()
    return try Trainer(model, x: x, y: y, options, run: Run(generator: Generator(seed: seed)), journal: journal).train()
  }

  @Test("training is that of plain loops", arguments: [OptimiserKind.sgd, .adam])
  func reference(_ kind: OptimiserKind) throws {
    let net = try classifier(), rule = PlainRule()
    var plain = PlainNetwork(try parameterNumbers(net), sizes: [3, 5, 4, 3])
    (rule.lr, rule.momentum, rule.decay) = kind == .sgd ? (0.1, 0.9, 0.001) : (0.01, 0, 0)
    let losses = plain.train(Self.x, Self.y, epochs: 10, batch: 4, rule: kind == .sgd ? rule.sgd : rule.adam)
    net.setTraining(false)
    let history = try train(net) {
      ($0.epochs, $0.batchSize, $0.shuffle, $0.optimiser) = (10, 4, false, kind)
      $0.arguments = kind == .sgd ? .init(lr: 0.1, momentum: 0.9, weightDecay: 0.001) : .init(lr: 0.01)
    }
    // Double precision: thirty steps of rounding.
    for (met, expected) in zip(try parameterNumbers(net), plain.numbers) { #expect(zip(met, expected).allSatisfy { abs($0 - $1) < 1e-10 }) }
    #expect(zip(history.epochs.map(\.loss), losses).allSatisfy { abs($0 - $1) < 1e-10 })
    #expect(history.steps == 30 && history.epochs.count == 10 && !history.isInterrupted)
    #expect(net.namedModules.allSatisfy { !$0.module.isTraining })
  }

  /// The orders are those of PyTorch 2.13: `manual_seed(3)`, `DataLoader(range(10), batch_size=4, shuffle=True)`, three epochs.
  @Test("batches come in the order of PyTorch's DataLoader")
  func shuffle() throws {
    let model = try Recorder(scale: 0), g = Generator(seed: 3)
    var options = TrainingOptions()
    (options.epochs, options.batchSize) = (3, 4)
    let x = try Tensor((0..<10).map(Float.init), [10, 1])
    _ = try Trainer(model, x: x, y: x, options, run: Run(generator: g), journal: Journal()).train()
    #expect(model.seen == [[6, 2, 0, 1], [8, 3, 5, 4], [7, 9], [3, 4, 0, 9], [6, 7, 1, 2], [5, 8], [9, 7, 0, 6], [5, 2, 8, 4], [1, 3]])
    // `torch.rand(2)` after it.
    #expect(zip(try g.uniform([2]).doubles(), [0.1498, 0.4015]).allSatisfy { abs($0 - $1) < 5e-5 })
  }

  @Test("the last batch may be left out, and all may be one")
  func batches() throws {
    let model = try Recorder(scale: 0), g = Generator(seed: 3), before = try Generator(seed: 3).uniform([1]).item()
    let x = try Tensor((0..<10).map(Float.init), [10, 1])
    var options = TrainingOptions()
    (options.epochs, options.batchSize, options.shuffle, options.dropLast) = (1, 4, false, true)
    _ = try Trainer(model, x: x, y: x, options, run: Run(generator: Generator(seed: 0)), journal: Journal()).train()
    #expect(model.seen == [[0, 1, 2, 3], [4, 5, 6, 7]])
    options.batchSize = 0
    _ = try Trainer(model, x: x, y: x, options, run: Run(generator: g), journal: Journal()).train()
    #expect(model.seen.last == Array(0..<10))
    #expect(try g.uniform([1]).item() == before)
  }

  @Test("history, metric and test data")
  func history() throws {
    let net = try classifier(), (x, y) = try data()
    var options = TrainingOptions()
    (options.epochs, options.batchSize, options.optimiser, options.arguments) = (3, nil, .adam, .init(lr: 0.05))
    let run = Run(generator: Generator(seed: 0))
    let before = try Evaluation(net, x: x, y: y, run: run)
    let history = try Trainer(net, x: x, y: y, test: (x, y), options, run: run, journal: Journal()).train()
    // With one batch of all, the first epoch's loss is that before any step, and an epoch's test loss is the next one's.
    #expect(abs(history.epochs[0].loss - before.loss) < 1e-12 && history.epochs[0].metric == before.metric)
    #expect(abs((history.epochs[0].testLoss ?? 0) - history.epochs[1].loss) < 1e-12)
    let after = try Evaluation(net, x: x, y: y, run: run)
    #expect(abs((history.epochs[2].testLoss ?? 0) - after.loss) < 1e-12 && history.epochs[2].testMetric == after.metric)
    #expect(try #require(history.field("loss") as? Tensor).shape == [3])
    #expect(try #require(history.field("test_accuracy") as? Tensor).shape == [3])
    #expect(history.fields.allSatisfy { (try? history.field($0)) != nil })
    #expect(history.lastLine.hasPrefix("epoch 3/3  loss ") && history.lastLine.contains("  test accuracy "))
    guard case .table(let table) = history.shown else { Issue.record("no table"); return }
    #expect(table.rows.count == 3 && table.columns == ["epoch", "loss", "accuracy", "test loss", "test accuracy"])
  }

  @Test("a throw in the middle of training leaves no trace")
  func rollBack() throws {
    struct Broken: Error {}
    let net = try classifier(), before = try parameterNumbers(net), journal = Journal(), hooks = HookTable(), (x, y) = try data()
    var calls = 0
    hooks.onForward(net) { _, _, _ in
      calls += 1
      if calls == 5 { throw Broken() }
      return nil
    }
    var options = TrainingOptions()
    options.batchSize = 4
    let trainer = try Trainer(net, x: x, y: y, options, run: Run([hooks], generator: Generator(seed: 0)), journal: journal)
    #expect(throws: Broken.self) { try trainer.train() }
    #expect(try parameterNumbers(net) != before)
    journal.rollBack()
    #expect(try parameterNumbers(net) == before)
    #expect(net.namedParameters.allSatisfy { $0.parameter.origin == nil })
  }

  @Test("an interrupt stops after a finished step and keeps it")
  func interrupt() throws {
    let net = try classifier(), twin = try classifier(), (x, y) = try data()
    var options = TrainingOptions()
    (options.batchSize, options.shuffle, options.epochs) = (4, false, 2)
    var steps = 0
    let trainer = try Trainer(
      net, x: x, y: y, options, run: Run(generator: Generator(seed: 0)), journal: Journal(), isInterrupted: { steps == 4 })
    let history = try trainer.train { _ in steps += 1 }
    #expect(history.isInterrupted && history.steps == 4 && history.epochs.count == 1)
    #expect(history.lastLine.contains("interrupted after 4 steps"))
    options.epochs = 1
    _ = try Trainer(twin, x: x, y: y, options, run: Run(generator: Generator(seed: 0)), journal: Journal()).train()
    let four = try x.indexed([.slice(from: 0, to: 4, step: 1)]), labels = try y.indexed([.slice(from: 0, to: 4, step: 1)])
    (options.batchSize, options.epochs) = (nil, 1)
    _ = try Trainer(twin, x: four, y: labels, options, run: Run(generator: Generator(seed: 0)), journal: Journal()).train()
    #expect(try parameterNumbers(net) == parameterNumbers(twin))
  }

  @Test("frozen parameters stay, and a model with nothing to train is an error")
  func frozen() throws {
    let net = try classifier(), before = try parameterNumbers(net), journal = Journal()
    try net.setFrozen(true, matching: "fc2", journal: journal)
    _ = try train(net) { $0.epochs = 1 }
    let after = try parameterNumbers(net)
    #expect(after[2] == before[2] && after[3] == before[3] && after[0] != before[0] && after[4] != before[4])
    try net.setFrozen(true, journal: journal)
    #expect(throws: ModelError.nothingToTrain(model: "Sequential", isFrozen: true)) { try train(net) { _ in } }
    #expect(throws: ModelError.nothingToTrain(model: "ReLU", isFrozen: false)) { try train(ReLU()) { _ in } }
  }

  @Test("the origin is what was there before the last training")
  func origin() throws {
    let net = try classifier(), before = try parameterNumbers(net)
    _ = try train(net) { $0.epochs = 1 }
    #expect(try #require(net.namedParameters[0].parameter.origin).doubles() == before[0])
    let between = try parameterNumbers(net)
    _ = try train(net) { $0.epochs = 1 }
    #expect(try #require(net.namedParameters[0].parameter.origin).doubles() == between[0])
  }

  @Test("a loss that is not finite is reported, not thrown")
  func divergence() throws {
    let net = try classifier()
    let history = try train(net) { ($0.epochs, $0.arguments, $0.loss) = (2, .init(lr: 1e308), Loss("own", isOfLabels: true) { out, _ in try out.square().sum() }) }
    #expect(history.firstBadStep == 2)
    #expect(history.lastLine.contains("not finite from step 2"))
    #expect(history.json.text.contains("\"first_bad_step\":2"))
  }

  @Test("targets of [n] go with outputs of [n, 1], and no others")
  func regression() throws {
    let g = Generator(seed: 0), net = try Linear(3, 1, dtype: .float64, using: g), (x, _) = try data()
    let y = try Tensor(Self.x.map { 2 * $0[0] - $0[1] + 0.5 })
    var options = TrainingOptions()
    (options.epochs, options.batchSize, options.optimiser, options.arguments) = (400, nil, .adam, .init(lr: 0.05))
    let history = try Trainer(net, x: x, y: y, options, run: Run(generator: g), journal: Journal()).train()
    #expect(history.metricName == "r2" && (history.epochs.last?.metric ?? 0) > 0.999)
    #expect(try isClose(net.weight.value, [2, -1, 0], 0.05))
    #expect(throws: TensorError.self) {
      try Trainer(net, x: x, y: y.reshape([1, 11]).expand([11, 11]).contiguousForTest(), options, run: Run(generator: g), journal: Journal()).train()
    }
    for name in [LossName.mse_loss, .l1_loss, .huber_loss] {
      options.loss = Loss(name, for: y)
      options.epochs = 1
      #expect(try Trainer(net, x: x, y: y, options, run: Run(generator: g), journal: Journal()).train().epochs[0].loss.isFinite)
    }
  }

  @Test("one logit a sample is judged by its sign")
  func binary() throws {
    let g = Generator(seed: 0), net = try Linear(3, 1, dtype: .float64, using: g), (x, _) = try data()
    let y = try Tensor(Self.x.map { $0[0] + $0[1] > 0 ? 1 : 0 })
    var options = TrainingOptions()
    (options.epochs, options.optimiser, options.arguments) = (200, .adam, .init(lr: 0.1))
    options.loss = Loss(.bce_with_logits, for: y)
    let history = try Trainer(net, x: x, y: y, options, run: Run(generator: g), journal: Journal()).train()
    #expect(history.metricName == "accuracy" && history.epochs.last?.metric == 1)
  }

  @Test("data that does not fit is refused before anything changes")
  func refusals() throws {
    let net = try classifier(), (x, y) = try data(), run = Run(generator: Generator(seed: 0))
    func make(_ x: Tensor, _ y: Tensor, _ set: (inout TrainingOptions) -> Void = { _ in }) throws {
      var options = TrainingOptions()
      set(&options)
      _ = try Trainer(net, x: x, y: y, options, run: run, journal: Journal())
    }
    #expect(throws: TensorError.self) { try make(x, Tensor([0, 1])) }
    #expect(throws: TensorError.self) { try make(Tensor.zeros([0, 3]), Tensor.zeros([0], .int64)) }
    #expect(throws: TensorError.self) { try make(Tensor.number(1.0), y) }
    #expect(throws: TensorError.self) { try make(x, y) { $0.batchSize = -3 } }
    #expect(throws: TensorError.self) { try make(x, y) { $0.epochs = -1 } }
    #expect(throws: TensorError.self) { try make(x, y) { $0.arguments = .init(eps: 1) } }
  }

  @Test("dropout is on while training and off while testing")
  func modes() throws {
    let g = Generator(seed: 0), (x, y) = try data()
    let net = Sequential([Dropout(0.5), try Linear(3, 3, dtype: .float64, using: g)])
    net.setTraining(false)
    var options = TrainingOptions()
    options.epochs = 1
    let run = Run(generator: g)
    let history = try Trainer(net, x: x, y: y, test: (x, y), options, run: run, journal: Journal()).train()
    #expect(history.epochs[0].testLoss == (try Evaluation(net, x: x, y: y, run: run).loss))
    #expect(!net.isTraining && !net.layers[0].module.isTraining)
  }
}

extension Tensor {
  fileprivate func contiguousForTest() throws -> Tensor { try copied() }
}
