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
