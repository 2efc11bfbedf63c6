import Builtins
import Engine

extension Builtin<Void> {
  static let muon = Builtin(
    "Muon", "Moves each matrix of weights along its momentum with all singular values near 1. It takes matrices alone: freeze the rest.",
    .optional("lr", Double.self, "The learning rate, 1e-3 where it is not said."),
    .optional("weight_decay", Double.self, "How strongly weights are drawn to 0, 0.1 where it is not said."),
    .option("momentum", 0.95, "How much of the last direction goes on."),
    .option("nesterov", true, "Looks ahead along the direction."),
    .option("ns_coefficients", [3.4445, -4.775, 2.0315], "Those of the polynomial that a step of the iteration applies."),
    .option("eps", 1e-7, "What keeps the division finite."),
    .option("ns_steps", 5, in: 0...99, "Steps of the iteration."),
    .option("adjust_lr_fn", MuonRate.original, "How the rate follows the shape: √max(1, rows / columns), or 0.2 √max(rows, columns)."),
    formula: "v = μ v + (1 - μ) g; w = (1 - lr λ) w - lr √max(1, rows / columns) NS(μ v + (1 - μ) g)",
    source: Source("Jordan 2024, Muon: an optimizer for hidden layers in neural networks; PyTorch's torch.optim.Muon", arXiv: "2502.16982"),
    examples: [Example("train Sequential(Linear(4, 8, bias=false), ReLU(), Linear(8, 3, bias=false)) on iris.train epochs=2 optimizer=Muon(lr=0.01)", gives: "epoch 2/2")]
  ) { (lr: Double?, decay: Double?, momentum: Double, nesterov: Bool, coefficients: [Double], eps: Double, steps: Int, adjustment: MuonRate) in
    var arguments = OptimiserArguments(lr: lr, momentum: momentum, weightDecay: decay, nesterov: nesterov, eps: eps)
    (arguments.nsCoefficients, arguments.nsSteps, arguments.rateAdjustment) = (coefficients, steps, adjustment)
    return try OptimiserChoice(.muon, arguments)
  }
}

/// How Muon's rate follows the shape of a matrix.
public enum MuonRate: String, Choice {
  case original
  /// Updates as large as AdamW's.
  case matchRmsAdamw = "match_rms_adamw"
}

/// `v = μ v + (1 - μ) g`, `w = (1 - lr λ) w - lr' NS(v)`, where NS brings all singular values near 1.
/// - Numerics: the iteration rounds what it reads and gives to bfloat16, as PyTorch's does.
/// - Source: Jordan 2024; PyTorch's `torch.optim.Muon`.
public final class Muon: RunningOptimiser {
  private var rate: Double, mu: Double
  private let decay: Double, nesterov: Bool, coefficients: [Double], eps: Double, count: Int, adjustment: MuonRate

  /// - Throws: `value` where the polynomial lacks what it needs.
  public init(_ arguments: OptimiserArguments = .init()) throws(TensorError) {
    (rate, decay, mu) = (arguments.lr ?? 1e-3, arguments.weightDecay ?? 0.1, arguments.momentum ?? 0.95)
    (nesterov, eps, count) = (arguments.nesterov ?? true, arguments.eps ?? 1e-7, arguments.nsSteps ?? 5)
    (coefficients, adjustment) = (arguments.nsCoefficients ?? [3.4445, -4.775, 2.0315], arguments.rateAdjustment ?? .original)
    super.init(maximize: false)
    guard coefficients.count == 3 else { throw .value("muon", "`ns_coefficients` are three numbers, got \(coefficients.count)") }
  }

  public override var lr: Double {
    get { rate }
    set { rate = newValue }
  }
  public override var momentum: Double? {
    get { mu }
    set { mu = newValue ?? 0 }
  }
  override var slots: [(name: String, start: Double)] { [("momentum_buffer", 0)] }

  override func move(_ parameter: Tensor, _ gradient: Tensor, _ slots: inout OptimiserSlots) throws(TensorError) {
    guard parameter.rank == 2 else {
      throw .shape("muon, which moves matrices: freeze the biases and what else is none,", expected: "parameters of two dimensions", met: parameter.shape, operand: 0)
    }
    try Recording.with(.none) { () throws(TensorError) in
      let (rows, columns) = (Double(parameter.shape[0]), Double(parameter.shape[1]))
      guard parameter.count > 0 else { return }
      slots.tensors[0] = try slots.tensors[0].moved(towards: gradient, by: 1 - mu)
      let update = try orthogonal(nesterov ? gradient.moved(towards: slots.tensors[0], by: mu) : slots.tensors[0]).to(parameter.dtype)
      let scale = adjustment == .original ? max(1, rows / columns).squareRoot() : 0.2 * max(rows, columns).squareRoot()
      try parameter.copyNumbers(of: parameter.detached() * (1 - rate * decay) - update * (rate * scale))
    }
  }

  /// The matrix with its singular values brought near 1.
  private func orthogonal(_ g: Tensor) throws(TensorError) -> Tensor {
    let isTall = g.shape[0] > g.shape[1], rounded = try g.to(.float32).bfloat16()
    var x = isTall ? try rounded.transpose(0, 1) : rounded
    let length = try x.square().sum().sqrt().bfloat16().clamp(low: eps, high: .infinity)
    x = try (x / length).bfloat16()
    for _ in 0..<count {
      let gram = try x.matmul(x.transpose(0, 1)).bfloat16()
      let mix = try (gram * coefficients[1] + gram.matmul(gram) * coefficients[2]).bfloat16()
      x = try (x * coefficients[0] + mix.matmul(x)).bfloat16()
    }
    return isTall ? try x.transpose(0, 1) : x
  }
}
