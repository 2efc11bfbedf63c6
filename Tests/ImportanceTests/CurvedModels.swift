import Builtins
import Engine
import NN

/// Small models in float64, one for each way to the diagonal of the Hessian.
enum CurvedModels {
  static func linear(_ i: Int, _ o: Int, bias: Bool = true, _ g: Generator) throws -> Linear { try Linear(i, o, bias: bias, dtype: .float64, using: g) }

  static func stack(_ g: Generator, _ activations: [Module]) throws -> Sequential {
    try Sequential([linear(5, 6, g), activations[0], linear(6, 4, bias: false, g), activations[1], Dropout(0.5), linear(4, 5, g), activations[2], linear(5, 3, g)])
  }

  static func stacks(_ g: Generator) throws -> [(name: String, model: Module)] {
    [
      ("relu", try stack(g, [ReLU(), ReLU(), ReLU()])), ("tanh", try stack(g, [Tanh(), Tanh(), Tanh()])), ("gelu", try stack(g, [GELU(), GELU(), GELU()])),
      ("mixed", try stack(g, [ReLU(), Tanh(), LeakyReLU(0.1)])), ("other", try stack(g, [SiLU(), ReLU(), Softplus()])),
      ("plain", try stack(g, [Identity(), Identity(), Identity()])), ("one", try Sequential([linear(5, 3, g)])),
      ("tail", try Sequential([linear(5, 4, g), ReLU(), linear(4, 3, g), Softmax(1)])),
    ]
  }

  /// Any module of one tensor.
  final class Custom: Module {
    let layers: [(name: String, module: Module)], body: (Run, [String: Module], Tensor) throws -> Tensor
    init(_ layers: [(String, Module)], _ body: @escaping (Run, [String: Module], Tensor) throws -> Tensor) {
      self.layers = layers.map { ($0.0, $0.1) }
      self.body = body
    }
    override var parts: [Part] { layers.map { .child($0.name, $0.module) } }
    override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
      try body(run, Dictionary(uniqueKeysWithValues: layers.map { ($0.name, $0.module) }), x)
    }
  }

  static func others(_ g: Generator) throws -> [(name: String, model: Module)] {
    [
      ("residual", Custom([("a", try linear(5, 5, g)), ("b", try linear(5, 3, g))]) { run, m, x in
        guard let a = m["a"], let b = m["b"] else { return x }
        return try run(b, x + run(a, x).relu())
      }),
      ("shared", Custom([("a", try linear(5, 5, g)), ("b", try linear(5, 3, g))]) { run, m, x in
        guard let a = m["a"], let b = m["b"] else { return x }
        return try run(b, run(a, run(a, x).tanh()))
      }),
      ("positions", Custom([("a", try linear(1, 3, g)), ("b", try linear(3, 3, g))]) { run, m, x in
        guard let a = m["a"], let b = m["b"] else { return x }
        return try run(b, run(a, x.reshape([x.shape[0], 5, 1])).tanh().mean([1]))
      }),
      ("pieces", Custom([("a", try linear(1, 3, g)), ("b", try linear(3, 3, g))]) { run, m, x in
        guard let a = m["a"], let b = m["b"] else { return x }
        return try run(b, run(a, x.reshape([x.shape[0], 5, 1])).relu().mean([1]))
      }),
      ("gated", Custom([("a", try linear(5, 4, g)), ("b", try linear(5, 4, g)), ("c", try linear(4, 3, g))]) { run, m, x in
        guard let a = m["a"], let b = m["b"], let c = m["c"] else { return x }
        return try run(c, run(a, x).sigmoid() * run(b, x))
      }),
    ]
  }
}

extension CurvedModels {
  static func layer(_ name: String, _ g: Generator, _ numbers: [Int], _ named: [(String, any Value)] = []) throws -> Module {
    guard let layer = Layers.all.first(where: { $0.name == name }) else { throw TensorError.value(name, "is no layer") }
    let made = try layer.call(g, numbers.map { Passed(nil, $0) } + named.map { Passed($0.0, $0.1) })
    guard let module = made as? Module else { throw TensorError.value(name, "is no module") }
    return module
  }

  /// Convolutions, pooling and normalisation, in the shapes that they meet pictures and rows in.
  static func pictures(_ g: Generator) throws -> [(name: String, model: Module, shape: [Int])] {
    let wide: [(String, any Value)] = [("dtype", "float64")]
    func conv(_ numbers: [Int], _ named: [(String, any Value)] = []) throws -> Module { try layer("Conv2d", g, numbers, named + wide) }
    let norm = try layer("BatchNorm2d", g, [2], wide)
    try BatchNormNumbers.set(norm, g)
    return [
      ("cnn", try Sequential([conv([1, 2, 2]), ReLU(), MaxPool2d(kernel: 2), conv([2, 2, 2], [("padding", 1)]), ReLU(), Flatten(), linear(18, 3, g)]), [1, 5, 5]),
      ("smooth cnn", try Sequential([conv([1, 2, 3], [("stride", 2)]), Tanh(), conv([2, 2, 2], [("groups", 2)]), Flatten(), GELU(), linear(2, 3, g)]), [1, 5, 5]),
      ("normed cnn", try Sequential([conv([2, 2, 2], [("bias", false)]), norm, ReLU(), Flatten(), linear(8, 3, g)]), [2, 3, 3]),
      ("conv1d", try Sequential([layer("Conv1d", g, [2, 2, 2], [("dilation", 2)] + wide), LeakyReLU(0.2), Flatten(), linear(6, 3, g)]), [2, 5]),
      ("layer norm", try Sequential([linear(4, 4, g), LayerNorm([4], dtype: .float64), GELU(), linear(4, 3, g)]), [4]),
    ]
  }

  /// Running statistics that are no mere 0 and 1.
  private enum BatchNormNumbers {
    static func set(_ norm: Module, _ g: Generator) throws {
      for (name, tensor) in norm.namedBuffers.map({ ($0.name, $0.buffer.value) }) + norm.namedParameters.map({ ($0.name, $0.parameter.value) })
      where tensor.dtype == .float64 {
        let low = name == "running_var" || name == "weight" ? 0.5 : -0.5
        try tensor.copyNumbers(of: g.uniform(tensor.shape, from: low, to: low + 1, .float64))
      }
    }
  }
}
