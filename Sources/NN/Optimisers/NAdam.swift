import Builtins
import Engine
import Glibc

extension Builtin<Void> {
  static let nadam = Builtin(
    "NAdam", "Adam that looks ahead along the running mean, as Nesterov's momentum does.",
    .optional("lr", Double.self, "The learning rate, 2e-3 where it is not said."),
    .option("betas", [0.9, 0.999], "How much of the running means of the gradient and of its square stays."),
    .option("eps", 1e-8, "What keeps the division finite."),
    .optional("weight_decay", Double.self, "How strongly weights are drawn to 0."),
    .option("momentum_decay", 4e-3, "How fast the momentum comes to its value."),
    .option("decoupled_weight_decay", false, "Lets the weights decay by themselves, as AdamW does."),
    .option("maximize", false, "Goes up rather than down."),
    formula: "μₜ = β₁ (1 - 0.96^(t momentum_decay) / 2); w = w - lr ((1 - μₜ) g / (1 - Πμ) + μₜ₊₁ m / (1 - Πμ μₜ₊₁)) / (√v̂ + eps)",
    source: Source("Dozat 2016, ICLR workshop; PyTorch's torch.optim.NAdam"),
    examples: [Example("train net on iris.train epochs=2 optimizer=NAdam(lr=0.01)", gives: "epoch 2/2")]
  ) { (lr: Double?, betas: [Double], eps: Double, decay: Double?, fall: Double, isDecoupled: Bool, maximize: Bool) in
    var arguments = OptimiserArguments(lr: lr, weightDecay: decay, betas: betas, eps: eps, maximize: maximize)
    (arguments.momentumDecay, arguments.decoupledWeightDecay) = (fall, isDecoupled)
    return try OptimiserChoice(.nadam, arguments)
  }
}

/// Adam with Nesterov's momentum, whose strength comes to β₁ step by step.
/// - Source: Dozat 2016; PyTorch's `torch.optim.NAdam`, which keeps the product of the momenta in single precision.
public final class NAdam: AdamFamily {
  private let momentumDecay: Double

  public init(_ arguments: OptimiserArguments = .init()) {
    momentumDecay = arguments.momentumDecay ?? 4e-3
    super.init(OptimiserStep.Adam(arguments, lr: 2e-3, isDecoupled: arguments.decoupledWeightDecay ?? false), maximize: arguments.maximize)
  }

  override var slots: [(name: String, start: Double)] { [("exp_avg", 0), ("exp_avg_sq", 0)] }
  override var numberName: String? { "mu_product" }

  override func move(_ parameter: Tensor, _ gradient: Tensor, _ slots: inout OptimiserSlots) throws(TensorError) {
    let step = Double(slots.steps)
    let now = mu(step), next = mu(step + 1)
    slots.number = Double(Float(slots.number * now))
    try OptimiserStep.nadam(
      parameter, gradient, first: slots.tensors[0], second: slots.tensors[1], .init(now: now, next: next, product: slots.number), step: slots.steps,
      settings)
  }

  private func mu(_ step: Double) -> Double { settings.beta1 * (1 - 0.5 * pow(0.96, step * momentumDecay)) }
}
