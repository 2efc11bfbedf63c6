import Builtins
import Engine

/// What a training is to do; what is not said is as `torch` has it.
public struct TrainingOptions {
  public var epochs = 10
  /// Samples a step; nil or 0 takes all at once.
  public var batchSize: Int? = 32
  public var shuffle = true
  /// Whether a last batch that is smaller is left out.
  public var dropLast = false
  public var optimiser = OptimiserKind.sgd
  public var arguments = OptimiserArguments()
  /// Nil chooses by the dtype of the targets.
  public var loss: Loss?
  public var metric = MetricName.auto
  public init() {}
}

/// Where a training stands, after each step.
public struct TrainingProgress {
  /// Counted from 1.
  public let epoch: Int, epochs: Int, batch: Int, batches: Int
  /// Of the step just taken.
  public let loss: Double
  /// Of the last whole epoch.
  public let last: History.Epoch?
}

/// Makes the loss of a model on data small, step by step.
public final class Trainer {
  private let model: Module, run: Run, journal: Journal
  private let options: TrainingOptions
  private let data: Batches
  private let test: (x: Tensor, y: Tensor)?
  private let loss: Loss
  private let optimiser: any Optimiser
  private let parameters: [Parameter]
  private let isInterrupted: () -> Bool

  /// - Parameters:
  ///   - run: the hooks that fire, and the random stream of shuffling and dropout.
  ///   - journal: keeps the parameters as they were.
  ///   - isInterrupted: asked before each step; by default whether Ctrl-C was pressed.
  /// - Throws: what is wrong with the options or the data, before anything is changed.
  public init(
    _ model: Module, x: Tensor, y: Tensor, test: (x: Tensor, y: Tensor)? = nil, _ options: TrainingOptions = .init(), run: Run, journal: Journal,
    isInterrupted: @escaping () -> Bool = { Interrupt.isSet }
  ) throws {
    (self.model, self.options, self.test, self.run, self.journal, self.isInterrupted) = (model, options, test, run, journal, isInterrupted)
    guard options.epochs >= 0 else { throw TensorError.value("epochs", "is at least 0, got \(options.epochs)") }
    data = try Batches(x, y, size: options.batchSize == 0 ? nil : options.batchSize, shuffle: options.shuffle, dropLast: options.dropLast)
    loss = options.loss ?? Loss(.auto, for: y)
    optimiser = try options.optimiser.make(options.arguments)
    let all = model.namedParameters.map(\.parameter)
    parameters = all.filter { !$0.isFrozen }
    guard !parameters.isEmpty else { throw ModelError.nothingToTrain(model: model.typeName, isFrozen: !all.isEmpty) }
  }

  /// Runs the epochs. The mode of every module is afterwards as it was found.
  /// - Returns: what became of loss and metric; where it was interrupted, of what was done.
  public func train(progress: (TrainingProgress) -> Void = { _ in }) throws -> History {
    let metricName = Metric(options.metric, isOfLabels: loss.isOfLabels).name.rawValue
    var history = History(plannedEpochs: options.epochs, lossName: loss.name, metricName: metricName)
    let modes = model.namedModules.map { ($0.module, $0.module.isTraining) }
    defer { for (module, mode) in modes { module.isTraining = mode } }
    model.setTraining(true)
    for (_, parameter) in model.namedParameters { try parameter.keepOrigin(journal) }
    // Running statistics are changes of this training too.
    let before = run.journal
    run.journal = journal
    defer { run.journal = before }
    let start = ContinuousClock.now
    do {
      for epoch in 1...max(options.epochs, 1) where options.epochs > 0 {
        guard try runEpoch(epoch, &history, progress) else { break }
      }
    } catch where isInterrupted() || (error as? TensorError) == .interrupted {
      history.isInterrupted = true
    }
    history.seconds = seconds(since: start)
    return history
  }

  /// - Returns: false where it was interrupted.
  private func runEpoch(_ number: Int, _ history: inout History, _ progress: (TrainingProgress) -> Void) throws -> Bool {
    let start = ContinuousClock.now
    let order = try data.order(using: run.generator)
    var metric = Metric(options.metric, isOfLabels: loss.isOfLabels)
    var sum = 0.0, samples = 0
    for index in 0..<data.count {
      guard !isInterrupted() else {
        history.isInterrupted = true
        return false
      }
      let (x, y) = try data.batch(index, order)
      let (value, output) = try step(x, y)
      history.steps += 1
      if !value.isFinite, history.firstBadStep == nil { history.firstBadStep = history.steps }
      sum += value * Double(x.shape[0])
      samples += x.shape[0]
      try Recording.with(.none) { try metric.add(output, y) }
      progress(TrainingProgress(epoch: number, epochs: options.epochs, batch: index + 1, batches: data.count, loss: value, last: history.epochs.last))
    }
    var epoch = History.Epoch(loss: samples > 0 ? sum / Double(samples) : .nan, metric: metric.value, seconds: 0)
    if let test {
      let evaluation = try Evaluation(model, x: test.x, y: test.y, loss: loss, metric: options.metric, run: run)
      (epoch.testLoss, epoch.testMetric) = (evaluation.loss, evaluation.metric)
    }
    epoch.seconds = seconds(since: start)
    history.epochs.append(epoch)
    return true
  }

  /// One step of the optimiser.
  private func step(_ x: Tensor, _ y: Tensor) throws -> (loss: Double, output: Tensor) {
    let (output, loss) = try Recording.with(.required) {
      let output = try run(model, x)
      return (output, try self.loss(output, y))
    }
    let gradients = try loss.gradients(with: parameters.map(\.value))
    try optimiser.step(parameters, gradients, journal)
    return (try loss.item(), output.detached())
  }
}

func seconds(since start: ContinuousClock.Instant) -> Double {
  let (whole, rest) = start.duration(to: .now).components
  return Double(whole) + Double(rest) * 1e-18
}
