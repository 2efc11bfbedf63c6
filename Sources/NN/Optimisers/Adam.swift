import Builtins
import Engine

extension Builtin<Void> {
  static let adam = adams(
    "Adam", .adam, "Steps of about one size for every weight, from running means of the gradient and its square.",
    Source("Kingma and Ba 2015", arXiv: "1412.6980"))
  static let adamW = adams(
    "AdamW", .adamw, "Adam whose weights decay by themselves, apart from the gradient.",
    Source("Loshchilov and Hutter 2019", arXiv: "1711.05101"))

  private static func adams(_ name: String, _ kind: OptimiserKind, _ summary: String, _ source: Source) -> Builtin {
    Builtin(
      name, summary,
      .optional("lr", Double.self, "The learning rate, 1e-3 where it is not said."),
      .option("betas", [0.9, 0.999], "How much of the running means of the gradient and of its square stays."),
      .option("eps", 1e-8, "What keeps the division finite."),
      .optional("weight_decay", Double.self, "How strongly weights are drawn to 0."),
      .option("amsgrad", false, "Divides by the largest square so far."),
      .option("maximize", false, "Goes up rather than down."),
      formula: "m = β₁ m + (1 - β₁) g; v = β₂ v + (1 - β₂) g²; w = w - lr m̂ / (√v̂ + eps)", source: source,
      examples: [Example("train net on iris.train epochs=2 optimizer=\(name)(lr=0.01)", gives: "epoch 2/2")]
    ) { (lr: Double?, betas: [Double], eps: Double, decay: Double?, amsgrad: Bool, maximize: Bool) in
      try OptimiserChoice(kind, OptimiserArguments(lr: lr, weightDecay: decay, betas: betas, eps: eps, amsgrad: amsgrad, maximize: maximize))
    }
  }
}

/// `m = β₁ m + (1 - β₁) g`, `v = β₂ v + (1 - β₂) g²`, `w = w - lr m̂ / (√v̂ + eps)`; AdamW lets the weights decay by
/// themselves.
/// - Source: Kingma and Ba 2015; Loshchilov and Hutter 2019; PyTorch's `torch.optim.Adam` and `AdamW`.
public final class Adam: AdamFamily {
  private let amsgrad: Bool

  public init(_ arguments: OptimiserArguments = .init(), isDecoupled: Bool = false) {
    amsgrad = arguments.amsgrad ?? false
    super.init(OptimiserStep.Adam(arguments, lr: 1e-3, decay: isDecoupled ? 1e-2 : 0, isDecoupled: isDecoupled), maximize: arguments.maximize)
  }

  override var slots: [(name: String, start: Double)] {
    [("exp_avg", 0), ("exp_avg_sq", 0)] + (amsgrad ? [("max_exp_avg_sq", 0)] : [])
  }

  override func move(_ parameter: Tensor, _ gradient: Tensor, _ slots: inout OptimiserSlots) throws(TensorError) {
    let t = slots.tensors
    try OptimiserStep.adam(parameter, gradient, first: t[0], second: t[1], largest: amsgrad ? t[2] : nil, step: slots.steps, settings)
  }
}
