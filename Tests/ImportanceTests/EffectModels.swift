import Engine
import NN

/// Small models of every kind that a change is felt in differently.
enum EffectModels {
  struct Case {
    let name: String, model: Module, x: Tensor, y: Tensor
  }

  /// `x0 x1 + 2 x2`.
  final class Product: Module {
    override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
      try (x.narrow(1, 0, 1) * x.narrow(1, 1, 1)) + x.narrow(1, 2, 1) * 2
    }
  }

  /// `x + fc2(relu(fc1(x)))`.
  final class Residual: Module {
    let first: Linear, second: Linear
    init(_ width: Int, _ generator: Generator) throws {
      (first, second) = (try Linear(width, width + 1, using: generator), try Linear(width + 1, width, using: generator))
    }
    override var parts: [Part] { [.child("first", first), .child("second", second)] }
    override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x + run(second, run(first, x).relu()) }
  }

  /// Attention in two heads over three positions, and their mean.
  final class Attending: Module {
    let layer: TransformerEncoderLayer, head: Linear
    init(_ generator: Generator) throws {
      var settings = TransformerSettings(4, 2)
      (settings.feedForward, settings.isBatchFirst) = (6, true)
      (layer, head) = (try TransformerEncoderLayer(settings, using: generator), try Linear(4, 3, using: generator))
    }
    override var parts: [Part] { [.child("layer", layer), .child("head", head)] }
    override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try run(head, run(layer, x).mean([1])) }
  }

  private static func activation(_ generator: Generator) throws -> Module {
    let all: [Module] = [ReLU(), ReLU(), Tanh(), Sigmoid(), GELU(), SiLU(), LeakyReLU(), ELU(), Softplus(), Dropout(0.3)]
    return all[try draw(generator, all.count)]
  }

  static func draw(_ generator: Generator, _ n: Int) throws -> Int { try generator.integers([1], from: 0, to: max(n, 1)).ints()[0] }

  /// Linear layers with what stands between them left to chance.
  private static func dense(_ generator: Generator) throws -> Module {
    var layers: [Module] = [], width = 5
    for _ in 0..<(try 1 + draw(generator, 3)) {
      let next = try 3 + draw(generator, 4)
      layers.append(try Linear(width, next, bias: draw(generator, 4) > 0, using: generator))
      width = next
      for _ in 0..<(try draw(generator, 3)) { layers.append(try activation(generator)) }
      switch try draw(generator, 6) {
      case 0: layers.append(try LayerNorm([width]))
      case 1: layers.append(try Residual(width, generator))
      case 2: layers = [Sequential(layers)]
      default: break
      }
    }
    return try Sequential(layers + [Linear(width, 3, using: generator)])
  }

  private static func convolutional(_ generator: Generator) throws -> Module {
    let channels = try 2 + draw(generator, 2)
    var layers: [Module] = [try Conv2d(2, channels, kernel: 3, padding: 1, using: generator)]
    if try draw(generator, 2) == 0 { layers.append(try BatchNorm2d(channels)) }
    layers.append(try activation(generator))
    if try draw(generator, 2) == 0 { layers.append(try MaxPool2d(kernel: 2)) }
    let size = layers.last is MaxPool2d ? 4 : 16
    return try Sequential(layers + [Flatten(), Linear(channels * size, 3, using: generator)])
  }

  /// The model of a number, and data for it.
  static func model(_ number: Int) throws -> Case {
    let generator = Generator(seed: UInt64(number))
    let y = try generator.integers([6], from: 0, to: 3)
    switch number % 6 {
    case 0, 1, 2: return Case(name: "dense \(number)", model: try dense(generator), x: try generator.normal([6, 5]), y: y)
    case 3: return Case(name: "convolution \(number)", model: try convolutional(generator), x: try generator.normal([6, 2, 4, 4]), y: y)
    case 4: return Case(name: "attention \(number)", model: try Attending(generator), x: try generator.normal([6, 3, 4]), y: y)
    default:
      let others: [Module] = [try Models.Shared(generator), try Models.Positions(generator), try Models.Leaky(generator), try Models.Mixing(generator)]
      return Case(name: "other \(number)", model: others[number / 6 % 4], x: try generator.normal([6, 6]), y: y)
    }
  }
}
