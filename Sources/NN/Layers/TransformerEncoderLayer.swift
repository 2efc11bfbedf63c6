import Builtins
import Engine

extension Builtin<Generator> {
  static let transformerEncoderLayer = Builtin(
    "TransformerEncoderLayer", "One layer of a transformer's encoder: attention to itself, and two linear maps.",
    .required("d_model", Int.self, in: 1...1e9, "The size of an input."),
    .required("nhead", Int.self, in: 1...1e9, "How many heads attention has."),
    .option("dim_feedforward", 2048, in: 1...1e9, "The size between the two linear maps."),
    .option("dropout", 0.1, in: 0...1, "How likely a number is to be dropped in training."),
    .option("activation", FeedForwardActivation.relu, "What stands between the two linear maps."),
    .option("layer_norm_eps", 1e-5, "Added to the variance of the normalisations."),
    .option("batch_first", false, "Whether the batch is the first axis, and the sequence the second."),
    .option("norm_first", false, "Whether each part is normalised before it rather than after."),
    .option("bias", true, "Whether biases are added."),
    .option("dtype", DType.float32, "The type of its numbers."),
    source: Source("Vaswani et al. 2017, section 3.1", arXiv: "1706.03762"),
    examples: [Example("TransformerEncoderLayer(8, 2, dim_feedforward=16)", gives: "(linear1): Linear(in_features=8, out_features=16, bias=True)")],
    run: built)
}

private func built(
  _ generator: Generator, size: Int, heads: Int, feedForward: Int, dropout: Double, activation: FeedForwardActivation, eps: Double, batchFirst: Bool,
  normFirst: Bool, bias: Bool, dtype: DType
) throws -> TransformerEncoderLayer {
  var settings = TransformerSettings(size, heads)
  (settings.feedForward, settings.dropout, settings.activation, settings.eps) = (feedForward, dropout, activation, eps)
  (settings.isBatchFirst, settings.isNormFirst, settings.hasBias, settings.dtype) = (batchFirst, normFirst, bias, dtype)
  return try TransformerEncoderLayer(settings, using: generator)
}

/// `x + attention(x)`, normalised, then `x + W₂ f(W₁ x)`, normalised; or each normalised before.
/// - Shape: `src [length, batch, size]`, or with the batch first, or without it, to the same.
/// - Source: the parameters are PyTorch's, and start as there.
public final class TransformerEncoderLayer: Module {
  public let settings: TransformerSettings
  public let attention: MultiheadAttention
  let linear1: Linear, linear2: Linear, norm1: LayerNorm, norm2: LayerNorm
  let dropout: Dropout, dropout1: Dropout, dropout2: Dropout

  public init(_ settings: TransformerSettings, using generator: Generator) throws {
    self.settings = settings
    attention = try settings.attention(using: generator)
    linear1 = try Linear(settings.size, settings.feedForward, bias: settings.hasBias, dtype: settings.dtype, using: generator)
    dropout = Dropout(settings.dropout)
    linear2 = try Linear(settings.feedForward, settings.size, bias: settings.hasBias, dtype: settings.dtype, using: generator)
    (norm1, norm2) = (try settings.norm(), try settings.norm())
    (dropout1, dropout2) = (Dropout(settings.dropout), Dropout(settings.dropout))
  }

  public override var parts: [Part] {
    [
      .child("self_attn", attention), .child("linear1", linear1), .child("dropout", dropout), .child("linear2", linear2), .child("norm1", norm1),
      .child("norm2", norm2), .child("dropout1", dropout1), .child("dropout2", dropout2),
    ]
  }
  public override var inputNames: [String] { ["src", "src_mask", "src_key_padding_mask", "is_causal"] }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try encode(x, nil, nil, in: run) }

  public override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    let given = try Inputs(inputs, of: self, atLeast: 1), mask = try given.tensor(1)
    try TransformerSettings.checkHint(given.flag(3, or: false), mask, typeName, "src_mask")
    return try encode(given.required(0), mask, given.tensor(2), in: run)
  }

  func encode(_ src: Tensor, _ mask: Tensor?, _ padding: Tensor?, in run: Run) throws -> Tensor {
    var x = src
    if settings.isNormFirst {
      x = try x + attended(run(norm1, x), mask, padding, run)
      return try x + mapped(run(norm2, x), run)
    }
    x = try run(norm1, x + attended(x, mask, padding, run))
    return try run(norm2, x + mapped(x, run))
  }

  private func attended(_ x: Tensor, _ mask: Tensor?, _ padding: Tensor?, _ run: Run) throws -> Tensor {
    let result = try run(attention, [x, x, x, padding ?? None(), false, mask ?? None()])
    guard let list = result as? List, let first = list.items.first, let y = try Tensor.accept(first) else {
      throw TensorError.value("self_attn", "gave \(type(of: result).aKind) where a list of output and weights was expected")
    }
    return try run(dropout1, y)
  }

  private func mapped(_ x: Tensor, _ run: Run) throws -> Tensor {
    try run(dropout2, run(linear2, run(dropout, settings.activation.apply(linear1, x, in: run))))
  }

  /// Another of the same settings and numbers.
  func twin() throws -> TransformerEncoderLayer {
    let twin = try TransformerEncoderLayer(settings, using: Generator(seed: 0))
    try twin.loadStateDict(stateDict(), journal: Journal())
    return twin
  }
}
