import Builtins
import Charts
import Data
import Engine
import Language
import NN

extension Builtin<Session> {
  static let train = Builtin(
    "train", "Make the loss of a model on data small, step by step; gives the history of loss and metric.",
    .required("net", Module.self, "The model to train."),
    .required("on", DataSet.self, "A data set with targets."),
    .optional("test", DataSet.self, "Held-out data, evaluated after each epoch."),
    .option("epochs", 10, in: 0...1e9, "Passes over the data."),
    .optional("batch_size", Int.self, in: 0...1e12, "Samples a step, 32 where it is not said; 0 takes all at once."),
    .optional("lr", Double.self, in: 0...1e6, "The learning rate; the optimiser's own default where it is not said."),
    .option("optimizer", OptimiserKind.sgd, "How steps are made of gradients."),
    .option("shuffle", true, "A new order of the samples for each epoch, as PyTorch's DataLoader draws it."),
    .optional("loss", LossChoice.self, "A loss by name, or a function (out, y) -> number."),
    .option("metric", MetricName.auto, "What is reported beside the loss."),
    .optional("momentum", Double.self, "SGD, RMSprop."),
    .optional("weight_decay", Double.self, "How strongly weights are drawn to 0."),
    .optional("dampening", Double.self, "SGD."),
    .optional("nesterov", Bool.self, "SGD."),
    .optional("betas", [Double].self, "Adam, AdamW: two numbers."),
    .optional("eps", Double.self, "Adam, AdamW, RMSprop."),
    .optional("amsgrad", Bool.self, "Adam, AdamW."),
    .optional("alpha", Double.self, "RMSprop."),
    .optional("centered", Bool.self, "RMSprop."),
    .option("drop_last", false, "Leave out a last batch that is smaller."),
    source: Source("PyTorch's torch.optim and DataLoader: the same steps in the same order for a seed"),
    examples: [Example("train net on iris.train epochs=2 lr=0.01 optimizer=adam", gives: "epoch 2/2")],
    run: trained)

  static let evaluate = Builtin(
    "evaluate", "The loss and the metric of a model on data, in evaluation mode.",
    .required("net", Module.self, "The model."),
    .required("on", DataSet.self, "A data set with targets."),
    .optional("loss", LossChoice.self, "A loss by name, or a function (out, y) -> number."),
    .option("metric", MetricName.auto, "What is reported beside the loss."),
    examples: [Example("evaluate net on iris.test", gives: "accuracy")]
  ) { (session, net: Module, data: DataSet, loss: LossChoice?, metric: MetricName) in
    let y = try data.targets()
    return try fed(data.x, "on") {
      try Evaluation(net, x: data.x, y: y, loss: loss?.loss(for: y), metric: metric, run: session.currentRun)
    }
  }

  static let params = Builtin(
    "params", "One row a parameter: shape, count, mean, std, min, max, gradient norm, frozen.",
    .required("net", Module.self, "A model or a layer."),
    examples: [Example("params net", gives: "fc1.weight")]
  ) { (_, net: Module) in try parameterTable(net) }

  static let summary = Builtin(
    "summary", "One row a layer: its kind, the shape it puts out, how many parameters it has.",
    .required("net", Module.self, "A model."),
    .optional("on", Anything.self, "A data set or a tensor to run through it, for the shapes."),
    examples: [Example("summary net on iris.test", gives: "Linear")]
  ) { (session, net: Module, sample: Anything?) in
    let x = try sample.map { try ($0.value as? DataSet)?.x ?? Tensor.accept($0.value) } ?? nil
    if sample != nil, x == nil { throw ArgumentError.wrongType(name: "on", expected: "a data set or a tensor", met: Swift.type(of: sample?.value ?? None()).kind) }
    return try summaryTable(net, input: x, run: session.currentRun)
  }

  static let initialise = Builtin(
    "init", "Give parameters fresh numbers of a scheme.",
    .required("place", Quoted.self, "A model, a layer, or a parameter."),
    .required("by", Initialisation.self, "The scheme, by PyTorch's name."),
    .optional("of", String.self, "A pattern such as \"*.weight\", for some parameters of a model."),
    .optional("gain", Double.self, "xavier_*, orthogonal."),
    .optional("a", Double.self, "kaiming_*: the slope; uniform, trunc_normal: the lower end."),
    .optional("b", Double.self, "uniform, trunc_normal: the upper end."),
    .optional("mean", Double.self, "normal, trunc_normal."),
    .optional("std", Double.self, "normal, trunc_normal."),
    .optional("val", Double.self, "constant."),
    .optional("mode", Initialisation.FanMode.self, "kaiming_*."),
    .optional("nonlinearity", Initialisation.Nonlinearity.self, "kaiming_*."),
    source: Source("Glorot and Bengio 2010; He et al. 2015; Saxe et al. 2014; PyTorch's torch.nn.init"),
    examples: [Example("init net by kaiming_normal")],
    run: initialised)

  static let freeze = Builtin(
    "freeze", "Keep parameters as they are: training leaves them out.",
    .required("place", Anything.self, "A model, a layer, or a parameter."),
    .optional("of", String.self, "A pattern such as \"fc1.*\"."),
    examples: [Example("freeze net.fc1; net.fc1.weight.requires_grad", gives: "false")]
  ) { (session, place: Anything, pattern: String?) in try frozen(session, place.value, pattern, isFrozen: true) }

