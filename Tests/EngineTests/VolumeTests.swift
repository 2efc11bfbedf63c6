@testable import Engine
import Testing

/// Operations over three axes against PyTorch's numbers.
@Suite struct VolumeTests {
  /// As `PoolingTests.Case`, with the shape of the input.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String, input: [Int], shape: [Int], output: Double, gradient: Double
    let body: @Sendable (Tensor) throws -> Tensor
    init(_ name: String, _ input: [Int], _ shape: [Int], _ output: Double, _ gradient: Double, _ body: @escaping @Sendable (Tensor) throws -> Tensor) {
      (self.name, self.input, self.shape, self.output, self.gradient, self.body) = (name, input, shape, output, gradient, body)
    }
    var testDescription: String { name }
  }

  private static func input(_ shape: [Int]) throws -> Tensor { try Tensor((0..<shape.reduce(1, *)).map { i -> Double in Double(i * 37 % 101) / 10 - 5 }, shape) }
  private static func weight(_ shape: [Int]) throws -> Tensor { try Tensor((0..<shape.reduce(1, *)).map { i -> Double in Double(i * 29 % 53) / 20 - 1.3 }, shape) }
  private static func weighed(_ t: Tensor, _ period: Int) throws -> Double {
    var sum = 0.0
    for (i, number) in try t.doubles().enumerated() { sum += number * Double(i % period + 1) }
    return sum
  }

  static let cases: [Case] = [
    .init("conv3d", [2, 3, 4, 5, 6], [2, 4, 3, 3, 5], -448.495, -1643.4) {
      try $0.convolved("conv3d", 3, Self.weight([4, 3, 2, 3, 2]), Self.weight([4]), ConvolutionArguments())
    },
    .init("conv3d with all arguments", [2, 4, 6, 5, 7], [2, 6, 3, 6, 1], -1235.795, -7.4) {
      try $0.convolved(
        "conv3d", 3, Self.weight([6, 2, 3, 2, 3]), Self.weight([6]),
        ConvolutionArguments(stride: [2, 1, 3], padding: .sizes([2, 1, 0]), dilation: [2, 1, 2], groups: 2))
    },
    .init("conv3d, padding=same", [1, 2, 3, 4, 5], [1, 2, 3, 4, 5], -487.79, -312.885) {
      try $0.convolved("conv3d", 3, Self.weight([2, 2, 2, 3, 4]), nil, ConvolutionArguments(padding: .same))
    },
    .init("conv3d, channel by channel, one sample", [4, 3, 4, 4], [8, 3, 4, 4], -8.205, -5.25) {
      try $0.convolved("conv3d", 3, Self.weight([8, 1, 3, 3, 3]), nil, ConvolutionArguments(padding: .sizes([1]), groups: 4))
    },
    .init("conv_transpose3d", [2, 3, 2, 3, 4], [2, 4, 3, 5, 5], -2362.92, -699.44) {
      try $0.transposedConvolution("conv_transpose3d", 3, Self.weight([3, 4, 2, 3, 2]), Self.weight([4]), ConvolutionArguments(), [0])
    },
    .init("conv_transpose3d with all arguments", [2, 4, 3, 2, 3], [2, 6, 6, 4, 7], -4166.5, -579.185) {
      try $0.transposedConvolution(
        "conv_transpose3d", 3, Self.weight([4, 3, 3, 2, 3]), Self.weight([6]),
        ConvolutionArguments(stride: [2, 1, 3], padding: .sizes([1, 0, 2]), dilation: [1, 2, 1], groups: 2), [1, 0, 2])
    },
    .init("max_pool3d", [2, 3, 5, 6, 7], [2, 3, 2, 3, 3], 2988.1, 776.6) {
      try $0.maxPool(axes: 3, kernel: [2], stride: nil, padding: [0], dilation: [1], ceil: false)
    },
    .init("max_pool3d with all arguments", [2, 3, 5, 6, 7], [2, 3, 3, 4, 4], 8633.7, 1968.1) {
      try $0.maxPool(axes: 3, kernel: [3, 2, 3], stride: [2, 1, 2], padding: [1, 0, 1], dilation: [1, 2, 1], ceil: true)
    },
    .init("max_pool3d of one sample", [3, 4, 4, 4], [3, 4, 4, 4], 6039.2, 1404.2) {
      try $0.maxPool(axes: 3, kernel: [3], stride: [1], padding: [1], dilation: [1], ceil: false)
    },
    .init("avg_pool3d", [2, 3, 5, 6, 7], [2, 3, 3, 4, 4], -46.7, 1008.611111111) {
      try $0.avgPool(axes: 3, kernel: [3, 2, 3], stride: [2], padding: [1], ceil: false, countsPadding: true, divisor: nil)
    },
    .init("avg_pool3d without its padding", [2, 3, 5, 6, 7], [2, 3, 3, 4, 4], -26.846296296, 2064.188888889) {
      try $0.avgPool(axes: 3, kernel: [3], stride: [2], padding: [1], ceil: true, countsPadding: false, divisor: nil)
    },
    .init("avg_pool3d, ceil", [2, 3, 5, 6, 7], [2, 3, 3, 4, 4], -13.405555556, 1062.133333333) {
      try $0.avgPool(axes: 3, kernel: [3], stride: [2], padding: [1], ceil: true, countsPadding: true, divisor: nil)
    },
    .init("avg_pool3d with a divisor", [2, 3, 5, 6, 7], [2, 3, 4, 5, 6], -70.42, 8301.5) {
      try $0.avgPool(axes: 3, kernel: [2], stride: [1], padding: [0], ceil: false, countsPadding: true, divisor: 5)
    },
    .init("adaptive_avg_pool3d", [2, 3, 5, 6, 7], [2, 3, 3, 6, 4], -70.525, 3110.266666667) {
      try $0.adaptiveAvgPool([3, nil, 4], axes: 3)
    },
    .init("adaptive_max_pool3d", [2, 3, 5, 6, 7], [2, 3, 2, 4, 3], 4581.8, 982.7) {
      try $0.adaptiveMaxPool([2, 4, 3], axes: 3)
    },
    .init("lp_pool3d", [2, 3, 5, 6, 7], [2, 3, 2, 3, 3], 4627.126125528, -19.767283302) {
      try $0.abs().lpPool(axes: 3, 3, kernel: [2], stride: nil, ceil: false)
    },
    .init("interpolate, nearest", [2, 3, 3, 4, 5], [2, 3, 5, 3, 7], -67.3, 4543.1) {
      try $0.interpolated(size: [5, 3, 7])
    },
    .init("interpolate, trilinear", [2, 3, 3, 4, 5], [2, 3, 4, 8, 3], 119.149702381, 4115.962797619) {
      try $0.interpolated(scale: [1.5, 2, 0.7], .trilinear)
    },
    .init("interpolate, trilinear, aligned", [2, 3, 3, 4, 5], [2, 3, 4, 4, 4], -11.077777778, 2747.633333333) {
      try $0.interpolated(size: [4], .trilinear, isAligned: true)
    },
    .init("pad by mirror", [2, 3, 3, 4, 5], [2, 3, 6, 7, 8], -1880.7, 14637.9) {
      try $0.pad([2, 1, 0, 3, 1, 2], .reflect)
    },
    .init("batch_norm", [2, 3, 3, 4, 5], [2, 3, 3, 4, 5], 7.739830964, 0.14522562) {
      try $0.batchNorm().output
    },
    .init("instance_norm", [2, 3, 3, 4, 5], [2, 3, 3, 4, 5], 7.22510744, 0.818810395) {
      try $0.instanceNorm(nil, nil, eps: 1e-5).output
    },
  ]

  @Test("outputs and gradients are PyTorch's", arguments: cases)
  func agrees(_ test: Case) throws {
    let x = try Self.input(test.input).requiringGrad(), y = try test.body(x)
    #expect(y.shape == test.shape)
    let arrives = try Tensor((0..<y.count).map { 0.3 + Double($0 * 7 % 11) / 10 }, y.shape)
    let g = try #require(try (y * arrives).sum().gradients(with: [x])[0])
    // The digits that the numbers above have.
    #expect(try abs(Self.weighed(y, 13) - test.output) < 2e-9 * max(1, abs(test.output)))
    #expect(try abs(Self.weighed(g, 17) - test.gradient) < 2e-9 * max(1, abs(test.gradient)))
  }

  @Test("float32 gives what float64 gives")
  func single() throws {
    let x = try Self.input([2, 8, 6, 7, 5]), w = try Self.weight([16, 8, 3, 3, 3]), b = try Self.weight([16])
    let arguments = ConvolutionArguments(stride: [1, 2, 1], padding: .sizes([1]))
    let exact = try x.convolved("conv3d", 3, w, b, arguments)
    let single = try x.to(.float32).convolved("conv3d", 3, w.to(.float32), b.to(.float32), arguments)
    // Sums of 216 products below 7.
    #expect(try single.distance(to: exact) < 2e-4)
    let cut = try x.to(.float32).convolved("conv3d", 3, w.to(.float32), b.to(.float32), arguments, relu: true)
    #expect(try cut.distance(to: exact.relu()) < 2e-4)
    let back = ConvolutionArguments(stride: [2, 1, 1], padding: .sizes([1]))
    let spread = try x.transposedConvolution("conv_transpose3d", 3, Self.weight([8, 4, 3, 3, 3]), nil, back, [1, 0, 0])
    let spread32 = try x.to(.float32).transposedConvolution("conv_transpose3d", 3, Self.weight([8, 4, 3, 3, 3]).to(.float32), nil, back, [1, 0, 0])
    #expect(try spread32.distance(to: spread) < 2e-4)
  }

  @Test("places in volumes, and what is put back there")
  func places() throws {
    let x = try Self.input([2, 3, 5, 6, 7])
    let all = try x.maxPool("max_pool3d", axes: 3, PoolWindow([3, 2, 3], [2, 1, 2], [1, 0, 1], [1, 2, 1], ceil: true), isPlaced: true)
    #expect(all.indices?.shape == [2, 3, 3, 4, 4])
    #expect(try all.indices.map { try Self.weighed($0, 13) } == 225728)
    let even = try x.adaptiveMaxPool("adaptive_max_pool3d", axes: 3, [2, 4, 3], isPlaced: true)
    #expect(try even.indices.map { try Self.weighed($0, 13) } == 110448)
    let small = try x.maxPool("max_pool3d", axes: 3, PoolWindow([2], nil, [0], ceil: false), isPlaced: true)
    let back = try small.values.maxUnpool(#require(small.indices), axes: 3, kernel: [2], stride: nil, size: [5, 6, 7])
    #expect(back.shape == [2, 3, 5, 6, 7])
    #expect(try abs(Self.weighed(back, 13) - 3091.9) < 1e-9)
  }

  @Test("whole channels of volumes are dropped, with PyTorch's draws")
  func dropout() throws {
    let g = Generator(seed: 5), kept = 1 / 0.7
    #expect(try Tensor.ones([3, 4, 1, 1, 1], .float64).channelDropout(0.3, axes: 3, using: g).doubles() == [1, 1, 1, 1, 1, 0, 1, 0, 0, 1, 1, 1].map { $0 * kept })
    #expect(try Tensor.ones([4, 1, 1, 1], .float64).channelDropout(0.3, axes: 3, using: g).doubles() == [0, 1, 1, 1].map { $0 * kept })
  }

  @Test("nothing to work on, and sizes that do not fit")
  func rejected() throws {
    let w = try Self.weight([4, 3, 2, 2, 2])
    #expect(try Tensor.zeros([0, 3, 4, 4, 4], .float64).convolved("conv3d", 3, w, nil, .init()).shape == [0, 4, 3, 3, 3])
    #expect(try Tensor.zeros([2, 0, 4, 4, 4], .float64).convolved("conv3d", 3, .zeros([4, 0, 2, 2, 2], .float64), nil, .init()).doubles().allSatisfy { $0 == 0 })
    #expect(try Tensor.zeros([0, 3, 4, 4, 4]).maxPool(axes: 3, kernel: [2], stride: nil, padding: [0], dilation: [1], ceil: false).shape == [0, 3, 2, 2, 2])
    #expect(try Tensor.zeros([1, 3, 4, 4, 4]).adaptiveAvgPool([0, 2, 2], axes: 3).shape == [1, 3, 0, 2, 2])
    #expect(try Tensor.zeros([1, 3, 4, 4, 4]).adaptiveMaxPool("adaptive_max_pool3d", axes: 3, [2, 0, 2], isPlaced: true).indices?.shape == [1, 3, 2, 0, 2])
    func text(_ body: () throws -> Void) -> String { error(of: body)?.description ?? "" }
    #expect(text { _ = try Self.input([1, 2, 4, 4, 4]).convolved("conv3d", 3, w, nil, .init()) }.contains("3 input channels"))
    #expect(text { _ = try Self.input([1, 3, 1, 4, 4]).convolved("conv3d", 3, w, nil, .init()) }.contains("the output would be empty: a window of 2×2×2 does not fit into 1×4×4"))
    #expect(text { _ = try Self.input([3, 4, 4]).convolved("conv3d", 3, w, nil, .init()) }.contains("[N, C, D, H, W]"))
    #expect(text { _ = try Tensor.zeros([0, 1 << 27, 1, 1, 1], .float64).avgPool(axes: 3, kernel: [1], stride: nil, padding: [0], ceil: false, countsPadding: true, divisor: nil) } == "")
    #expect(text { _ = try Self.input([3, 4, 4]).maxPool(axes: 3, kernel: [2], stride: nil, padding: [0], dilation: [1], ceil: false) }.contains("depth, rows, columns"))
  }
}

