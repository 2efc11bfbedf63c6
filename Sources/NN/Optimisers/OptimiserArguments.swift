import Builtins
import Engine

/// The arguments of an optimiser; one that is nil has PyTorch's default.
public struct OptimiserArguments: Sendable {
  public var lr: Double?, momentum: Double?, dampening: Double?, weightDecay: Double?
  public var nesterov: Bool?, betas: [Double]?, eps: Double?, amsgrad: Bool?, alpha: Double?, centered: Bool?, maximize: Bool?
  public var lrDecay: Double?, initialAccumulatorValue: Double?, rho: Double?, momentumDecay: Double?, decoupledWeightDecay: Bool?
  public var lambd: Double?, t0: Double?, etas: [Double]?, stepSizes: [Double]?
  /// Adafactor's two: what keeps a division finite, nil for that of the dtype, and the least size of weights.
  public var beta2Decay: Double?, bounds: [Double?]?, d: Double?
  public var nsCoefficients: [Double]?, nsSteps: Int?, rateAdjustment: MuonRate?
  public var lbfgs: LBFGS.Settings?

  public init(
    lr: Double? = nil, momentum: Double? = nil, dampening: Double? = nil, weightDecay: Double? = nil, nesterov: Bool? = nil,
    betas: [Double]? = nil, eps: Double? = nil, amsgrad: Bool? = nil, alpha: Double? = nil, centered: Bool? = nil, maximize: Bool? = nil
  ) {
    (self.lr, self.momentum, self.dampening, self.weightDecay) = (lr, momentum, dampening, weightDecay)
    (self.nesterov, self.betas, self.eps, self.amsgrad) = (nesterov, betas, eps, amsgrad)
    (self.alpha, self.centered, self.maximize) = (alpha, centered, maximize)
  }

  /// Every argument by PyTorch's name, as a value of the language; nil where it is not given.
  private var named: [(name: String, value: (any Value)?)] {
    [
      ("lr", lr), ("momentum", momentum), ("dampening", dampening), ("weight_decay", weightDecay), ("nesterov", nesterov),
      ("betas", betas.map(List.init)), ("eps", eps), ("amsgrad", amsgrad), ("alpha", alpha), ("centered", centered), ("maximize", maximize),
      ("lr_decay", lrDecay), ("initial_accumulator_value", initialAccumulatorValue), ("rho", rho), ("momentum_decay", momentumDecay),
      ("decoupled_weight_decay", decoupledWeightDecay), ("lambd", lambd), ("t0", t0), ("etas", etas.map(List.init)),
      ("step_sizes", stepSizes.map(List.init)), ("beta2_decay", beta2Decay), ("eps", bounds.map { List($0.map { $0 ?? None() as any Value }) }),
      ("d", d), ("ns_coefficients", nsCoefficients.map(List.init)), ("ns_steps", nsSteps), ("adjust_lr_fn", rateAdjustment?.rawValue),
    ]
  }

  /// Those that are given.
  var given: [(name: String, value: any Value)] { named.compactMap { entry in entry.value.map { (entry.name, $0) } } }

  /// These, and for what they leave open those of `other`.
  /// - Throws: `value` where one is given on both sides.
  func merged(with other: OptimiserArguments) throws(TensorError) -> OptimiserArguments {
    let own = Set(given.map(\.name))
    if let twice = other.given.first(where: { own.contains($0.name) }) {
      throw .value("optimizer", "`\(twice.name)` stands outside the parentheses of the optimizer, which settle it: put it inside")
    }
    var out = self
    out.lr = lr ?? other.lr
    out.momentum = momentum ?? other.momentum
    out.dampening = dampening ?? other.dampening
    out.weightDecay = weightDecay ?? other.weightDecay
    out.nesterov = nesterov ?? other.nesterov
    out.betas = betas ?? other.betas
    out.eps = eps ?? other.eps
    out.amsgrad = amsgrad ?? other.amsgrad
    out.alpha = alpha ?? other.alpha
    out.centered = centered ?? other.centered
    out.maximize = maximize ?? other.maximize
    return out
  }

  /// - Throws: `value` for a number out of range.
  func check(_ optimiser: String) throws(TensorError) {
    let least: [(String, Double?)] = [
      ("lr", lr), ("momentum", momentum), ("weight_decay", weightDecay), ("eps", eps), ("alpha", alpha), ("lr_decay", lrDecay),
      ("initial_accumulator_value", initialAccumulatorValue), ("momentum_decay", momentumDecay), ("lambd", lambd), ("t0", t0),
    ]
    for (name, value) in least {
      if let value, !(value >= 0) { throw .value(optimiser, "`\(name)` is at least 0, got \(value.shortText)") }
    }
    if let rho, !(0...1).contains(rho) { throw .value(optimiser, "`rho` lies in 0 to 1, got \(rho.shortText)") }
    if let etas, etas.count != 2 || !(etas[0] > 0 && etas[0] < 1 && etas[1] > 1) {
      throw .value(optimiser, "`etas` are a factor below 1 and one above, got \(etas.map(\.shortText).joined(separator: ", "))")
    }
    if let stepSizes, stepSizes.count != 2 || !(stepSizes[0] >= 0 && stepSizes[0] <= stepSizes[1]) {
      throw .value(optimiser, "`step_sizes` are the least and the largest, got \(stepSizes.map(\.shortText).joined(separator: ", "))")
    }
    if let d, !(d >= 1) { throw .value(optimiser, "`d` is at least 1, got \(d.shortText)") }
    if let beta2Decay, !(beta2Decay <= 0) { throw .value(optimiser, "`beta2_decay` is at most 0, got \(beta2Decay.shortText)") }
    if let bounds, bounds.count != 2 || bounds.contains(where: { !(($0 ?? 0) >= 0) }) {
      throw .value(optimiser, "`eps` are two numbers of at least 0, the first perhaps none")
    }
    guard let betas else { return }
    guard betas.count == 2 else { throw .value(optimiser, "`betas` are two numbers, got \(betas.count)") }
    if let bad = betas.first(where: { !(0..<1).contains($0) }) { throw .value(optimiser, "`betas` lie in 0 to below 1, got \(bad.shortText)") }
  }
}

extension OptimiserStep.Adam {
  /// - Parameter decay: of the weights, where nothing is said.
  init(_ arguments: OptimiserArguments, lr standard: Double, decay: Double = 0, isDecoupled: Bool = false) {
    self.init()
    lr = arguments.lr ?? standard
    if let betas = arguments.betas, betas.count == 2 { (beta1, beta2) = (betas[0], betas[1]) }
    eps = arguments.eps ?? 1e-8
    weightDecay = arguments.weightDecay ?? decay
    self.isDecoupled = isDecoupled
  }
}
