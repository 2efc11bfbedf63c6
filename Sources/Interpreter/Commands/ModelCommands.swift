import Builtins
import Charts
import Data
import Engine
import Language
import NN

extension Builtin<Session> {
  static let evaluate = Builtin(
    "evaluate", "The loss and the metric of a model on data, in evaluation mode.",
    .required("net", Module.self, "The model."),
    .required("on", DataSet.self, "A data set with targets."),
    .optional("loss", LossChoice.self, "A loss by name, a loss layer, or a function (out, y) -> number."),
    .option("metric", MetricName.auto, "What is reported beside the loss."),
    examples: [Example("evaluate net on iris.test", gives: "accuracy")]
  ) { (session, net: Module, data: DataSet, loss: LossChoice?, metric: MetricName) in
    let y = try data.targets()
    return try fed(data.x, "on") {
      try Evaluation(net, x: data.x, y: y, loss: loss?.loss(for: y, session), metric: metric, run: session.currentRun)
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
    .optional("groups", Int.self, in: 1...1e9, "dirac."),
    .optional("sparsity", Double.self, in: 0...1, "sparse: the share of each column that is 0."),
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

private func initialised(
  _ session: Session, _ place: Quoted, by scheme: Initialisation, of pattern: String?, gain: Double?, a: Double?, b: Double?, mean: Double?, std: Double?,
  val: Double?, mode: Initialisation.FanMode?, nonlinearity: Initialisation.Nonlinearity?, groups: Int?, sparsity: Double?
) throws -> any Value {
  let arguments = Initialisation.Arguments(
    gain: gain, a: a, b: b, mean: mean, std: std, val: val, mode: mode, nonlinearity: nonlinearity, groups: groups, sparsity: sparsity)
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
