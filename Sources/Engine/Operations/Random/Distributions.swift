import Builtins

extension Builtin<Generator> {
  static let bernoulli = Builtin(
    "bernoulli", "1 with the probability that the input gives, else 0.",
    .required("input", Tensor.self, "Probabilities."),
    .optional("p", Double.self, in: 0...1, "One probability for all, in place of the input's numbers."),
    examples: [Example("bernoulli(ones(3))", gives: "[1., 1., 1.]")]
  ) { (g: Generator, x: Tensor, p: Double?) in try g.bernoulli(x, p) }

  static let dropout = Builtin(
    "dropout", "Each element set to 0 with a probability, the others enlarged so that the mean stays.",
    .required("input", Tensor.self, "Real numbers."),
    .option("p", 0.5, in: 0...1, "The probability."),
    .option("training", true, "False changes nothing."),
    formula: "x m / (1 - p), m = 1 with probability 1 - p",
    source: Source("Hinton and others 2012", arXiv: "1207.0580"),
    examples: [Example("dropout(ones(2), p=1.0)", gives: "[0., 0.]")]
  ) { (g: Generator, x: Tensor, p: Double, training: Bool) in try x.dropout(p, isTraining: training, using: g) }

  static let multinomial = Builtin(
    "multinomial", "Places drawn with the probabilities that the input gives.",
    .required("input", Tensor.self, "Weights of the places, one row or several."),
    .required("num_samples", Int.self, in: 1...1e9, "How many of each row."),
    .option("replacement", false, "Whether a place may be drawn twice."),
    examples: [Example("multinomial(tensor([0.0, 1.0]), 3, replacement=true)", gives: "[1, 1, 1]")]
  ) { (g: Generator, x: Tensor, n: Int, again: Bool) in try g.multinomial(x, n, again: again) }

  static let normal = Builtin(
    "normal", "Numbers drawn from normal distributions.",
    .required("mean", Tensor.self, "The mean: a number, or one for each element."),
    .option("std", Deviation.one, "The standard deviation, likewise."),
    .optional("size", [Int].self, "The sizes, where both are numbers."),
    examples: [Example("normal(0.0, 1.0, [2, 3]).shape", gives: "[2, 3]")]
  ) { (g: Generator, mean: Tensor, std: Deviation, size: [Int]?) in try g.normal(mean, std, size) }
}

/// A standard deviation: a number or a tensor.
enum Deviation: Accepted, @unchecked Sendable {
  // A tensor is of the session's thread, and as an argument never leaves it; the default is the case without one.
  case one, given(Tensor)
  static let expectation = "a number or a tensor"
  static func accept(_ value: any Value) throws -> Deviation? { try Tensor.accept(value).map { .given($0) } }
}

extension Builtin<Generator> {
  static let alphaDropout = Builtin(
    "alpha_dropout", "Dropout for `selu`, which keeps mean and variance: dropped elements become its limit below.",
    .required("input", Tensor.self, "Real numbers."),
    .option("p", 0.5, in: 0...1, "The probability."),
    .option("training", false, "False changes nothing."),
    source: Source("Klambauer and others 2017", arXiv: "1706.02515"),
    examples: [Example("alpha_dropout(ones(2), p=1.0, training=true)", gives: "[0., 0.]")]
  ) { (g: Generator, x: Tensor, p: Double, training: Bool) in try x.alphaDropout(p, isTraining: training, using: g) }

  static let dropout1d = channelDropout(.sequence, Example("dropout1d(ones(1, 1, 2), p=1.0)", gives: "[[[0., 0.]]]"))
  static let dropout2d = channelDropout(.picture, Example("dropout2d(ones(1, 1, 1, 2), p=1.0)", gives: "[[[[0., 0.]]]]"))
  static let dropout3d = channelDropout(.volume, Example("dropout3d(ones(1, 1, 1, 1, 2), p=1.0)", gives: "[[[[[0., 0.]]]]]"))

  private static func channelDropout(_ extent: Extent, _ example: Example) -> Builtin {
    Builtin(
      "dropout\(extent.axes)d", "Whole channels of \(extent.thing) set to 0 with a probability, the others enlarged so that the mean stays.",
      .required("input", Tensor.self, extent.shapes),
      .option("p", 0.5, in: 0...1, "The probability."),
      .option("training", true, "False changes nothing."),
      source: Source("Tompson and others 2014", arXiv: "1411.4280"),
      examples: [example]
    ) { (g: Generator, x: Tensor, p: Double, training: Bool) in try x.channelDropout(p, axes: extent.axes, isTraining: training, using: g) }
  }

  static let featureAlphaDropout = Builtin(
    "feature_alpha_dropout", "`alpha_dropout` of whole channels.",
    .required("input", Tensor.self, "[samples, channels, …]"),
    .option("p", 0.5, in: 0...1, "The probability."),
    .option("training", false, "False changes nothing."),
    examples: [Example("feature_alpha_dropout(ones(1, 2), p=1.0, training=true)", gives: "[[0., 0.]]")]
  ) { (g: Generator, x: Tensor, p: Double, training: Bool) in try x.alphaDropout(p, ofChannels: true, isTraining: training, using: g) }
}

