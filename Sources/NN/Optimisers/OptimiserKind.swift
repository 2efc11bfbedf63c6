import Builtins
import Engine

/// The optimisers by name, in small letters or as PyTorch writes them.
public enum OptimiserKind: String, Choice {
  case adadelta, adafactor, adagrad, adam, adamax, adamw, asgd, lbfgs, muon, nadam, radam, rmsprop, rprop, sgd

  /// PyTorch's name of the class.
  public var className: String {
    switch self {
    case .adadelta: "Adadelta"
    case .adafactor: "Adafactor"
    case .adagrad: "Adagrad"
    case .adam: "Adam"
    case .adamax: "Adamax"
    case .adamw: "AdamW"
    case .asgd: "ASGD"
    case .lbfgs: "LBFGS"
    case .muon: "Muon"
    case .nadam: "NAdam"
    case .radam: "RAdam"
    case .rmsprop: "RMSprop"
    case .rprop: "Rprop"
    case .sgd: "SGD"
    }
  }

  /// The names of the arguments that it takes, as `torch.optim` has them.
  public var takes: [String] {
    switch self {
    case .adadelta: ["lr", "rho", "eps", "weight_decay", "maximize"]
    case .adafactor: ["lr", "beta2_decay", "eps", "d", "weight_decay", "maximize"]
    case .adagrad: ["lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps", "maximize"]
    case .adam, .adamw: ["lr", "betas", "eps", "weight_decay", "amsgrad", "maximize"]
    case .adamax: ["lr", "betas", "eps", "weight_decay", "maximize"]
    case .asgd: ["lr", "lambd", "alpha", "t0", "weight_decay", "maximize"]
    case .lbfgs: ["lr"]
    case .muon: ["lr", "weight_decay", "momentum", "nesterov", "ns_coefficients", "eps", "ns_steps", "adjust_lr_fn"]
    case .nadam: ["lr", "betas", "eps", "weight_decay", "momentum_decay", "decoupled_weight_decay", "maximize"]
    case .radam: ["lr", "betas", "eps", "weight_decay", "decoupled_weight_decay", "maximize"]
    case .rmsprop: ["lr", "alpha", "eps", "weight_decay", "momentum", "centered", "maximize"]
    case .rprop: ["lr", "etas", "step_sizes", "maximize"]
    case .sgd: ["lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize"]
    }
  }

  /// An optimiser with nothing remembered yet.
  /// - Throws: `value` for an argument that it does not take or that is out of range.
  public func make(_ arguments: OptimiserArguments = .init()) throws(TensorError) -> any Optimiser {
    if let foreign = arguments.given.first(where: { !takes.contains($0.name) && !isOff($0.value) }) {
      throw .value(rawValue, "there is no argument `\(foreign.name)`: it takes " + takes.map { "`\($0)`" }.joined(separator: ", "))
    }
    try arguments.check(rawValue)
    return switch self {
    case .adadelta: Adadelta(arguments)
    case .adafactor: Adafactor(arguments)
    case .adagrad: Adagrad(arguments)
    case .adam: Adam(arguments, isDecoupled: false)
    case .adamax: Adamax(arguments)
    case .adamw: Adam(arguments, isDecoupled: true)
    case .asgd: ASGD(arguments)
    case .lbfgs: LBFGS(arguments)
    case .muon: try Muon(arguments)
    case .nadam: NAdam(arguments)
    case .radam: RAdam(arguments)
    case .rmsprop: RMSprop(arguments)
    case .rprop: Rprop(arguments)
    case .sgd: try SGD(arguments)
    }
  }

  /// `false` and 0 turn off what is not there, so they may be said.
  private func isOff(_ value: any Value) -> Bool { (value as? Bool) == false || (value as? Double) == 0 }
}

/// An optimiser with its arguments, as a user writes it: `Adam(lr=0.01)`, or the bare name.
public struct OptimiserChoice: Value, Sendable {
  public let name: OptimiserKind
  public let arguments: OptimiserArguments

  /// With PyTorch's defaults.
  public init(_ name: OptimiserKind) { (self.name, arguments) = (name, .init()) }

  /// - Throws: what is wrong with the arguments.
  init(_ name: OptimiserKind, _ arguments: OptimiserArguments) throws(TensorError) {
    (self.name, self.arguments) = (name, arguments)
    _ = try name.make(arguments)
  }

  /// Its arguments and those that a training gives beside it.
  /// - Throws: `value` where both settle one and the same.
  public func arguments(beside others: OptimiserArguments, hasRate: Bool, hasDecay: Bool) throws(TensorError) -> OptimiserArguments {
    for (name, isTwice) in [("lr", hasRate && arguments.lr != nil), ("weight_decay", hasDecay && arguments.weightDecay != nil)] where isTwice {
      throw .value("optimizer", "`\(name)` is given twice: inside \(self.name.className)(…) and beside it")
    }
    return try arguments.merged(with: others)
  }

  public static let kind = "optimizer"
  public var shown: Shown { .text(arguments.given.isEmpty ? name.rawValue : name.className + "(" + arguments.given.map { "\($0.name)=\($0.value.inlineText)" }.joined(separator: ", ") + ")") }
  public var json: JSON { .object([JSON.Member("type", .string(name.className))] + arguments.given.map { JSON.Member($0.name, $0.value.json) }) }
}

extension OptimiserChoice: Accepted {
  public static let expectation = "an optimizer: one of \(OptimiserKind.words.joined(separator: ", ")), or such as Adam(lr=0.01)"
  public static let form = ArgumentForm.choice(OptimiserKind.words + OptimiserKind.allCases.map(\.className))
  public static func accept(_ value: any Value) -> OptimiserChoice? {
    if let choice = value as? OptimiserChoice { return choice }
    guard let text = value as? String else { return nil }
    return OptimiserKind.allCases.first { $0.rawValue == text || $0.className == text }.map { OptimiserChoice($0) }
  }
}

/// The optimisers that the shell builds by their class names.
public enum Optimisers {
  public static let all: [Builtin<Void>] = [.adadelta, .adafactor, .adagrad, .adam, .adamax, .adamW, .asgd, .lbfgs, .muon, .nadam, .radam, .rmsprop, .rprop, .sgd]
}
