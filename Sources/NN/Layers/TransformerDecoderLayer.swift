import Builtins
import Engine

extension Builtin<Generator> {
  static let transformerDecoderLayer = transformerLayer(
    "TransformerDecoderLayer", "One layer of a transformer's decoder: attention to itself, attention to what was encoded, and two linear maps.",
    "(norm3): LayerNorm((8,), eps=1e-05, elementwise_affine=True, bias=True)"
  ) { try TransformerDecoderLayer($0, using: $1) }
}

/// Attention to the target itself, attention to the memory, and `W₂ f(W₁ x)`, each added to its input and normalised.
/// - Shape: `tgt [length, batch, size]` and `memory [other, batch, size]`, or with the batch first, or without it, to the
///   shape of `tgt`.
/// - Source: the parameters are PyTorch's, and start as there.
public final class TransformerDecoderLayer: TransformerLayer {
  let attention: MultiheadAttention, toMemory: MultiheadAttention
  let norms: [LayerNorm], dropouts: [Dropout]

  public override init(_ settings: TransformerSettings, using generator: Generator) throws {
    (attention, toMemory) = (try settings.attention(using: generator), try settings.attention(using: generator))
    norms = try (0..<3).map { _ in try settings.norm() }
    dropouts = (0..<3).map { _ in Dropout(settings.dropout) }
    try super.init(settings, using: generator)
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
    let mapped = { (t: Tensor) in try self.mapped(t, self.dropouts[2], run) }
    for (norm, part) in zip(norms, [toSelf, across, mapped]) {
      x = settings.isNormFirst ? try x + part(run(norm, x)) : try run(norm, x + part(x))
    }
    return x
  }

  /// Another of the same settings and numbers.
  func twin() throws -> TransformerDecoderLayer { try twin(TransformerDecoderLayer(settings, using: Generator(seed: 0))) }
}
