import Builtins
import Engine

/// The arguments that the layers of a transformer share.
public struct TransformerSettings {
  public var size: Int, heads: Int
  public var feedForward = 2048, dropout = 0.1, activation = FeedForwardActivation.relu, eps = 1e-5
  public var isBatchFirst = false, isNormFirst = false, hasBias = true, dtype = DType.float32

  public init(_ size: Int, _ heads: Int) { (self.size, self.heads) = (size, heads) }

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
