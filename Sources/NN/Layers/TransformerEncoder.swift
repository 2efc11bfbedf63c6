import Builtins
import Engine

extension Builtin<Generator> {
  static let transformerEncoder = Builtin(
    "TransformerEncoder", "Copies of a transformer's encoder layer, one after the other.",
    .required("encoder_layer", TransformerEncoderLayer.self, "The layer; all start with its numbers."),
    .required("num_layers", Int.self, in: 1...1e6, "How many there are."),
    .optional("norm", Module.self, "A normalisation at the end."),
    source: Source("Vaswani et al. 2017, section 3.1", arXiv: "1706.03762"),
    examples: [Example("TransformerEncoder(TransformerEncoderLayer(8, 2, dim_feedforward=16), 2)", gives: "(0-1): 2 x TransformerEncoderLayer(")]
  ) { (_: Generator, layer: TransformerEncoderLayer, count: Int, norm: Module?) in try TransformerEncoder(layer, count, norm: norm) }
}

/// Layers of a transformer's encoder, one after the other, and perhaps a normalisation.
/// - Shape: as `TransformerEncoderLayer`.
public final class TransformerEncoder: Module {
  let layers: [TransformerEncoderLayer], norm: Module?
  private let list: ModuleList

  /// - Parameter layer: every layer is a copy of it, as in PyTorch: all start with the same numbers.
  public init(_ layer: TransformerEncoderLayer, _ count: Int, norm: Module? = nil) throws {
    layers = try (0..<count).map { _ in try layer.twin() }
    (list, self.norm) = (ModuleList(layers), norm)
  }

  public override var parts: [Part] { [.child("layers", list)] + (norm.map { [.child("norm", $0)] } ?? []) }
  public override var inputNames: [String] { ["src", "mask", "src_key_padding_mask", "is_causal"] }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    var x = x
    for layer in layers { x = try run(layer, x) }
    return try norm.map { try run($0, x) } ?? x
  }

  public override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    let given = try Inputs(inputs, of: self, atLeast: 1)
    try TransformerSettings.checkHint(given.flag(3, or: false), given.tensor(1), typeName, "mask")
    var x: any Value = try given.required(0)
    let masks: [any Value] = [try given.tensor(1) ?? None(), try given.tensor(2) ?? None()]
    for layer in layers { x = try run(layer, [x] + masks) }
    return try norm.map { try run($0, [x]) } ?? x
  }
}
