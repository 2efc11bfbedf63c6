import Builtins
import Engine
import Glibc

extension Builtin<Void> {
  static let asgd = Builtin(
    "ASGD", "Gradient descent whose rate falls slowly, and that keeps the mean of the parameters as it goes.",
    .optional("lr", Double.self, "The learning rate, 1e-2 where it is not said."),
    .option("lambd", 1e-4, "How strongly weights decay, and the rate with them."),
    .option("alpha", 0.75, "The power by which the rate falls."),
    .option("t0", 1e6, "The step after which the mean begins."),
    .optional("weight_decay", Double.self, "How strongly weights are drawn to 0."),
    .option("maximize", false, "Goes up rather than down."),
    formula: "w = (1 - lambd η) w - η g; η = lr / (1 + lambd lr t)^alpha",
    source: Source("Polyak and Juditsky 1992, Acceleration of stochastic approximation by averaging"),
    examples: [Example("train net on iris.train epochs=2 optimizer=ASGD(lr=0.1)", gives: "epoch 2/2")]
  ) { (lr: Double?, lambd: Double, alpha: Double, t0: Double, decay: Double?, maximize: Bool) in
    var arguments = OptimiserArguments(lr: lr, weightDecay: decay, alpha: alpha, maximize: maximize)
    (arguments.lambd, arguments.t0) = (lambd, t0)
    return try OptimiserChoice(.asgd, arguments)
  }
}

/// `w = (1 - λ η) w - η g` with `η = lr / (1 + λ lr t)^α`; the mean of the parameters is kept beside them, as `ax`.
/// - Source: Polyak and Juditsky 1992; PyTorch's `torch.optim.ASGD`.
public final class ASGD: RunningOptimiser {
  private var rate: Double
  private let lambd: Double, alpha: Double, t0: Double, decay: Double

  public init(_ arguments: OptimiserArguments = .init()) {
    (rate, decay) = (arguments.lr ?? 1e-2, arguments.weightDecay ?? 0)
    (lambd, alpha, t0) = (arguments.lambd ?? 1e-4, arguments.alpha ?? 0.75, arguments.t0 ?? 1e6)
    super.init(maximize: arguments.maximize ?? false)
  }

  public override var lr: Double {
    get { rate }
    set { rate = newValue }
  }
  override var slots: [(name: String, start: Double)] { [("ax", 0)] }

  override func move(_ parameter: Tensor, _ gradient: Tensor, _ slots: inout OptimiserSlots) throws(TensorError) {
    try Recording.with(.none) { () throws(TensorError) in
      let done = Double(slots.steps - 1), eta = rate / pow(1 + lambd * rate * done, alpha), share = 1 / max(1, done - t0)
      let before = parameter.detached(), direction = decay == 0 ? gradient : try gradient + before * decay
      try parameter.copyNumbers(of: before * (1 - lambd * eta) - direction * eta)
      slots.tensors[0] = try share == 1 ? parameter.copied() : slots.tensors[0] + (parameter.detached() - slots.tensors[0]) * share
    }
  }
}
