import Builtins

extension Builtin<Void> {
  static let groupNorm = Builtin(
    "group_norm", "Each group of channels of each sample moved to mean 0 and variance 1.",
    .required("input", Tensor.self, "[samples, channels, …]"),
    .required("num_groups", Int.self, in: 1...1e9, "How many groups the channels form."),
    .optional("weight", Tensor.self, "A factor for each channel."),
    .optional("bias", Tensor.self, "What is added to each channel."),
    .option("eps", 1e-5, "Added to the variance."),
    formula: "(x - mean) / √(var + eps) weight + bias",
    source: Source("Wu and He 2018", arXiv: "1803.08494"),
    examples: [Example("group_norm(tensor([[1.0, 3.0, 5.0, 9.0]]), 2)", gives: "[[-1.0000,  1.0000, -1.0000,  1.0000]]")]
  ) { (x: Tensor, groups: Int, w: Tensor?, b: Tensor?, eps: Double) in try x.groupNorm(groups, w, b, eps: eps) }
}

/// What a normalisation in training gives: its output, and the moments that running statistics take in.
public struct BatchNormalised {
  public let output: Tensor
  public let moments: ChannelMoments
}

extension Tensor {
  /// Each channel moved to mean 0 and variance 1 over the samples and places at hand, then scaled and shifted.
  /// - Shape: `x [samples, channels, *]`, `weight` and `bias` of `[channels]`.
  /// - Gradient: passes through mean and variance too.
  /// - Numerics: moments by blocks that are merged in double precision (Chan, Golub and LeVeque 1983).
  /// - Source: Ioffe and Szegedy 2015, algorithm 1.
  public func batchNorm(
    _ weight: Tensor? = nil, _ bias: Tensor? = nil, eps: Double = 1e-5, relu: Bool = false
  ) throws(TensorError) -> BatchNormalised {
    let channels = try checkChannels("batch_norm", weight, bias)
    guard channels == 0 || count / channels != 1 else {
      throw .value("batch_norm", "a channel with a single number has no variance: training needs more than one sample or place, got \(shape)")
    }
    let moments = try NormPlan(self, .channels).moments()
    return BatchNormalised(output: try normalised(.channels, moments, weight, bias, eps: eps, relu: relu), moments: moments)
  }

  /// Each channel moved by a mean and a variance that are known, then scaled and shifted.
  /// - Shape: `x [samples, channels, *]`, all others `[channels]`.
  /// - Gradient: mean and variance are constants.
  public func batchNorm(
    mean: Tensor, variance: Tensor, _ weight: Tensor? = nil, _ bias: Tensor? = nil, eps: Double = 1e-5, relu: Bool = false
  ) throws(TensorError) -> Tensor {
    let channels = try checkChannels("batch_norm", weight, bias)
    for (i, t) in [mean, variance].enumerated() where t.shape != [channels] {
      throw .shape("batch_norm", expected: "a running \(i == 0 ? "mean" : "variance") of [\(channels)]", met: t.shape, operand: i + 1)
    }
    let given = try Recording.with(.none) { () throws(TensorError) -> ChannelMoments in
      // Copies: the running numbers may be written over before the backward pass.
      ChannelMoments(mean: try mean.detached().to(.float64).copied(), variance: try variance.detached().to(.float64).copied(), count: 0)
    }
    return try normalised(.channels, given, isGiven: true, weight, bias, eps: eps, relu: relu)
  }

  /// Groups of channels moved to mean 0 and variance 1, then each channel scaled and shifted.
  /// - Shape: `x [samples, channels, *]`, `weight` and `bias` of `[channels]`.
  public func groupNorm(_ groups: Int, _ weight: Tensor? = nil, _ bias: Tensor? = nil, eps: Double = 1e-5) throws(TensorError) -> Tensor {
    guard groups > 0, rank >= 2, shape[1] % groups == 0 else {
      throw .shape("group_norm", expected: "[samples, channels, *] with channels in \(groups) equal groups", met: shape, operand: 0)
    }
    _ = try checkChannels("group_norm", weight, bias)
    return try normalised(.groups(groups), NormPlan(self, .groups(groups)).moments(), weight, bias, eps: eps)
  }

  /// Each channel of each sample moved to mean 0 and variance 1, then scaled and shifted, with the moments.
  /// - Shape: `x [samples, channels, *]` with something to average over.
  /// - Source: Ulyanov, Vedaldi and Lempitsky 2016.
  public func instanceNorm(_ weight: Tensor? = nil, _ bias: Tensor? = nil, eps: Double = 1e-5) throws(TensorError) -> BatchNormalised {
    let channels = try checkChannels("instance_norm", weight, bias)
    guard rank > 2, count == 0 || count / (shape[0] * channels) > 1 else {
      throw .value("instance_norm", "a channel with a single number has no variance: it needs more than one place, got \(shape)")
    }
    let moments = try NormPlan(self, .groups(channels)).moments()
    return BatchNormalised(output: try normalised(.groups(channels), moments, weight, bias, eps: eps), moments: moments)
  }

  private func normalised(
    _ sets: NormSets, _ moments: ChannelMoments, isGiven: Bool = false, _ weight: Tensor?, _ bias: Tensor?, eps: Double, relu: Bool = false
  ) throws(TensorError) -> Tensor {
    let operation = ChannelNormOp(
      sets: sets, eps: eps, moments: moments, isGiven: isGiven, hasWeight: weight != nil, hasBias: bias != nil, relu: relu)
    return try operation.apply([self, try weight?.to(dtype), try bias?.to(dtype)].compactMap { $0 })
  }

  /// The number of channels, with weight and bias of as many numbers.
  private func checkChannels(_ name: String, _ weight: Tensor?, _ bias: Tensor?) throws(TensorError) -> Int {
    guard dtype.isFloating else { throw .dtype(name, expected: "real numbers", met: dtype, operand: 0) }
    guard rank >= 2 else { throw .shape(name, expected: "[samples, channels, *]", met: shape, operand: 0) }
    for (i, t) in [weight, bias].enumerated() {
      guard let t, t.shape != [shape[1]] else { continue }
      throw .shape(name, expected: "a \(i == 0 ? "weight" : "bias") of [\(shape[1])]", met: t.shape, operand: i + 2)
    }
    return shape[1]
  }
}

extension ChannelMoments {
  /// Takes these moments into running ones: `running (1 - share) + new share`, with the unbiased variance. Moments of each
  /// sample are averaged first.
  public func enter(mean running: Tensor, variance runningVariance: Tensor, share: Double, _ journal: Journal) throws {
    guard running.rank == 1, running.shape == runningVariance.shape, running.count > 0 else { return }
    let channels = running.count, samples = max(mean.count / channels, 1)
    let correction = count > 1 ? Double(count) / Double(count - 1) : .nan
    func next(_ old: Tensor, _ new: Tensor, _ factor: Double) throws -> Tensor {
      let numbers = try old.doubles(), list = try new.doubles()
      return try Tensor(numbers.indices.map { c in
        let mean = (0..<samples).reduce(0.0) { $0 + list[$1 * channels + c] } / Double(samples)
        return numbers[c] * (1 - share) + mean * factor * share
      }, [channels])
    }
    let (m, v) = (try next(running, mean, 1), try next(runningVariance, variance, correction))
    try journal.write(running) { try running.copyNumbers(of: m) }
    try journal.write(runningVariance) { try runningVariance.copyNumbers(of: v) }
  }
}
