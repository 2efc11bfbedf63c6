@testable import Engine
import Testing

/// Interpolation, windows, padding, shuffles, shrinkage and vector norms against PyTorch's numbers.
@Suite struct ResamplingTests {
  /// An operation with the shapes of input and output, a weighted sum of the output and one of the gradient that PyTorch
  /// 2.13 gives in float64 for `x = (arange(n) * 37 % 101) / 10 - 5`, with `0.3 + arange * 7 % 11 / 10` as what arrives.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String, from: [Int], to: [Int], output: Double, gradient: Double
    let body: @Sendable (Tensor) throws -> Tensor
    init(
      _ name: String, _ from: [Int], _ to: [Int], _ output: Double, _ gradient: Double, _ body: @escaping @Sendable (Tensor) throws -> Tensor
    ) { (self.name, self.from, self.to, self.output, self.gradient, self.body) = (name, from, to, output, gradient, body) }
    var testDescription: String { name }
  }

  static let resampled: [Case] = [
    .init("nearest", [2, 3, 5, 4], [2, 3, 8, 3], -127.1, 1051.7) { try $0.interpolated(size: [8, 3]) },
    .init("nearest 2", [2, 3, 5, 4], [2, 3, 10, 8], 478.1, 3497.1) { try $0.interpolated(scale: [2]) },
    .init("nearest 1.7", [2, 3, 5, 4], [2, 3, 8, 6], 343.8, 2056.5) { try $0.interpolated(scale: [1.7]) },
    .init("nearest-exact", [2, 3, 5, 4], [2, 3, 8, 3], 81.5, 1037.4) { try $0.interpolated(size: [8, 3], .nearestExact) },
    .init("bilinear", [2, 3, 5, 4], [2, 3, 8, 3], -46.741666667, 1048.157291667) { try $0.interpolated(size: [8, 3], .bilinear) },
    .init("bilinear aligned", [2, 3, 5, 4], [2, 3, 8, 3], -59.171428571, 1047.128571429) {
      try $0.interpolated(size: [8, 3], .bilinear, isAligned: true)
    },
    .init("bilinear 1.7", [2, 3, 5, 4], [2, 3, 8, 6], -39.165743945, 2061.985294118) { try $0.interpolated(scale: [1.7], .bilinear) },
    .init("bilinear 1.7 recomputed", [2, 3, 5, 4], [2, 3, 8, 6], -111.019791667, 2059.907291667) {
      try $0.interpolated(scale: [1.7], .bilinear, isRecomputed: true)
    },
    .init("bilinear 0.6", [2, 3, 5, 4], [2, 3, 3, 2], -3.766666667, 256.133333333) { try $0.interpolated(scale: [0.6, 0.5], .bilinear) },
    .init("bicubic", [2, 3, 5, 4], [2, 3, 8, 3], -28.306020129, 1053.04907844) { try $0.interpolated(size: [8, 3], .bicubic) },
    .init("bicubic aligned", [2, 3, 5, 4], [2, 3, 8, 7], -19.476867711, 2409.060541181) {
      try $0.interpolated(size: [8, 7], .bicubic, isAligned: true)
    },
    .init("area", [2, 3, 5, 4], [2, 3, 3, 3], -70.541666667, 385.308333333) { try $0.interpolated(size: [3, 3], .area) },
    .init("linear", [2, 3, 7], [2, 3, 10], -3.135, 391.6) { try $0.interpolated(size: [10], .linear) },
    .init("linear 0.5", [2, 3, 7], [2, 3, 3], -7.3, 129.9) { try $0.interpolated(scale: [0.5], .linear) },
    .init("nearest of a sequence", [2, 3, 7], [2, 3, 10], 35.6, 390.7) { try $0.interpolated(size: [10]) },
  ]

  static let windows: [Case] = [
    .init("unfold", [2, 3, 5, 4], [2, 18, 12], -111.4, 2107.9) { try $0.unfolded(kernel: [2, 3], stride: [2, 1], padding: [1]) },
    .init("unfold dilated", [2, 3, 5, 4], [2, 12, 6], 35.5, 1041.8) { try $0.unfolded(kernel: [2], dilation: [2]) },
    .init("fold", [2, 6, 15], [2, 1, 4, 5], -148.5, 816.6) { try $0.folded(to: [4, 5], kernel: [2, 3], stride: [1, 2], padding: [1]) },
    .init("unfold along", [2, 3, 5, 4], [2, 3, 2, 4, 3], 40.8, 1014.7) { try $0.unfold(2, size: 3, step: 2) },
    .init("unfold along twice", [2, 3, 5, 4], [2, 3, 3, 2, 3, 2], -102.2, 1514.5) { try $0.unfold(2, size: 3, step: 1).unfold(3, size: 2, step: 2) },
    .init("reflect", [2, 3, 5, 4], [2, 3, 8, 7], -119.4, 2417.3) { try $0.pad([2, 1, 3, 0], .reflect) },
    .init("replicate", [2, 3, 5, 4], [2, 3, 11, 7], -1343.7, 3220) { try $0.pad([2, 1, 7, -1], .replicate) },
    .init("circular", [2, 3, 5, 4], [2, 3, 8, 7], 178.5, 2400) { try $0.pad([2, 1, 3, 0], .circular) },
    .init("constant", [2, 3, 5, 4], [2, 3, 8, 5], 1253.4, 662.2) { try $0.pad([2, -1, 3, 0], .constant, 1.5) },
    .init("pixel_shuffle", [2, 8, 3, 2], [2, 2, 6, 4], 147.7, 696.9) { try $0.pixelShuffle(2) },
    .init("pixel_unshuffle", [2, 3, 4, 6], [2, 12, 2, 3], 34.7, 1034.7) { try $0.pixelUnshuffle(2) },
    .init("channel_shuffle", [2, 6, 5], [2, 6, 5], 0.3, 410) { try $0.channelShuffle(3) },
  ]

  static let elements: [Case] = [
    .init("glu", [2, 6, 5], [2, 3, 5], -151.99260915, 94.860411721) { try $0.glu(1) },
    .init("hardshrink", [2, 3, 5, 4], [2, 3, 5, 4], -6.2, 409.6) { try $0.hardshrink(2) },
    .init("softshrink", [2, 3, 5, 4], [2, 3, 5, 4], -10.2, 409.6) { try $0.softshrink(2) },
    .init("threshold", [2, 3, 5, 4], [2, 3, 5, 4], -338.9, 339.4) { try $0.threshold(0.5, -3) },
    .init("prelu", [2, 3, 5, 4], [2, 3, 5, 4], 929.175, 421.225) { try $0.prelu(Tensor([0.25, 0.5, -0.5])) },
    .init("rms_norm", [2, 3, 5, 4], [2, 3, 5, 4], -16.682952631, 697.290529744) { try $0.rmsNorm([4], Tensor([1.0, 2, 3, 4])) },
    .init("local_response_norm", [2, 3, 5, 4], [2, 3, 5, 4], 83.320882223, 485.572956955) { try $0.localResponseNorm(2, alpha: 0.1) },
    .init("normalize", [2, 3, 5, 4], [2, 3, 5, 4], -3.675977151, 160.361870786) { try $0.normalized() },
    .init("normalize 3", [2, 3, 5, 4], [2, 3, 5, 4], -9.584198494, 160.355444293) { try $0.normalized(3, [2]) },
    .init("pairwise_distance", [2, 3, 5, 4], [2, 3, 5], 1942.405281195, -174.006980918) { try $0.pairwiseDistance(1 - $0, 3) },
  ]

  @Test("as PyTorch", arguments: resampled + windows + elements)
  func numbers(_ test: Case) throws {
    for dtype in [DType.float64, .float32] {
      for isLast in [false, true] {
        let n = test.from.reduce(1, *), plain = try Tensor((0..<n).map { Double($0 * 37 % 101) / 10 - 5 }, test.from).to(dtype)
        let x = try (isLast ? plain.channelsLast() : plain).requiringGrad()
        let y = try test.body(x)
        #expect(y.shape == test.to)
        let arrives = try Tensor((0..<y.count).map { 0.3 + Double($0 * 7 % 11) / 10 }, y.shape).to(dtype)
        let g = try #require(try (y * arrives).sum().gradients(with: [x])[0])
        #expect(g.dtype == dtype)
        let output = zip(try y.doubles(), 0...).reduce(0) { $0 + $1.0 * Double($1.1 % 13 + 1) }
        let gradient = zip(try g.doubles(), 0...).reduce(0) { $0 + $1.0 * Double($1.1 % 17 + 1) }
        // float32: seven digits of each of some hundred terms.
        let tolerance = dtype == .float64 ? 2e-8 : 3e-3
        #expect(abs(output - test.output) < tolerance && abs(gradient - test.gradient) < tolerance, "\(output), \(gradient)")
      }
    }
  }

  /// The draws are PyTorch's for `torch.manual_seed(3)`.
  @Test("dropout of channels draws PyTorch's mask")
  func dropout() throws {
    let kept = 1.4285714626312256, g = Generator(seed: 3)
    let pictures = try Tensor.ones([2, 5, 1, 2]).channelDropout(0.3, axes: 2, using: g)
    #expect(try pictures.doubles() == [1, 1, 0, 1, 0, 1, 1, 1, 1, 0].flatMap { [$0 * kept, $0 * kept] })
    g.seed(3)
    #expect(try Tensor.ones([4, 2]).channelDropout(0.3, axes: 1, using: g).doubles() == [1, 1, 1, 1, 0, 0, 1, 1].map { $0 * kept })
    g.seed(3)
    let expected = [1, 1, 0, 1, 0, 1, 1, 1].map { $0 == 1 ? 1.315044684383419 : -1.0595481589864801 }
    func isNear(_ list: [Double], _ other: [Double]) -> Bool { zip(list, other).allSatisfy { abs($0 - $1) < 1e-12 } }
    #expect(isNear(try Tensor.ones([8], .float64).alphaDropout(0.3, isTraining: true, using: g).doubles(), expected))
    g.seed(3)
    let channels = try Tensor.ones([2, 4, 2], .float64).alphaDropout(0.3, ofChannels: true, isTraining: true, using: g)
    #expect(isNear(try channels.doubles(), expected.flatMap { [$0, $0] }))
  }

  @Test("what does not fit is said with its numbers")
  func errors() throws {
    let x = try Tensor.zeros([1, 4, 4, 4])
    func text(_ body: () throws -> Tensor) -> String { EngineTests.error { _ = try body() }?.description ?? "" }
    #expect(text { try x.interpolated(size: [0]) } == "interpolate: a size is between 1 and 1073741824, got 0")
    #expect(text { try x.interpolated(scale: [0.1]) } == "interpolate: the output would be empty: [4, 4] to [0, 0]")
    #expect(text { try x.interpolated() } == "interpolate: takes either size or scale_factor")
    #expect(text { try x.interpolated(size: [2], .linear) }.contains("3 dimensions"))
    #expect(text { try x.interpolated(size: [2], isAligned: true) }.contains("align_corners"))
    #expect(text { try x.interpolated(scale: [.nan]) }.contains("scale_factor"))
    #expect(text { try x.interpolated(scale: [1e300]) }.contains("scale_factor"))
    #expect(text { try x.unfolded(kernel: [5]) }.contains("the output would be empty"))
    #expect(text { try x.unfolded(kernel: [1 << 30], padding: [1 << 30]) } != "")
    #expect(text { try x.folded(to: [4], kernel: [2]) } != "")
    #expect(text { try x.unfold(2, size: 5, step: 1) } == "unfold: a window of 5 does not fit into dimension 2 of [1, 4, 4, 4]")
    #expect(text { try x.unfold(2, size: 2, step: 0) } == "unfold: step is at least 1, got 0")
    #expect(try x.unfold(2, size: 2, step: .max).shape == [1, 4, 1, 4, 2])
    #expect(text { try x.pixelShuffle(3) } == "shapes do not fit: pixel_shuffle takes [*, channels × 3², rows, columns], got [1, 4, 4, 4]")
    #expect(text { try x.channelShuffle(3) }.contains("3 equal groups"))
    #expect(text { try x.prelu(Tensor.zeros([3])) }.contains("[1] or [4]"))
    #expect(text { try Tensor.zeros([3]).glu() }.contains("an even size"))
    #expect(text { try x.pad([5, 0], .reflect) }.contains("at most 3"))
  }
}

