import Builtins
import Engine

/// Makes the loss of a model on data small, step by step.
public final class Trainer {
  let model: Module, run: Run, journal: Journal
  let options: TrainingOptions
  let data: Batches
  let loss: Loss
  let groups: ParameterGroups
  let watch: WatchName
  var stopping: EarlyStopping?
  var tracker: Tracker?
  private let test: (x: Tensor, y: Tensor)?
  private let treatment: GradientTreatment?
  private var schedule: (any RunningSchedule)?
  private let isInterrupted: () -> Bool
  /// The gradients of batches that have not been stepped by yet.
  private var pending: [Tensor?]?

  /// - Parameters:
  ///   - run: the hooks that fire, and the random stream of shuffling and dropout.
  ///   - journal: keeps parameters and buffers as they were.
  ///   - isInterrupted: asked before each step; by default whether Ctrl-C was pressed.
  /// - Throws: what is wrong with the options or the data, before anything is changed.
  public init(
    _ model: Module, x: Tensor, y: Tensor, test: (x: Tensor, y: Tensor)? = nil, _ options: TrainingOptions = .init(), run: Run, journal: Journal,
    isInterrupted: @escaping () -> Bool = { Interrupt.isSet }
  ) throws {
    (self.model, self.options, self.test, self.run, self.journal, self.isInterrupted) = (model, options, test, run, journal, isInterrupted)
    data = try Batches(x, y, size: options.batchSize == 0 ? nil : options.batchSize, shuffle: options.shuffle, dropLast: options.dropLast)
    try options.check(data)
    loss = options.loss ?? Loss(.auto, for: y)
    groups = try ParameterGroups(model, options)
    treatment = try GradientTreatment(model, groups, options)
    watch = try options.watch.resolved(hasTest: test != nil)
    let isRising = watch.isOfMetric && Metric(options.metric, isOfLabels: loss.isOfLabels).isBetterWhenLarger
    stopping = try options.earlyStopping.map { patience in
      try EarlyStopping(patience: patience, minDelta: options.minDelta ?? 0, isRising: isRising, restoresBest: options.restoreBest ?? true)
    }
    tracker = Tracker(options.track, groups)
    let steps = (data.count + options.accumulate - 1) / options.accumulate
    let (all, isTooMany) = steps.multipliedReportingOverflow(by: options.epochs)
    schedule = try options.schedule?.running(SchedulePlan(epochs: options.epochs, steps: isTooMany ? .max : all, isRising: isRising))
  }

  /// Runs the epochs. The mode of every module is afterwards as it was found.
  /// - Returns: what became of loss and metric; where it was interrupted, of what was done.
  public func train(progress: (TrainingProgress) -> Void = { _ in }) throws -> History {
    var history = History(plannedEpochs: options.epochs, lossName: loss.name, metricName: Metric(options.metric, isOfLabels: loss.isOfLabels).name.rawValue)
    let modes = model.everyModule.map { ($0, $0.isTraining) }
    defer { for (module, mode) in modes { module.isTraining = mode } }
    // A part that was put into evaluation mode while the whole is in training mode, such as a frozen normalisation, stays so.
    if !model.isTraining { model.setTraining(true) }
    for parameter in model.everyParameter { try parameter.keepOrigin(journal) }
    // Running statistics are changes of this training too.
    let before = run.journal
    run.journal = journal
    defer { run.journal = before }
    let start = ContinuousClock.now
    do {
      try begin(&history)
      while history.epochs.count < options.epochs, !history.isStopped, try runEpoch(&history, progress) {}
    } catch where isInterrupted() || (error as? TensorError) == .interrupted {
      history.isInterrupted = true
    }
    try finish(&history)
    history.seconds = seconds(since: start)
    return history
  }

  /// Brings all to where the first epoch begins.
  private func begin(_ history: inout History) throws {
    try tracker?.begin()
    if let record = options.resume {
      try resume(record, &history)
      history.resumedEpochs = history.epochs.count
      guard history.resumedEpochs <= options.epochs else {
        throw TensorError.value("resume", "the checkpoint has \(history.resumedEpochs) epochs behind it, more than epochs=\(options.epochs): `epochs` counts from the very beginning")
      }
      history.isStopped = stopping.map { $0.waited > 0 && $0.waited >= $0.patience } ?? false
    }
    guard schedule != nil else { return }
    // What a schedule has seen is told to it again.
    try setRates(0, nil)
    guard let per = options.schedule?.per else { return }
    for (i, epoch) in history.epochs.enumerated() where per == .epoch { try setRates(i + 1, watch.value(of: epoch)) }
    if per == .step, history.steps > 0 { try setRates(history.steps, nil) }
  }

  private func setRates(_ count: Int, _ watched: Double?) throws {
    guard let rates = try schedule?.rates(groups.groups.map(\.base), after: count, watched: watched) else { return }
    if let bad = rates.first(where: { !($0.lr >= 0) }) { throw TensorError.value("schedule", "gave a learning rate of \(bad.lr.shortText)") }
    groups.set(rates)
  }

