import Builtins
import Engine

extension Builtin<Void> {
  static let huberLoss = Builtin(
    "HuberLoss", "Squared error near the target, absolute error far from it, as a layer.",
    .option("reduction", Reduction.mean, "How the losses become one number."), .option("delta", 1.0, "Where one becomes the other."),
    source: Source("PyTorch's torch.nn.HuberLoss"),
    examples: [Example("HuberLoss()(tensor([0.5, 3.0]), tensor([0.0, 0.0]))", gives: "1.3125")]
  ) { (reduction: Reduction, delta: Double) in
    LossLayer("HuberLoss", [("delta", delta)], .likeOutput(isOfLabels: false), reduction: reduction.rawValue) { inputs, _ in
      try inputs[0].huberLoss(inputs[1], reduction, delta: delta)
    }
  }

  static let klDivLoss = Builtin(
    "KLDivLoss", "How far a distribution, given by its logarithms, is from a target, as a layer.",
    .option("reduction", BatchReduction.mean, "How the losses become one number; `batchmean` divides by the samples alone."),
    .option("log_target", false, "Whether the target is given by its logarithms."),
    source: Source("PyTorch's torch.nn.KLDivLoss"),
    examples: [Example("KLDivLoss(reduction=batchmean)(log(tensor([[0.5, 0.5]])), tensor([[0.25, 0.75]]))", gives: "0.1308")]
  ) { (reduction: BatchReduction, isLog: Bool) in
    LossLayer("KLDivLoss", [("log_target", isLog)], .likeOutput(isOfLabels: false), reduction: reduction.rawValue) { inputs, _ in
      try inputs[0].divergence(inputs[1], reduction, isLog: isLog)
    }
  }

  static let l1Loss = Builtin(
    "L1Loss", "The absolute error, as a layer.", .option("reduction", Reduction.mean, "How the losses become one number."),
    source: Source("PyTorch's torch.nn.L1Loss"), examples: [Example("L1Loss()(tensor([1.0, 2.0]), tensor([0.0, 4.0]))", gives: "1.5000")]
  ) { (reduction: Reduction) in
    LossLayer("L1Loss", [], .likeOutput(isOfLabels: false), reduction: reduction.rawValue) { inputs, _ in try inputs[0].l1Loss(inputs[1], reduction) }
  }

  static let mseLoss = Builtin(
    "MSELoss", "The squared error, as a layer.", .option("reduction", Reduction.mean, "How the losses become one number."),
    source: Source("PyTorch's torch.nn.MSELoss"), examples: [Example("MSELoss()(tensor([1.0, 2.0]), tensor([0.0, 4.0]))", gives: "2.5000")]
  ) { (reduction: Reduction) in
    LossLayer("MSELoss", [], .likeOutput(isOfLabels: false), reduction: reduction.rawValue) { inputs, _ in try inputs[0].mseLoss(inputs[1], reduction) }
  }

  static let poissonNLLLoss = Builtin(
    "PoissonNLLLoss", "Minus the logarithm that a Poisson distribution gives a count, as a layer.",
    .option("log_input", true, "Whether the input holds logarithms."), .option("full", false, "Whether Stirling's term of the target is counted."),
    .option("eps", 1e-8, "What keeps log(0) finite."), .option("reduction", Reduction.mean, "How the losses become one number."),
    source: Source("PyTorch's torch.nn.PoissonNLLLoss"), examples: [Example("PoissonNLLLoss()(tensor([0.0]), tensor([2.0]))", gives: "1.")]
  ) { (isLog: Bool, full: Bool, eps: Double, reduction: Reduction) in
    LossLayer("PoissonNLLLoss", [("log_input", isLog), ("full", full), ("eps", eps)], .likeOutput(isOfLabels: false), reduction: reduction.rawValue) { inputs, _ in
      try inputs[0].poissonNllLoss(inputs[1], isLog: isLog, full: full, eps: eps, reduction)
    }
  }

  static let smoothL1Loss = Builtin(
    "SmoothL1Loss", "Absolute error with a smooth bottom, as a layer.",
    .option("reduction", Reduction.mean, "How the losses become one number."),
    .option("beta", 1.0, in: 0...Double.infinity, "The half width of the bottom."),
    source: Source("PyTorch's torch.nn.SmoothL1Loss"),
    examples: [Example("SmoothL1Loss()(tensor([0.5, 3.0]), tensor([0.0, 0.0]))", gives: "1.3125")]
  ) { (reduction: Reduction, beta: Double) in
    LossLayer("SmoothL1Loss", [("beta", beta)], .likeOutput(isOfLabels: false), reduction: reduction.rawValue) { inputs, _ in
      beta == 0 ? try inputs[0].l1Loss(inputs[1], reduction) : try inputs[0].huberLoss(inputs[1], reduction, delta: beta) / beta
    }
  }
}
