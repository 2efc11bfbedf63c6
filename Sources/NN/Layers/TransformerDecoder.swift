import Builtins
import Engine

extension Builtin<Generator> {
  static let transformerDecoder = Builtin(
    "TransformerDecoder", "Copies of a transformer's decoder layer, one after the other.",
    .required("decoder_layer", TransformerDecoderLayer.self, "The layer; all start with its numbers."),
    .required("num_layers", Int.self, in: 1...1e6, "How many there are."),
    .optional("norm", Module.self, "A normalisation at the end."),
    source: Source("Vaswani et al. 2017, section 3.1", arXiv: "1706.03762"),
    examples: [Example("TransformerDecoder(TransformerDecoderLayer(8, 2, dim_feedforward=16), 2)", gives: "(0-1): 2 x TransformerDecoderLayer(")]
  ) { (_: Generator, layer: TransformerDecoderLayer, count: Int, norm: Module?) in try TransformerDecoder(layer, count, norm: norm) }
}

/// Layers of a transformer's decoder, one after the other, and perhaps a normalisation.
/// - Shape: as `TransformerDecoderLayer`.
public final class TransformerDecoder: Module {
  let layers: [TransformerDecoderLayer], norm: Module?
  private let list: ModuleList

  /// - Parameter layer: every layer is a copy of it, as in PyTorch: all start with the same numbers.
  public init(_ layer: TransformerDecoderLayer, _ count: Int, norm: Module? = nil) throws {
    layers = try (0..<count).map { _ in try layer.twin() }
    (list, self.norm) = (ModuleList(layers), norm)
  }

  public override var parts: [Part] { [.child("layers", list)] + (norm.map { [.child("norm", $0)] } ?? []) }
  public override var inputNames: [String] { ["tgt", "memory", "tgt_mask", "memory_mask", "tgt_key_padding_mask", "memory_key_padding_mask", "tgt_is_causal", "memory_is_causal"] }

  public override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    let given = try Inputs(inputs, of: self, atLeast: 2)
    try TransformerSettings.checkHint(given.flag(6, or: false), given.tensor(2), typeName, "tgt_mask")
    try TransformerSettings.checkHint(given.flag(7, or: false), given.tensor(3), typeName, "memory_mask")
    var x: any Value = try given.required(0)
    var rest: [any Value] = [try given.required(1)]
    for place in 2..<6 { rest.append(try given.tensor(place) ?? None()) }
    for layer in layers { x = try run(layer, [x] + rest) }
    return try norm.map { try run($0, [x]) } ?? x
  }
}
