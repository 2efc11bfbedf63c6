import Builtins
import Engine

extension Builtin<Void> {
  static let adamax = Builtin(
    "Adamax", "Adam that divides by the largest gradient so far, which fades, rather than by a mean of squares.",
    .optional("lr", Double.self, "The learning rate, 2e-3 where it is not said."),
    .option("betas", [0.9, 0.999], "How much of the running mean, and of the largest gradient, stays."),
    .option("eps", 1e-8, "What keeps the division finite."),
    .optional("weight_decay", Double.self, "How strongly weights are drawn to 0."),
    .option("maximize", false, "Goes up rather than down."),
    formula: "m = β₁ m + (1 - β₁) g; u = max(β₂ u, |g| + eps); w = w - lr / (1 - β₁ᵗ) m / u",
    source: Source("Kingma and Ba 2015, section 7.1", arXiv: "1412.6980"),
    examples: [Example("train net on iris.train epochs=2 optimizer=Adamax(lr=0.01)", gives: "epoch 2/2")]
  ) { (lr: Double?, betas: [Double], eps: Double, decay: Double?, maximize: Bool) in
    try OptimiserChoice(.adamax, OptimiserArguments(lr: lr, weightDecay: decay, betas: betas, eps: eps, maximize: maximize))
  }
}

/// `m = β₁ m + (1 - β₁) g`, `u = max(β₂ u, |g| + eps)`, `w = w - lr / (1 - β₁ᵗ) m / u`.
/// - Source: Kingma and Ba 2015, section 7.1; PyTorch's `torch.optim.Adamax`.
public final class Adamax: AdamFamily {
  public init(_ arguments: OptimiserArguments = .init()) {
    super.init(OptimiserStep.Adam(arguments, lr: 2e-3), maximize: arguments.maximize)
  }

  override var slots: [(name: String, start: Double)] { [("exp_avg", 0), ("exp_inf", 0)] }

  override func move(_ parameter: Tensor, _ gradient: Tensor, _ slots: inout OptimiserSlots) throws(TensorError) {
    try OptimiserStep.adamax(parameter, gradient, first: slots.tensors[0], most: slots.tensors[1], step: slots.steps, settings)
  }
}
