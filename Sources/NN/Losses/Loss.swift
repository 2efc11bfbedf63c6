import Builtins
import Engine

/// The losses that training knows by name. `auto` is cross-entropy for integer labels and mean squared error for others.
public enum LossName: String, Choice {
  case auto, cross_entropy, nll_loss, multi_margin_loss, bce_with_logits, binary_cross_entropy, multilabel_soft_margin_loss
  case mse_loss, l1_loss, smooth_l1_loss, huber_loss, poisson_nll_loss, kl_div

  /// The names, and the same without their ending: `mse`.
  public static var form: ArgumentForm { .choice(words + shortNames.keys.sorted()) }
  public static func accept(_ value: any Value) -> LossName? {
    (value as? String).flatMap { LossName(rawValue: $0) ?? shortNames[$0] }
  }
  private static var shortNames: [String: LossName] { ["mse": .mse_loss, "l1": .l1_loss, "huber": .huber_loss, "nll": .nll_loss] }
}

/// What training makes small: the mean of a loss over the samples of a batch.
public struct Loss {
  public let name: String
  /// Whether the targets are labels, so that accuracy is what it is judged by.
  public let isOfLabels: Bool
  let body: (Tensor, Tensor) throws -> Tensor

  /// A loss of one's own: from outputs and targets to one number.
  public init(_ name: String, isOfLabels: Bool, _ body: @escaping (Tensor, Tensor) throws -> Tensor) {
    (self.name, self.isOfLabels, self.body) = (name, isOfLabels, body)
  }

  /// The loss of that name for targets of that kind.
  public init(_ name: LossName, for targets: Tensor) {
    switch name {
    case .auto: self.init(targets.dtype.isFloating ? .mse_loss : .cross_entropy, for: targets)
    case .cross_entropy: self.init(name.rawValue, isOfLabels: !targets.dtype.isFloating) { try $0.crossEntropy($1.dtype == .bool ? $1.to(.int64) : $1) }
    case .nll_loss: self.init(name.rawValue, isOfLabels: true) { try $0.nllLoss($1) }
    case .bce_with_logits: self.init(name.rawValue, isOfLabels: true) { try $0.bceWithLogits(matched($1, $0)) }
    case .mse_loss: self.init(name.rawValue, isOfLabels: false) { try $0.mseLoss(matched($1, $0)) }
    case .l1_loss: self.init(name.rawValue, isOfLabels: false) { try $0.l1Loss(matched($1, $0)) }
    case .multi_margin_loss: self.init(name.rawValue, isOfLabels: true) { try $0.multiMarginLoss($1.dtype == .bool ? $1.to(.int64) : $1) }
    case .binary_cross_entropy: self.init(name.rawValue, isOfLabels: false) { try $0.binaryCrossEntropy(matched($1, $0)) }
    case .multilabel_soft_margin_loss: self.init(name.rawValue, isOfLabels: true) { try $0.multilabelSoftMarginLoss(matched($1, $0)) }
    case .smooth_l1_loss: self.init(name.rawValue, isOfLabels: false) { try $0.huberLoss(matched($1, $0)) }
    case .poisson_nll_loss: self.init(name.rawValue, isOfLabels: false) { try $0.poissonNllLoss(matched($1, $0)) }
    case .kl_div: self.init(name.rawValue, isOfLabels: false) { try $0.divergence(matched($1, $0), .mean, isLog: false) }
    case .huber_loss: self.init(name.rawValue, isOfLabels: false) { try $0.huberLoss(matched($1, $0)) }
    }
  }

  public func callAsFunction(_ output: Tensor, _ target: Tensor) throws -> Tensor {
    let loss = try body(output, target)
    guard loss.count == 1 else { throw TensorError.shape("loss", expected: "one number", met: loss.shape, operand: 0) }
    return loss
  }
}

/// Targets in the shape and dtype of the output. `[n]` stands for `[n, 1]`: to stretch one over the other, as broadcasting
/// would, compares every sample with every other.
/// - Throws: `shape` where the targets do not fit.
func matched(_ target: Tensor, _ output: Tensor) throws(TensorError) -> Tensor {
  let fitting = try target.to(output.dtype)
  if fitting.shape == output.shape { return fitting }
  let (a, b) = (fitting.shape.filter { $0 != 1 }, output.shape.filter { $0 != 1 })
  guard a == b, fitting.count == output.count else {
    throw .shape("the loss", expected: "targets of \(output.shape), the shape of the output", met: target.shape, operand: 1)
  }
  return try fitting.reshape(output.shape)
}
