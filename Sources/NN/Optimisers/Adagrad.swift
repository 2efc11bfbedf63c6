import Builtins
import Engine

extension Builtin<Void> {
  static let adagrad = Builtin(
    "Adagrad", "Divides each gradient by the root of the sum of all its squares so far.",
    .optional("lr", Double.self, "The learning rate, 1e-2 where it is not said."),
    .option("lr_decay", 0.0, "How fast the learning rate falls with the steps."),
    .optional("weight_decay", Double.self, "How strongly weights are drawn to 0."),
    .option("initial_accumulator_value", 0.0, "What the sums start with."),
    .option("eps", 1e-10, "What keeps the division finite."),
    .option("maximize", false, "Goes up rather than down."),
    formula: "s = s + g²; w = w - lr / (1 + (t - 1) lr_decay) g / (√s + eps)",
    source: Source("Duchi, Hazan and Singer 2011, Journal of Machine Learning Research 12"),
    examples: [Example("train net on iris.train epochs=2 optimizer=Adagrad(lr=0.1)", gives: "epoch 2/2")]
  ) { (lr: Double?, fall: Double, decay: Double?, start: Double, eps: Double, maximize: Bool) in
    var arguments = OptimiserArguments(lr: lr, weightDecay: decay, eps: eps, maximize: maximize)
    (arguments.lrDecay, arguments.initialAccumulatorValue) = (fall, start)
    return try OptimiserChoice(.adagrad, arguments)
  }
}

/// `s = s + g²`, `w = w - lr / (1 + (t - 1) lr_decay) g / (√s + eps)`.
/// - Source: Duchi, Hazan and Singer 2011; PyTorch's `torch.optim.Adagrad`.
public final class Adagrad: RunningOptimiser {
  private var settings = OptimiserStep.Adagrad()
  private let lrDecay: Double, start: Double

  public init(_ arguments: OptimiserArguments = .init()) {
    settings.lr = arguments.lr ?? 1e-2
    settings.eps = arguments.eps ?? 1e-10
    settings.weightDecay = arguments.weightDecay ?? 0
    (lrDecay, start) = (arguments.lrDecay ?? 0, arguments.initialAccumulatorValue ?? 0)
    super.init(maximize: arguments.maximize ?? false)
  }

  public override var lr: Double {
    get { settings.lr }
    set { settings.lr = newValue }
  }
  override var slots: [(name: String, start: Double)] { [("sum", start)] }

  override func move(_ parameter: Tensor, _ gradient: Tensor, _ slots: inout OptimiserSlots) throws(TensorError) {
    var now = settings
    now.lr = settings.lr / (1 + Double(slots.steps - 1) * lrDecay)
    try OptimiserStep.adagrad(parameter, gradient, sum: slots.tensors[0], now)
  }
}
