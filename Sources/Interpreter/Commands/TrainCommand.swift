import Builtins
import Charts
import Data
import Engine
import NN

extension Builtin<Session> {
  static let train = Builtin(
    "train", "Make the loss of a model on data small, step by step; gives the history of loss and metric.",
    .required("net", Module.self, "The model to train."),
    .required("on", DataSet.self, "A data set with targets."),
    .optional("test", DataSet.self, "Held-out data, evaluated after each epoch."),
    .option("epochs", 10, in: 0...1e9, "Passes over the data."),
    .optional("batch_size", Int.self, in: 0...1e12, "Samples a step, 32 where it is not said; 0 takes all at once."),
    .optional("lr", PatternedNumber.self, "The learning rate, or one for each pattern of parameters: {\"fc1.*\": 0.001, \"*\": 0.01}; the first that matches counts."),
    .option("optimizer", OptimiserChoice.standard, "How steps are made of gradients: a name, or one with its arguments such as SGD(momentum=0.9)."),
    .option("shuffle", true, "A new order of the samples for each epoch, as PyTorch's DataLoader draws it."),
    .optional("loss", LossChoice.self, "A loss by name, a loss layer such as CrossEntropyLoss(), or a function (out, y) -> number."),
    .option("metric", MetricName.auto, "What is reported beside the loss."),
    .optional("momentum", Double.self, "SGD, RMSprop."),
    .optional("weight_decay", PatternedNumber.self, "How strongly weights are drawn to 0, or by pattern, as `lr`; what no pattern matches does not decay."),
    .optional("dampening", Double.self, "SGD."),
    .optional("nesterov", Bool.self, "SGD."),
    .optional("betas", [Double].self, "Adam and its kin: two numbers."),
    .optional("eps", Double.self, "All but SGD."),
    .optional("amsgrad", Bool.self, "Adam, AdamW."),
    .optional("alpha", Double.self, "RMSprop."),
    .optional("centered", Bool.self, "RMSprop."),
    .option("drop_last", false, "Leave out a last batch that is smaller."),
    .optional("schedule", ScheduleValue.self, "How the learning rate changes: StepLR(30), CosineAnnealingLR, …, or a function of the epoch that gives a factor."),
    .optional("l1", PatternedNumber.self, "How strongly the sign of each weight draws it to 0, or by pattern."),
    .optional("clip_grad_norm", Double.self, "The largest norm of all gradients of a step together."),
    .optional("clip_grad_value", Double.self, "The largest size of each number of a gradient; comes before clip_grad_norm."),
    .option("accumulate", 1, in: 1...1e9, "Batches whose mean gradient makes one step."),
    .optional("early_stopping", Int.self, in: 0...1e9, "Ends the training after so many epochs without progress in what is watched."),
    .optional("min_delta", Double.self, in: 0...1e30, "By how much it must be better to count as progress."),
    .option("watch", WatchName.auto, "What early stopping and ReduceLROnPlateau watch: the test loss, or without test data the loss."),
    .optional("restore_best", Bool.self, "Whether early stopping gives the model the parameters of the best epoch back; true where it is not said."),
    .optional("checkpoint", String.self, "A .safetensors file that all is written to that `resume` needs to go on with the same numbers."),
    .optional("checkpoint_every", Int.self, in: 1...1e9, "Epochs between two checkpoints, 1 where it is not said; the last epoch is always written."),
    .optional("resume", String.self, "A checkpoint to go on from; `epochs` counts from the very beginning."),
    .optional("track", TrackChoice.self, trackHelp),
    .optional("maximize", Bool.self, "Makes the loss large."),
    .option("keep_zeros", false, "Whether weights that are 0 stay 0, as after `prune`."),
    source: Source("PyTorch's torch.optim and DataLoader: the same steps in the same order for a seed"),
    examples: [
      Example("train net on iris.train epochs=2 lr=0.01 optimizer=adam", gives: "epoch 2/2"),
      Example("train net on iris.train test=iris.test epochs=50 optimizer=AdamW(lr=0.02) schedule=CosineAnnealingLR early_stopping=5", gives: "test loss"),
      Example("train net on iris.train epochs=2 lr={\"fc1.*\": 0.001, \"*\": 0.01} track=[\"path_integral\"]", gives: "epoch 2/2"),
    ],
    run: trained)
}

