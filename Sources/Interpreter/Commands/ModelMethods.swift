import Builtins
import Engine
import NN

/// What is written behind a model and a dot: `net.eval()`. These hide functions and commands of the same name.
enum ModelMethods {
  static let all: [Builtin<Session>] = [
    .buffersMethod, .evalMethod, .loadStateDict, .modulesMethod, .parametersMethod, .namedParametersMethod, .paramsMethod, .requiresGradMethod, .stateDict,
    .trainMethod, .zeroGrad,
  ]
}

extension Builtin<Session> {
  static let trainMethod = Builtin(
    "train", "Switch a model to training mode, or with false to evaluation mode.",
    .required("net", Module.self, "The model."), .option("mode", true, "Whether to train."),
    examples: [Example("net.train(); net.training", gives: "true")]
  ) { (session, net: Module, mode: Bool) in
    net.setTraining(mode, journal: session.journal)
    return net
  }

  static let evalMethod = Builtin(
    "eval", "Switch a model to evaluation mode: dropout passes everything on.",
    .required("net", Module.self, "The model."),
    examples: [Example("net.eval(); net.training", gives: "false")]
  ) { (session, net: Module) in
    net.setTraining(false, journal: session.journal)
    return net
  }

  static let stateDict = Builtin(
    "state_dict", "A copy of all parameters and buffers by path.",
    .required("net", Module.self, "The model."),
    examples: [Example("len(net.state_dict())", gives: "4")]
  ) { (_, net: Module) in try net.stateDict() }

  static let loadStateDict = Builtin(
    "load_state_dict", "Copy numbers into the parameters and buffers of a model, by path.",
    .required("net", Module.self, "The model."), .required("state_dict", Record.self, "Tensors by path."),
    .option("strict", true, "Whether every name must be on both sides."),
    examples: [Example("w = net.state_dict(); net.load_state_dict(w)")]
  ) { (session, net: Module, state: Record, strict: Bool) in
    try net.loadStateDict(state, strict: strict, journal: session.journal)
    return None()
  }

  static let paramsMethod = Builtin(
    "params", "Pairs of path and parameter, all or those that match a pattern.",
    .required("net", Module.self, "The model."), .optional("pattern", String.self, "Such as \"*.weight\"."),
    examples: [Example("for name, p in net.params(\"*.bias\") { print(name, p.shape) }", gives: "fc2.bias [3]")]
  ) { (_, net: Module, pattern: String?) in
    let chosen = try pattern.map { try net.parameters(matching: $0) } ?? net.namedParameters
    return List(chosen.map { List([$0.name, $0.parameter.value]) })
  }

  static let namedParametersMethod = Builtin(
    "named_parameters", "Pairs of path and parameter.", .required("net", Module.self, "The model."),
    examples: [Example("len(net.named_parameters())", gives: "4")]
  ) { (_, net: Module) in List(net.namedParameters.map { List([$0.name, $0.parameter.value]) }) }

  static let parametersMethod = Builtin(
    "parameters", "The parameters in order.", .required("net", Module.self, "The model."),
    examples: [Example("len(net.parameters())", gives: "4")]
  ) { (_, net: Module) in List(net.everyParameter.map(\.value)) }

  static let buffersMethod = Builtin(
    "buffers", "Pairs of path and buffer.", .required("net", Module.self, "The model."),
    examples: [Example("len(net.buffers())", gives: "0")]
  ) { (_, net: Module) in List(net.namedBuffers.map { List([$0.name, $0.buffer.value]) }) }

  static let modulesMethod = Builtin(
    "modules", "Pairs of path and layer, the model itself first.", .required("net", Module.self, "The model."),
    examples: [Example("len(net.modules())", gives: "4")]
  ) { (_, net: Module) in List(net.namedModules.map { List([$0.name, $0.module]) }) }

  static let zeroGrad = Builtin(
    "zero_grad", "Forget the gradients that `backward` left.", .required("net", Module.self, "The model."),
    examples: [Example("net.zero_grad()")]
  ) { (session, net: Module) in
    for parameter in net.everyParameter where parameter.value.grad != nil { try parameter.value.setGrad(nil, journal: session.journal) }
    return None()
  }

  static let requiresGradMethod = Builtin(
    "requires_grad_", "Freeze or unfreeze all parameters of a model.",
    .required("net", Module.self, "The model."), .option("requires_grad", true, "False freezes."),
    examples: [Example("net.requires_grad_(true)", gives: "Sequential")]
  ) { (session, net: Module, isOn: Bool) in
    for parameter in net.everyParameter { try parameter.value.setRequiresGrad(isOn, journal: session.journal) }
    return net
  }
}
