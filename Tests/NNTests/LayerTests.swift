import Builtins
import Engine
import Glibc
import NN
import Testing

@Suite struct LayerTests {
  @Test("names are sorted and stand once")
  func names() {
    let names = Layers.all.map(\.name)
    #expect(Set(names).count == names.count)
  }

  /// What the files below a folder declare to the shell, by the names in Swift.
  private func declared(below folder: String) throws -> Set<String> {
    let handle = try #require(opendir(folder))
    defer { closedir(handle) }
    var names: Set<String> = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) } }
      let path = "\(folder)/\(name)"
      guard name.hasSuffix(".swift") else {
        if !name.hasPrefix(".") { names.formUnion(try declared(below: path)) }
        continue
      }
      let file = try #require(fopen(path, "r"))
      defer { fclose(file) }
      var bytes = [UInt8](repeating: 0, count: 1 << 18)
      let text = String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
      for part in text.split(separator: "\nextension ") where part.hasPrefix("Builtin<Generator>") {
        let body = part.split(separator: "\n}").first ?? ""
        names.formUnion(body.matches(of: #/\n  static let (\w+) = /#).map { String($0.1) })
      }
    }
    return names
  }

  @Test("the folder and the list are of the same layers")
  func folder() throws {
    let folder = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/Sources/NN/Layers"
    let file = try #require(fopen(folder + "/Layers.swift", "r"))
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let list = String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self).split(separator: "= [").last ?? ""
    let listed = list.matches(of: #/\.(\w+)/#).map { String($0.1) }
    #expect(try declared(below: folder) == Set(listed) && listed.count == Layers.all.count)
  }

  @Test("every layer prints as its example says", arguments: Layers.all)
  func examples(_ layer: Builtin<Generator>) throws {
    guard layer.parameters.allSatisfy({ !$0.isRequired }), !["Sequential", "Transformer"].contains(layer.name) else { return }
    let module = try #require(try layer.call(Generator(seed: 0), []) as? Module)
    guard case .text(let text) = module.shown else { return }
    #expect(layer.examples.contains { $0.code == "\(layer.name)()" && $0.gives == text } || layer.name == "Dropout" || layer.name.hasSuffix("Softmax"))
  }

  @Test("layers print as PyTorch prints them")
  func details() throws {
    let g = Generator(seed: 0)
    #expect(try Linear(4, 16, using: g).treeText == "Linear(in_features=4, out_features=16, bias=True)")
    #expect(try Linear(4, 16, bias: false, using: g).treeText == "Linear(in_features=4, out_features=16, bias=False)")
    #expect(try LayerNorm([6]).treeText == "LayerNorm((6,), eps=1e-05, elementwise_affine=True, bias=True)")
    #expect(try LayerNorm([2, 3], eps: 1e-3, bias: false).treeText == "LayerNorm((2, 3), eps=0.001, elementwise_affine=True, bias=False)")
    #expect(try LayerNorm([6], isAffine: false).treeText == "LayerNorm((6,), eps=1e-05, elementwise_affine=False, bias=False)")
    #expect(Dropout(0.2).treeText == "Dropout(p=0.2, inplace=False)")
    #expect(try Embedding(10, 6, padding: -1, using: g).treeText == "Embedding(10, 6, padding_idx=9)")
    #expect(Softmax().treeText == "Softmax(dim=None)")
    #expect(LeakyReLU(0.2).treeText == "LeakyReLU(negative_slope=0.2)")
    #expect(Softplus().treeText == "Softplus(beta=1.0, threshold=20.0)")
    #expect(Unflatten(1, [2, 3]).treeText == "Unflatten(dim=1, unflattened_size=(2, 3))")
    let net = Sequential([try Linear(2, 3, using: g), Sequential([ReLU()])])
    #expect(net.treeText == "Sequential(\n  (0): Linear(in_features=2, out_features=3, bias=True)\n  (1): Sequential(\n    (0): ReLU()\n  )\n)")
    #expect(Sequential([]).treeText == "Sequential()")
  }

  @Test("convolutions print as PyTorch prints them")
  func convolutionDetails() throws {
    func text(_ name: String, _ arguments: [Passed]) throws -> String { try #require(built(name, arguments) as? Module).treeText }
    #expect(try text("Conv2d", [Passed(nil, 1), Passed(nil, 16), Passed(nil, 3), Passed("padding", 1)]) == "Conv2d(1, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))")
    #expect(
      try text("Conv2d", [Passed(nil, 2), Passed(nil, 4), Passed(nil, List([3, 5])), Passed("stride", 2), Passed("dilation", 2), Passed("groups", 2), Passed("bias", false)])
        == "Conv2d(2, 4, kernel_size=(3, 5), stride=(2, 2), dilation=(2, 2), groups=2, bias=False)")
    #expect(try text("Conv2d", [Passed(nil, 1), Passed(nil, 2), Passed(nil, 3), Passed("padding", "same")]) == "Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1), padding=same)")
    #expect(try text("Conv1d", [Passed(nil, 1), Passed(nil, 2), Passed(nil, 3), Passed("padding", 1)]) == "Conv1d(1, 2, kernel_size=(3,), stride=(1,), padding=(1,))")
    #expect(throws: TensorError.self) { try text("Conv2d", [Passed(nil, 3), Passed(nil, 4), Passed(nil, 3), Passed("groups", 2)]) }
    #expect(throws: TensorError.self) { try text("Conv2d", [Passed(nil, 3), Passed(nil, 4), Passed(nil, 0)]) }
  }

  /// The numbers are PyTorch's for `torch.manual_seed(0)` and the three layers in this order.
  @Test("a seed gives PyTorch's start")
  func start() throws {
    let g = Generator(seed: 0)
    func make(_ name: String, _ arguments: [Passed]) throws -> Module {
      let layer = try #require(Layers.all.first { $0.name == name })
      return try #require(try layer.call(g, arguments) as? Module)
    }
    func numbers(_ module: Module, _ name: String) throws -> [Double] { try #require(module.field(name) as? Tensor).doubles() }
    let linear = try make("Linear", [Passed(nil, 4), Passed(nil, 16)]), conv = try make("Conv2d", [Passed(nil, 3), Passed(nil, 8), Passed(nil, 3)])
    let table = try make("Embedding", [Passed(nil, 10), Passed(nil, 6)])
    func check(_ numbers: some Sequence<Double>, _ expected: [Double]) -> Bool { zip(numbers, expected).allSatisfy { abs($0 - $1) < 1e-8 } }
    #expect(check(try numbers(linear, "weight"), [-0.00374341011, 0.268221796, -0.411522567, -0.367969513, -0.192577183, 0.134078681]))
    #expect(check(try numbers(linear, "bias"), [0.274486005, -0.0631086826, 0.0190907717, 0.115852356]))
    #expect(check(try numbers(conv, "weight"), [-0.179354668, 0.170990452, 0.14633131, -0.191974342, 0.0360212773]))
    #expect(check(try numbers(conv, "weight").suffix(2), [-0.0432824381, -0.118631974]))
    #expect(check(try numbers(conv, "bias"), [0.133087859, -0.143264487, 0.0788401589]))
    // Normal numbers go through logarithm and cosine, which agree to about two units in the last place.
    #expect(zip(try numbers(table, "weight"), [-0.623218894, -0.216245338, -0.488675445, 0.786955953, 0.107590728, -1.07147765]).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(zip(try numbers(table, "weight").suffix(2), [-0.483492643, -1.27211261]).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test("a wrong shape names the layer")
  func wrongShape() throws {
    let g = Generator(seed: 0)
    let run = Run(generator: g), linear = try Linear(4, 16, using: g)
    #expect(throws: TensorError.shape("Linear(4, 16)", expected: "[*, 4]", met: [120, 5], operand: 0)) { try run(linear, Tensor.zeros([120, 5])) }
    let norm = try LayerNorm([2, 3])
    #expect(throws: TensorError.shape("LayerNorm(2, 3)", expected: "[*, 2, 3]", met: [4], operand: 0)) { try run(norm, Tensor.zeros([4])) }
    #expect(throws: TensorError.self) { try run(Flatten(from: 2), Tensor.zeros([4])) }
    #expect(throws: TensorError.self) { try run(Unflatten(1, [2, -1]), Tensor.zeros([4, 3])) }
    #expect(throws: TensorError.self) { try run(Unflatten(1, [.max, 2]), Tensor.zeros([4, 3])) }
  }

  @Test("flatten and unflatten")
  func flatten() throws {
    let run = Run(generator: Generator(seed: 0)), x = try Tensor.zeros([2, 3, 4, 5])
    #expect(try run(Flatten(), x).shape == [2, 60])
    #expect(try run(Flatten(from: 0, to: 1), x).shape == [6, 4, 5])
    #expect(try run(Flatten(from: -2), x).shape == [2, 3, 20])
    #expect(try run(Unflatten(-1, [5, -1]), x).shape == [2, 3, 4, 5, 1])
    #expect(try run(Identity(), x) === x)
  }

  /// The mask is PyTorch's for `torch.manual_seed(3)`.
  @Test("dropout draws PyTorch's mask, in training only")
  func dropout() throws {
    let g = Generator(seed: 3), run = Run(generator: g), layer = Dropout(0.3), x = try Tensor.ones([2, 10])
    let kept = [1, 1, 0, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 0, 1].map { Double($0) * 1.4285714626312256 }
    #expect(try isClose(run(layer, x), kept, 1e-7))
    layer.setTraining(false)
    #expect(try run(layer, x) === x)
    #expect(try isClose(run(Dropout(1), x), Array(repeating: 0, count: 20), 0))
    #expect(throws: ArgumentError.self) { try built("Dropout", [Passed(nil, 1.5)]) }
  }

  @Test("an embedding looks up rows and keeps its padding row")
  func embedding() throws {
    let g = Generator(seed: 0), layer = try Embedding(4, 2, padding: 1, dtype: .float64, using: g), run = Run(generator: g)
    let y = try Recording.with(.required) { try run(layer, Tensor([[0, 1], [3, 1]].flatMap { $0 }, [2, 2])) }
    let table = try layer.weight.value.doubles()
    #expect(y.shape == [2, 2, 2])
    #expect(try isClose(y, Array(table[0..<2]) + [0, 0] + Array(table[6..<8]) + [0, 0], 0))
    let gradient = try #require(try y.sum().gradients(with: [layer.weight.value])[0])
    #expect(try isClose(gradient, [1, 1, 0, 0, 0, 0, 1, 1], 0))
    #expect(throws: TensorError.self) { try run(layer, Tensor([4])) }
    #expect(throws: TensorError.self) { try run(layer, Tensor([1.0])) }
    #expect(throws: TensorError.self) { try Embedding(4, 2, padding: 4, using: g) }
  }

  @Test("activations agree with their formulas", arguments: [-2.5, -0.5, 0.0, 0.5, 3.5, 7.0])
  func activations(_ v: Double) throws {
    func sigmoid(_ v: Double) -> Double { 1 / (1 + exp(-v)) }
    let expected: [(Module, Double)] = [
      (ReLU(), max(v, 0)), (ReLU6(), min(max(v, 0), 6)), (LeakyReLU(0.1), v > 0 ? v : 0.1 * v), (ELU(2), v > 0 ? v : 2 * (exp(v) - 1)),
      (SELU(), 1.0507009873554805 * (v > 0 ? v : 1.6732632423543772 * (exp(v) - 1))), (CELU(2), max(v, 0) + min(0, 2 * (exp(v / 2) - 1))),
      (GELU(), v / 2 * (1 + erf(v / 2.0.squareRoot()))), (GELU(.tanh), v / 2 * (1 + tanh(0.7978845608028654 * (v + 0.044715 * v * v * v)))),
      (SiLU(), v * sigmoid(v)), (Mish(), v * tanh(log1p(exp(v)))), (Sigmoid(), sigmoid(v)), (LogSigmoid(), log(sigmoid(v))), (Tanh(), tanh(v)),
      (Softplus(2), log1p(exp(2 * v)) / 2), (Softsign(), v / (1 + abs(v))), (Tanhshrink(), v - tanh(v)), (Hardtanh(-2, high: 3), min(max(v, -2), 3)),
      (Hardsigmoid(), min(max(v / 6 + 0.5, 0), 1)), (Hardswish(), v * min(max(v / 6 + 0.5, 0), 1)),
    ]
    let run = Run(generator: Generator(seed: 0))
    for (layer, y) in expected {
      // Double precision: a few roundings.
      #expect(try abs(run(layer, Tensor([v])).item() - y) < 1e-12, "\(layer.treeText) of \(v)")
    }
  }

  @Test("softmax without a dimension takes PyTorch's old choice")
  func softmax() throws {
    let run = Run(generator: Generator(seed: 0)), x = try Tensor([0.0, 0, 0, 1.0986122886681098], [2, 2])
    #expect(try isClose(run(Softmax(), x), [0.5, 0.5, 0.25, 0.75], 1e-12))
    #expect(try isClose(run(Softmax(0), x), [0.5, 0.25, 0.5, 0.75], 1e-12))
    #expect(try isClose(run(LogSoftmax(1), x).exp(), [0.5, 0.5, 0.25, 0.75], 1e-12))
  }

  @Test("layer norm is its formula")
  func layerNorm() throws {
    let layer = try LayerNorm([2], eps: 0, dtype: .float64), run = Run(generator: Generator(seed: 0))
    #expect(layer.namedParameters.map(\.name) == ["weight", "bias"])
    #expect(try isClose(run(layer, Tensor([1.0, 3, 10, 4], [2, 2])), [-1, 1, 1, -1], 1e-12))
  }
}
