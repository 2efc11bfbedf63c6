import Builtins
import Engine

extension Builtin<Void> {
  static let sgd = Builtin(
    "SGD", "Gradient descent, with momentum where it is asked for, as the optimizer of a training.",
    .optional("lr", Double.self, "The learning rate, 1e-3 where it is not said."),
    .option("momentum", 0.0, "How much of the last direction goes on."),
    .option("dampening", 0.0, "How much of a gradient the direction leaves out."),
    .optional("weight_decay", Double.self, "How strongly weights are drawn to 0."),
    .option("nesterov", false, "Looks ahead along the direction."),
    .option("maximize", false, "Goes up rather than down."),
    formula: "v = momentum v + (1 - dampening) g; w = w - lr v",
    source: Source("PyTorch's torch.optim.SGD; Sutskever et al. 2013, ICML"),
    examples: [Example("train net on iris.train epochs=2 optimizer=SGD(lr=0.1, momentum=0.9)", gives: "epoch 2/2")]
  ) { (lr: Double?, momentum: Double, dampening: Double, decay: Double?, nesterov: Bool, maximize: Bool) in
    try OptimiserChoice(.sgd, OptimiserArguments(lr: lr, momentum: momentum, dampening: dampening, weightDecay: decay, nesterov: nesterov, maximize: maximize))
  }
}

/// `v = momentum v + (1 - dampening) g`, `w = w - lr v`; with Nesterov `w = w - lr (g + momentum v)`.
/// - Source: PyTorch's `torch.optim.SGD`; Sutskever et al. 2013.
public final class SGD: RunningOptimiser {
  private var settings = OptimiserStep.SGD()

  /// - Throws: `value` where Nesterov's rule lacks what it needs.
  public init(_ arguments: OptimiserArguments = .init()) throws(TensorError) {
    settings.lr = arguments.lr ?? 1e-3
    settings.momentum = arguments.momentum ?? 0
    settings.dampening = arguments.dampening ?? 0
    settings.weightDecay = arguments.weightDecay ?? 0
    settings.nesterov = arguments.nesterov ?? false
    settings.maximize = arguments.maximize ?? false
    // The kernel turns the gradient round itself.
    super.init(maximize: false)
    if settings.nesterov, settings.momentum <= 0 || settings.dampening != 0 {
      throw .value("sgd", "`nesterov` needs a `momentum` above 0 and a `dampening` of 0")
    }
  }

  public override var lr: Double {
    get { settings.lr }
    set { settings.lr = newValue }
  }
  public override var momentum: Double? {
    get { settings.momentum }
    set { settings.momentum = newValue ?? 0 }
  }
  override var slots: [(name: String, start: Double)] { settings.momentum != 0 ? [("momentum_buffer", 0)] : [] }

  override func move(_ parameter: Tensor, _ gradient: Tensor, _ slots: inout OptimiserSlots) throws(TensorError) {
    let isFirst = slots.steps == 1 || slots.tensors.isEmpty
    // A schedule may turn momentum on after the first steps.
    if settings.momentum != 0, slots.tensors.isEmpty { slots.tensors = [try .zeros(parameter.shape, parameter.dtype)] }
    try OptimiserStep.sgd(parameter, gradient, buffer: slots.tensors.first, isFirst: isFirst, settings)
  }
}
