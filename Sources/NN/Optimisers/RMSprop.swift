import Builtins
import Engine

extension Builtin<Void> {
  static let rmsprop = Builtin(
    "RMSprop", "Divides each gradient by the root of the running mean of its square.",
    .optional("lr", Double.self, "The learning rate, 1e-2 where it is not said."),
    .option("alpha", 0.99, "How much of the running mean stays."),
    .option("eps", 1e-8, "What keeps the division finite."),
    .optional("weight_decay", Double.self, "How strongly weights are drawn to 0."),
    .option("momentum", 0.0, "How much of the last direction goes on."),
    .option("centered", false, "Divides by the deviation from the running mean of the gradient."),
    .option("maximize", false, "Goes up rather than down."),
    formula: "s = α s + (1 - α) g²; w = w - lr g / (√s + eps)",
    source: Source("Tieleman and Hinton 2012, lecture 6e; PyTorch's torch.optim.RMSprop"),
    examples: [Example("train net on iris.train epochs=2 optimizer=RMSprop(lr=0.01)", gives: "epoch 2/2")]
  ) { (lr: Double?, alpha: Double, eps: Double, decay: Double?, momentum: Double, centered: Bool, maximize: Bool) in
    try OptimiserChoice(
      .rmsprop, OptimiserArguments(lr: lr, momentum: momentum, weightDecay: decay, eps: eps, alpha: alpha, centered: centered, maximize: maximize))
  }
}

/// `s = α s + (1 - α) g²`, `w = w - lr g / (√s + eps)`.
/// - Source: Tieleman and Hinton 2012, lecture 6e; PyTorch's `torch.optim.RMSprop`.
public final class RMSprop: RunningOptimiser {
  private var settings = OptimiserStep.RMSprop()
  private let centered: Bool

  public init(_ arguments: OptimiserArguments = .init()) {
    settings.lr = arguments.lr ?? 1e-2
    settings.alpha = arguments.alpha ?? 0.99
    settings.eps = arguments.eps ?? 1e-8
    settings.weightDecay = arguments.weightDecay ?? 0
    settings.momentum = arguments.momentum ?? 0
    centered = arguments.centered ?? false
    super.init(maximize: arguments.maximize ?? false)
  }

  public override var lr: Double {
    get { settings.lr }
    set { settings.lr = newValue }
  }
  public override var momentum: Double? {
    get { settings.momentum }
    set { settings.momentum = newValue ?? 0 }
  }
  override var slots: [(name: String, start: Double)] {
    [("square_avg", 0)] + (centered ? [("grad_avg", 0)] : []) + (settings.momentum != 0 ? [("momentum_buffer", 0)] : [])
  }

  override func move(_ parameter: Tensor, _ gradient: Tensor, _ slots: inout OptimiserSlots) throws(TensorError) {
    let place = centered ? 2 : 1
    // A schedule may turn momentum on after the first steps.
    if settings.momentum != 0, slots.tensors.count == place { slots.tensors.append(try .zeros(parameter.shape, parameter.dtype)) }
    let t = slots.tensors
    try OptimiserStep.rmsprop(
      parameter, gradient, square: t[0], buffer: settings.momentum != 0 ? t[place] : nil, mean: centered ? t[1] : nil, settings)
  }
}
