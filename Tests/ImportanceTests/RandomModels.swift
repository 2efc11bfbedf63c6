import Builtins
import Engine
import NN

/// A small model of every kind of layer for each number, its sizes and settings left to chance, and data for it. The odd
/// ones are in float64.
struct RandomModels {
  private let g: Generator, dtype: DType
  static let samples = 5

  static func model(_ number: Int) throws -> LayerModels.Case {
    let made = RandomModels(g: Generator(seed: UInt64(7000 + number)), dtype: number % 2 == 1 ? .float64 : .float32)
    let (name, model, x) = switch number % 7 {
    case 0: try made.dense()
    case 1: try made.picture()
    case 2: try made.sequence()
    case 3: try made.normed()
    case 4: try made.recurrent()
    case 5: try made.attention()
    default: try made.words()
    }
    let y = try made.g.integers([samples], from: 0, to: 3)
    model.setTraining(false)
    return LayerModels.Case(name: "\(name) \(number)", model: model, x: x, y: y)
  }

  private func draw(_ n: Int) throws -> Int { try g.integers([1], from: 0, to: max(n, 1)).ints()[0] }
  private func one<T>(_ list: [T]) throws -> T { list[try draw(list.count)] }
  private func normal(_ shape: [Int]) throws -> Tensor { try g.normal(shape).to(dtype) }

  private func layer(_ name: String, _ plain: [any Value], _ named: [(String, any Value)] = []) throws -> Module {
    guard let layer = Layers.all.first(where: { $0.name == name }) else { throw TensorError.value(name, "is no layer") }
    let made = try layer.call(g, plain.map { Passed(nil, $0) } + named.map { Passed($0.0, $0.1) } + [Passed("dtype", "\(dtype.name)")])
    guard let module = made as? Module else { throw TensorError.value(name, "is no module") }
    if let norm = module as? RunningNorm, norm.runningMean != nil { try LayerModels.warm(norm, g) }
    return module
  }

  private func linear(_ i: Int, _ o: Int) throws -> Module { try layer("Linear", [i, o], [("bias", try draw(4) > 0)]) }

  /// Smooth ones and such with corners, met at random numbers.
  private func activation() throws -> Module { try one([ReLU(), Tanh(), GELU(), SiLU(), LeakyReLU(0.1), Softplus(), ELU()]) }

  /// A model whose last step is the mean over dimensions and a linear layer to three classes.
  private func headed(_ body: Module, over dims: [Int], _ width: Int, _ read: @escaping (any Value) throws -> Tensor = { try RandomModels.first($0) }) throws -> Module {
    LayerModels.Of([("body", body), ("head", try linear(width, 3))]) { m, x, run in
      let isAttention = m[0] is MultiheadAttention
      let inputs: [any Value] = isAttention ? [x, x, x] : [x]
      return try run(m[1], read(run(m[0], inputs)).mean(dims))
    }
  }

  private static func first(_ value: any Value) throws -> Tensor {
    if let tensor = value as? Tensor { return tensor }
    guard let tensor = (value as? List)?.items.first as? Tensor else { throw TensorError.value("first", "there is no tensor") }
    return tensor
  }

  private func dense() throws -> (String, Module, Tensor) {
    var layers: [Module] = [], width = 4
    for _ in 0..<(try 1 + draw(3)) {
      let next = try 2 + draw(4)
      layers.append(try linear(width, next))
      if try draw(4) > 0 { layers.append(try activation()) }
      width = next
    }
    return ("dense", try Sequential(layers + [linear(width, 3)]), try normal([Self.samples, 4]))
  }

  private func picture() throws -> (String, Module, Tensor) {
    let inputs = try one([1, 2]), channels = try one([2, 4]), kernel = try 1 + draw(3)
    var layers: [Module] = [try layer("Conv2d", [inputs, channels, kernel], [("stride", try 1 + draw(2)), ("padding", try draw(2)), ("groups", try one([1, inputs])), ("bias", try draw(3) > 0)])]
    switch try draw(4) {
    case 0: layers.append(try layer("BatchNorm2d", [channels]))
    case 1: layers.append(try layer("GroupNorm", [2, channels]))
    default: break
    }
    layers.append(try activation())
    if try draw(2) == 0 { layers.append(try layer("Conv2d", [channels, channels, 1], [("groups", try one([1, 2]))])) }
    if try draw(3) == 0 { layers.append(try layer("ConvTranspose2d", [channels, channels, 2], [("stride", 2), ("groups", try one([1, 2]))])) }
    return ("picture", try headed(Sequential(layers), over: [2, 3], channels), try normal([Self.samples, inputs, 4, 4]))
  }

  private func sequence() throws -> (String, Module, Tensor) {
    let channels = try 2 + draw(2)
    let layers = try [layer("Conv1d", [2, channels, 2], [("dilation", try 1 + draw(2))]), activation(), layer("ConvTranspose1d", [channels, 2, 2], [("stride", 1 + draw(2))])]
    return ("sequence", try headed(Sequential(layers), over: [2], 2), try normal([Self.samples, 2, 6]))
  }

  private func normed() throws -> (String, Module, Tensor) {
    let width = try one([2, 4])
    let norm = try one([{ try layer("LayerNorm", [width]) }, { try layer("RMSNorm", [width]) }, { try layer("BatchNorm1d", [width]) }])()
    return ("normed", try Sequential([linear(4, width), norm, activation(), linear(width, 3)]), try normal([Self.samples, 4]))
  }

  private func recurrent() throws -> (String, Module, Tensor) {
    let hidden = try 2 + draw(2), isBoth = try draw(2) == 0
    let rnn = try layer(one(["LSTM", "GRU", "RNN"]), [2, hidden], [("num_layers", 1 + draw(2)), ("batch_first", true), ("bidirectional", isBoth)])
    return ("recurrent", try headed(rnn, over: [1], isBoth ? 2 * hidden : hidden), try normal([Self.samples, 3, 2]))
  }

  private func attention() throws -> (String, Module, Tensor) {
    let size = 4, heads = try one([1, 2])
    let body: Module = try draw(2) == 0
      ? layer("MultiheadAttention", [size, heads], [("batch_first", true), ("add_bias_kv", draw(2) == 0)])
      : layer("TransformerEncoderLayer", [size, heads, 3], [("batch_first", true), ("norm_first", draw(2) == 0)])
    return ("attention", try headed(body, over: [1], size), try normal([Self.samples, 3, size]))
  }

  private func words() throws -> (String, Module, Tensor) {
    let table = try layer("Embedding", [6, 3]), body = try Sequential([table, activation(), linear(3, 3)])
    return ("words", try headed(body, over: [1], 3), try g.integers([Self.samples, 4], from: 0, to: 6))
  }
}
