import Builtins
import Engine
import NN

extension LossName {
  /// The loss that is meant for these targets: `auto` chosen by their dtype, as training does.
  func chosen(for y: Tensor?) throws(ObjectiveError) -> LossName {
    guard let y else { throw .needsTargets(self == .auto ? "loss" : rawValue) }
    return self != .auto ? self : y.dtype.isFloating ? .mse_loss : .cross_entropy
  }

  /// The loss of each sample: over the elements of its output it is the mean, so that the mean over the samples is what
  /// PyTorch's function gives for all of them.
  func perSample(_ out: Tensor, _ y: Tensor?) throws -> Tensor {
    let name = try chosen(for: y)
    guard let y else { throw ObjectiveError.needsTargets(rawValue) }
    switch name {
    case .auto: throw ScoringError.unplanned(rawValue)
    case .cross_entropy: return try mean(out.crossEntropy(name.labels(y, out), .none))
    case .nll_loss: return try mean(out.nllLoss(name.labels(y, out), .none))
    case .mse_loss: return try mean(out.mseLoss(name.target(y, out), .none))
    case .l1_loss: return try mean(out.l1Loss(name.target(y, out), .none))
    case .huber_loss: return try mean(out.huberLoss(name.target(y, out), .none))
    case .multi_margin_loss: return try mean(out.multiMarginLoss(name.labels(y, out), .none))
    case .smooth_l1_loss: return try mean(out.huberLoss(name.target(y, out), .none))
    case .poisson_nll_loss: return try mean(out.poissonNllLoss(name.target(y, out), .none))
    case .kl_div: return try mean(out.divergence(name.target(y, out), .none, isLog: false))
    case .binary_cross_entropy: return try mean(out.binaryCrossEntropy(name.target(y, out), .none))
    case .multilabel_soft_margin_loss: return try mean(out.multilabelSoftMarginLoss(name.target(y, out), .none))
    case .bce_with_logits: return try mean(out.bceWithLogits(name.target(y, out), .none))
    }
  }

  /// The mean over all but the first dimension.
  private func mean(_ x: Tensor) throws(TensorError) -> Tensor {
    x.rank == 1 ? x : try x.mean(Array(1..<x.rank))
  }

  /// Class numbers checked against the outputs; the engine checks those of several positions, and probabilities.
  private func labels(_ y: Tensor, _ out: Tensor) throws -> Tensor {
    guard out.rank > 1, out.shape[1] > 0 else { throw ObjectiveError.output(rawValue, expected: "[n, classes]", met: out.shape) }
    if out.rank > 2 || y.dtype.isFloating { return y }
    return try checkedLabels(y.dtype == .bool ? y.to(.int64) : y, out.shape, rawValue)
  }

  /// Targets in the dtype of the outputs. `[n]` stands for `[n, 1]` and the other way round.
  private func target(_ y: Tensor, _ out: Tensor) throws -> Tensor {
    let fits = y.shape == out.shape || (y.count == out.count && y.shape.first == out.shape.first && min(y.rank, out.rank) == 1)
    guard fits else { throw ObjectiveError.targets(rawValue, expected: "numbers of \(out.shape)", met: y.shape, y.dtype) }
    return try y.to(out.dtype).reshape(out.shape)
  }
}
