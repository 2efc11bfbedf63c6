import Builtins
import Engine

extension ObjectiveLoss {
  /// The loss of each sample: over the elements of its output it is the mean, so that the mean over the samples is what
  /// PyTorch's function gives for all of them.
  func perSample(_ out: Tensor, _ y: Tensor?) throws -> Tensor {
    guard let y else { throw ObjectiveError.needsTargets(rawValue) }
    switch self {
    case .cross_entropy: return try -logprobs(out, y, isLog: false)
    case .nll_loss: return try -logprobs(out, y, isLog: true)
    case .mse_loss: return try mean(out, y) { d throws(TensorError) in try d.square() }
    case .l1_loss: return try mean(out, y) { d throws(TensorError) in try d.abs() }
    case .huber_loss:
      return try mean(out, y) { d throws(TensorError) in
        let size = try d.abs()
        return try size.lt(1).selecting(d.square() * 0.5, size - 0.5)
      }
    case .bce_with_logits:
      let target = try target(y, out)
      return try mean(out.softplus() - out * target)
    }
  }

  private func logprobs(_ out: Tensor, _ y: Tensor, isLog: Bool) throws -> Tensor {
    guard out.rank == 2, out.shape[1] > 0 else { throw ObjectiveError.output(rawValue, expected: "[n, classes]", met: out.shape) }
    let labels = try checkedLabels(y, out, rawValue)
    return try (isLog ? out : out.logSoftmax(1)).elements(inColumns: labels)
  }

  private func mean(_ out: Tensor, _ y: Tensor, _ loss: (Tensor) throws(TensorError) -> Tensor) throws -> Tensor {
    try mean(loss(out - target(y, out)))
  }

  /// The mean over all but the first dimension.
  private func mean(_ x: Tensor) throws(TensorError) -> Tensor {
    x.rank == 1 ? x : try x.mean(Array(1..<x.rank))
  }

  /// Targets in the dtype of the outputs. `[n]` stands for `[n, 1]` and the other way round.
  private func target(_ y: Tensor, _ out: Tensor) throws -> Tensor {
    let fits = y.shape == out.shape || (y.count == out.count && y.shape.first == out.shape.first && min(y.rank, out.rank) == 1)
    guard fits else { throw ObjectiveError.targets(rawValue, expected: "numbers of \(out.shape)", met: y.shape, y.dtype) }
    return try y.to(out.dtype).reshape(out.shape)
  }
}
