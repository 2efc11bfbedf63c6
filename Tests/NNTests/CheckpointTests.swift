import Builtins
import Engine
@testable import NN
import Testing

/// A training that was broken off and goes on from a checkpoint gives the numbers of one that was not, to the bit.
@Suite struct CheckpointTests {
  typealias Setting = @Sendable (inout TrainingOptions) throws -> Void

  static let settings: [(String, Setting)] = [
    ("sgd", { _ in }),
    ("adam, a schedule and tracking", {
      ($0.optimiser, $0.arguments, $0.track) = (.adam, .init(amsgrad: true), [.all])
      $0.schedule = try TrainingOptionTests.schedule("CosineAnnealingLR")
    }),
    ("nadam and a schedule by the step", {
      ($0.optimiser, $0.arguments) = (.nadam, .init())
      $0.schedule = try TrainingOptionTests.schedule("OneCycleLR")
    }),
    ("early stopping and a plateau", {
      ($0.lr, $0.earlyStopping) = (PatternedNumber(1.5), 3)
      $0.schedule = try TrainingOptionTests.schedule("ReduceLROnPlateau", [Passed("patience", 0), Passed("factor", 0.5)])
    }),
    ("lbfgs", { ($0.optimiser, $0.arguments, $0.lr, $0.batchSize) = (.lbfgs, .init(), PatternedNumber(0.5), 3) }),
    ("groups and accumulation", {
      ($0.lr, $0.accumulate, $0.optimiser, $0.arguments) = (PatternedNumber([("fc1.*", 0.01), ("*", 0.1)]), 2, .rmsprop, .init(momentum: 0.5))
    }),
  ]

  private static func options(_ setting: Setting) throws -> TrainingOptions {
    var options = TrainingOptionTests.options { ($0.epochs, $0.shuffle) = (8, true) }
    try setting(&options)
    return options
  }

  private static func network() throws -> Sequential {
    let net = try TrainingOptionTests.network()
    return try Sequential(named: [("fc1", net.layers[0].module), ("drop", Dropout(0.3)), ("act", Tanh()), ("fc2", net.layers[2].module)])
  }

  @Test("resuming gives the numbers of an unbroken training", arguments: settings.indices, [1, 3, 7])
  func resume(_ index: Int, _ epochs: Int) throws {
    let (name, setting) = Self.settings[index]
    let whole = try Self.network(), broken = try Self.network(), resumed = try Self.network()
    let expected = try TrainingOptionTests.trainer(whole, Self.options(setting), test: true, seed: 5).train()

    // Broken off by an interrupt in the middle of the epoch after the checkpoint.
    var saved: Record?
    var options = try Self.options(setting)
    options.checkpoint = CheckpointPlan(every: epochs) { if saved == nil { saved = $0 } }
    var steps = 0
    let x = try Tensor(TrainingOptionTests.x.flatMap { $0 }, [6, 2]), y = try Tensor(TrainingOptionTests.y)
    let trainer = try Trainer(
      broken, x: x, y: y, test: (x, y), options, run: Run(generator: Generator(seed: 5)), journal: Journal(), isInterrupted: { steps > 3 * epochs })
    _ = try trainer.train { _ in steps += 1 }
    guard let saved else { return }

    options = try Self.options(setting)
    options.resume = saved
    // Another seed and other weights: all comes from the checkpoint.
    try resumed.initialise(by: .ones, using: Generator(seed: 1), journal: Journal())
    let history = try TrainingOptionTests.trainer(resumed, options, test: true, seed: 99).train()
    #expect(try parameterNumbers(resumed) == parameterNumbers(whole), "\(name)")
    #expect(history.epochs.map(\.loss) == expected.epochs.map(\.loss) && history.epochs.map(\.testLoss) == expected.epochs.map(\.testLoss))
    #expect(history.epochs.map(\.lr) == expected.epochs.map(\.lr) && history.steps == expected.steps && history.best == expected.best)
    #expect(history.resumedEpochs == min(epochs, expected.epochs.count) && history.isStopped == expected.isStopped)
    for key in expected.track?.keys ?? [] {
      let (a, b) = (try #require(expected.track?[key] as? Record), try #require(history.track?[key] as? Record))
      for kind in a.keys { #expect(try (a[kind] as? Tensor)?.doubles() == (b[kind] as? Tensor)?.doubles(), "\(key) \(kind)") }
    }
  }

  @Test("the random stream goes on where it stood")
  func stream() throws {
    let g = Generator(seed: 3)
    _ = try g.normal([5])
    let state = try g.savedState(), expected = try g.normal([20]).doubles(), other = Generator(seed: 0)
    try other.restore(state)
    #expect(try other.normal([20]).doubles() == expected)
    for damaged in [try Tensor([1, 2, 3]), try state * -1, try state.reshape([2, -1])] { #expect(throws: TensorError.self) { try other.restore(damaged) } }
  }

  @Test("what is no checkpoint of this training is refused")
  func refusals() throws {
    var saved: Record?
    var options = try Self.options { $0.epochs = 2 }
    options.checkpoint = CheckpointPlan(every: 1) { saved = $0 }
    _ = try TrainingOptionTests.trainer(Self.network(), options).train()
    let whole = try #require(saved)
    func refused(_ record: Record, _ word: String, _ set: Setting = { $0.epochs = 5 }, _ net: Module? = nil) throws {
      var options = try Self.options(set)
      options.resume = record
      let journal = Journal(), net = try net ?? Self.network(), before = try parameterNumbers(net)
      let trainer = try TrainingOptionTests.trainer(net, options, journal: journal)
      do {
        _ = try trainer.train()
        Issue.record("nothing was refused: \(word)")
      } catch { #expect("\(error)".contains(word), "\(error)") }
      journal.rollBack()
      #expect(try parameterNumbers(net) == before)
    }
    try refused(Record(), "no checkpoint")
    try refused(whole, "sgd", { $0.optimiser = .adam; $0.arguments = .init() })
    try refused(whole, "2 epochs", { $0.epochs = 1 })
    try refused(whole, "track", { $0.epochs = 5; $0.track = [.gradient] })
    try refused(whole, "fc3", { $0.epochs = 5 }, classifier())
    for key in whole.keys {
      var damaged = whole
      damaged[key] = try Tensor([1.5, 2.5])
      var options = try Self.options { $0.epochs = 3 }
      options.resume = damaged
      // Whatever is wrong, it throws or trains; it never traps.
      _ = try? TrainingOptionTests.trainer(Self.network(), options).train()
    }
  }
}
