import Builtins
import Engine

/// `s = α s + (1 - α) g²`, `w = w - lr g / (√s + eps)`.
/// - Source: Tieleman and Hinton 2012, lecture 6e; PyTorch's `torch.optim.RMSprop`.
public final class RMSprop: Optimiser {
  private struct Averages {
    let square: Tensor, buffer: Tensor?, mean: Tensor?
  }
  private var settings = OptimiserStep.RMSprop()
  private let centered: Bool, maximize: Bool
  private var memory = OptimiserMemory<Averages>()

  public init(_ arguments: OptimiserArguments = .init()) {
    settings.lr = arguments.lr ?? 1e-2
    settings.alpha = arguments.alpha ?? 0.99
    settings.eps = arguments.eps ?? 1e-8
    settings.weightDecay = arguments.weightDecay ?? 0
    settings.momentum = arguments.momentum ?? 0
    (centered, maximize) = (arguments.centered ?? false, arguments.maximize ?? false)
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
      let averages = try memory[i] ?? fresh(parameter.value)
      memory[i] = averages
      try parameter.write(journal) {
        try OptimiserStep.rmsprop(
          parameter.value, gradient, square: averages.square, buffer: averages.buffer, mean: averages.mean, settings)
      }
    }
  }

  private func fresh(_ like: Tensor) throws(TensorError) -> Averages {
    func zeros() throws(TensorError) -> Tensor { try .zeros(like.shape, like.dtype) }
    return Averages(square: try zeros(), buffer: settings.momentum != 0 ? try zeros() : nil, mean: centered ? try zeros() : nil)
  }
}
