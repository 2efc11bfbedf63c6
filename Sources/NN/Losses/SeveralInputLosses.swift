import Builtins
import Engine

/// Losses of more than two tensors, which are called but not trained by name.
extension Builtin<Void> {
  static let cosineEmbeddingLoss = Builtin(
    "CosineEmbeddingLoss", "Draws vectors of a pair together where the target is 1, and apart where it is -1, as a layer.",
    .option("margin", 0.0, in: -1...1, "The cosine below which two are apart enough."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    source: Source("PyTorch's torch.nn.CosineEmbeddingLoss"),
    examples: [Example("CosineEmbeddingLoss()(tensor([[1.0, 0.0]]), tensor([[0.0, 1.0]]), tensor([1]))", gives: "1.")]
  ) { (margin: Double, reduction: Reduction) in
    LossLayer("CosineEmbeddingLoss", [("margin", margin)], .several(3), reduction: reduction.rawValue) { inputs, _ in
      try inputs[0].cosineEmbeddingLoss(inputs[1], inputs[2], margin: margin, reduction)
    }
  }

  static let ctcLoss = Builtin(
    "CTCLoss", "Minus the logarithm that a sequence of class scores gives a shorter sequence of labels, as a layer.",
    .option("blank", 0, in: 0...1e9, "The class that stands between labels."),
    .option("reduction", Reduction.mean, "How the losses become one number; `mean` divides each by its labels first."),
    .option("zero_infinity", false, "Whether labels that do not fit into their steps cost 0 rather than inf."),
    source: Source("Graves and others 2006, Connectionist temporal classification; PyTorch's torch.nn.CTCLoss"),
    examples: [Example("CTCLoss()(log(tensor([[[0.5, 0.5]], [[0.5, 0.5]]])), tensor([[1]]), [2], [1])", gives: "0.2877")]
  ) { (blank: Int, reduction: Reduction, isFinite: Bool) in
    LossLayer("CTCLoss", [("blank", blank), ("zero_infinity", isFinite)], .several(4), reduction: reduction.rawValue) { inputs, _ in
      try inputs[0].ctcLoss(inputs[1], steps: inputs[2].ints(), labels: inputs[3].ints(), blank: blank, reduction, isFinite: isFinite)
    }
  }

  static let gaussianNLLLoss = Builtin(
    "GaussianNLLLoss", "Minus the logarithm of a normal density of means, targets and variances, as a layer.",
    .option("full", false, "Whether the constant log(2π)/2 is counted."), .option("eps", 1e-6, "The least variance."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    source: Source("PyTorch's torch.nn.GaussianNLLLoss"),
    examples: [Example("GaussianNLLLoss()(tensor([1.0]), tensor([2.0]), tensor([1.0]))", gives: "0.5000")]
  ) { (full: Bool, eps: Double, reduction: Reduction) in
    LossLayer("GaussianNLLLoss", [("full", full), ("eps", eps)], .several(3), reduction: reduction.rawValue) { inputs, _ in
      try inputs[0].gaussianNllLoss(inputs[1], variance: inputs[2], full: full, eps: eps, reduction)
    }
  }

  static let marginRankingLoss = Builtin(
    "MarginRankingLoss", "By how much the one that should rank higher does not, as a layer.",
    .option("margin", 0.0, "By how much it should."), .option("reduction", Reduction.mean, "How the losses become one number."),
    source: Source("PyTorch's torch.nn.MarginRankingLoss"),
    examples: [Example("MarginRankingLoss()(tensor([1.0]), tensor([2.0]), tensor([1.0]))", gives: "1.")]
  ) { (margin: Double, reduction: Reduction) in
    LossLayer("MarginRankingLoss", [("margin", margin)], .several(3), reduction: reduction.rawValue) { inputs, _ in
      try inputs[0].marginRankingLoss(inputs[1], inputs[2], margin: margin, reduction)
    }
  }

  static let tripletMarginLoss = Builtin(
    "TripletMarginLoss", "Draws an anchor closer to its like than to its unlike, by a margin, as a layer.",
    .option("margin", 1.0, "The margin."), .option("p", 2.0, in: 0...1e6, "The norm."), .option("eps", 1e-6, "What keeps the gradient finite."),
    .option("swap", false, "Whether the like may stand for the anchor where it is closer to the unlike."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    source: Source("PyTorch's torch.nn.TripletMarginLoss"),
    examples: [Example("TripletMarginLoss()(tensor([[0.0, 0.0]]), tensor([[3.0, 4.0]]), tensor([[6.0, 8.0]]))", gives: "0.")]
  ) { (margin: Double, p: Double, eps: Double, swap: Bool, reduction: Reduction) in
    LossLayer("TripletMarginLoss", [("margin", margin), ("p", p), ("eps", eps), ("swap", swap)], .several(3), reduction: reduction.rawValue) { inputs, _ in
      try inputs[0].tripletMarginLoss(inputs[1], inputs[2], margin: margin, p: p, eps: eps, swap: swap, reduction)
    }
  }
}
