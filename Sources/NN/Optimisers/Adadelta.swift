import Builtins
import Engine

extension Builtin<Void> {
  static let adadelta = Builtin(
    "Adadelta", "Steps whose size is that of the steps before, so that there is hardly a rate to choose.",
    .optional("lr", Double.self, "A factor of the steps, 1.0 where it is not said."),
    .option("rho", 0.9, "How much of the running means of squares stays."),
    .option("eps", 1e-6, "What keeps the division finite."),
    .optional("weight_decay", Double.self, "How strongly weights are drawn to 0."),
    .option("maximize", false, "Goes up rather than down."),
    formula: "v = ρ v + (1 - ρ) g²; d = √(u + eps) / √(v + eps) g; u = ρ u + (1 - ρ) d²; w = w - lr d",
    source: Source("Zeiler 2012", arXiv: "1212.5701"),
    examples: [Example("train net on iris.train epochs=2 optimizer=Adadelta()", gives: "epoch 2/2")]
  ) { (lr: Double?, rho: Double, eps: Double, decay: Double?, maximize: Bool) in
    var arguments = OptimiserArguments(lr: lr, weightDecay: decay, eps: eps, maximize: maximize)
    arguments.rho = rho
    return try OptimiserChoice(.adadelta, arguments)
  }
}

/// `v = ρ v + (1 - ρ) g²`, `d = √(u + eps) / √(v + eps) g`, `u = ρ u + (1 - ρ) d²`, `w = w - lr d`.
/// - Source: Zeiler 2012; PyTorch's `torch.optim.Adadelta`.
public final class Adadelta: RunningOptimiser {
  private var settings = OptimiserStep.Adadelta()

  public init(_ arguments: OptimiserArguments = .init()) {
    settings.lr = arguments.lr ?? 1
    settings.rho = arguments.rho ?? 0.9
    settings.eps = arguments.eps ?? 1e-6
    settings.weightDecay = arguments.weightDecay ?? 0
    super.init(maximize: arguments.maximize ?? false)
  }

  public override var lr: Double {
    get { settings.lr }
    set { settings.lr = newValue }
  }
  override var slots: [(name: String, start: Double)] { [("square_avg", 0), ("acc_delta", 0)] }

  override func move(_ parameter: Tensor, _ gradient: Tensor, _ slots: inout OptimiserSlots) throws(TensorError) {
    try OptimiserStep.adadelta(parameter, gradient, square: slots.tensors[0], moved: slots.tensors[1], settings)
  }
}
