import Builtins
import Engine

extension Builtin<Generator> {
  static let mlp = Builtin(
    "mlp", "A perceptron of several layers: linear maps with a rectifier between them.",
    .several("sizes", [Int].self, in: 1...1e9, "The sizes of the input, of the layers between, and of the output."),
    source: Source("Rumelhart, Hinton and Williams 1986"),
    examples: [Example("mlp(4, 16, 3)", gives: "(2): Linear(in_features=16, out_features=3, bias=True)")]
  ) { (g: Generator, sizes: [Int]) in
    guard sizes.count >= 2 else {
      throw TensorError.value("mlp", "takes the sizes of the input and of the output at least, got \(sizes.count) size\(sizes.count == 1 ? "" : "s")")
    }
    var layers: [Module] = []
    for (inputs, outputs) in zip(sizes, sizes.dropFirst()) {
      if !layers.isEmpty { layers.append(ReLU()) }
      layers.append(try Linear(inputs, outputs, using: g))
    }
    return Sequential(layers)
  }
}
