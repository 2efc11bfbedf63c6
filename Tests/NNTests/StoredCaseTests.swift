import Builtins
import Data
import Engine
import NN
import Testing

/// Layers against PyTorch: the same weights from a file, then output and all gradients. `scripts/compare_pytorch.py --store`
/// writes the files.
@Suite struct StoredCaseTests {
  static let folder = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/PyTorch"

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let make: @Sendable (Generator) throws -> Module
    /// The module's inputs of the stored ones.
    var inputs: @Sendable ([Tensor]) throws -> [any Value] = { $0 }
    var testDescription: String { name }
  }

  private static func encoder(_ g: Generator) throws -> TransformerEncoderLayer {
    var settings = TransformerSettings(8, 2)
    (settings.feedForward, settings.activation, settings.isNormFirst, settings.isBatchFirst) = (16, .gelu, true, true)
    return try TransformerEncoderLayer(settings, using: g)
  }
  private static func small() -> TransformerSettings {
    var settings = TransformerSettings(8, 2)
    settings.feedForward = 16
    return settings
  }
  private static func causal() throws -> Tensor { try Tensor([false, true, true, false, false, true, false, false, false], [3, 3]) }

  private static func vision() -> VisionTransformer.Settings {
    var s = VisionTransformer.Settings()
    (s.image, s.patch, s.layers, s.heads, s.size, s.wide, s.classes) = (8, 4, 1, 2, 8, 16, 3)
    return s
  }

  static let cases: [Case] = [
    .init(name: "residual_block", make: { try ResidualBlock(3, 4, stride: 2, isDeep: false, using: $0) }),
    .init(name: "vit", make: { try VisionTransformer(vision(), using: $0) }),
    .init(name: "lstm", make: { try LSTM(3, 4, layers: 2, bidirectional: true, using: $0) }, inputs: { [$0[0], List([$0[1], $0[2]])] }),
    .init(name: "lstm_proj", make: { try LSTM(3, 4, batchFirst: true, projection: 2, using: $0) }),
    .init(name: "gru", make: { try GRU(3, 4, layers: 2, bidirectional: true, using: $0) }),
    .init(name: "rnn", make: { try RNN(3, 4, function: .relu, bias: false, using: $0) }),
    .init(name: "rnn_unbatched", make: { try RNN(3, 4, using: $0) }),
    .init(name: "lstm_cell", make: { try LSTMCell(3, 4, using: $0) }, inputs: { [$0[0], List([$0[1], $0[2]])] }),
    .init(name: "gru_cell", make: { try GRUCell(3, 4, using: $0) }),
    .init(name: "mha", make: { try MultiheadAttention(8, 2, using: $0) }, inputs: { [$0[0], $0[0], $0[0], None(), false] }),
    .init(
      name: "mha_weights",
      make: { try MultiheadAttention(8, 2, addBiasKV: true, addZeroAttention: true, keySize: 6, valueSize: 4, using: $0) }),
    .init(
      name: "mha_masks", make: { try MultiheadAttention(8, 2, batchFirst: true, using: $0) },
      inputs: { [$0[0], $0[0], $0[0], try Tensor([false, false, true, false, true, false], [2, 3]), false, try causal()] }),
    .init(name: "encoder", make: { try TransformerEncoder(encoder($0), 2, norm: LayerNorm([8])) }),
    .init(name: "encoder_layer", make: { try TransformerEncoderLayer(small(), using: $0) }, inputs: { [$0[0], try causal()] }),
    .init(name: "decoder", make: { try TransformerDecoder(TransformerDecoderLayer(small(), using: $0), 2) }, inputs: { [$0[0], $0[1], try causal()] }),
  ]

  @Test("output and gradients are PyTorch's", arguments: cases)
  func stored(_ test: Case) throws {
    let g = Generator(seed: 3), module = try test.make(g), run = Run(generator: g)
    module.setTraining(false)
    let file = try #require(try Loader.load("\(test.name).safetensors", files: Files(folder: Self.folder), generator: g) as? Record)
    func stored(_ prefix: String) -> [(name: String, tensor: Tensor)] {
      file.members.compactMap { name, value in
        name.hasPrefix(prefix) ? (value as? Tensor).map { (String(name.dropFirst(prefix.count)), $0) } : nil
      }
    }
    try module.loadStateDict(Record(stored("w.").map { ($0.name, $0.tensor) }), journal: Journal())
    let inputs = stored("in").sorted { $0.name < $1.name }.map { $0.tensor.dtype.isFloating ? $0.tensor.requiringGrad() : $0.tensor }
    let outputs = Self.tensors(in: try run(module, test.inputs(inputs)))
    let expected = stored("out").sorted { $0.name < $1.name }
    #expect(outputs.count == expected.count)
    var loss = try Tensor.zeros([])
    for (y, (name, wanted)) in zip(outputs, expected) {
      #expect(try y.shape == wanted.shape && isNear(y, wanted, 1e-5), "\(test.name): output \(name)")
      let weights = try Tensor((0..<y.count).map { Float($0 * 7 % 11) / 10 + 0.3 }, y.shape)
      loss = try loss + (y * weights).sum()
    }
    let parameters = module.namedParameters
    let differentiated = inputs.filter { $0.dtype.isFloating }
    let gradients = try loss.gradients(with: parameters.map(\.parameter.value) + differentiated)
    let wanted = Dictionary(uniqueKeysWithValues: stored("g.").map { ($0.name, $0.tensor) })
    for ((name, parameter), gradient) in zip(parameters, gradients) {
      let found = try gradient ?? Tensor.zeros(parameter.value.shape)
      #expect(try isNear(found, #require(wanted[name]), 2e-5), "\(test.name): gradient of \(name)")
    }
    for ((name, expected), gradient) in zip(stored("gin").sorted { $0.name < $1.name }, gradients.dropFirst(parameters.count)) {
      #expect(try isNear(#require(gradient), expected, 2e-5), "\(test.name): gradient of input \(name)")
    }
  }

  /// Relative to the largest number, for both are sums in float32 in some order.
  private func isNear(_ a: Tensor, _ b: Tensor, _ tolerance: Double) throws -> Bool {
    let (x, y) = (try a.doubles(), try b.doubles())
    let scale = y.map { Swift.abs($0) }.max() ?? 0
    return x.count == y.count && zip(x, y).allSatisfy { Swift.abs($0 - $1) <= tolerance * (1 + scale) }
  }

  static func tensors(in value: any Value) -> [Tensor] {
    switch value {
    case let tensor as Tensor: [tensor]
    case let list as List: list.items.flatMap(tensors(in:))
    default: []
    }
  }
}