extension Tensor {
  /// Whole channels dropped: one draw for each of the first two dimensions.
  /// - Shape: `x [samples, channels, *]`; of sequences and volumes also one sample without the first.
  public func channelDropout(_ p: Double, axes: Int, isTraining: Bool = true, using generator: Generator) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("dropout\(axes)d", expected: "real numbers", met: dtype, operand: 0) }
    guard p >= 0, p <= 1 else { throw .value("dropout\(axes)d", "p must lie in 0 to 1, got \(p)") }
    guard rank == axes + 1 || rank == axes + 2 else { throw .shape("dropout\(axes)d", expected: Extent.of(axes).shapes, met: shape, operand: 0) }
    guard isTraining, p > 0, count > 0 else { return self }
    if p == 1 { return try self * Tensor.zeros(like: self) }
    // PyTorch takes three dimensions for samples of sequences even where pictures are meant.
    let lead = axes != 2 && rank == axes + 1 ? 1 : 2
    let sizes = shape.indices.map { $0 < lead ? shape[$0] : 1 }
    return try self * (generator.bernoulli(sizes, p: 1 - p, dtype) / (1 - p))
  }

  /// Dropped elements, or channels, become the limit of `selu` below, and all are scaled so that mean and variance stay.
  public func alphaDropout(
    _ p: Double, ofChannels: Bool = false, isTraining: Bool, using generator: Generator
  ) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("alpha_dropout", expected: "real numbers", met: dtype, operand: 0) }
    guard p >= 0, p <= 1 else { throw .value("alpha_dropout", "p must lie in 0 to 1, got \(p)") }
    guard !ofChannels || rank >= 2 else { throw .shape("feature_alpha_dropout", expected: "[samples, channels, *]", met: shape, operand: 0) }
    guard isTraining, p > 0, count > 0 else { return self }
    if p == 1 { return try self * Tensor.zeros(like: self) }
    let limit = 1.7580993408473766, scale = 1 / ((limit * limit * p + 1) * (1 - p)).squareRoot()
    let kept = try generator.bernoulli(ofChannels ? shape.indices.map { $0 < 2 ? shape[$0] : 1 } : shape, p: 1 - p, dtype)
    return try self * (kept * scale) + ((kept - 1) * (limit * scale) + limit * scale * p)
  }

  /// `x m / (1 - p)` with a mask of 1 with probability `1 - p`, drawn as PyTorch draws it.
  public func dropout(_ p: Double, isTraining: Bool = true, using generator: Generator) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("dropout", expected: "real numbers", met: dtype, operand: 0) }
    guard p >= 0, p <= 1 else { throw .value("dropout", "p must lie in 0 to 1, got \(p)") }
    guard isTraining, p > 0, count > 0 else { return self }
    if p == 1 { return try self * Tensor.zeros(like: self) }
    return try self * (generator.bernoulli(shape, p: 1 - p, dtype) / (1 - p))
  }
}

extension Generator {
  /// 1 with the probability of each element, or of `p`.
  func bernoulli(_ x: Tensor, _ p: Double?) throws(TensorError) -> Tensor {
    let dtype = try real("bernoulli", x.dtype)
    if let p { return try bernoulli(x.shape, p: p, dtype) }
    if try x.lt(0).logicalOr(x.le(1).logicalNot()).isAnyTrue() { throw .value("bernoulli", "a probability is not in 0 to 1") }
    return try uniform(x.shape, dtype).lt(x).to(dtype)
  }

  /// Normal numbers of one mean and deviation, or of one for each element.
  func normal(_ mean: Tensor, _ deviation: Deviation, _ size: [Int]?) throws(TensorError) -> Tensor {
    let std = switch deviation {
    case .one: try Tensor.number(1.0)
    case .given(let t): t
    }
    if try std.lt(0).isAnyTrue() { throw .value("normal", "a standard deviation is below 0") }
    if mean.isNumber, std.isNumber {
      guard let size else { throw .value("normal", "takes a size where mean and std are numbers") }
      return try normal(size, mean: mean.item(), std: std.item())
    }
    guard let shape = Shape.broadcast(mean.shape, std.shape) else { throw .shapesDoNotBroadcast("normal", mean.shape, std.shape) }
    let dtype = resultType([mean, std])
    return try normal(shape, real("normal", dtype)) * std.detached() + mean.detached()
  }

  /// Places drawn by weight, in the order in which they were drawn.
  func multinomial(_ weights: Tensor, _ n: Int, again: Bool) throws(TensorError) -> Tensor {
    guard weights.rank == 1 || weights.rank == 2, let places = weights.shape.last else {
      throw .shape("multinomial", expected: "one row of weights or several", met: weights.shape, operand: 0)
    }
    let rows = weights.rank == 1 ? 1 : weights.shape[0], numbers = try weights.doubles()
    let y = try Tensor.empty(weights.rank == 1 ? [n] : [rows, n], .int64)
    for row in 0..<rows {
      var left = Array(numbers[(row * places)..<((row + 1) * places)])
      guard left.allSatisfy({ $0 >= 0 && $0.isFinite }) else { throw .value("multinomial", "a weight is negative or not finite") }
      let most = left.count { $0 > 0 }
      guard most > 0, again || n <= most else { throw .value("multinomial", "\(n) places cannot be drawn from \(most) of weight above 0") }
      let draws = try uniform([n], .float64)
      for k in 0..<n {
        var rest = draws.f64[k] * left.reduce(0, +), at = left.firstIndex { $0 > 0 } ?? 0
        for (i, weight) in left.enumerated() where weight > 0 {
          at = i
          if rest < weight { break }
          rest -= weight
        }
        y.i64[row * n + k] = Int64(at)
        if !again { left[at] = 0 }
      }
    }
    return y
  }
}
