import Builtins
import Engine

extension Builtin<Void> {
  static let rprop = Builtin(
    "Rprop", "A step size for each number, that grows while the sign of its gradient stays and shrinks where it turns: for whole batches.",
    .optional("lr", Double.self, "The first step size, 1e-2 where it is not said."),
    .option("etas", [0.5, 1.2], "What a step size is multiplied with where the sign turns, and where it stays."),
    .option("step_sizes", [1e-6, 50.0], "The least and the largest step size."),
    .option("maximize", false, "Goes up rather than down."),
    formula: "s = clamp(s η, step_sizes); w = w - s sign(g)",
    source: Source("Riedmiller and Braun 1993, A direct adaptive method for faster backpropagation learning"),
    examples: [Example("train net on iris.train epochs=2 batch_size=0 optimizer=Rprop(lr=0.01)", gives: "epoch 2/2")]
  ) { (lr: Double?, etas: [Double], sizes: [Double], maximize: Bool) in
    var arguments = OptimiserArguments(lr: lr, maximize: maximize)
    (arguments.etas, arguments.stepSizes) = (etas, sizes)
    return try OptimiserChoice(.rprop, arguments)
  }
}

/// `w = w - s sign(g)`, with a step size `s` for each number.
/// - Source: Riedmiller and Braun 1993; PyTorch's `torch.optim.Rprop`, which leaves out the step at which a sign turns.
public final class Rprop: RunningOptimiser {
  private var rate: Double
  private let etas: (less: Double, more: Double), sizes: (least: Double, most: Double)

  public init(_ arguments: OptimiserArguments = .init()) {
    rate = arguments.lr ?? 1e-2
    let etas = arguments.etas ?? [0.5, 1.2], sizes = arguments.stepSizes ?? [1e-6, 50]
    (self.etas, self.sizes) = ((etas[0], etas[1]), (sizes[0], sizes[1]))
    super.init(maximize: arguments.maximize ?? false)
  }

  public override var lr: Double {
    get { rate }
    set { rate = newValue }
  }
  override var slots: [(name: String, start: Double)] { [("prev", 0), ("step_size", rate)] }

  override func move(_ parameter: Tensor, _ gradient: Tensor, _ slots: inout OptimiserSlots) throws(TensorError) {
    try Recording.with(.none) { () throws(TensorError) in
      let turn = try (gradient * slots.tensors[0]).sign(), one = try Tensor.ones([], parameter.dtype)
      let isTurned = try turn.lt(0)
      let factor = try turn.gt(0).selecting(one * etas.more, isTurned.selecting(one * etas.less, one))
      let size = try (slots.tensors[1] * factor).clamp(low: sizes.least, high: sizes.most)
      let kept = try isTurned.selecting(one * 0, gradient)
      try parameter.copyNumbers(of: parameter.detached() - kept.sign() * size)
      slots.tensors = [kept, size]
    }
  }
}
