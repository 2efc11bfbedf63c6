import Builtins
import CKernels

extension Builtin<Void> {
  static let crossEntropy = Builtin(
    "cross_entropy", "Minus the logarithm of the probability that the scores give the right class.",
    .required("input", Tensor.self, "Scores: [samples, classes], [classes] or [samples, classes, …]."),
    .required("target", Tensor.self, "Class numbers, or probabilities of the shape of the input."),
    .optional("weight", Tensor.self, "A factor for each class."),
    .option("ignore_index", -100, "A class number that does not count."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    .option("label_smoothing", 0.0, in: 0...1, "The share of the target that is spread over all classes."),
    formula: "-log softmax(x)[target]",
    examples: [Example("cross_entropy(tensor([[1.0, 2.0, 3.0]]), tensor([2]))", gives: "0.4076")]
  ) { (x: Tensor, t: Tensor, weight: Tensor?, ignored: Int, reduction: Reduction, smoothing: Double) in
    try x.crossEntropy(t, weight: weight, ignoring: ignored, reduction, smoothing: smoothing)
  }

  static let nllLoss = Builtin(
    "nll_loss", "Minus the logarithm that the input gives the right class.",
    .required("input", Tensor.self, "Logarithms of probabilities: [samples, classes], [classes] or [samples, classes, …]."),
    .required("target", Tensor.self, "Class numbers."),
    .optional("weight", Tensor.self, "A factor for each class."),
    .option("ignore_index", -100, "A class number that does not count."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    formula: "-x[target]",
    examples: [Example("nll_loss(tensor([[-1.0, -2.0]]), tensor([1]))", gives: "2.")]
  ) { (x: Tensor, t: Tensor, weight: Tensor?, ignored: Int, reduction: Reduction) in
    try x.nllLoss(t, weight: weight, ignoring: ignored, reduction)
  }
}

extension Tensor {
  /// `-log softmax(x)[target]`.
  /// - Shape: `x [n, classes]` with `target [n]`; `x [classes]` with `target []`; `x [n, classes, *]` with `target [n, *]`;
  ///   a target of real numbers holds probabilities and has the shape of `x`.
  /// - Throws: `value` for a label outside the classes, which names it.
  public func crossEntropy(
    _ target: Tensor, weight: Tensor? = nil, ignoring ignored: Int = -100, _ reduction: Reduction = .mean, smoothing: Double = 0
  ) throws(TensorError) -> Tensor {
    let classes = try ClassTarget(self, target, "cross_entropy", weight: weight, allowsProbabilities: true)
    if rank == 2, classes.labels != nil, weight == nil, smoothing == 0, !(try classes.contains(ignored)) {
      return try CrossEntropyOp(self, target.detached().contiguous(), reduction).apply([self])
    }
    let logs = try logSoftmax(classes.axis)
    guard let labels = classes.labels else {
      let spread = smoothing > 0 ? try target * (1 - smoothing) + smoothing / Double(classes.count) : target
      let losses = try -(logs * classes.weighted(spread)).sum([classes.axis])
      return reduction == .mean ? try losses.sum() / Double(count / Swift.max(classes.count, 1)) : try losses.reduced(reduction)
    }
    let right = try classes.losses(logs, labels, ignored, reduction)
    guard smoothing > 0 else { return right }
    let kept = try labels.ne(Tensor.number(ignored))
    let spread = try kept.selecting(-classes.weighted(logs).sum([classes.axis]), Tensor.zeros([], dtype))
    let all = reduction == .mean ? try spread.sum() / classes.total(labels, ignored, dtype) : try spread.reduced(reduction)
    return try right * (1 - smoothing) + all * (smoothing / Double(classes.count))
  }

  /// `-x[target]`, of logarithms of probabilities.
  public func nllLoss(
    _ target: Tensor, weight: Tensor? = nil, ignoring ignored: Int = -100, _ reduction: Reduction = .mean
  ) throws(TensorError) -> Tensor {
    let classes = try ClassTarget(self, target, "nll_loss", weight: weight, allowsProbabilities: false)
    guard let labels = classes.labels else { throw .dtype("nll_loss", expected: "class numbers (integers)", met: target.dtype, operand: 1) }
    return try classes.losses(self, labels, ignored, reduction)
  }
}

/// A target that has been found to fit its scores.
private struct ClassTarget {
  /// The dimension of the scores that counts classes, and how many there are.
  let axis: Int, count: Int
  /// Nil where the target holds probabilities.
  let labels: Tensor?
  let weight: Tensor?
  private let name: String, rank: Int

  init(_ x: Tensor, _ target: Tensor, _ name: String, weight: Tensor?, allowsProbabilities: Bool) throws(TensorError) {
    guard x.dtype.isFloating else { throw .dtype(name, expected: "scores (real numbers)", met: x.dtype, operand: 0) }
    guard x.rank > 0 else { throw .shape(name, expected: "[samples, classes]", met: x.shape, operand: 0) }
    (axis, self.name, self.weight, rank) = (x.rank == 1 ? 0 : 1, name, weight, x.rank)
    count = x.shape[axis]
    if let weight, weight.shape != [count] { throw .shape(name, expected: "a weight of [\(count)], one for each class", met: weight.shape, operand: 2) }
    if target.dtype.isFloating {
      guard allowsProbabilities, target.shape == x.shape else {
        throw .dtype(name, expected: "class numbers (integers: `.long()`)\(allowsProbabilities ? " or probabilities of \(x.shape)" : "")", met: target.dtype, operand: 1)
      }
      labels = nil
      return
    }
    guard target.dtype == .int64 else { throw .dtype(name, expected: "class numbers (integers)", met: target.dtype, operand: 1) }
    var expected = x.shape
    expected.remove(at: axis)
    guard target.shape == expected else { throw .shape("\(name) of \(x.shape)", expected: "a target of \(expected)", met: target.shape, operand: 1) }
    labels = target.detached()
  }

  func contains(_ label: Int) throws(TensorError) -> Bool {
    guard let labels = try labels?.contiguous() else { return false }
    // Ordinary labels are all inside, and one look finds that out.
    guard pith_index_first_bad(labels.i64, labels.count, 0, Int64(count)) >= 0 || (label >= 0 && label < count) else { return false }
    for i in 0..<labels.count where labels.i64[i] == Int64(label) { return true }
    return false
  }

  /// Along the class dimension times the weight of each class.
  func weighted(_ x: Tensor) throws(TensorError) -> Tensor {
    guard let weight else { return x }
    return try x * weight.reshape((0..<x.rank).map { $0 == axis ? count : 1 })
  }

  /// What the mean divides by: the labels that count, or their weights.
  func total(_ labels: Tensor, _ ignored: Int, _ dtype: DType) throws(TensorError) -> Tensor {
    try factors(labels, ignored, dtype).sum()
  }

  /// 1 or the weight of each label, 0 where it is ignored.
  private func factors(_ labels: Tensor, _ ignored: Int, _ dtype: DType) throws(TensorError) -> Tensor {
    let kept = try labels.ne(Tensor.number(ignored))
    guard let weight else { return try kept.to(dtype) }
    let safe = try kept.selecting(labels, Tensor.number(0))
    return try kept.to(dtype) * weight.detached().to(dtype).indexSelect(0, safe.reshape([safe.count])).reshape(labels.shape)
  }

  /// `-x[label]` times the weight of the label, 0 where it is ignored.
  func losses(_ x: Tensor, _ labels: Tensor, _ ignored: Int, _ reduction: Reduction) throws(TensorError) -> Tensor {
    let safe = try labels.ne(Tensor.number(ignored)).selecting(labels, Tensor.number(0)).contiguous()
    let bad = pith_index_first_bad(safe.i64, safe.count, 0, Int64(count))
    guard bad < 0 else { throw .value(name, "label \(safe.i64[Int(bad)]) is not in 0 to \(count - 1)") }
    let factors = try factors(labels, ignored, x.dtype)
    let losses = try -(x.gather(axis, safe.unsqueeze(axis)).squeeze([axis]) * factors)
    return reduction == .mean ? try losses.sum() / factors.sum() : try losses.reduced(reduction)
  }
}

/// Scores of `[n, classes]` against class numbers. A primitive for speed: one pass each way in place of six; of few classes,
/// one for both.
struct CrossEntropyOp: Primitive {
  let labels: Tensor, reduction: Reduction
  static var name: String { "cross_entropy" }
  var saves: Saves { .first }

  private let ahead: Ahead?

  /// The gradient for a `dy` of 1, until it is asked for.
  private final class Ahead {
    var dx: Tensor?
  }

  /// Classes up to which the gradient costs little beside the loss, in time and in memory.
  private static let few = 32

  init(_ x: Tensor, _ labels: Tensor, _ reduction: Reduction) {
    (self.labels, self.reduction) = (labels, reduction)
    ahead = pith_recording() != 0 && x.requiresGrad && x.shape[1] <= Self.few ? Ahead() : nil
  }

  /// One pass over the scores, for the losses, their gradient times `scale`, or both.
  /// - Returns: a row whose label is no class, or -1.
  private func pass(_ scores: Tensor, losses: Tensor?, dx: Tensor?, scale: Double) -> Int {
    let (rows, n) = (scores.shape[0], scores.shape[1])
    return Int(
      scores.dtype == .float32
        ? pith_cross_entropy_rows_f32(scores.f32, labels.i64, rows, n, losses?.f32, dx?.f32, Float(scale))
        : pith_cross_entropy_rows_f64(scores.f64, labels.i64, rows, n, losses?.f64, dx?.f64, scale))
  }

  private func share(_ rows: Int) -> Double { reduction == .mean ? 1 / Double(rows) : 1 }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let scores = try x[0].contiguous(), losses = try Tensor.empty(labels.shape, scores.dtype), rows = scores.shape[0]
    let dx = ahead == nil ? nil : try Tensor.empty(like: scores, scores.dtype)
    let bad = pass(scores, losses: losses, dx: dx, scale: share(rows))
    guard bad < 0 else { throw .value("cross_entropy", "label \(labels.i64[bad]) is not in 0 to \(scores.shape[1] - 1)") }
    ahead?.dx = dx
    if reduction == .none { return losses }
    let sum = try Kernel.reduce(PITH_REDUCE_SUM, losses, [0], keepdim: false)
    guard reduction == .mean else { return sum }
    if sum.dtype == .float32 { sum.f32.pointee /= Float(rows) } else { sum.f64.pointee /= Double(rows) }
    return sum
  }

  func vjp(_ dy: Tensor, _ step: BackwardStep) throws -> [Tensor?] {
    let x = step.input(0), rows = x.shape[0]
    guard Recording.current == .none else {
      let distance = try (x.softmax(1) - labels.oneHot(x.shape[1]).to(x.dtype)) * share(rows)
      return [try distance * (reduction == .none ? dy.unsqueeze(1) : dy)]
    }
    let factor = reduction == .none ? 1 : try dy.item()
    // What was worked out ahead is given away once: who gets it may write into it.
    if let dx = ahead?.dx {
      ahead?.dx = nil
      return [reduction == .none ? try dx * dy.unsqueeze(1) : factor == 1 ? dx : try dx * factor]
    }
    let scores = try x.contiguous(), dx = try Tensor.empty(like: scores, scores.dtype)
    _ = pass(scores, losses: nil, dx: dx, scale: factor * share(rows))
    return [reduction == .none ? try dx * dy.unsqueeze(1) : dx]
  }
}
