import Builtins
import Engine

/// `m = β₁ m + (1 - β₁) g`, `v = β₂ v + (1 - β₂) g²`, `w = w - lr m̂ / (√v̂ + eps)`; AdamW lets the weights decay by
/// themselves.
/// - Source: Kingma and Ba 2015; Loshchilov and Hutter 2019; PyTorch's `torch.optim.Adam` and `AdamW`.
public final class Adam: Optimiser {
  private struct Moments {
    let first: Tensor, second: Tensor, largest: Tensor?
    var steps = 0
  }
  private var settings = OptimiserStep.Adam()
  private let amsgrad: Bool, maximize: Bool
  private var memory = OptimiserMemory<Moments>()

  public init(_ arguments: OptimiserArguments = .init(), isDecoupled: Bool = false) {
    settings.lr = arguments.lr ?? 1e-3
    if let betas = arguments.betas, betas.count == 2 { (settings.beta1, settings.beta2) = (betas[0], betas[1]) }
    settings.eps = arguments.eps ?? 1e-8
    settings.weightDecay = arguments.weightDecay ?? (isDecoupled ? 1e-2 : 0)
    settings.isDecoupled = isDecoupled
    (amsgrad, maximize) = (arguments.amsgrad ?? false, arguments.maximize ?? false)
  }

  public var lr: Double {
    get { settings.lr }
    set { settings.lr = newValue }
  }

  public func step(_ parameters: [Parameter], _ gradients: [Tensor?], _ journal: Journal) throws {
    memory.arrange(parameters)
    for (i, parameter) in parameters.enumerated() {
      guard let given = gradients[i] else { continue }
      let gradient = maximize ? try -given : given
      var moments = try memory[i] ?? fresh(parameter.value)
      moments.steps += 1
      memory[i] = moments
      try parameter.write(journal) {
        try OptimiserStep.adam(
          parameter.value, gradient, first: moments.first, second: moments.second, largest: moments.largest, step: moments.steps, settings)
      }
    }
  }

  private func fresh(_ like: Tensor) throws(TensorError) -> Moments {
    func zeros() throws(TensorError) -> Tensor { try .zeros(like.shape, like.dtype) }
    return Moments(first: try zeros(), second: try zeros(), largest: amsgrad ? try zeros() : nil)
  }
}
