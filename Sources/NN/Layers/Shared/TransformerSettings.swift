import Builtins
import Engine

/// The arguments that the layers of a transformer share.
public struct TransformerSettings {
  public var size: Int, heads: Int
  public var feedForward = 2048, dropout = 0.1, activation = FeedForwardActivation.relu, eps = 1e-5
  public var isBatchFirst = false, isNormFirst = false, hasBias = true, dtype = DType.float32

  public init(_ size: Int, _ heads: Int) { (self.size, self.heads) = (size, heads) }

  init(
    _ size: Int, _ heads: Int, feedForward: Int, dropout: Double, activation: FeedForwardActivation, eps: Double, batchFirst: Bool, normFirst: Bool,
    bias: Bool, dtype: DType
  ) {
    (self.size, self.heads, self.feedForward, self.dropout, self.activation, self.eps) = (size, heads, feedForward, dropout, activation, eps)
    (isBatchFirst, isNormFirst, hasBias, self.dtype) = (batchFirst, normFirst, bias, dtype)
  }

  func attention(using generator: Generator) throws -> MultiheadAttention {
    try MultiheadAttention(size, heads, dropout: dropout, bias: hasBias, batchFirst: isBatchFirst, dtype: dtype, using: generator)
  }
  func norm() throws -> LayerNorm { try LayerNorm([size], eps: eps, bias: hasBias, dtype: dtype) }

  /// Masks that a caller calls causal: the mask itself says it, so that the word alone is no mask.
  static func checkHint(_ isCausal: Bool, _ mask: Tensor?, _ name: String, _ argument: String) throws(TensorError) {
    if isCausal, mask == nil { throw .value(name, "`is_causal` is a hint about `\(argument)`, which is missing") }
  }
}

/// What stands between the two linear maps of a transformer's layer.
public enum FeedForwardActivation: String, Choice {
  case relu, gelu

  /// The first map and the function, as one pass where nothing looks between them.
  func apply(_ linear: Linear, _ x: Tensor, in run: Run) throws -> Tensor {
    if self == .relu, run.isUnwatched { return try x.linear(through: [LinearLayer(linear.weight.value, linear.bias?.value, hasReLU: true)]) }
    let y = try run(linear, x)
    return self == .relu ? try y.relu() : try y.gelu(.none)
  }
}

/// What the layers of a transformer's encoder and decoder share: two linear maps behind attention.
public class TransformerLayer: Module {
  public let settings: TransformerSettings
  let linear1: Linear, linear2: Linear, dropout: Dropout

  /// - Parameter generator: has made the attention already, which comes first.
  init(_ settings: TransformerSettings, using generator: Generator) throws {
    self.settings = settings
    linear1 = try Linear(settings.size, settings.feedForward, bias: settings.hasBias, dtype: settings.dtype, using: generator)
    dropout = Dropout(settings.dropout)
    linear2 = try Linear(settings.feedForward, settings.size, bias: settings.hasBias, dtype: settings.dtype, using: generator)
  }

  func mapped(_ x: Tensor, _ last: Dropout, _ run: Run) throws -> Tensor {
    try run(last, run(linear2, run(dropout, settings.activation.apply(linear1, x, in: run))))
  }

  /// The output of an attention, without the weights that it gives beside it.
  func attended(
    _ attention: MultiheadAttention, _ x: Tensor, _ keys: Tensor, _ mask: Tensor?, _ padding: Tensor?, _ last: Dropout, _ run: Run
  ) throws -> Tensor {
    let result = try run(attention, [x, keys, keys, padding ?? None(), false, mask ?? None()])
    guard let list = result as? List, let first = list.items.first, let y = try Tensor.accept(first) else {
      throw TensorError.value("attention", "gave \(type(of: result).aKind) where a list of output and weights was expected")
    }
    return try run(last, y)
  }

  /// `fresh`, a layer of the same settings, with the numbers of this one.
  func twin<Layer: TransformerLayer>(_ fresh: Layer) throws -> Layer {
    try fresh.loadStateDict(stateDict(), journal: Journal())
    return fresh
  }
}

extension Builtin<Generator> {
  /// A layer of a transformer as PyTorch builds it.
  static func transformerLayer(
    _ name: String, _ summary: String, _ gives: String, make: @escaping @Sendable (TransformerSettings, Generator) throws -> TransformerLayer
  ) -> Builtin {
    Builtin(
      name, summary,
      .required("d_model", Int.self, in: 1...1e9, "The size of an input."),
      .required("nhead", Int.self, in: 1...1e9, "How many heads attention has."),
      TransformerArguments.feedForward, TransformerArguments.dropout, TransformerArguments.activation, TransformerArguments.eps,
      TransformerArguments.batchFirst, TransformerArguments.normFirst, TransformerArguments.bias, TransformerArguments.dtype,
      source: Source("Vaswani et al. 2017, section 3.1", arXiv: "1706.03762"),
      examples: [Example("\(name)(8, 2, dim_feedforward=16)", gives: gives)]
    ) {
      (
        g: Generator, size: Int, heads: Int, feedForward: Int, dropout: Double, activation: FeedForwardActivation, eps: Double, isBatchFirst: Bool,
        isNormFirst: Bool, hasBias: Bool, dtype: DType
      ) in
      let settings = TransformerSettings(
        size, heads, feedForward: feedForward, dropout: dropout, activation: activation, eps: eps, batchFirst: isBatchFirst, normFirst: isNormFirst,
        bias: hasBias, dtype: dtype)
      return try make(settings, g)
    }
  }
}

/// The arguments that a transformer and its layers share, as a user writes them.
enum TransformerArguments {
  static let feedForward = Argument<Int>.option("dim_feedforward", 2048, in: 1...1e9, "The size between the two linear maps.")
  static let dropout = Argument<Double>.option("dropout", 0.1, in: 0...1, "How likely a number is to be dropped in training.")
  static let activation = Argument<FeedForwardActivation>.option("activation", .relu, "What stands between the two linear maps.")
  static let eps = Argument<Double>.option("layer_norm_eps", 1e-5, "Added to the variance of the normalisations.")
  static let batchFirst = Argument<Bool>.option("batch_first", false, "Whether the batch is the first axis, and the sequence the second.")
  static let normFirst = Argument<Bool>.option("norm_first", false, "Whether each part is normalised before it rather than after.")
  static let bias = Argument<Bool>.option("bias", true, "Whether biases are added.")
  static let dtype = Argument<DType>.option("dtype", .float32, "The type of its numbers.")
}