  static let unfreeze = Builtin(
    "unfreeze", "Let training change parameters again.",
    .required("place", Anything.self, "A model, a layer, or a parameter."),
    .optional("of", String.self, "A pattern such as \"fc1.*\"."),
    examples: [Example("unfreeze net; net.fc1.weight.requires_grad", gives: "true")]
  ) { (session, place: Anything, pattern: String?) in try frozen(session, place.value, pattern, isFrozen: false) }
}

/// A loss by its name, or a function of the user's.
enum LossChoice: Accepted {
  case named(LossName)
  case own(AnyFunction)

  static let expectation = "a loss by name, or a function (out, y) -> number"
  static var form: ArgumentForm { LossName.form }
  static func accept(_ value: any Value) -> LossChoice? {
    if let name = LossName.accept(value) { return .named(name) }
    return AnyFunction.accept(value).map(LossChoice.own)
  }

  func loss(for y: Tensor) -> Loss {
    switch self {
    case .named(let name): Loss(name, for: y)
    case .own(let function):
      Loss("loss", isOfLabels: !y.dtype.isFloating) { out, y in
        let value = try function.body([out, y])
        guard let tensor = try Tensor.accept(value) else { throw TensorError.value("loss", "gave \(type(of: value).aKind), and a number is needed") }
        return tensor
      }
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
  _ session: Session, _ net: Module, _ data: DataSet, _ test: DataSet?, epochs: Int, _ batchSize: Int?, _ lr: Double?, _ optimiser: OptimiserKind,
  _ shuffle: Bool, _ loss: LossChoice?, _ metric: MetricName, _ momentum: Double?, _ weightDecay: Double?, _ dampening: Double?, _ nesterov: Bool?,
  _ betas: [Double]?, _ eps: Double?, _ amsgrad: Bool?, _ alpha: Double?, _ centered: Bool?, _ dropLast: Bool
) throws -> any Value {
  let y = try data.targets()
  var options = TrainingOptions()
  (options.epochs, options.batchSize, options.shuffle, options.dropLast) = (epochs, batchSize ?? 32, shuffle, dropLast)
  (options.optimiser, options.metric, options.loss) = (optimiser, metric, loss?.loss(for: y))
  options.arguments = OptimiserArguments(
    lr: lr, momentum: momentum, dampening: dampening, weightDecay: weightDecay, nesterov: nesterov, betas: betas, eps: eps, amsgrad: amsgrad,
    alpha: alpha, centered: centered)
  let held = try test.map { ($0.x, try $0.targets()) }
  let trainer = try Trainer(net, x: data.x, y: y, test: held, options, run: session.currentRun, journal: session.journal)
  var sinceShown = 0
  let history = try fed(data.x, "on") {
    try trainer.train { step in
      sinceShown += 1
      guard sinceShown >= 16, session.settings.showsProgress else { return }
      sinceShown = 0
      let done = (Double(step.epoch - 1) + Double(step.batch) / Double(max(step.batches, 1))) / Double(max(step.epochs, 1))
      session.output.progress(ProgressStep("epoch \(step.epoch)/\(step.epochs)", done, "loss \(number(step.loss))"))
    }
  }
  session.output.progress(nil)
  if history.isInterrupted {
    session.keepsOnInterrupt = true
    session.output.note("stopped in epoch \(min(history.epochs.count + 1, epochs))/\(epochs) after \(history.steps) steps; the model keeps what it has learned (`undo` takes it back)")
  }
  return history
}

private func initialised(
  _ session: Session, _ place: Quoted, by scheme: Initialisation, of pattern: String?, gain: Double?, a: Double?, b: Double?, mean: Double?, std: Double?,
  val: Double?, mode: Initialisation.FanMode?, nonlinearity: Initialisation.Nonlinearity?
) throws -> any Value {
  let arguments = Initialisation.Arguments(gain: gain, a: a, b: b, mean: mean, std: std, val: val, mode: mode, nonlinearity: nonlinearity)
  let value = try session.evaluate(place.expression, place.scope)
  if let module = value as? Module {
    try module.initialise(by: scheme, arguments, matching: pattern, using: session.generator, journal: session.journal)
  } else if let parameter = try session.parameter(place, value) {
    try parameter.initialise(by: scheme, arguments, using: session.generator, journal: session.journal)
  } else {
    throw Failure("init takes a model, a layer or a parameter, got \(type(of: value).aKind)", at: place.expression.span)
  }
  return None()
}

private func frozen(_ session: Session, _ value: any Value, _ pattern: String?, isFrozen: Bool) throws -> any Value {
  if let module = value as? Module {
    let chosen = try pattern.map { try module.parameters(matching: $0) } ?? module.namedParameters
    for (_, parameter) in chosen { try parameter.value.setRequiresGrad(!isFrozen, journal: session.journal) }
  } else if let tensor = try Tensor.accept(value) {
    try tensor.setRequiresGrad(!isFrozen, journal: session.journal)
  } else {
    throw ArgumentError.wrongType(name: "place", expected: "a model, a layer or a parameter", met: type(of: value).kind)
  }
  return None()
}

extension Session {
  /// The parameter of a model that an expression such as `net.fc1.weight` names.
  func parameter(_ place: Quoted, _ value: any Value) throws -> NN.Parameter? {
    if let own = value as? ParameterValue { return own.parameter }
    guard let tensor = value as? Tensor, case .member(let base, let name) = place.expression.kind,
      let module = try evaluate(base, place.scope) as? Module
    else { return nil }
    for case .parameter(name.text, let parameter?) in module.parts where parameter.value === tensor { return parameter }
    return nil
  }
}
