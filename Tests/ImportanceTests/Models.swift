import Engine
import NN

/// Models of every way in which a parameter can be used.
enum Models {
  static func mlp(_ generator: Generator) throws -> Sequential {
    try Sequential(named: [
      ("fc1", Linear(6, 12, using: generator)), ("act1", ReLU()), ("fc2", Linear(12, 8, bias: false, using: generator)), ("act2", Tanh()),
      ("fc3", Linear(8, 4, using: generator)),
    ])
  }

  /// A normalisation between, whose parameters are no linear layer's.
  static func normed(_ generator: Generator) throws -> Sequential {
    try Sequential(named: [
      ("fc1", Linear(6, 7, using: generator)), ("norm", LayerNorm([7])), ("act", GELU()), ("fc2", Linear(7, 4, using: generator)),
    ])
  }

  /// One layer met three times.
  final class Shared: Module {
    let first: Linear, again: Linear, last: Linear
    init(_ generator: Generator) throws {
      (first, again) = (try Linear(6, 5, using: generator), try Linear(5, 5, using: generator))
      last = try Linear(5, 4, using: generator)
    }
    override var parts: [Part] { [.child("first", first), .child("again", again), .child("last", last)] }
    override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
      var h = try run(first, x).tanh()
      for _ in 0..<2 { h = try run(again, h).tanh() }
      return try run(last, h)
    }
  }

  /// Samples of three positions with two features each, which meet the same layer.
  final class Positions: Module {
    let each: Linear, last: Linear
    init(_ generator: Generator) throws { (each, last) = (try Linear(2, 5, using: generator), try Linear(5, 4, using: generator)) }
    override var parts: [Part] { [.child("each", each), .child("last", last)] }
    override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
      let h = try run(each, x.reshape([x.shape[0], 3, 2])).relu()
      return try run(last, h.mean([1]))
    }
  }

  /// A weight that is used outside its layer too, and a parameter that nothing uses.
  final class Leaky: Module {
    let layer: Linear, head: Linear, scale: Parameter, idle: Parameter
    init(_ generator: Generator) throws {
      (layer, head) = (try Linear(6, 6, using: generator), try Linear(6, 4, using: generator))
      scale = Parameter(try generator.uniform([6], from: 0.5, to: 1.5))
      idle = Parameter(try generator.uniform([3]))
    }
    override var parts: [Part] {
      [.child("layer", layer), .child("head", head), .parameter("scale", scale), .parameter("idle", idle)]
    }
    override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
      let h = try run(layer, x).tanh() * scale.value
      return try run(head, h + h.matmul(layer.weight.value))
    }
  }

  /// Mixes the samples of a batch: what one gives depends on the others.
  final class Mixing: Module {
    let layer: Linear
    init(_ generator: Generator) throws { layer = try Linear(6, 4, using: generator) }
    override var parts: [Part] { [.child("layer", layer)] }
    override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try run(layer, x - x.mean([0], keepdim: true) * 0.5) }
  }

  static func all(_ generator: Generator) throws -> [(name: String, model: Module)] {
    [
      ("mlp", try mlp(generator)), ("normed", try normed(generator)), ("shared", try Shared(generator)), ("positions", try Positions(generator)),
      ("leaky", try Leaky(generator)),
    ]
  }

  static func data(_ generator: Generator, _ n: Int = 10) throws -> (x: Tensor, y: Tensor) {
    (try generator.normal([n, 6]), try generator.integers([n], from: 0, to: 4))
  }
}
