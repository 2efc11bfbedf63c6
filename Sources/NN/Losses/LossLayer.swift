import Builtins
import Engine

/// A loss as a layer: `loss = CrossEntropyLoss(label_smoothing=0.1); loss(out, y)`, and as the loss of a training.
public final class LossLayer: Module {
  /// What the targets of a loss are.
  enum Target {
    /// Class numbers, or with real numbers shares of the classes.
    case classes
    /// Numbers in the shape of the output, which stand for labels or do not.
    case likeOutput(isOfLabels: Bool)
    /// More than one input, so that a training, which has an output and a target, cannot use it.
    case several(Int)
  }
  private let name: String, settings: [(name: String, value: any Value)]
  private let target: Target, weight: Buffer?, reduction: String
  private let body: ([Tensor]) throws -> Tensor

  /// - Parameters:
  ///   - settings: what PyTorch prints between the parentheses.
  ///   - weight: a factor for each class, which goes with the layer.
  init(
    _ name: String, _ settings: [(name: String, value: any Value)], _ target: Target, weight: Tensor? = nil, reduction: String,
    _ body: @escaping ([Tensor], Tensor?) throws -> Tensor
  ) {
    let kept = weight.map(Buffer.init)
    (self.name, self.settings, self.target, self.weight, self.reduction) = (name, settings, target, kept, reduction)
    self.body = { try body($0, kept?.value) }
  }

  public override var parts: [Part] { weight.map { [.buffer("weight", $0)] } ?? [] }
  public override var typeName: String { name }
  public override var attributes: [(name: String, value: any Value)] { settings + [("reduction", reduction)] }

  private var count: Int { if case .several(let count) = target { count } else { 2 } }

  public override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    guard inputs.count == count else {
      throw TensorError.value(name, "takes \(count == 2 ? "an output and a target" : "\(count) tensors"), got \(inputs.count)")
    }
    return try body(inputs.map { input in
      if let tensor = try Tensor.accept(input) { return tensor }
      // Lengths may come as a list.
      guard let list = try [Int].accept(input) else { throw TensorError.value(name, "takes tensors, got \(type(of: input).aKind)") }
      return try Tensor(list)
    })
  }

  /// This loss for a training, which brings targets of numbers into the shape of the output.
  /// - Throws: `value` where it gives no single number of an output and a target.
  public func trainingLoss(for targets: Tensor) throws(TensorError) -> Loss {
    guard reduction != "none" else { throw .value(name, "reduction=none gives a loss a sample, and training makes one number small: mean or sum") }
    let body = body
    switch target {
    case .classes:
      return Loss(name, isOfLabels: !targets.dtype.isFloating) { try body([$0, $1.dtype == .bool ? $1.to(.int64) : $1]) }
    case .likeOutput(let isOfLabels): return Loss(name, isOfLabels: isOfLabels) { try body([$0, matched($1, $0)]) }
    case .several(let count): throw .value(name, "takes \(count) tensors, and training has an output and a target: write a function (out, y) -> …")
    }
  }
}

/// Every loss that is a layer, by name.
public enum LossLayers {
  public static let all: [Builtin<Void>] = [
    .bceLoss, .bceWithLogitsLoss, .cosineEmbeddingLoss, .crossEntropyLoss, .ctcLoss, .gaussianNLLLoss, .hingeEmbeddingLoss, .huberLoss, .klDivLoss, .l1Loss,
    .marginRankingLoss, .mseLoss, .multiLabelMarginLoss, .multiLabelSoftMarginLoss, .multiMarginLoss, .nllLoss, .poissonNLLLoss, .smoothL1Loss, .softMarginLoss,
    .tripletMarginLoss,
  ]
}