  /// - Returns: false where it was interrupted.
  private func runEpoch(_ history: inout History, _ progress: (TrainingProgress) -> Void) throws -> Bool {
    let start = ContinuousClock.now, number = history.epochs.count + 1, batches = data.count
    let order = try data.order(using: run.generator)
    var metric = Metric(options.metric, isOfLabels: loss.isOfLabels)
    var sum = 0.0, samples = 0, lr = groups.groups[0].optimiser.lr
    for index in 0..<batches {
      guard !isInterrupted() else {
        history.isInterrupted = true
        return false
      }
      let (x, y) = try data.batch(index, order)
      let first = index - index % options.accumulate, size = min(options.accumulate, batches - first)
      lr = groups.groups[0].optimiser.lr
      let (value, output) = try gradients(x, y, share: size)
      if index + 1 == first + size { try step(&history, value, x, y) }
      if !value.isFinite, history.firstBadStep == nil { history.firstBadStep = history.steps + (index + 1 == first + size ? 0 : 1) }
      sum += value * Double(x.shape[0])
      samples += x.shape[0]
      try Recording.with(.none) { try metric.add(output, y) }
      progress(TrainingProgress(epoch: number, epochs: options.epochs, batch: index + 1, batches: batches, loss: value, lr: lr, last: history.epochs.last))
    }
    var epoch = History.Epoch(loss: samples > 0 ? sum / Double(samples) : .nan, metric: metric.value, seconds: 0, lr: lr)
    if let test {
      let evaluation = try Evaluation(model, x: test.x, y: test.y, loss: loss, metric: options.metric, run: run)
      (epoch.testLoss, epoch.testMetric) = (evaluation.loss, evaluation.metric)
    }
    epoch.seconds = seconds(since: start)
    history.epochs.append(epoch)
    try afterEpoch(&history)
    return true
  }

  private func afterEpoch(_ history: inout History) throws {
    let count = history.epochs.count, watched = history.epochs.last.flatMap { watch.value(of: $0) }
    if options.schedule?.per == .epoch { try setRates(count, watched) }
    if stopping != nil, let watched { history.isStopped = try stopping?.isOver(after: count, watched, model) ?? false }
    if let plan = options.checkpoint, count % plan.every == 0 || count == options.epochs || history.isStopped {
      try plan.write(try checkpoint(history))
    }
  }

  /// The gradients of a batch, added to those that wait for a step.
  /// - Parameter share: how many batches the step is made of; their mean is what it follows.
  private func gradients(_ x: Tensor, _ y: Tensor, share: Int) throws -> (loss: Double, output: Tensor) {
    let (output, loss, part) = try Recording.with(.required) {
      let output = try run(model, x)
      let loss = try self.loss(output, y)
      return (output, loss, share == 1 ? loss : try loss / Double(share))
    }
    let found = try part.gradients(with: groups.parameters.map(\.value))
    pending = try pending.map { try zip($0, found).map { a, b in try a.flatMap { a in try b.map { try a + $0 } ?? a } ?? b } } ?? found
    return (try loss.item(), output.detached())
  }

  /// One step of the optimiser by the gradients that wait.
  private func step(_ history: inout History, _ loss: Double, _ x: Tensor, _ y: Tensor) throws {
    guard let waiting = pending else { return }
    pending = nil
    try tracker?.willStep(waiting)
    let treated = try treatment.map { try $0(waiting, groups.parameters) } ?? waiting
    if let repeating = groups.repeating {
      try repeating.step(groups.parameters, loss, treated, journal) { [self] in try again(x, y) }
    } else {
      try groups.step(treated, journal)
    }
    try tracker?.didStep(waiting)
    history.steps += 1
    if options.schedule?.per == .step { try setRates(history.steps, nil) }
  }

  /// Loss and gradients of a batch at the parameters as they now are.
  private func again(_ x: Tensor, _ y: Tensor) throws -> (Double, [Tensor?]) {
    let (loss, _) = try gradients(x, y, share: 1), found = pending ?? []
    pending = nil
    return (loss, try treatment.map { try $0(found, groups.parameters) } ?? found)
  }

  private func finish(_ history: inout History) throws {
    pending = nil
    if let stopping, let best = stopping.best {
      // An interrupt keeps what was done; the best epoch can be had by a training that ends.
      let restores = stopping.restoresBest && !history.isInterrupted
      history.best = History.Best(epoch: best.epoch, watched: watch.text(history.metricName), value: best.value, isRestored: restores)
      if restores, best.epoch != history.epochs.count { try stopping.restore(model, journal) }
    }
    history.track = try tracker?.record()
    for (i, parameter) in groups.parameters.enumerated() { parameter.keepTrace(try tracker?.tensors(i) ?? [:], journal) }
  }
}

extension TrainingOptions {
  /// - Throws: `value` for what is out of range or contradicts itself.
  fileprivate func check(_ data: Batches) throws(TensorError) {
    guard epochs >= 0 else { throw .value("epochs", "is at least 0, got \(epochs)") }
    guard accumulate >= 1 else { throw .value("accumulate", "is at least 1, got \(accumulate)") }
    if optimiser == .lbfgs, accumulate > 1 { throw .value("accumulate", "does not go with LBFGS, which asks for the loss of a batch again and again") }
    guard data.count > 0 else {
      throw .value("drop_last", "leaves nothing to train on: a batch of \(data.size ?? 0) is larger than the \(data.x.shape[0]) samples")
    }
    if earlyStopping == nil {
      if minDelta != nil { throw .value("min_delta", "goes with early_stopping, which is not asked for") }
      if restoreBest != nil { throw .value("restore_best", "goes with early_stopping, which is not asked for") }
      if watch != .auto, !(schedule is ReduceLROnPlateau) { throw .value("watch", "goes with early_stopping or ReduceLROnPlateau, which are not asked for") }
    }
    if let checkpoint, checkpoint.every < 1 { throw .value("checkpoint_every", "is at least 1 epoch, got \(checkpoint.every)") }
  }
}

func seconds(since start: ContinuousClock.Instant) -> Double {
  let (whole, rest) = start.duration(to: .now).components
  return Double(whole) + Double(rest) * 1e-18
}
