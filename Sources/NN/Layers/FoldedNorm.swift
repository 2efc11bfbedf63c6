import Engine

/// Weight and bias of a convolution with those of a normalisation in evaluation behind it worked in. They are kept while
/// none of the numbers that they were made of changes.
struct FoldedNorm {
  private var norm: BatchNorm?
  private var sources: [Storage] = [], versions: [Int] = []
  private var kept: (weight: Tensor, bias: Tensor)?

  /// Nil where the normalisation takes the moments of its input, or gradients of the parameters are noted.
  mutating func weights(of convolution: Convolution, _ norm: BatchNorm) throws -> (weight: Tensor, bias: Tensor)? {
    // In training the memory serves better elsewhere.
    if norm.isTraining { kept = nil }
    guard !norm.isTraining, let mean = norm.runningMean?.value, let variance = norm.runningVariance?.value else { return nil }
    let weight = convolution.weight.value
    guard norm.features == weight.shape[0], mean.dtype == weight.dtype else { return nil }
    let parameters = [weight, convolution.bias?.value, norm.weight?.value, norm.bias?.value].compactMap { $0 }
    switch Recording.current {
    case .none: break
    case .required: guard parameters.allSatisfy({ !$0.requiresGrad }) else { return nil }
    case .all, .everything: return nil
    }
    let sources = (parameters + [mean, variance]).map(\.storage), versions = sources.map(\.version)
    if let kept, self.norm === norm, self.versions == versions, zip(self.sources, sources).allSatisfy({ $0 === $1 }) { return kept }
    let made = try Recording.with(.none) {
      var scale = try (variance.to(.float64) + norm.settings.eps).sqrt().reciprocal()
      if let factor = norm.weight?.value { scale = try scale * factor.to(.float64) }
      var shift = try (convolution.bias?.value.to(.float64) ?? .zeros(mean.shape, .float64)) - mean.to(.float64)
      shift = try shift * scale
      if let bias = norm.bias?.value { shift = try shift + bias.to(.float64) }
      let rows = try scale.to(weight.dtype).reshape([scale.count] + Array(repeating: 1, count: weight.rank - 1))
      return (weight: try weight.detached() * rows, bias: try shift.to(weight.dtype))
    }
    (self.norm, self.sources, self.versions, kept) = (norm, sources, versions, made)
    return made
  }
}
