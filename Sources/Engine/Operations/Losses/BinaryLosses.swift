import Builtins

extension Builtin<Void> {
  static let bceWithLogits = logits("bce_with_logits")
  static let binaryCrossEntropyWithLogits = logits("binary_cross_entropy_with_logits")

  private static func logits(_ name: String) -> Builtin {
    Builtin(
      name, "The cross-entropy of yes-or-no answers, from scores before the sigmoid.",
      .required("input", Tensor.self, "Scores."),
      .required("target", Tensor.self, "0 or 1, or a probability, of the same shape."),
      .optional("weight", Tensor.self, "A factor of each loss; it stretches."),
      .option("reduction", Reduction.mean, "How the losses become one number."),
      .optional("pos_weight", Tensor.self, "A factor of the losses of yes."),
      formula: "-(t log σ(x) + (1 - t) log(1 - σ(x)))",
      examples: [Example("\(name)(tensor([0.0, 2.0]), tensor([1.0, 1.0]))", gives: "0.4100")]
    ) { (x: Tensor, t: Tensor, weight: Tensor?, reduction: Reduction, positive: Tensor?) in
      try x.bceWithLogits(t, weight: weight, reduction, positiveWeight: positive)
    }
  }

  static let binaryCrossEntropy = Builtin(
    "binary_cross_entropy", "The cross-entropy of yes-or-no answers, from probabilities.",
    .required("input", Tensor.self, "Probabilities."),
    .required("target", Tensor.self, "0 or 1, or a probability, of the same shape."),
    .optional("weight", Tensor.self, "A factor of each loss; it stretches."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    formula: "-(t log p + (1 - t) log(1 - p)), each logarithm at least -100",
    laws: [.gradient(in: 0.1...0.9)],
    examples: [Example("binary_cross_entropy(tensor([0.5, 0.9]), tensor([1.0, 1.0]))", gives: "0.3993")]
  ) { (p: Tensor, t: Tensor, weight: Tensor?, reduction: Reduction) in try p.binaryCrossEntropy(t, weight: weight, reduction) }
}

extension Tensor {
  /// `(1 - t) x - l log σ(x)` with `l = 1 + (positiveWeight - 1) t`: the cross-entropy of yes-or-no answers from scores.
  /// - Numerics: exact for scores of any size, where `log(sigmoid(x))` is -inf.
  public func bceWithLogits(
    _ target: Tensor, weight: Tensor? = nil, _ reduction: Reduction = .mean, positiveWeight: Tensor? = nil
  ) throws(TensorError) -> Tensor {
    let (x, t) = try paired("bce_with_logits", target)
    var logs = try x.logsigmoid()
    if let positiveWeight { logs = try logs * ((positiveWeight - 1) * t + 1) }
    return try ((1 - t) * x - logs).weighted(weight, "bce_with_logits").reduced(reduction)
  }

  /// `-(t log p + (1 - t) log(1 - p))`; each logarithm is at least -100, as in PyTorch.
  /// - Throws: `value` for a number outside 0 to 1.
  public func binaryCrossEntropy(_ target: Tensor, weight: Tensor? = nil, _ reduction: Reduction = .mean) throws(TensorError) -> Tensor {
    let (p, t) = try paired("binary_cross_entropy", target)
    let isOutside = try p.lt(0).logicalOr(p.gt(1))
    if try isOutside.isAnyTrue() {
      let met = try p.detached().maskedSelect(isOutside).doubles().first ?? .nan
      throw .value("binary_cross_entropy", "takes probabilities, got \(met): use bce_with_logits for scores")
    }
    let yes = try p.log().clamp(low: -100, high: .infinity), no = try (-p).log1p().clamp(low: -100, high: .infinity)
    return try (-(t * yes + (1 - t) * no)).weighted(weight, "binary_cross_entropy").reduced(reduction)
  }

  private func weighted(_ weight: Tensor?, _ name: String) throws(TensorError) -> Tensor {
    guard let weight else { return self }
    guard Shape.broadcast(shape, weight.shape) == shape else { throw .shape(name, expected: "a weight that stretches to \(shape)", met: weight.shape, operand: 2) }
    return try self * weight
  }
}
