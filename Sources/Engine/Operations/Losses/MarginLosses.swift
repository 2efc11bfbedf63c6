import Builtins

extension Builtin<Void> {
  static let cosineEmbeddingLoss = Builtin(
    "cosine_embedding_loss", "Draws vectors of a pair together where the target is 1, and apart where it is -1.",
    .required("input1", Tensor.self, "Vectors [samples, size], or one."), .required("input2", Tensor.self, "Vectors of the same shape."),
    .required("target", Tensor.self, "1 or -1 a sample."), .option("margin", 0.0, in: -1...1, "The cosine below which two are apart enough."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    formula: "t = 1: 1 - cos(a, b); t = -1: max(0, cos(a, b) - margin)",
    examples: [Example("cosine_embedding_loss(tensor([[1.0, 0.0]]), tensor([[0.0, 1.0]]), tensor([1]))", gives: "1.")]
  ) { (a: Tensor, b: Tensor, t: Tensor, margin: Double, reduction: Reduction) in try a.cosineEmbeddingLoss(b, t, margin: margin, reduction) }

  static let hingeEmbeddingLoss = Builtin(
    "hinge_embedding_loss", "A distance where the target is 1, and how much it lacks of a margin where it is -1.",
    .required("input", Tensor.self, "Distances."), .required("target", Tensor.self, "1 or -1, of the same shape."),
    .option("margin", 1.0, "The margin."), .option("reduction", Reduction.mean, "How the losses become one number."),
    formula: "t = 1: x; t = -1: max(0, margin - x)",
    examples: [Example("hinge_embedding_loss(tensor([0.5, 0.25]), tensor([1.0, -1.0]))", gives: "0.6250")]
  ) { (x: Tensor, t: Tensor, margin: Double, reduction: Reduction) in try x.hingeEmbeddingLoss(t, margin: margin, reduction) }

  static let marginRankingLoss = Builtin(
    "margin_ranking_loss", "By how much the one that should rank higher does not.",
    .required("input1", Tensor.self, "Scores."), .required("input2", Tensor.self, "Scores of the same shape."),
    .required("target", Tensor.self, "1 where the first ranks higher, -1 where the second does."),
    .option("margin", 0.0, "By how much it should."), .option("reduction", Reduction.mean, "How the losses become one number."),
    formula: "max(0, margin - t (a - b))",
    examples: [Example("margin_ranking_loss(tensor([1.0]), tensor([2.0]), tensor([1.0]))", gives: "1.")]
  ) { (a: Tensor, b: Tensor, t: Tensor, margin: Double, reduction: Reduction) in try a.marginRankingLoss(b, t, margin: margin, reduction) }

  static let multilabelSoftMarginLoss = Builtin(
    "multilabel_soft_margin_loss", "The mean cross-entropy of several yes-or-no answers of a sample, from scores.",
    .required("input", Tensor.self, "Scores [samples, classes]."), .required("target", Tensor.self, "0 or 1, of the same shape."),
    .optional("weight", Tensor.self, "A factor for each class."), .option("reduction", Reduction.mean, "How the losses become one number."),
    formula: "-mean(t log σ(x) + (1 - t) log σ(-x)) over classes",
    examples: [Example("multilabel_soft_margin_loss(tensor([[0.0, 0.0]]), tensor([[1.0, 0.0]]))", gives: "0.6931")]
  ) { (x: Tensor, t: Tensor, weight: Tensor?, reduction: Reduction) in try x.multilabelSoftMarginLoss(t, weight: weight, reduction) }

  static let multiMarginLoss = Builtin(
    "multi_margin_loss", "By how much other classes come within a margin of the right one.",
    .required("input", Tensor.self, "Scores [samples, classes], or of one sample."), .required("target", Tensor.self, "Class numbers."),
    .option("p", 1, in: 1...2, "The power of each."), .option("margin", 1.0, "The margin."), .optional("weight", Tensor.self, "A factor for each class."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    formula: "Σⱼ max(0, margin - x[y] + x[j])^p / classes, j ≠ y",
    examples: [Example("multi_margin_loss(tensor([[0.1, 0.2, 0.4, 0.8]]), tensor([3]))", gives: "0.3250")]
  ) { (x: Tensor, t: Tensor, p: Int, margin: Double, weight: Tensor?, reduction: Reduction) in
    try x.multiMarginLoss(t, p: p, margin: margin, weight: weight, reduction)
  }

  static let softMarginLoss = Builtin(
    "soft_margin_loss", "The logistic loss of scores against 1 and -1.",
    .required("input", Tensor.self, "Scores."), .required("target", Tensor.self, "1 or -1, of the same shape."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    formula: "log(1 + exp(-t x))",
    laws: [.gradient(in: -2...2)],
    examples: [Example("soft_margin_loss(tensor([0.0]), tensor([1.0]))", gives: "0.6931")]
  ) { (x: Tensor, t: Tensor, reduction: Reduction) in try x.softMarginLoss(t, reduction) }

  static let tripletMarginLoss = Builtin(
    "triplet_margin_loss", "Draws an anchor closer to its like than to its unlike, by a margin.",
    .required("anchor", Tensor.self, "Vectors along the last dimension."), .required("positive", Tensor.self, "Its like."),
    .required("negative", Tensor.self, "Its unlike."), .option("margin", 1.0, "The margin."), .option("p", 2.0, in: 0...1e6, "The norm."),
    .option("eps", 1e-6, "What keeps the gradient finite."), .option("swap", false, "Whether the like may stand for the anchor where it is closer to the unlike."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    formula: "max(0, |a - p| - |a - n| + margin)",
    examples: [Example("triplet_margin_loss(tensor([[0.0, 0.0]]), tensor([[3.0, 4.0]]), tensor([[6.0, 8.0]]))", gives: "0.")]
  ) { (a: Tensor, p: Tensor, n: Tensor, margin: Double, power: Double, eps: Double, swap: Bool, reduction: Reduction) in
    try a.tripletMarginLoss(p, n, margin: margin, p: power, eps: eps, swap: swap, reduction)
  }
}

extension Tensor {
  private func atLeastZero() throws(TensorError) -> Tensor { try clamp(low: 0, high: .infinity) }

  /// `1 - cos` where the target is 1, `max(0, cos - margin)` where it is -1.
  public func cosineEmbeddingLoss(_ other: Tensor, _ target: Tensor, margin: Double = 0, _ reduction: Reduction = .mean) throws(TensorError) -> Tensor {
    let (a, b) = try paired("cosine_embedding_loss", other)
    guard (1...2).contains(a.rank), target.shape == Array(a.shape.dropLast()) else {
      throw .shape("cosine_embedding_loss", expected: "a target of \(Array(a.shape.dropLast())), one a pair", met: target.shape, operand: 2)
    }
    // PyTorch adds the smallness to the squares, other than in `cosine_similarity`.
    let sizes = try ((a * a).sum([-1]) + 1e-12) * ((b * b).sum([-1]) + 1e-12)
    let cosine = try (a * b).sum([-1]) / sizes.sqrt(), none = try Tensor.zeros(like: cosine.detached())
    let together = try target.eq(Tensor.number(1.0)).selecting(1 - cosine, none), apart = try target.eq(Tensor.number(-1.0)).selecting((cosine - margin).atLeastZero(), none)
    return try (together + apart).reduced(reduction)
  }

  /// `x` where the target is 1, `max(0, margin - x)` where it is -1.
  public func hingeEmbeddingLoss(_ target: Tensor, margin: Double = 1, _ reduction: Reduction = .mean) throws(TensorError) -> Tensor {
    let (x, t) = try paired("hinge_embedding_loss", target)
    let none = try Tensor.zeros(like: x.detached())
    return try (t.ne(Tensor.number(1.0)).selecting((margin - x).atLeastZero(), none) + t.ne(Tensor.number(-1.0)).selecting(x, none)).reduced(reduction)
  }

  /// `max(0, margin - t (a - b))`.
  public func marginRankingLoss(_ other: Tensor, _ target: Tensor, margin: Double = 0, _ reduction: Reduction = .mean) throws(TensorError) -> Tensor {
    let (a, b) = try paired("margin_ranking_loss", other)
    guard Shape.broadcast(a.shape, target.shape) == a.shape else {
      throw .shape("margin_ranking_loss", expected: "a target of \(a.shape)", met: target.shape, operand: 2)
    }
    return try (margin - target.to(a.dtype) * (a - b)).atLeastZero().reduced(reduction)
  }

  /// The mean over classes of `-(t log σ(x) + (1 - t) log σ(-x))`.
  public func multilabelSoftMarginLoss(_ target: Tensor, weight: Tensor? = nil, _ reduction: Reduction = .mean) throws(TensorError) -> Tensor {
    let (x, t) = try paired("multilabel_soft_margin_loss", target)
    guard let classes = x.shape.last else { throw .shape("multilabel_soft_margin_loss", expected: "[samples, classes]", met: x.shape, operand: 0) }
    if let weight, weight.shape != [classes] { throw .shape("multilabel_soft_margin_loss", expected: "a weight of [\(classes)]", met: weight.shape, operand: 2) }
    let losses = try -(t * x.logsigmoid() + (1 - t) * (-x).logsigmoid())
    return try (weight.map { (w) throws(TensorError) in try losses * w } ?? losses).mean([-1]).reduced(reduction)
  }

  /// `Σⱼ max(0, margin - x[y] + x[j])^p / classes`, without the right class.
  public func multiMarginLoss(
    _ target: Tensor, p: Int = 1, margin: Double = 1, weight: Tensor? = nil, _ reduction: Reduction = .mean
  ) throws(TensorError) -> Tensor {
    guard (1...2).contains(rank), dtype.isFloating else { throw .shape("multi_margin_loss", expected: "scores [samples, classes]", met: shape, operand: 0) }
    guard target.dtype == .int64 else { throw .dtype("multi_margin_loss", expected: "class numbers (integers)", met: target.dtype, operand: 1) }
    guard target.shape == Array(shape.dropLast()) else { throw .shape("multi_margin_loss", expected: "a target of \(Array(shape.dropLast()))", met: target.shape, operand: 1) }
    let classes = shape[rank - 1], labels = try target.detached().unsqueeze(-1)
    if let bad = try target.ints().first(where: { $0 < 0 || $0 >= classes }) { throw .value("multi_margin_loss", "label \(bad) is not in 0 to \(classes - 1)") }
    if let weight, weight.shape != [classes] { throw .shape("multi_margin_loss", expected: "a weight of [\(classes)]", met: weight.shape, operand: 2) }
    var terms = try (margin - gather(rank - 1, labels) + self).atLeastZero()
    if p == 2 { terms = try terms.square() }
    // The right class is no rival of its own.
    terms = try terms * (1 - target.detached().oneHot(classes).to(dtype))
    if let weight { terms = try terms * weight.to(dtype).indexSelect(0, target.detached().reshape([target.count])).reshape(labels.shape) }
    return try (terms.sum([-1]) / Double(Swift.max(classes, 1))).reduced(reduction)
  }

  /// `log(1 + exp(-t x))`, exact for scores of any size.
  public func softMarginLoss(_ target: Tensor, _ reduction: Reduction = .mean) throws(TensorError) -> Tensor {
    let (x, t) = try paired("soft_margin_loss", target)
    return try (-(t * x).logsigmoid()).reduced(reduction)
  }

  /// `max(0, |a - p| - |a - n| + margin)`, distances along the last dimension.
  public func tripletMarginLoss(
    _ positive: Tensor, _ negative: Tensor, margin: Double = 1, p: Double = 2, eps: Double = 1e-6, swap: Bool = false, _ reduction: Reduction = .mean
  ) throws(TensorError) -> Tensor {
    let (a, like) = try paired("triplet_margin_loss", positive), (_, unlike) = try paired("triplet_margin_loss", negative)
    guard a.rank > 0 else { throw .shape("triplet_margin_loss", expected: "vectors along the last dimension", met: a.shape, operand: 0) }
    func distance(_ x: Tensor, _ y: Tensor) throws(TensorError) -> Tensor { try (x - y + eps).norm(p, [-1]) }
    var away = try distance(a, unlike)
    if swap { away = try away.minimum(distance(like, unlike)) }
    return try (distance(a, like) - away + margin).atLeastZero().reduced(reduction)
  }
}
