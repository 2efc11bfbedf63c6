import Builtins

extension Builtin<Void> {
  static let ctcLoss = Builtin(
    "ctc_loss", "Minus the logarithm that a sequence of class scores gives a shorter sequence of labels, however it is stretched.",
    .required("log_probs", Tensor.self, "Logarithms of probabilities: [steps, samples, classes] or [steps, classes]."),
    .required("targets", Tensor.self, "Labels without the blank: [samples, longest], or all one after the other."),
    .required("input_lengths", [Int].self, "How many steps each sample has."),
    .required("target_lengths", [Int].self, "How many labels each sample has."),
    .option("blank", 0, in: 0...1e9, "The class that stands between labels."),
    .option("reduction", Reduction.mean, "How the losses become one number; `mean` divides each by its labels first."),
    .option("zero_infinity", false, "Whether labels that do not fit into their steps cost 0 rather than inf."),
    source: Source("Graves and others 2006, Connectionist temporal classification, eq. 5 to 8"),
    examples: [Example("ctc_loss(log(tensor([[[0.5, 0.5]], [[0.5, 0.5]]])), tensor([[1]]), [2], [1])", gives: "0.2877")]
  ) { (x: Tensor, t: Tensor, steps: [Int], labels: [Int], blank: Int, reduction: Reduction, isFinite: Bool) in
    try x.ctcLoss(t, steps: steps, labels: labels, blank: blank, reduction, isFinite: isFinite)
  }
}

extension Tensor {
  /// - Shape: `x [T, N, C]` or `[T, C]`; `targets [N, S]` or all labels in a row.
  /// - Gradient: labels that cannot be reached cost inf and have none.
  /// - Numerics: the recursion over steps, in logarithms; minus infinity is -1e30, so that no gradient becomes nan.
  public func ctcLoss(
    _ targets: Tensor, steps: [Int], labels: [Int], blank: Int = 0, _ reduction: Reduction = .mean, isFinite: Bool = false
  ) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("ctc_loss", expected: "real numbers", met: dtype, operand: 0) }
    if rank == 2 {
      let losses = try unsqueeze(1).ctcLoss(targets.rank == 1 ? targets.unsqueeze(0) : targets, steps: steps, labels: labels, blank: blank, reduction, isFinite: isFinite)
      return reduction == .none ? try losses.reshape([]) : losses
    }
    guard rank == 3, shape[0] > 0, shape[1] > 0 else { throw .shape("ctc_loss", expected: "[steps, samples, classes]", met: shape, operand: 0) }
    let path = try LabelPath(targets, steps: steps, labels: labels, blank: blank, scores: shape, dtype)
    var losses = try path.losses(self)
    let isLost = try losses.detached().gt(1e29)
    losses = try isLost.selecting(Tensor.full([], isFinite ? 0 : .infinity, dtype), losses)
    if reduction == .mean { losses = try losses / Tensor(labels.map { Double(Swift.max($0, 1)) }).to(dtype) }
    return try losses.reduced(reduction)
  }
}

/// The labels of each sample with blanks around them, and what may follow what.
private struct LabelPath {
  private static let never = -1e30
  /// `[N, 2 S + 1]`: the class at each place; what is added to come from two places before; whether a path may start there.
  private let classes: Tensor, skips: Tensor, starts: Tensor
  /// `[N, 2]`: the places where a path may end, and what is added for one that is not there.
  private let ends: Tensor, endings: Tensor
  private let steps: [Int]

  init(_ targets: Tensor, steps: [Int], labels: [Int], blank: Int, scores: [Int], _ dtype: DType) throws(TensorError) {
    let (length, count, limit) = (scores[0], scores[1], scores[2]), never = Self.never
    guard targets.dtype == .int64 else { throw .dtype("ctc_loss", expected: "labels (integers)", met: targets.dtype, operand: 1) }
    guard blank < limit else { throw .value("ctc_loss", "blank=\(blank) is none of the \(limit) classes") }
    guard steps.count == count, labels.count == count else {
      throw .value("ctc_loss", "takes a length for each of \(count) samples, got \(steps.count) input_lengths and \(labels.count) target_lengths")
    }
    if let bad = steps.first(where: { $0 < 1 || $0 > length }) { throw .value("ctc_loss", "input length \(bad) is not in 1 to \(length), the steps of log_probs") }
    let rows = try Self.rows(targets, labels), longest = labels.max() ?? 0, width = 2 * longest + 1
    var classes = [Int](repeating: blank, count: count * width), skips = [Double](repeating: never, count: count * width)
    var starts = skips, ends: [Int] = [], endings: [Double] = []
    for (n, row) in rows.enumerated() {
      if let bad = row.first(where: { $0 < 0 || $0 >= limit }) { throw .value("ctc_loss", "label \(bad) is not in 0 to \(limit - 1)") }
      starts[n * width] = 0
      for (i, label) in row.enumerated() {
        classes[n * width + 2 * i + 1] = label
        if i > 0, label != row[i - 1], label != blank { skips[n * width + 2 * i + 1] = 0 }
      }
      if !row.isEmpty { starts[n * width + 1] = 0 }
      ends += [2 * row.count, Swift.max(2 * row.count - 1, 0)]
      endings += [0, row.isEmpty ? never : 0]
    }
    self.classes = try Tensor(classes, [count, width])
    (self.skips, self.starts) = (try Tensor(skips, [count, width]).to(dtype), try Tensor(starts, [count, width]).to(dtype))
    (self.ends, self.endings) = (try Tensor(ends, [count, 2]), try Tensor(endings, [count, 2]).to(dtype))
    self.steps = steps
  }

  /// The labels of each sample.
  private static func rows(_ targets: Tensor, _ labels: [Int]) throws(TensorError) -> [[Int]] {
    let all = try targets.ints()
    var rows: [[Int]] = [], start = 0
    let width = targets.rank == 2 ? targets.shape[1] : nil
    guard targets.rank == 1 || (targets.rank == 2 && targets.shape[0] == labels.count) else {
      throw .shape("ctc_loss", expected: "targets of [\(labels.count), longest], or all in a row", met: targets.shape, operand: 1)
    }
    for (n, count) in labels.enumerated() {
      let first = width.map { n * $0 } ?? start
      guard count >= 0, count <= width ?? all.count - start else {
        throw .value("ctc_loss", "target length \(count) of sample \(n) is not in 0 to \(width ?? all.count - start), the labels that are there")
      }
      rows.append(Array(all[first..<(first + count)]))
      start += count
    }
    return rows
  }

  /// Minus the logarithms of the sums over all paths, `[N]`.
  func losses(_ scores: Tensor) throws(TensorError) -> Tensor {
    let (length, count, width) = (scores.shape[0], classes.shape[0], classes.shape[1])
    let seen = try scores.gather(2, classes.unsqueeze(0).expand([length, count, width])).clamp(low: Self.never, high: .infinity)
    var paths = try seen.select(0, 0) + starts
    for t in 1..<Swift.max(length, 1) {
      let one = try shifted(paths, 1), two = try shifted(paths, 2) + skips
      let next = try Tensor.stack([paths, one, two], 0).logsumexp([0]) + seen.select(0, t)
      let isLong = steps.allSatisfy { $0 > t }
      paths = isLong ? next : try Tensor(steps.map { $0 > t }, [count, 1]).selecting(next, paths)
    }
    return try -(paths.gather(1, ends) + endings).logsumexp([1])
  }

  /// The paths that stood some places before.
  private func shifted(_ paths: Tensor, _ by: Int) throws(TensorError) -> Tensor {
    try paths.pad([by, -by], .constant, Self.never)
  }
}
