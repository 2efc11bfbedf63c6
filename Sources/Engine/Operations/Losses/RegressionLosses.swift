import Builtins

extension Builtin<Void> {
  static let huberLoss = Builtin(
    "huber_loss", "Squared error near the target, absolute error far from it.",
    .required("input", Tensor.self, "What the model says."),
    .required("target", Tensor.self, "What is right, of the same shape."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    .option("delta", 1.0, "Where one becomes the other."),
    formula: "|d| <= δ ? d²/2 : δ (|d| - δ/2), d = input - target",
    laws: [.gradient(in: -2...2)],
    examples: [Example("huber_loss(tensor([0.5, 3.0]), tensor([0.0, 0.0]))", gives: "1.3125")]
  ) { (x: Tensor, y: Tensor, reduction: Reduction, delta: Double) in try x.huberLoss(y, reduction, delta: delta) }

  static let klDiv = Builtin(
    "kl_div", "How far a distribution, given by its logarithms, is from a target.",
    .required("input", Tensor.self, "Logarithms of probabilities."),
    .required("target", Tensor.self, "Probabilities, or their logarithms."),
    .option("reduction", BatchReduction.mean, "How the losses become one number; `batchmean` divides by the samples alone."),
    .option("log_target", false, "Whether the target is given by its logarithms."),
    formula: "target (log target - input)",
    laws: [],
    examples: [Example("kl_div(log(tensor([[0.5, 0.5]])), tensor([[0.25, 0.75]]), reduction=\"batchmean\")", gives: "0.1308")]
  ) { (x: Tensor, y: Tensor, reduction: BatchReduction, isLog: Bool) in try x.divergence(y, reduction, isLog: isLog) }

  static let l1Loss = Builtin(
    "l1_loss", "The absolute error.",
    .required("input", Tensor.self, "What the model says."),
    .required("target", Tensor.self, "What is right, of the same shape."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    formula: "|input - target|",
    laws: [.gradient(in: -2...2)],
    examples: [Example("l1_loss(tensor([1.0, 2.0]), tensor([0.0, 4.0]))", gives: "1.5000")]
  ) { (x: Tensor, y: Tensor, reduction: Reduction) in try x.l1Loss(y, reduction) }

  static let mseLoss = Builtin(
    "mse_loss", "The squared error.",
    .required("input", Tensor.self, "What the model says."),
    .required("target", Tensor.self, "What is right, of the same shape."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    formula: "(input - target)²",
    laws: [.gradient(in: -2...2)],
    examples: [Example("mse_loss(tensor([1.0, 2.0]), tensor([0.0, 4.0]))", gives: "2.5000")]
  ) { (x: Tensor, y: Tensor, reduction: Reduction) in try x.mseLoss(y, reduction) }

  static let smoothL1Loss = Builtin(
    "smooth_l1_loss", "Absolute error with a smooth bottom.",
    .required("input", Tensor.self, "What the model says."),
    .required("target", Tensor.self, "What is right, of the same shape."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    .option("beta", 1.0, in: 0...Double.infinity, "The half width of the bottom."),
    formula: "|d| < β ? d²/2β : |d| - β/2, d = input - target",
    laws: [.gradient(in: -2...2)],
    examples: [Example("smooth_l1_loss(tensor([0.5, 3.0]), tensor([0.0, 0.0]))", gives: "1.3125")]
  ) { (x: Tensor, y: Tensor, reduction: Reduction, beta: Double) in
    beta == 0 ? try x.l1Loss(y, reduction) : try x.huberLoss(y, reduction, delta: beta) / beta
  }
}

/// The reductions of `kl_div`.
public enum BatchReduction: String, Choice {
  case mean, sum, none, batchmean
  public static func accept(_ value: any Value) -> BatchReduction? {
    value is None ? BatchReduction.none : (value as? String).flatMap(BatchReduction.init(rawValue:))
  }
}

extension Tensor {
  /// `(input - target)²`.
  /// - Throws: `shape` where the shapes differ, also where they would stretch.
  public func mseLoss(_ target: Tensor, _ reduction: Reduction = .mean) throws(TensorError) -> Tensor {
    let (x, y) = try paired("mse_loss", target)
    let d = try x - y
    if reduction == .none { return try d.square() }
    let sum = try SumSquaresOp(dims: Array(0..<rank), keepdim: false).apply([d])
    return reduction == .sum ? sum : try sum / Double(count)
  }

  /// `|input - target|`.
  public func l1Loss(_ target: Tensor, _ reduction: Reduction = .mean) throws(TensorError) -> Tensor {
    let (x, y) = try paired("l1_loss", target)
    return try (x - y).abs().reduced(reduction)
  }

  /// `d²/2` near the target, `δ (|d| - δ/2)` far from it.
  public func huberLoss(_ target: Tensor, _ reduction: Reduction = .mean, delta: Double = 1) throws(TensorError) -> Tensor {
    guard delta > 0 else { throw .value("huber_loss", "delta must be above 0, got \(delta)") }
    let (x, y) = try paired("huber_loss", target)
    let d = try x - y, size = try d.abs()
    return try size.le(delta).selecting(d.square() * 0.5, (size - delta / 2) * delta).reduced(reduction)
  }

  /// `target (log target - input)`, of logarithms of probabilities.
  public func divergence(_ target: Tensor, _ reduction: BatchReduction, isLog: Bool) throws(TensorError) -> Tensor {
    let (x, y) = try paired("kl_div", target)
    let losses: Tensor
    if isLog {
      losses = try y.exp() * (y - x)
    } else {
      // Of 0, 0 log 0 counts as 0.
      let isAbove = try y.gt(0)
      let entropy = try isAbove.selecting(y * isAbove.selecting(y, Tensor.ones(like: y)).log(), Tensor.zeros(like: y))
      losses = try entropy - y * x
    }
    switch reduction {
    case .none: return losses
    case .sum: return try losses.sum()
    case .mean: return try losses.mean()
    case .batchmean: return try losses.sum() / Double(rank == 0 ? 1 : shape[0])
    }
  }
}