extension DifferentiableCase {
  static let resampling: [DifferentiableCase] = [
    .init("interpolate, bicubic", [[1, 1, 3, 3]]) { try $0[0].square().interpolated(size: [5, 4], .bicubic) },
    .init("interpolate, nearest", [[1, 2, 3]]) { try $0[0].square().interpolated(size: [5]) },
    .init("unfold", [[1, 2, 3, 3]]) { try $0[0].square().unfolded(kernel: [2], padding: [1]) },
    .init("fold", [[1, 4, 4]]) { try $0[0].square().folded(to: [3, 3], kernel: [2]) },
    .init("unfold along", [[2, 5]]) { try $0[0].square().unfold(1, size: 3, step: 1) },
    .init("pixel_shuffle", [[1, 4, 2, 2]]) { try $0[0].square().pixelShuffle(2) },
    .init("glu", [[2, 4]]) { try $0[0].glu() },
    .init("prelu", [[2, 3, 2], [3]]) { try $0[0].prelu($0[1]) },
    .init("rms_norm", [[3, 4], [4]]) { try $0[0].rmsNorm([4], $0[1]) },
    .init("local_response_norm", [[2, 3, 2]]) { try $0[0].localResponseNorm(2, alpha: 0.5) },
    .init("normalize", [[2, 3]]) { try $0[0].normalized() },
  ]
}