extension DifferentiableCase {
  static let volumes: [DifferentiableCase] = [
    .init("conv3d", [[1, 2, 3, 3, 2], [2, 1, 2, 2, 2], [2]]) {
      try $0[0].convolved("conv3d", 3, $0[1], $0[2], ConvolutionArguments(stride: [1, 2, 1], padding: .sizes([1, 1, 0]), dilation: [2, 1, 1], groups: 2))
    },
    .init("conv_transpose3d", [[1, 2, 2, 2, 1], [2, 1, 2, 2, 2], [2]]) {
      try $0[0].transposedConvolution("conv_transpose3d", 3, $0[1], $0[2], ConvolutionArguments(stride: [2], padding: .sizes([1, 0, 0]), groups: 2), [1, 0, 0])
    },
    .init("max_pool3d", [[1, 2, 3, 4, 3]]) { try $0[0].square().maxPool(axes: 3, kernel: [2], stride: [1], padding: [0], dilation: [1], ceil: false) },
    .init("avg_pool3d", [[1, 2, 3, 4, 3]]) {
      try $0[0].square().avgPool(axes: 3, kernel: [2, 3, 2], stride: [1, 2, 2], padding: [1, 1, 0], ceil: true, countsPadding: false, divisor: nil)
    },
    .init("adaptive_avg_pool3d", [[1, 1, 3, 4, 3]]) { try $0[0].square().adaptiveAvgPool([2], axes: 3) },
    .init("interpolate trilinear", [[1, 1, 2, 3, 2]]) { try $0[0].square().interpolated(size: [3, 4, 3], .trilinear) },
    .init("unfold with gaps", [[7, 2]]) { try $0[0].square().unfold(0, size: 3, step: 2, dilation: 2) },
  ]
}