private let trackHelp = "Statistics of every parameter over the steps, for `.track`: all, or some of " + TrackName.single.map(\.rawValue).joined(separator: ", ") + "."

extension OptimiserChoice {
  /// What `train` takes where nothing is said.
  fileprivate static var standard: OptimiserChoice { OptimiserChoice(.sgd) }
}

/// What to track: one kind, or a list of some.
struct TrackChoice: Accepted {
  let kinds: [TrackName]
  static let expectation = "`all`, or a list of some of " + TrackName.single.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
  static let form = ArgumentForm.choice(TrackName.words)
  static func accept(_ value: any Value) throws -> TrackChoice? {
    if let one = TrackName.accept(value) { return TrackChoice(kinds: [one]) }
    guard let list = value as? List else { return nil }
    let kinds = try list.items.map { item in
      guard let kind = TrackName.accept(item) else {
        let word = item as? String
        let near = word.flatMap { nearest(to: $0, among: TrackName.words) }
        throw TensorError.value("track", "there is no `\(word ?? item.inlineText)`" + (near.map { ": did you mean `\($0)`?" } ?? ": choose of \(TrackName.words.joined(separator: ", "))"))
      }
      return kind
    }
    return TrackChoice(kinds: kinds)
  }
}

/// A loss by its name, a loss layer, or a function of the user's.
enum LossChoice: Accepted {
  case named(LossName)
  case layer(Module)
  case own(AnyFunction)

  static let expectation = "a loss by name, a loss layer such as CrossEntropyLoss(), or a function (out, y) -> number"
  static var form: ArgumentForm { LossName.form }
  static func accept(_ value: any Value) -> LossChoice? {
    if let name = LossName.accept(value) { return .named(name) }
    if let module = value as? Module { return .layer(module) }
    return AnyFunction.accept(value).map(LossChoice.own)
  }

  func loss(for y: Tensor, _ session: Session) throws -> Loss {
    switch self {
    case .named(let name): return Loss(name, for: y)
    case .layer(let layer as LossLayer): return try layer.trainingLoss(for: y)
    case .layer(let module): return LossChoice.made(module.typeName, y) { try session.currentRun(module, $0) }
    case .own(let function): return LossChoice.made("loss", y, function.body)
    }
  }

  private static func made(_ name: String, _ y: Tensor, _ body: @escaping ([any Value]) throws -> any Value) -> Loss {
    Loss(name, isOfLabels: !y.dtype.isFloating) { out, y in
      let value = try body([out, y])
      guard let tensor = try Tensor.accept(value) else { throw TensorError.value(name, "gave \(type(of: value).aKind), and a number is needed") }
      return tensor
    }
  }
}

extension DataSet {
  /// The targets, which training and evaluation need.
  func targets() throws -> Tensor {
    guard let y else { throw TensorError.value("data", "this data set has no targets: `dataset(x, y)` makes one that has") }
    return y
  }
}

