import Builtins
import Engine

extension Builtin<Generator> {
  static let transformerDecoderLayer = Builtin(
    "TransformerDecoderLayer", "One layer of a transformer's decoder: attention to itself, attention to what was encoded, and two linear maps.",
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
    examples: [Example("TransformerDecoderLayer(8, 2, dim_feedforward=16)", gives: "(norm3): LayerNorm((8,), eps=1e-05, elementwise_affine=True, bias=True)")],
    run: built)
}

private func built(
  _ generator: Generator, size: Int, heads: Int, feedForward: Int, dropout: Double, activation: FeedForwardActivation, eps: Double, batchFirst: Bool,
  normFirst: Bool, bias: Bool, dtype: DType
) throws -> TransformerDecoderLayer {
  var settings = TransformerSettings(size, heads)
  (settings.feedForward, settings.dropout, settings.activation, settings.eps) = (feedForward, dropout, activation, eps)
  (settings.isBatchFirst, settings.isNormFirst, settings.hasBias, settings.dtype) = (batchFirst, normFirst, bias, dtype)
  return try TransformerDecoderLayer(settings, using: generator)
}

/// Attention to the target itself, attention to the memory, and `W₂ f(W₁ x)`, each added to its input and normalised.
/// - Shape: `tgt [length, batch, size]` and `memory [other, batch, size]`, or with the batch first, or without it, to the
///   shape of `tgt`.
/// - Source: the parameters are PyTorch's, and start as there.
public final class TransformerDecoderLayer: Module {
  public let settings: TransformerSettings
  let attention: MultiheadAttention, toMemory: MultiheadAttention
  let linear1: Linear, linear2: Linear, norms: [LayerNorm]
  let dropout: Dropout, dropouts: [Dropout]

  public init(_ settings: TransformerSettings, using generator: Generator) throws {
    self.settings = settings
    (attention, toMemory) = (try settings.attention(using: generator), try settings.attention(using: generator))
    linear1 = try Linear(settings.size, settings.feedForward, bias: settings.hasBias, dtype: settings.dtype, using: generator)
    dropout = Dropout(settings.dropout)
    linear2 = try Linear(settings.feedForward, settings.size, bias: settings.hasBias, dtype: settings.dtype, using: generator)
    norms = try (0..<3).map { _ in try settings.norm() }
    dropouts = (0..<3).map { _ in Dropout(settings.dropout) }
  }

  public override var parts: [Part] {
    [.child("self_attn", attention), .child("multihead_attn", toMemory), .child("linear1", linear1), .child("dropout", dropout), .child("linear2", linear2)]
      + norms.enumerated().map { .child("norm\($0.offset + 1)", $0.element) } + dropouts.enumerated().map { .child("dropout\($0.offset + 1)", $0.element) }
  }
  public override var inputNames: [String] {
    ["tgt", "memory", "tgt_mask", "memory_mask", "tgt_key_padding_mask", "memory_key_padding_mask", "tgt_is_causal", "memory_is_causal"]
  }

  public override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    let given = try Inputs(inputs, of: self, atLeast: 2)
    try TransformerSettings.checkHint(given.flag(6, or: false), given.tensor(2), typeName, "tgt_mask")
    try TransformerSettings.checkHint(given.flag(7, or: false), given.tensor(3), typeName, "memory_mask")
    return try decode(given.required(0), given.required(1), masks: (2..<6).map { try given.tensor($0) }, in: run)
  }

  /// - Parameter masks: of the target, of the memory, and which keys of both are padding.
  func decode(_ tgt: Tensor, _ memory: Tensor, masks: [Tensor?], in run: Run) throws -> Tensor {
    var x = tgt
    let toSelf = { (t: Tensor) in try self.attended(self.attention, t, t, masks[0], masks[2], self.dropouts[0], run) }
    let across = { (t: Tensor) in try self.attended(self.toMemory, t, memory, masks[1], masks[3], self.dropouts[1], run) }
    let mapped = { (t: Tensor) in
      try run(self.dropouts[2], run(self.linear2, run(self.dropout, self.settings.activation.apply(self.linear1, t, in: run))))
    }
    for (norm, part) in zip(norms, [toSelf, across, mapped]) {
      x = settings.isNormFirst ? try x + part(run(norm, x)) : try run(norm, x + part(x))
    }
    return x
  }

  private func attended(
    _ attention: MultiheadAttention, _ x: Tensor, _ keys: Tensor, _ mask: Tensor?, _ padding: Tensor?, _ dropout: Dropout, _ run: Run
  ) throws -> Tensor {
    let result = try run(attention, [x, keys, keys, padding ?? None(), false, mask ?? None()])
    guard let list = result as? List, let first = list.items.first, let y = try Tensor.accept(first) else {
      throw TensorError.value("attention", "gave \(type(of: result).aKind) where a list of output and weights was expected")
    }
    return try run(dropout, y)
  }

  /// Another of the same settings and numbers.
  func twin() throws -> TransformerDecoderLayer {
    let twin = try TransformerDecoderLayer(settings, using: Generator(seed: 0))
    try twin.loadStateDict(stateDict(), journal: Journal())
    return twin
  }
}
