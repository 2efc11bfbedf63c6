import Builtins
import Engine

extension Builtin<Void> {
  static let radam = Builtin(
    "RAdam", "Adam that trusts its mean of squares only as far as it has seen enough of them: a warm-up of its own.",
    .optional("lr", Double.self, "The learning rate, 1e-3 where it is not said."),
    .option("betas", [0.9, 0.999], "How much of the running means of the gradient and of its square stays."),
    .option("eps", 1e-8, "What keeps the division finite."),
    .optional("weight_decay", Double.self, "How strongly weights are drawn to 0."),
    .option("decoupled_weight_decay", false, "Lets the weights decay by themselves, as AdamW does."),
    .option("maximize", false, "Goes up rather than down."),
    formula: "w = w - lr r m̂ / (√v̂ + eps), r of the variance of the squares; w = w - lr m̂ in the first steps",
    source: Source("Liu et al. 2020", arXiv: "1908.03265"),
    examples: [Example("train net on iris.train epochs=2 optimizer=RAdam(lr=0.01)", gives: "epoch 2/2")]
  ) { (lr: Double?, betas: [Double], eps: Double, decay: Double?, isDecoupled: Bool, maximize: Bool) in
    var arguments = OptimiserArguments(lr: lr, weightDecay: decay, betas: betas, eps: eps, maximize: maximize)
    arguments.decoupledWeightDecay = isDecoupled
    return try OptimiserChoice(.radam, arguments)
  }
}

/// Adam whose step is rectified by the variance of its mean of squares.
/// - Source: Liu et al. 2020; PyTorch's `torch.optim.RAdam`.
public final class RAdam: AdamFamily {
  public init(_ arguments: OptimiserArguments = .init()) {
    super.init(OptimiserStep.Adam(arguments, lr: 1e-3, isDecoupled: arguments.decoupledWeightDecay ?? false), maximize: arguments.maximize)
  }

  override var slots: [(name: String, start: Double)] { [("exp_avg", 0), ("exp_avg_sq", 0)] }

  override func move(_ parameter: Tensor, _ gradient: Tensor, _ slots: inout OptimiserSlots) throws(TensorError) {
    try OptimiserStep.radam(parameter, gradient, first: slots.tensors[0], second: slots.tensors[1], step: slots.steps, settings)
  }
}
