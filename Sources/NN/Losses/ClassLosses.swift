import Builtins
import Engine

extension Builtin<Void> {
  static let crossEntropyLoss = Builtin(
    "CrossEntropyLoss", "The cross-entropy of class scores, as a layer.",
    .optional("weight", Tensor.self, "A factor for each class."),
    .option("ignore_index", -100, "A class number that does not count."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    .option("label_smoothing", 0.0, in: 0...1, "The share of the target that is spread over all classes."),
    formula: "-log softmax(x)[target]", source: Source("PyTorch's torch.nn.CrossEntropyLoss"),
    examples: [Example("CrossEntropyLoss()(tensor([[1.0, 2.0, 3.0]]), tensor([2]))", gives: "0.4076")]
  ) { (weight: Tensor?, ignored: Int, reduction: Reduction, smoothing: Double) in
    LossLayer("CrossEntropyLoss", [("ignore_index", ignored), ("label_smoothing", smoothing)], .classes, weight: weight, reduction: reduction.rawValue) {
      try $0[0].crossEntropy($0[1], weight: $1, ignoring: ignored, reduction, smoothing: smoothing)
    }
  }

  static let multiLabelMarginLoss = Builtin(
    "MultiLabelMarginLoss", "By how much other classes come within 1 of the right ones, of which a sample may have several, as a layer.",
    .option("reduction", Reduction.mean, "How the losses become one number."),
    source: Source("PyTorch's torch.nn.MultiLabelMarginLoss"),
    examples: [Example("MultiLabelMarginLoss()(tensor([[0.1, 0.2, 0.4, 0.8]]), tensor([[3, 0, -1, 1]]))", gives: "0.8500")]
  ) { (reduction: Reduction) in
    LossLayer("MultiLabelMarginLoss", [], .classes, reduction: reduction.rawValue) { inputs, _ in try inputs[0].multilabelMarginLoss(inputs[1], reduction) }
  }

  static let multiMarginLoss = Builtin(
    "MultiMarginLoss", "By how much other classes come within a margin of the right one, as a layer.",
    .option("p", 1, in: 1...2, "The power of each."), .option("margin", 1.0, "The margin."), .optional("weight", Tensor.self, "A factor for each class."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    source: Source("PyTorch's torch.nn.MultiMarginLoss"),
    examples: [Example("MultiMarginLoss()(tensor([[0.1, 0.2, 0.4, 0.8]]), tensor([3]))", gives: "0.3250")]
  ) { (p: Int, margin: Double, weight: Tensor?, reduction: Reduction) in
    LossLayer("MultiMarginLoss", [("p", p), ("margin", margin)], .classes, weight: weight, reduction: reduction.rawValue) {
      try $0[0].multiMarginLoss($0[1], p: p, margin: margin, weight: $1, reduction)
    }
  }

  static let nllLoss = Builtin(
    "NLLLoss", "Minus the logarithm that the input gives the right class, as a layer.",
    .optional("weight", Tensor.self, "A factor for each class."),
    .option("ignore_index", -100, "A class number that does not count."),
    .option("reduction", Reduction.mean, "How the losses become one number."),
    formula: "-x[target]", source: Source("PyTorch's torch.nn.NLLLoss"),
    examples: [Example("NLLLoss()(tensor([[-1.0, -2.0]]), tensor([1]))", gives: "2.")]
  ) { (weight: Tensor?, ignored: Int, reduction: Reduction) in
    LossLayer("NLLLoss", [("ignore_index", ignored)], .classes, weight: weight, reduction: reduction.rawValue) {
      try $0[0].nllLoss($0[1], weight: $1, ignoring: ignored, reduction)
    }
  }
}
