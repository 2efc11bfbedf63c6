import Builtins
import Engine

extension Builtin<Generator> {
  static let transformer = Builtin(
    "Transformer", "A whole transformer: an encoder of one sequence, and a decoder of another that attends to it.",
    .option("d_model", 512, in: 1...1e9, "The size of an input."),
    .option("nhead", 8, in: 1...1e9, "How many heads attention has."),
    .option("num_encoder_layers", 6, in: 1...1e6, "How many layers encode."),
    .option("num_decoder_layers", 6, in: 1...1e6, "How many layers decode."),
    TransformerArguments.feedForward, TransformerArguments.dropout, TransformerArguments.activation, TransformerArguments.eps,
    TransformerArguments.batchFirst, TransformerArguments.normFirst, TransformerArguments.bias, TransformerArguments.dtype,
    source: Source("Vaswani et al. 2017, section 3", arXiv: "1706.03762"),
    examples: [Example("Transformer(8, 2, 1, 1, dim_feedforward=16)(ones(3, 1, 8), ones(2, 1, 8)).shape", gives: "[2, 1, 8]")]
  ) {
    (
      g: Generator, size: Int, heads: Int, encoders: Int, decoders: Int, feedForward: Int, dropout: Double, activation: FeedForwardActivation,
      eps: Double, isBatchFirst: Bool, isNormFirst: Bool, hasBias: Bool, dtype: DType
    ) in
    let settings = TransformerSettings(
      size, heads, feedForward: feedForward, dropout: dropout, activation: activation, eps: eps, batchFirst: isBatchFirst, normFirst: isNormFirst,
      bias: hasBias, dtype: dtype)
    return try Transformer(settings, encoders: encoders, decoders: decoders, using: g)
  }
}

/// The decoder of `tgt` on what the encoder makes of `src`.
/// - Shape: `src [length, batch, size]` and `tgt [other, batch, size]`, or with the batch first, or without it, to the shape
///   of `tgt`.
/// - Source: the parameters are PyTorch's, and start as there: all matrices from `xavier_uniform`.
public final class Transformer: Module {
  let encoder: TransformerEncoder, decoder: TransformerDecoder

  public init(_ settings: TransformerSettings, encoders: Int = 6, decoders: Int = 6, using generator: Generator) throws {
    encoder = try TransformerEncoder(TransformerEncoderLayer(settings, using: generator), encoders, norm: settings.norm())
    decoder = try TransformerDecoder(TransformerDecoderLayer(settings, using: generator), decoders, norm: settings.norm())
    super.init()
    for parameter in everyParameter where parameter.value.rank > 1 {
      let start = try Initialisation.xavier_uniform.tensor(parameter.value.shape, settings.dtype, using: generator)
      try parameter.start(from: start, Journal())
    }
  }

  public override var parts: [Part] { [.child("encoder", encoder), .child("decoder", decoder)] }
  public override var inputNames: [String] {
    [
      "src", "tgt", "src_mask", "tgt_mask", "memory_mask", "src_key_padding_mask", "tgt_key_padding_mask", "memory_key_padding_mask", "src_is_causal",
      "tgt_is_causal", "memory_is_causal",
    ]
  }

  public override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    let given = try Inputs(inputs, of: self, atLeast: 2)
    func mask(_ place: Int) throws -> any Value { try given.tensor(place) ?? None() }
    let memory = try run(encoder, [given.required(0), mask(2), mask(5), given.flag(8, or: false)])
    return try run(
      decoder, [given.required(1), memory, mask(3), mask(4), mask(6), mask(7), given.flag(9, or: false), given.flag(10, or: false)])
  }
}
