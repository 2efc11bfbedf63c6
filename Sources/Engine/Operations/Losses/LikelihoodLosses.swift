import Builtins

extension Builtin<Void> {
  static let gaussianNllLoss = Builtin(
    "gaussian_nll_loss", "Minus the logarithm of a normal density, whose variance a model may say too.",
    .required("input", Tensor.self, "Means."), .required("target", Tensor.self, "What is right, of the same shape."),
    .required("var", Tensor.self, "Variances: of the shape of the input, or without its last dimension."),
    .option("full", false, "Whether the constant log(2π)/2 is counted."), .option("eps", 1e-6, "The least variance."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    formula: "(log v + (input - target)² / v) / 2",
    examples: [Example("gaussian_nll_loss(tensor([1.0]), tensor([2.0]), tensor([1.0]))", gives: "0.5000")]
  ) { (x: Tensor, t: Tensor, v: Tensor, full: Bool, eps: Double, reduction: Reduction) in
    try x.gaussianNllLoss(t, variance: v, full: full, eps: eps, reduction)
  }

  static let poissonNllLoss = Builtin(
    "poisson_nll_loss", "Minus the logarithm that a Poisson distribution gives a count.",
    .required("input", Tensor.self, "Rates, or their logarithms."), .required("target", Tensor.self, "Counts, of the same shape."),
    .option("log_input", true, "Whether the input holds logarithms."), .option("full", false, "Whether Stirling's term of the target is counted."),
    .option("eps", 1e-8, "What keeps log(0) finite."), .option("reduction", Reduction.mean, "How the losses become one number."),
    formula: "exp(input) - target input",
    laws: [.gradient(in: -2...2)],
    examples: [Example("poisson_nll_loss(tensor([0.0]), tensor([2.0]))", gives: "1.")]
  ) { (x: Tensor, t: Tensor, isLog: Bool, full: Bool, eps: Double, reduction: Reduction) in
    try x.poissonNllLoss(t, isLog: isLog, full: full, eps: eps, reduction)
  }
}

extension Tensor {
  /// `(log v + (x - t)² / v) / 2`; no gradient goes through the bound on `v`, as in PyTorch.
  public func gaussianNllLoss(
    _ target: Tensor, variance: Tensor, full: Bool = false, eps: Double = 1e-6, _ reduction: Reduction = .mean
  ) throws(TensorError) -> Tensor {
    let (x, t) = try paired("gaussian_nll_loss", target)
    var v = variance
    if v.shape != x.shape, v.shape == Array(x.shape.dropLast()) { v = try v.unsqueeze(-1) }
    guard v.shape == x.shape || (v.rank == x.rank && v.shape.dropLast() == x.shape.dropLast() && v.shape.last == 1) || v.rank == 0 else {
      throw .shape("gaussian_nll_loss", expected: "variances of \(x.shape), or without its last dimension", met: variance.shape, operand: 2)
    }
    if try v.detached().lt(0).isAnyTrue() { throw .value("gaussian_nll_loss", "a variance is below 0") }
    v = try v + (v.detached().clamp(low: eps, high: .infinity) - v.detached())
    let losses = try (v.log() + (x - t).square() / v) * 0.5
    return try (full ? losses + halfLogTwoPi : losses).reduced(reduction)
  }

  /// `exp(x) - t x`, of logarithms of rates.
  public func poissonNllLoss(
    _ target: Tensor, isLog: Bool = true, full: Bool = false, eps: Double = 1e-8, _ reduction: Reduction = .mean
  ) throws(TensorError) -> Tensor {
    let (x, t) = try paired("poisson_nll_loss", target)
    var losses = isLog ? try x.exp() - t * x : try x - t * (x + eps).log()
    if full {
      let isAbove = try t.gt(1), safe = try isAbove.selecting(t, Tensor.ones(like: t))
      let stirling = try safe * safe.log() - safe + (safe * (2 * Double.pi)).log() * 0.5
      losses = try losses + isAbove.selecting(stirling, Tensor.zeros(like: t))
    }
    return try losses.reduced(reduction)
  }
}

private let halfLogTwoPi = 0.9189385332046727
