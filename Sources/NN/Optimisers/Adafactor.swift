import Builtins
import Engine

extension Builtin<Void> {
  static let adafactor = Builtin(
    "Adafactor", "Adam's kin that keeps a mean square for each row and column of a matrix, rather than for each of its numbers.",
    .optional("lr", Double.self, "The learning rate, 1e-2 where it is not said."),
    .option("beta2_decay", -0.8, "The power of the step that a new square counts with."),
    .option("eps", [.none, .some(1e-3)], "What keeps the division finite (`none`: that of the dtype), and the least size of weights."),
    .option("d", 1.0, "How large an update may be, as a root of its mean square."),
    .optional("weight_decay", Double.self, "How strongly weights are drawn to 0."),
    .option("maximize", false, "Goes up rather than down."),
    formula: "v = R C / mean(R); w = w - max(ε₂, rms(w)) min(lr, 1/√t) u / max(1, rms(u) / d), u = g / √v",
    source: Source("Shazeer and Stern 2018; PyTorch's torch.optim.Adafactor", arXiv: "1804.04235"),
    examples: [Example("train net on iris.train epochs=2 optimizer=Adafactor(lr=0.1)", gives: "epoch 2/2")]
  ) { (lr: Double?, power: Double, eps: [Double?], d: Double, decay: Double?, maximize: Bool) in
    var arguments = OptimiserArguments(lr: lr, weightDecay: decay, maximize: maximize)
    (arguments.beta2Decay, arguments.bounds, arguments.d) = (power, eps, d)
    return try OptimiserChoice(.adafactor, arguments)
  }
}

/// Steps of the size of the weights, along gradients over the root of a mean square that rows and columns share.
/// - Source: Shazeer and Stern 2018; PyTorch's `torch.optim.Adafactor`.
public final class Adafactor: RunningOptimiser {
  private var rate: Double
  private let power: Double, decay: Double, most: Double, least: Double, eps: Double?

  public init(_ arguments: OptimiserArguments = .init()) {
    (rate, decay) = (arguments.lr ?? 1e-2, arguments.weightDecay ?? 0)
    (power, most) = (arguments.beta2Decay ?? -0.8, arguments.d ?? 1)
    let bounds = arguments.bounds ?? [nil, 1e-3]
    (eps, least) = (bounds.first ?? nil, (bounds.last ?? nil) ?? 1e-3)
    super.init(maximize: arguments.maximize ?? false)
  }

  public override var lr: Double {
    get { rate }
    set { rate = newValue }
  }

  /// Of a matrix, or of each matrix of several, one number a row and one a column.
  override func averages(of like: Tensor) -> [(name: String, start: Double, shape: [Int])] {
    guard like.rank > 1, let rows = like.shape.dropLast().last, let columns = like.shape.last else { return [("variance", 0, like.shape)] }
    let lead = Array(like.shape.dropLast(2))
    return [("row_var", 0, lead + [rows, 1]), ("col_var", 0, lead + [1, columns])]
  }

  override func move(_ parameter: Tensor, _ gradient: Tensor, _ slots: inout OptimiserSlots) throws(TensorError) {
    try Recording.with(.none) { () throws(TensorError) in
      guard parameter.count > 0 else { return }
      let step = Double(slots.steps), share = try Tensor.number(step).raised(power).item()
      let eps = self.eps ?? (parameter.dtype == .float32 ? Double(Float.ulpOfOne) : Double.ulpOfOne)
      let before = parameter.detached(), size = try max(least, Self.size(before)) * min(rate, 1 / step.squareRoot())
      let start = decay == 0 ? before : try before * (1 - rate * decay)
      let squares = try gradient.square()
      func mixed(_ place: Int, _ mean: Tensor) throws(TensorError) -> Tensor {
        slots.tensors[place] = try slots.tensors[place].moved(towards: mean, by: share)
        return slots.tensors[place]
      }
      var variance: Tensor
      if parameter.rank > 1 {
        let rows = try mixed(0, squares.mean([-1], keepdim: true)), columns = try mixed(1, squares.mean([-2], keepdim: true))
        variance = try rows.matmul(columns) / rows.mean([-2], keepdim: true).clamp(low: eps, high: .infinity)
      } else {
        variance = try mixed(0, squares)
      }
      let update = try variance.clamp(low: eps * eps, high: .infinity).rsqrt() * gradient
      try parameter.copyNumbers(of: start - update * (size / max(1, Self.size(update) / most)))
    }
  }

  /// The root of the mean square.
  private static func size(_ t: Tensor) throws(TensorError) -> Double { try t.square().sum().item().squareRoot() / Double(t.count).squareRoot() }
}
