import Builtins

extension Builtin<Void> {
  static let multilabelMarginLoss = Builtin(
    "multilabel_margin_loss", "By how much other classes come within 1 of the right ones, of which a sample may have several.",
    .required("input", Tensor.self, "Scores [samples, classes] or [classes]."),
    .required("target", Tensor.self, "The right classes of each sample in a row of the same shape, filled up with -1."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    formula: "Σ max(0, 1 - (x[right] - x[other])) / classes",
    examples: [Example("multilabel_margin_loss(tensor([[0.1, 0.2, 0.4, 0.8]]), tensor([[3, 0, -1, 1]]))", gives: "0.8500")]
  ) { (x: Tensor, t: Tensor, reduction: Reduction) in try x.multilabelMarginLoss(t, reduction) }
}

extension Tensor {
  /// `Σ max(0, 1 - (x[right] - x[other])) / classes`; of each row of the target, what stands before its first -1 counts.
  public func multilabelMarginLoss(_ target: Tensor, _ reduction: Reduction = .mean) throws(TensorError) -> Tensor {
    guard (1...2).contains(rank), dtype.isFloating, let classes = shape.last else {
      throw .shape("multilabel_margin_loss", expected: "scores [samples, classes]", met: shape, operand: 0)
    }
    guard target.dtype == .int64 else { throw .dtype("multilabel_margin_loss", expected: "class numbers (integers)", met: target.dtype, operand: 1) }
    guard target.shape == shape else { throw .shape("multilabel_margin_loss", expected: "a target of \(shape)", met: target.shape, operand: 1) }
    let rows = rank == 1 ? 1 : shape[0], labels = try target.ints()
    var places = [Int](repeating: 0, count: labels.count), isRight = [Bool](repeating: false, count: labels.count), isOther = [Bool](repeating: true, count: labels.count)
    for row in 0..<rows {
      for (i, label) in labels[(row * classes)..<((row + 1) * classes)].enumerated() {
        guard label >= 0 else { break }
        guard label < classes else { throw .value("multilabel_margin_loss", "label \(label) is not in -1 to \(classes - 1)") }
        (places[row * classes + i], isRight[row * classes + i], isOther[row * classes + label]) = (label, true, false)
      }
    }
    let x = try reshape([rows, classes]), right = try x.gather(1, Tensor(places, [rows, classes])).unsqueeze(2)
    let counts = try Tensor(isRight, [rows, classes, 1]).logicalAnd(Tensor(isOther, [rows, 1, classes])).to(dtype)
    let losses = try ((1 - right + x.unsqueeze(1)).relu() * counts).sum([1, 2]) / Double(Swift.max(classes, 1))
    return try (rank == 1 ? losses.reshape([]) : losses).reduced(reduction)
  }
}
