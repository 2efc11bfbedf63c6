import Builtins
import Engine

extension Builtin<Void> {
  static let bceLoss = Builtin(
    "BCELoss", "The cross-entropy of yes-or-no answers, from probabilities, as a layer.",
    .optional("weight", Tensor.self, "A factor of each loss; it stretches."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    formula: "-(t log p + (1 - t) log(1 - p))", source: Source("PyTorch's torch.nn.BCELoss"),
    examples: [Example("BCELoss()(tensor([0.5, 0.9]), tensor([1.0, 1.0]))", gives: "0.3993")]
  ) { (weight: Tensor?, reduction: Reduction) in
    LossLayer("BCELoss", [], .likeOutput(isOfLabels: false), weight: weight, reduction: reduction.rawValue) {
      try $0[0].binaryCrossEntropy($0[1], weight: $1, reduction)
    }
  }

  static let bceWithLogitsLoss = Builtin(
    "BCEWithLogitsLoss", "The cross-entropy of yes-or-no answers, from scores before the sigmoid, as a layer.",
    .optional("weight", Tensor.self, "A factor of each loss; it stretches."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    .optional("pos_weight", Tensor.self, "A factor of the losses of yes."),
    formula: "-(t log σ(x) + (1 - t) log(1 - σ(x)))", source: Source("PyTorch's torch.nn.BCEWithLogitsLoss"),
    examples: [Example("BCEWithLogitsLoss()(tensor([0.0, 2.0]), tensor([1.0, 1.0]))", gives: "0.4100")]
  ) { (weight: Tensor?, reduction: Reduction, positive: Tensor?) in
    LossLayer("BCEWithLogitsLoss", [], .likeOutput(isOfLabels: true), weight: weight, reduction: reduction.rawValue) {
      try $0[0].bceWithLogits($0[1], weight: $1, reduction, positiveWeight: positive)
    }
  }

  static let hingeEmbeddingLoss = Builtin(
    "HingeEmbeddingLoss", "A distance where the target is 1, and how much it lacks of a margin where it is -1, as a layer.",
    .option("margin", 1.0, "The margin."), .option("reduction", Reduction.mean, "How the losses become one number."),
    source: Source("PyTorch's torch.nn.HingeEmbeddingLoss"),
    examples: [Example("HingeEmbeddingLoss()(tensor([0.5, 0.25]), tensor([1.0, -1.0]))", gives: "0.6250")]
  ) { (margin: Double, reduction: Reduction) in
    LossLayer("HingeEmbeddingLoss", [("margin", margin)], .likeOutput(isOfLabels: false), reduction: reduction.rawValue) { inputs, _ in
      try inputs[0].hingeEmbeddingLoss(inputs[1], margin: margin, reduction)
    }
  }

  static let multiLabelSoftMarginLoss = Builtin(
    "MultiLabelSoftMarginLoss", "The mean cross-entropy of several yes-or-no answers of a sample, from scores, as a layer.",
    .optional("weight", Tensor.self, "A factor for each class."), .option("reduction", Reduction.mean, "How the losses become one number."),
    source: Source("PyTorch's torch.nn.MultiLabelSoftMarginLoss"),
    examples: [Example("MultiLabelSoftMarginLoss()(tensor([[0.0, 0.0]]), tensor([[1.0, 0.0]]))", gives: "0.6931")]
  ) { (weight: Tensor?, reduction: Reduction) in
    LossLayer("MultiLabelSoftMarginLoss", [], .likeOutput(isOfLabels: true), weight: weight, reduction: reduction.rawValue) {
      try $0[0].multilabelSoftMarginLoss($0[1], weight: $1, reduction)
    }
  }

  static let softMarginLoss = Builtin(
    "SoftMarginLoss", "The logistic loss of scores against 1 and -1, as a layer.",
    .option("reduction", Reduction.mean, "How the losses become one number."),
    formula: "log(1 + exp(-t x))", source: Source("PyTorch's torch.nn.SoftMarginLoss"),
    examples: [Example("SoftMarginLoss()(tensor([0.0]), tensor([1.0]))", gives: "0.6931")]
  ) { (reduction: Reduction) in
    LossLayer("SoftMarginLoss", [], .likeOutput(isOfLabels: false), reduction: reduction.rawValue) { inputs, _ in try inputs[0].softMarginLoss(inputs[1], reduction) }
  }
}