private func trained(
  _ session: Session, _ net: Module, _ data: DataSet, _ test: DataSet?, _ epochs: Int, _ batchSize: Int?, _ lr: PatternedNumber?,
  _ optimiser: OptimiserChoice, _ shuffle: Bool, _ loss: LossChoice?, _ metric: MetricName, _ momentum: Double?, _ weightDecay: PatternedNumber?,
  _ dampening: Double?, _ nesterov: Bool?, _ betas: [Double]?, _ eps: Double?, _ amsgrad: Bool?, _ alpha: Double?, _ centered: Bool?,
  _ dropLast: Bool, _ schedule: ScheduleValue?, _ l1: PatternedNumber?, _ clipNorm: Double?, _ clipValue: Double?, _ accumulate: Int,
  _ patience: Int?, _ minDelta: Double?, _ watch: WatchName, _ restoreBest: Bool?, _ checkpoint: String?, _ every: Int?, _ resume: String?,
  _ track: TrackChoice?, _ maximize: Bool?, _ keepsZeros: Bool
) throws -> any Value {
  let y = try data.targets()
  var options = TrainingOptions()
  (options.epochs, options.batchSize, options.shuffle, options.dropLast) = (epochs, batchSize ?? 32, shuffle, dropLast)
  (options.lr, options.weightDecay, options.l1, options.accumulate) = (lr, weightDecay, l1, accumulate)
  (options.metric, options.loss) = (metric, try loss?.loss(for: y, session))
  (options.schedule, options.clipGradNorm, options.clipGradValue) = (schedule?.schedule, clipNorm, clipValue)
  (options.watch, options.earlyStopping, options.minDelta, options.restoreBest) = (watch, patience, minDelta, restoreBest)
  options.track = track?.kinds ?? []
  let beside = OptimiserArguments(
    momentum: momentum, dampening: dampening, nesterov: nesterov, betas: betas, eps: eps, amsgrad: amsgrad, alpha: alpha, centered: centered,
    maximize: maximize)
  options.optimiser = optimiser.name
  if keepsZeros { options.masks = try net.zeroMasks() }
  try pointing {
    options.arguments = try optimiser.arguments(beside: beside, hasRate: lr != nil, hasDecay: weightDecay != nil)
    options.checkpoint = try session.checkpointPlan(checkpoint, every)
    options.resume = try resume.map(session.checkpointRecord)
  }
  let held = try test.map { ($0.x, try $0.targets()) }
  let trainer = try pointing {
    try Trainer(net, x: data.x, y: y, test: held, options, run: session.currentRun, journal: session.journal)
  }
  if patience != nil, test == nil, watch == .auto { session.output.note("early stopping watches the training loss, for want of test data: `test=` gives some") }
  return try session.followed(trainer, data.x, epochs, showsRate: schedule != nil)
}

/// Runs `body`, whose errors about a value name the argument that they are about, as the call then does too.
private func pointing<T>(_ body: () throws -> T) throws -> T {
  do { return try body() } catch let error as TensorError {
    guard case .value(let name, _) = error else { throw error }
    throw InArgument(name: name, error: error, label: "")
  }
}

extension Session {
  /// Trains, shows how far it has come, and says what an interrupt left.
  fileprivate func followed(_ trainer: Trainer, _ x: Tensor, _ epochs: Int, showsRate: Bool) throws -> History {
    var sinceShown = 0
    let history = try fed(x, "on") {
      try trainer.train { step in
        sinceShown += 1
        guard sinceShown >= 16, settings.showsProgress else { return }
        sinceShown = 0
        let done = (Double(step.epoch - 1) + Double(step.batch) / Double(max(step.batches, 1))) / Double(max(step.epochs, 1))
        let test = step.last?.testLoss.map { "  test loss \(number($0))" } ?? "", rate = showsRate ? "  lr \(number(step.lr))" : ""
        output.progress(ProgressStep("epoch \(step.epoch)/\(step.epochs)", done, "loss \(number(step.loss))\(test)\(rate)"))
      }
    }
    output.progress(nil)
    if history.isInterrupted {
      keepsOnInterrupt = true
      output.note("stopped in epoch \(min(history.epochs.count + 1, epochs))/\(epochs) after \(history.steps) steps; the model keeps what it has learned (`undo` takes it back)")
    }
    return history
  }

  fileprivate func checkpointPlan(_ path: String?, _ every: Int?) throws -> CheckpointPlan? {
    guard let path else {
      if every != nil { throw TensorError.value("checkpoint_every", "goes with `checkpoint`, the file to write") }
      return nil
    }
    try checkEnding(path, "checkpoint")
    return CheckpointPlan(every: every ?? 1) { [files] in try Loader.save($0, to: path, files: files) }
  }

  fileprivate func checkpointRecord(_ path: String) throws -> Record {
    try checkEnding(path, "resume")
    let value = try Loader.load(path, files: files, generator: generator)
    guard let record = value as? Record else { throw TensorError.value("resume", "\(path) holds \(type(of: value).aKind), and no checkpoint") }
    return record
  }

  private func checkEnding(_ path: String, _ argument: String) throws(TensorError) {
    guard path.hasSuffix(".safetensors") else { throw .value(argument, "is a file that ends in .safetensors, got \"\(path)\"") }
  }
}
