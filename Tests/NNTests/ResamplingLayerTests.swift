import Builtins
import Engine
import NN
import Testing

@Suite struct ResamplingLayerTests {
  /// What PyTorch 2.13 prints for the same arguments.
  @Test("layers print as PyTorch prints them")
  func details() throws {
    func text(_ name: String, _ arguments: Passed...) throws -> String { try #require(built(name, arguments) as? Module).treeText }
    #expect(try text("Upsample", Passed("size", List([4, 5])), Passed("mode", "bilinear"), Passed("align_corners", true)) == "Upsample(size=(4, 5), mode='bilinear')")
    #expect(try text("Upsample", Passed("scale_factor", List([2.0, 3.0]))) == "Upsample(scale_factor=(2.0, 3.0), mode='nearest')")
    #expect(try text("ZeroPad2d", Passed(nil, List([1, 2, 3, 4]))) == "ZeroPad2d((1, 2, 3, 4))")
    #expect(try text("ReflectionPad1d", Passed(nil, 2)) == "ReflectionPad1d((2, 2))")
    #expect(try text("ConstantPad1d", Passed(nil, 2), Passed(nil, 3.5)) == "ConstantPad1d(padding=(2, 2), value=3.5)")
    #expect(try text("Unfold", Passed(nil, List([2, 3])), Passed("padding", 1)) == "Unfold(kernel_size=(2, 3), dilation=1, padding=1, stride=1)")
    #expect(try text("RMSNorm", Passed(nil, List([2, 3])), Passed("eps", 1e-6), Passed("elementwise_affine", false)) == "RMSNorm((2, 3), eps=1e-06, elementwise_affine=False)")
    #expect(try text("LPPool1d", Passed(nil, 2), Passed(nil, 3), Passed("stride", 2)) == "LPPool1d(norm_type=2, kernel_size=3, stride=2, ceil_mode=False)")
    #expect(try text("PReLU", Passed(nil, 4)) == "PReLU(num_parameters=4)")
    #expect(try text("UpsamplingBilinear2d", Passed("scale_factor", 2)) == "UpsamplingBilinear2d(scale_factor=2.0, mode='bilinear')")
    #expect(throws: TensorError.self) { try text("ZeroPad2d", Passed(nil, List([1, 2]))) }
  }

  @Test("layers do what their functions do")
  func functions() throws {
    let run = Run(generator: Generator(seed: 0)), x = try Tensor((0..<96).map { Double($0 * 37 % 101) }, [2, 4, 4, 3])
    func check(_ name: String, _ arguments: [Passed], _ expected: Tensor) throws {
      let y = try run(try #require(built(name, arguments) as? Module), x)
      #expect(try y.shape == expected.shape && isClose(y, expected.doubles(), 0), "\(name)")
    }
    try check("Upsample", [Passed("scale_factor", 2)], x.interpolated(scale: [2]))
    try check("ReplicationPad2d", [Passed(nil, List([1, 0, 2, 0]))], x.pad([1, 0, 2, 0], .replicate))
    try check("CircularPad2d", [Passed(nil, 2)], x.pad([2, 2, 2, 2], .circular))
    try check("ConstantPad2d", [Passed(nil, 1), Passed(nil, 7.5)], x.pad([1, 1, 1, 1], .constant, 7.5))
    try check("PixelShuffle", [Passed(nil, 2)], x.pixelShuffle(2))
    try check("ChannelShuffle", [Passed(nil, 2)], x.channelShuffle(2))
    try check("Unfold", [Passed(nil, 2)], x.unfolded(kernel: [2]))
    try check("Softmax2d", [], x.softmax(1))
    try check("GLU", [Passed(nil, 1)], x.glu(1))
    try check("LocalResponseNorm", [Passed(nil, 3)], x.localResponseNorm(3))
    try check("Threshold", [Passed(nil, 50), Passed(nil, -1)], x.threshold(50, -1))
    try check("LPPool2d", [Passed(nil, 2), Passed(nil, 2)], x.lpPool(axes: 2, 2, kernel: [2], stride: nil, ceil: false))
    try check("MaxPool2d", [Passed(nil, 2)], x.maxPool2d(kernel: [2]))
    try check("AdaptiveMaxPool2d", [Passed(nil, List([2, None()]))], x.adaptiveMaxPool([2, nil], axes: 2))
    let prelu = try PReLU(4, start: 0.5, dtype: .float64)
    #expect(try isClose(run(prelu, -x), (x * -0.5).doubles(), 0))
    let pair = try run(try #require(built("CosineSimilarity") as? Module), [x, x])
    #expect(try isClose(try #require(pair as? Tensor), Array(repeating: 1, count: 24), 1e-12))
    let placed = try run(try #require(built("MaxPool2d", [Passed(nil, 2), Passed("return_indices", true)]) as? Module), [x])
    #expect((placed as? Record)?.keys == ["values", "indices"])
  }

  @Test("dropout of channels is for training only")
  func dropout() throws {
    let layer = try #require(built("Dropout2d", [Passed(nil, 0.5)]) as? Module), run = Run(generator: Generator(seed: 0)), x = try Tensor.ones([4, 8, 2, 2])
    let y = try run(layer, x).sum([2, 3]).doubles()
    #expect(Set(y) == [0, 8])
    layer.setTraining(false)
    #expect(try run(layer, x) === x)
  }
}
