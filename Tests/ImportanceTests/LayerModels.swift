import Builtins
import Engine
import NN

@testable import Importance

/// A small model of each kind of layer, with data for it.
enum LayerModels {
  struct Case {
    let name: String, model: Module, x: Tensor, y: Tensor
    /// Whether all of its parameters are to go through passes over many samples.
    var isTogether = true
  }

  /// A model that is a function of modules.
  final class Of: Module {
    let inner: [(String, Module)], owned: [(String, NN.Parameter)]
    let body: (Of, Tensor, Run) throws -> Tensor
    init(_ inner: [(String, Module)], _ owned: [(String, NN.Parameter)] = [], _ body: @escaping (Of, Tensor, Run) throws -> Tensor) {
      (self.inner, self.owned, self.body) = (inner, owned, body)
    }
    override var parts: [Part] { inner.map { .child($0.0, $0.1) } + owned.map { .parameter($0.0, $0.1) } }
    override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try body(self, x, run) }
    subscript(_ i: Int) -> Module { inner[i].1 }
    func own(_ i: Int) -> Tensor { owned[i].1.value }
  }

  static let samples = 7

  static func all(_ g: Generator) throws -> [Case] {
    try convolutions(g) + norms(g) + sequences(g) + tables(g) + shared(g)
  }

  private static func labels(_ g: Generator) throws -> Tensor { try g.integers([samples], from: 0, to: 4) }

  private static func picture(_ name: String, _ g: Generator, _ layers: [Module], _ channels: Int = 3) throws -> Case {
    let body = Sequential(layers)
    let model = Of([("body", body), ("head", try Linear(4, 4, using: g))]) { m, x, run in try run(m[1], run(m[0], x).mean([2, 3])) }
    return Case(name: name, model: model, x: try g.normal([samples, channels, 7, 6]), y: try labels(g))
  }

  private static func sequence(_ name: String, _ g: Generator, _ layers: [Module]) throws -> Case {
    let body = Sequential(layers)
    let model = Of([("body", body), ("head", try Linear(4, 4, using: g))]) { m, x, run in try run(m[1], run(m[0], x).mean([2])) }
    return Case(name: name, model: model, x: try g.normal([samples, 3, 9]), y: try labels(g))
  }

  private static func volume(_ name: String, _ g: Generator, _ layers: [Module]) throws -> Case {
    let body = Sequential(layers)
    let model = Of([("body", body), ("head", try Linear(4, 4, using: g))]) { m, x, run in try run(m[1], run(m[0], x).mean([2, 3, 4])) }
    return Case(name: name, model: model, x: try g.normal([samples, 2, 4, 5, 4]), y: try labels(g))
  }

  private static func convolutions(_ g: Generator) throws -> [Case] {
    let tall = try ConvTranspose2d(8, 4, kernel: 3, stride: 2, padding: 1, using: g), long = try ConvTranspose1d(5, 4, kernel: 4, stride: 2, using: g)
    return [
      try picture("conv", g, [Conv2d(3, 8, kernel: 3, padding: 1, using: g), ReLU(), Conv2d(8, 4, kernel: 3, stride: 2, using: g)]),
      try picture("conv of one channel", g, [Conv2d(1, 5, kernel: 3, dilation: 2, using: g), ReLU(), Conv2d(5, 4, kernel: 1, bias: false, using: g)], 1),
      try picture("groups", g, [Conv2d(3, 6, kernel: 3, groups: 3, using: g), Tanh(), Conv2d(6, 6, kernel: 3, padding: 1, groups: 6, using: g), Conv2d(6, 4, kernel: 1, groups: 2, using: g)]),
      try picture("transposed", g, [Conv2d(3, 8, kernel: 3, using: g), Tanh(), tall]),
      try volume("conv3d", g, [
        Conv3d(2, 6, kernel: 3, padding: 1, using: g), ReLU(), Conv3d(6, 4, kernel: 2, stride: 2, groups: 2, using: g), Tanh(),
        ConvTranspose3d(4, 4, kernel: 2, stride: 2, using: g),
      ]),
      try sequence("conv1d", g, [Conv1d(3, 5, kernel: 3, stride: 2, padding: 1, using: g), ReLU(), long]),
    ]
  }

  private static func norms(_ g: Generator) throws -> [Case] {
    let batch = try BatchNorm2d(8), flat = try BatchNorm1d(5)
    for norm in [batch, flat] as [RunningNorm] { try warm(norm, g) }
    let rms = NN.Parameter(try g.uniform([5], from: 0.5, to: 1.5))
    let group = Of([("norm", try GroupNorm(2, 4)), ("head", try Linear(4, 4, using: g))]) { m, x, run in try run(m[1], run(m[0], x.reshape([-1, 4, 6])).mean([2])) }
    let root = Of([("in", try Linear(6, 5, using: g)), ("out", try Linear(5, 4, using: g))], [("scale", rms)]) { m, x, run in
      try run(m[1], run(m[0], x).rmsNorm([5], m.own(0)))
    }
    let layer = Of([("norm", try LayerNorm([3, 4])), ("head", try Linear(4, 4, using: g))]) { m, x, run in
      try run(m[1], run(m[0], x.reshape([-1, 2, 3, 4])).mean([1, 2]))
    }
    let instance = try InstanceNorm2d(8, NormSettings(isAffine: true, tracks: false))
    return [
      try picture("batch norm", g, [Conv2d(3, 8, kernel: 3, using: g), batch, ReLU(), Conv2d(8, 4, kernel: 1, using: g)]),
      try picture("instance norm", g, [Conv2d(3, 8, kernel: 3, bias: false, using: g), instance, ReLU(), Conv2d(8, 4, kernel: 1, using: g)]),
      Case(name: "batch norm of rows", model: try Sequential([Linear(6, 5, using: g), flat, ReLU(), Linear(5, 4, using: g)]), x: try g.normal([samples, 6]), y: try labels(g)),
      Case(name: "group norm", model: group, x: try g.normal([samples, 24]), y: try labels(g)),
      Case(name: "layer norm over two axes", model: layer, x: try g.normal([samples, 24]), y: try labels(g)),
      Case(name: "rms norm", model: root, x: try g.normal([samples, 6]), y: try labels(g)),
    ]
  }

  static func warm(_ norm: RunningNorm, _ g: Generator) throws {
    guard let mean = norm.runningMean?.value, let variance = norm.runningVariance?.value else { return }
    try mean.copyNumbers(of: g.normal(mean.shape).to(mean.dtype))
    try variance.copyNumbers(of: g.uniform(mean.shape, from: 0.5, to: 2).to(mean.dtype))
  }

  private static func sequences(_ g: Generator) throws -> [Case] {
    let y = try labels(g), x = try g.normal([samples, 5, 6])
    func recurrent(_ name: String, _ layer: RecurrentLayer, _ outputs: Int, time: Bool = false) throws -> Case {
      let model = Of([("rnn", layer), ("head", try Linear(outputs, 4, using: g))]) { m, x, run in
        guard let layer = m[0] as? RecurrentLayer else { return x }
        let out = try layer.sequence(time ? x.transpose(0, 1) : x, in: run).output
        return try run(m[1], out.mean([time ? 0 : 1]))
      }
      return Case(name: name, model: model, x: x, y: y)
    }
    let plain = try MultiheadAttention(6, 2, batchFirst: true, using: g), timed = try MultiheadAttention(6, 3, using: g)
    let cross = try MultiheadAttention(6, 2, addBiasKV: true, keySize: 6, batchFirst: true, using: g)
    var settings = TransformerSettings(6, 2)
    (settings.feedForward, settings.isBatchFirst, settings.dropout) = (10, true, 0.1)
    var late = settings
    (late.isBatchFirst, late.isNormFirst) = (false, true)
    func attention(_ name: String, _ layer: MultiheadAttention, _ call: @escaping (Tensor, MultiheadAttention, Run) throws -> Tensor) throws -> Case {
      let model = Of([("attention", layer), ("head", try Linear(6, 4, using: g))]) { m, x, run in
        guard let layer = m[0] as? MultiheadAttention else { return x }
        return try run(m[1], call(x, layer, run))
      }
      return Case(name: name, model: model, x: x, y: y)
    }
    func encoder(_ name: String, _ settings: TransformerSettings) throws -> Case {
      let model = Of([("layer", try TransformerEncoderLayer(settings, using: g)), ("head", try Linear(6, 4, using: g))]) { m, x, run in
        let time = settings.isBatchFirst ? 1 : 0
        return try run(m[1], run(m[0], settings.isBatchFirst ? x : x.transpose(0, 1)).mean([time]))
      }
      return Case(name: name, model: model, x: x, y: y)
    }
    func first(_ value: any Value) throws -> Tensor { try (value as? List)?.items.first.flatMap { try Tensor.accept($0) } ?? Tensor.zeros([1]) }
    return [
      try recurrent("lstm", LSTM(6, 5, layers: 2, batchFirst: true, bidirectional: true, using: g), 10),
      try recurrent("lstm, time first", LSTM(6, 5, using: g), 5, time: true),
      try recurrent("lstm with a projection", LSTM(6, 5, batchFirst: true, projection: 3, using: g), 3),
      try recurrent("gru", GRU(6, 5, layers: 2, batchFirst: true, using: g), 5),
      try recurrent("rnn", RNN(6, 5, batchFirst: true, bidirectional: true, using: g), 10),
      try attention("attention", plain) { x, layer, run in try first(run(layer, [x, x, x, None(), false])).mean([1]) },
      try attention("attention, time first", timed) { x, layer, run in
        let t = try x.transpose(0, 1)
        return try first(run(layer, [t, t, t, None(), false])).mean([0])
      },
      try attention("attention to others", cross) { x, layer, run in try first(run(layer, [x.narrow(1, 0, 2), x, x * 0.5])).mean([1]) },
      try encoder("encoder layer", settings), try encoder("encoder layer, time first", late),
    ]
  }

  private static func tables(_ g: Generator) throws -> [Case] {
    let y = try labels(g), words = try g.integers([samples, 5], from: 0, to: 9)
    let bag = Of([("table", try Embedding(9, 6, padding: 2, using: g)), ("head", try Linear(6, 4, using: g))]) { m, x, run in
      try run(m[1], run(m[0], x).tanh().mean([1]))
    }
    let single = Of([("table", try Embedding(9, 6, using: g)), ("head", try Linear(6, 4, using: g))]) { m, x, run in
      try run(m[1], run(m[0], x.select(1, 0)).tanh())
    }
    let gpt = try GPT(words: 9, length: 5, layers: 1, heads: 2, size: 6, using: g)
    let tied = Of([("gpt", gpt)]) { m, x, run in try run(m[0], x).mean([1]).narrow(1, 0, 4) }
    var sight = VisionTransformer.Settings()
    (sight.classes, sight.channels, sight.image, sight.patch, sight.layers, sight.heads, sight.size, sight.wide) = (4, 1, 8, 4, 1, 2, 6, 8)
    return [
      Case(name: "embedding", model: bag, x: words, y: y), Case(name: "embedding of one word", model: single, x: words, y: y),
      Case(name: "gpt, tied", model: tied, x: words, y: y),
      Case(name: "vit", model: try VisionTransformer(sight, using: g), x: try g.normal([samples, 1, 8, 8]), y: y),
    ]
  }

  private static func shared(_ g: Generator) throws -> [Case] {
    let y = try labels(g), x = try g.normal([samples, 6])
    let weight = NN.Parameter(try g.uniform([6, 6], from: -0.5, to: 0.5)), shift = NN.Parameter(try g.uniform([6])), gain = NN.Parameter(try g.uniform([1]))
    let plain = Of([("head", try Linear(6, 4, using: g))], [("w", weight), ("b", shift), ("gain", gain)]) { m, x, run in
      // The weight as it is, turned, in part and through a function of its own; a gain that is one number.
      let h = try (x.matmul(m.own(0)) + m.own(1)).tanh() * m.own(2)
      let k = try h.linear(m.own(0)) + x.matmul(m.own(0).transpose(0, 1)) * (m.own(0).square().mean() + 1)
      return try run(m[0], k * m.own(1) / (m.own(1).square() + 1))
    }
    let twice = try Conv2d(3, 3, kernel: 3, padding: 1, using: g)
    let again = Of([("conv", twice), ("head", try Linear(3, 4, using: g))]) { m, x, run in
      try run(m[1], run(m[0], run(m[0], x).tanh()).mean([2, 3]))
    }
    let mixed = Of([("in", try Linear(6, 5, using: g)), ("out", try Linear(5, 4, using: g))], [("order", NN.Parameter(try g.uniform([5])))]) { m, x, run in
      // Sorting by a parameter: no operation tells what each sample contributes.
      try run(m[1], run(m[0], x).maximum(m.own(0)))
    }
    return [
      Case(name: "functions of parameters", model: plain, x: x, y: y), Case(name: "a convolution called twice", model: again, x: try g.normal([samples, 3, 5, 5]), y: y),
      Case(name: "a parameter as a bound", model: mixed, x: x, y: y),
    ]
  }
}
