import Builtins
import Engine

extension Builtin<Generator> {
  static let transformerEncoderLayer = transformerLayer(
    "TransformerEncoderLayer", "One layer of a transformer's encoder: attention to itself, and two linear maps.",
    "(linear1): Linear(in_features=8, out_features=16, bias=True)"
  ) { try TransformerEncoderLayer($0, using: $1) }
}

/// `x + attention(x)`, normalised, then `x + W₂ f(W₁ x)`, normalised; or each normalised before.
/// - Shape: `src [length, batch, size]`, or with the batch first, or without it, to the same.
/// - Source: the parameters are PyTorch's, and start as there.
public final class TransformerEncoderLayer: TransformerLayer {
  public let attention: MultiheadAttention
  let norm1: LayerNorm, norm2: LayerNorm, dropout1: Dropout, dropout2: Dropout

  public override init(_ settings: TransformerSettings, using generator: Generator) throws {
    attention = try settings.attention(using: generator)
    (norm1, norm2) = (try settings.norm(), try settings.norm())
    (dropout1, dropout2) = (Dropout(settings.dropout), Dropout(settings.dropout))
    try super.init(settings, using: generator)
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
      let inner = try run(norm1, x)
      x = try x + attended(attention, inner, inner, mask, padding, dropout1, run)
      return try x + mapped(run(norm2, x), dropout2, run)
    }
    x = try run(norm1, x + attended(attention, x, x, mask, padding, dropout1, run))
    return try run(norm2, x + mapped(x, dropout2, run))
  }

  /// Another of the same settings and numbers.
  func twin() throws -> TransformerEncoderLayer { try twin(TransformerEncoderLayer(settings, using: Generator(seed: 0))) }
}
