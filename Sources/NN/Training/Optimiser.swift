import Builtins
import Engine

/// A rule that changes parameters by their gradients. It keeps its running averages by parameter.
public protocol Optimiser: AnyObject {
  var lr: Double { get set }
  /// One step. A parameter whose gradient is nil is left as it is. Call it where a journal keeps the parameters.
  func step(_ parameters: [Parameter], _ gradients: [Tensor?], _ journal: Journal) throws
}

/// The optimisers by name.
public enum OptimiserKind: String, Choice {
  case sgd, adam, adamw, rmsprop

  /// The names of the arguments that it takes, as `torch.optim` has them.
  public var takes: [String] {
    switch self {
    case .sgd: ["lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize"]
    case .adam, .adamw: ["lr", "betas", "eps", "weight_decay", "amsgrad", "maximize"]
    case .rmsprop: ["lr", "alpha", "eps", "weight_decay", "momentum", "centered", "maximize"]
    }
  }
}

/// The arguments of an optimiser; one that is nil has PyTorch's default.
public struct OptimiserArguments {
  public var lr: Double?, momentum: Double?, dampening: Double?, weightDecay: Double?
  public var nesterov: Bool?, betas: [Double]?, eps: Double?, amsgrad: Bool?, alpha: Double?, centered: Bool?, maximize: Bool?

  public init(
    lr: Double? = nil, momentum: Double? = nil, dampening: Double? = nil, weightDecay: Double? = nil, nesterov: Bool? = nil,
    betas: [Double]? = nil, eps: Double? = nil, amsgrad: Bool? = nil, alpha: Double? = nil, centered: Bool? = nil, maximize: Bool? = nil
  ) {
    (self.lr, self.momentum, self.dampening, self.weightDecay) = (lr, momentum, dampening, weightDecay)
    (self.nesterov, self.betas, self.eps, self.amsgrad) = (nesterov, betas, eps, amsgrad)
    (self.alpha, self.centered, self.maximize) = (alpha, centered, maximize)
  }

  /// The names of those that are given.
  var given: [String] {
    let all: [(String, Bool)] = [
      ("lr", lr != nil), ("momentum", momentum != nil), ("dampening", dampening != nil), ("weight_decay", weightDecay != nil),
      ("nesterov", nesterov != nil), ("betas", betas != nil), ("eps", eps != nil), ("amsgrad", amsgrad != nil),
      ("alpha", alpha != nil), ("centered", centered != nil), ("maximize", maximize != nil),
    ]
    return all.filter(\.1).map(\.0)
  }
}

extension OptimiserKind {
  /// An optimiser with nothing remembered yet.
  /// - Throws: `value` for an argument that it does not take or that is out of range.
  public func make(_ arguments: OptimiserArguments = .init()) throws(TensorError) -> any Optimiser {
    // `false` and 0 turn off what is not there, so they may be said.
    let off = [
      ("momentum", arguments.momentum == 0), ("dampening", arguments.dampening == 0), ("nesterov", arguments.nesterov == false),
      ("amsgrad", arguments.amsgrad == false), ("centered", arguments.centered == false),
    ].filter(\.1).map(\.0)
    if let foreign = arguments.given.first(where: { !takes.contains($0) && !off.contains($0) }) {
      throw .value(rawValue, "there is no argument `\(foreign)`: it takes " + takes.map { "`\($0)`" }.joined(separator: ", "))
    }
    try checkRanges(arguments)
    return switch self {
    case .sgd: try SGD(arguments)
    case .adam: Adam(arguments, isDecoupled: false)
    case .adamw: Adam(arguments, isDecoupled: true)
    case .rmsprop: RMSprop(arguments)
    }
  }

  private func checkRanges(_ arguments: OptimiserArguments) throws(TensorError) {
    let least: [(String, Double?)] = [
      ("lr", arguments.lr), ("momentum", arguments.momentum), ("weight_decay", arguments.weightDecay), ("eps", arguments.eps), ("alpha", arguments.alpha),
    ]
    for (name, value) in least {
      if let value, !(value >= 0) { throw .value(rawValue, "`\(name)` is at least 0, got \(value.shortText)") }
    }
    guard let betas = arguments.betas else { return }
    guard betas.count == 2 else { throw .value(rawValue, "`betas` are two numbers, got \(betas.count)") }
    if let bad = betas.first(where: { !(0..<1).contains($0) }) { throw .value(rawValue, "`betas` lie in 0 to below 1, got \(bad.shortText)") }
  }
}

/// What an optimiser keeps for each parameter, found without a look-up while the list of parameters stays the same.
struct OptimiserMemory<Entry> {
  private var owners: [Parameter] = []
  private(set) var entries: [Entry?] = []
  private var others: [ObjectIdentifier: (owner: Parameter, entry: Entry)] = [:]

  /// Brings the entries in the order of `parameters`.
  mutating func arrange(_ parameters: [Parameter]) {
    if owners.count == parameters.count, zip(owners, parameters).allSatisfy({ $0 === $1 }) { return }
    for (owner, entry) in zip(owners, entries) {
      if let entry { others[ObjectIdentifier(owner)] = (owner, entry) }
    }
    owners = parameters
    entries = parameters.map { others.removeValue(forKey: ObjectIdentifier($0))?.entry }
  }

  subscript(_ place: Int) -> Entry? {
    get { entries[place] }
    set { entries[place] = newValue }
  }
}
