import Builtins
import Engine
import NN
import Testing

/// Sums of what PyTorch 2.13 gives on a CPU: `torch.manual_seed(0)`, the layer, `x = torch.arange(n).reshape(...) / n - 0.5`.
@Suite struct ConvolutionLayerTests {
  private static func ramp(_ shape: [Int]) throws -> Tensor {
    let n = shape.reduce(1, *)
    return try Tensor((0..<n).map { Double($0) / Double(n) - 0.5 }, shape).to(.float32)
  }

  @Test func paddingModes() throws {
    for (mode, sum, square) in Self.modes {
      let layer = try #require(
        built("Conv2d", [Passed(nil, 2), Passed(nil, 3), Passed(nil, 3), Passed("padding", List([1, 2])), Passed("padding_mode", mode)]) as? Module)
      let y = try Run(generator: Generator(seed: 0))(layer, Self.ramp([2, 2, 5, 6]))
      #expect(y.shape == [2, 3, 5, 8])
      #expect(try abs(y.sum().item() - sum) < 1e-3, "\(mode)")
      #expect(try abs((y * y).sum().item() - square) < 1e-3, "\(mode)")
    }
  }

  @Test func transposed() throws {
    let two = try ConvTranspose2d(4, 2, kernel: 3, stride: 2, padding: 1, outputPadding: 1, groups: 2, using: Generator(seed: 0))
    #expect(two.treeText == "ConvTranspose2d(4, 2, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), output_padding=(1, 1), groups=2)")
    try Self.check(two, [1, 4, 3, 3], [1, 2, 6, 6], Self.transposes[0])
    let one = try ConvTranspose1d(3, 2, kernel: 4, stride: 3, using: Generator(seed: 0))
    try Self.check(one, [2, 3, 5], [2, 2, 16], Self.transposes[1])
  }

  @Test func sequence() throws {
    let layer = try Conv1d(4, 6, kernel: 3, stride: 2, padding: 1, dilation: 2, groups: 2, using: Generator(seed: 0))
    try Self.check(layer, [2, 4, 9], [2, 6, 4], Self.transposes[2])
  }

  @Test("a network over volumes: names, outputs and gradients are PyTorch's")
  func volumes() throws {
    func layer(_ name: String, _ arguments: [Passed]) throws -> Module { try #require(built(name, arguments) as? Module) }
    let g = Generator(seed: 0)
    let net = Sequential([
      try Conv3d(2, 4, kernel: 3, stride: 2, padding: 1, using: g), try BatchNorm3d(4), ReLU(), try layer("MaxPool3d", [Passed(nil, 2)]),
      try ConvTranspose3d(4, 2, kernel: 2, stride: 2, using: g), try layer("AvgPool3d", [Passed(nil, 2)]),
      try layer("AdaptiveAvgPool3d", [Passed(nil, 1)]),
    ])
    #expect(net.treeText.contains("(0): Conv3d(2, 4, kernel_size=(3, 3, 3), stride=(2, 2, 2), padding=(1, 1, 1))"))
    #expect(net.treeText.contains("(3): MaxPool3d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"))
    #expect(net.treeText.contains("(4): ConvTranspose3d(4, 2, kernel_size=(2, 2, 2), stride=(2, 2, 2))"))
    let x = try Self.ramp([2, 2, 8, 8, 8]).to(.float64) + 0.5
    let y = try Run(generator: g)(net, (x * 2 - 0.5).square().to(.float32))
    #expect(try isClose(y, [-0.053342703729867935, 0.23247654736042023, -0.004532841965556145, 0.24167488515377045], 2e-6))
    let gradients = try y.sum().gradients(with: net.namedParameters.map(\.parameter.value))
    let squares = [0.27678996324539185, 0, 0.013104287907481194, 0.022360149770975113, 1.4322127103805542, 8]
    for (gradient, expected) in zip(gradients, squares) {
      let sum = try #require(gradient).square().sum().item()
      #expect(abs(sum - expected) < 1e-5)
    }
  }

  @Test("a volume padded with its other end, and patches that a layer over volumes reads")
  func volumePatches() throws {
    let layer = try #require(
      built("Conv3d", [Passed(nil, 2), Passed(nil, 3), Passed(nil, List([1, 2, 3])), Passed("padding_mode", "circular"), Passed("padding", List([0, 1, 1]))])
        as? Convolution)
    let x = try ((Self.ramp([2, 2, 8, 8, 8]) + 0.5) * 2 - 0.5).square(), y = try Run(generator: Generator(seed: 0))(layer, x)
    #expect(y.shape == [2, 3, 8, 9, 8])
    #expect(try abs(y.sum().item() + 434.01602) < 1e-2 && abs((y * y).sum().item() - 843.66309) < 2e-2)
    let wide = try Conv3d(4, 6, kernel: 2, stride: 2, padding: 1, dilation: 2, groups: 2, using: Generator(seed: 1)), t = try Self.ramp([2, 4, 5, 4, 6])
    let rows = try wide.patches(t), weight = try wide.weight.value.reshape([2, 3, -1])
    let bias = try #require(wide.bias)
    let products = try rows.matmul(weight.transpose(1, 2)).transpose(2, 3).reshape([2, 6, -1]) + bias.value.reshape([6, 1])
    let expected = try Run(generator: Generator(seed: 0))(wide, t)
    #expect(try isClose(products.reshape(expected.shape), expected.doubles(), 1e-5))
  }

  @Test("a normalisation in evaluation is worked into the convolution, and follows every change")
  func folded() throws {
    let g = Generator(seed: 1), run = Run(generator: g)
    let conv = try Conv2d(3, 8, kernel: 3, padding: 1, using: g), norm = try BatchNorm2d(8)
    let x = try Self.ramp([2, 3, 6, 6])
    for net in [Sequential([conv, norm, ReLU()]), Sequential([conv, norm])] {
      for _ in 0..<3 {
        // A step of training moves the running statistics; then each parameter moves by itself.
        net.setTraining(true)
        _ = try run(net, x * 3)
        net.setTraining(false)
        for parameter in net.namedParameters.map(\.parameter) {
          let journal = Journal()
          try journal.write(parameter.value) { try parameter.value.copyNumbers(of: parameter.value * 1.25 + 0.01) }
          let plain = try run(net, x)
          for _ in 0..<2 {
            let quick = try Recording.with(.none) { try run(net, x) }
            #expect(try zip(quick.doubles(), plain.doubles()).allSatisfy { abs($0 - $1) < 1e-4 })
          }
        }
      }
    }
  }

  private static func check(_ layer: Module, _ x: [Int], _ shape: [Int], _ expected: (Double, Double)) throws {
    let y = try Run(generator: Generator(seed: 0))(layer, ramp(x))
    #expect(y.shape == shape)
    #expect(try abs(y.sum().item() - expected.0) < 1e-4 && abs((y * y).sum().item() - expected.1) < 1e-4)
  }

  private static let modes: [(String, Double, Double)] = [
    ("zeros", 0.380772, 9.550601),
    ("reflect", -0.908248, 13.478447),
    ("replicate", -0.309682, 13.376652),
    ("circular", -2.515567, 14.116073),
  ]
  private static let transposes: [(Double, Double)] = [
    (0.835398, 3.760073), (0.610521, 0.831029), (1.900088, 3.852518)
  ]
}
