import Builtins
import Engine

/// `v = momentum v + (1 - dampening) g`, `w = w - lr v`; with Nesterov `w = w - lr (g + momentum v)`.
/// - Source: PyTorch's `torch.optim.SGD`; Sutskever et al. 2013.
public final class SGD: Optimiser {
  private var settings = OptimiserStep.SGD()
  private var memory = OptimiserMemory<Tensor>()

  /// - Throws: `value` where Nesterov's rule lacks what it needs.
  public init(_ arguments: OptimiserArguments = .init()) throws(TensorError) {
    settings.lr = arguments.lr ?? 1e-3
    settings.momentum = arguments.momentum ?? 0
    settings.dampening = arguments.dampening ?? 0
    settings.weightDecay = arguments.weightDecay ?? 0
    settings.nesterov = arguments.nesterov ?? false
    settings.maximize = arguments.maximize ?? false
    if settings.nesterov, settings.momentum <= 0 || settings.dampening != 0 {
      throw .value("sgd", "`nesterov` needs a `momentum` above 0 and a `dampening` of 0")
    }
  }

  public var lr: Double {
    get { settings.lr }
    set { settings.lr = newValue }
  }

  public func step(_ parameters: [Parameter], _ gradients: [Tensor?], _ journal: Journal) throws {
    memory.arrange(parameters)
    for (i, parameter) in parameters.enumerated() {
      guard let gradient = gradients[i] else { continue }
      let isFirst = memory[i] == nil
      if isFirst, settings.momentum != 0 { memory[i] = try .zeros(parameter.value.shape, parameter.value.dtype) }
      try parameter.write(journal) {
        try OptimiserStep.sgd(parameter.value, gradient, buffer: memory[i], isFirst: isFirst, settings)
      }
    }
  }
}
