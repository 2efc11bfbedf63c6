import Builtins
import Engine
import NN
import Testing

@Suite struct NormLayerTests {
  private func input(_ shape: [Int]) throws -> Tensor { try Tensor((0..<shape.reduce(1, *)).map { Double($0 * 37 % 101) / 10 - 5 }, shape) }

  /// The numbers are those of PyTorch 2.13 in float64 for the same input and twice it and one.
  @Test("running statistics are PyTorch's")
  func running() throws {
    let layer = try BatchNorm2d(3, NormSettings(dtype: .float64)), run = Run(generator: Generator(seed: 0)), x = try input([2, 3, 4, 5])
    _ = try run(layer, x)
    _ = try run(layer, x * 2 + 1)
    let mean = try #require(layer.runningMean), variance = try #require(layer.runningVariance), batches = try #require(layer.batches)
    #expect(try isClose(mean.value, [0.100725, 0.1058, 0.03765], 1e-12))
    #expect(try isClose(variance.value, [5.4201430128, 4.9242912821, 4.8824151282], 1e-9))
    #expect(try batches.value.item() == 2)
    // Evaluation uses them and leaves them.
    layer.setTraining(false)
    let y = try run(layer, x), first = try y.doubles()[0]
    #expect(abs(first - (-5 - 0.100725) / (5.4201430128 + 1e-5).squareRoot()) < 1e-9)
    #expect(try batches.value.item() == 2)
  }

  @Test("without momentum all batches count alike")
  func cumulative() throws {
    let layer = try BatchNorm2d(3, NormSettings(momentum: nil, dtype: .float64)), run = Run(generator: Generator(seed: 0)), x = try input([2, 3, 4, 5])
    for t in [x, try x * 2 + 1, try x * 3 - 1] { _ = try run(layer, t) }
    #expect(try isClose(try #require(layer.runningMean).value, [0.005, 0.04, -0.43], 1e-12))
    #expect(try isClose(try #require(layer.runningVariance).value, [43.90612393162394, 39.183726495726496, 38.78490598290598], 1e-12))
  }

  @Test("instance norm averages the moments of the samples")
  func instance() throws {
    let layer = try InstanceNorm1d(3, NormSettings(isAffine: false, dtype: .float64)), run = Run(generator: Generator(seed: 0)), x = try input([2, 3, 6])
    _ = try run(layer, x)
    #expect(try isClose(try #require(layer.runningMean).value, [-0.0325, -0.0008333333333333318, 0.03083333333333334], 1e-12))
    #expect(try isClose(try #require(layer.runningVariance).value, [1.95955, 1.8922166666666667, 1.8922166666666667], 1e-12))
    layer.setTraining(false)
    #expect(try abs(run(layer, x).sum().item() - -0.1520581599) < 1e-9)
    #expect(try run(layer, input([3, 6])).shape == [3, 6])
  }

  @Test("the journal takes running statistics back")
  func journal() throws {
    let layer = try BatchNorm1d(2), journal = Journal(), run = Run(generator: Generator(seed: 0), journal: journal)
    _ = try run(layer, Tensor([1.0, 2, 3, 5], [2, 2]).to(.float32))
    #expect(try layer.stateDict()["num_batches_tracked"].map { try ($0 as? Tensor)?.item() } == 1)
    journal.rollBack()
    let mean = try #require(layer.runningMean), variance = try #require(layer.runningVariance), batches = try #require(layer.batches)
    #expect(try mean.value.doubles() == [0, 0])
    #expect(try variance.value.doubles() == [1, 1])
    #expect(try batches.value.item() == 0)
  }

  @Test("training keeps running statistics in its own journal, and leaves them where it evaluates")
  func training() throws {
    let g = Generator(seed: 0), norm = try BatchNorm1d(4), net = Sequential([try Linear(3, 4, using: g), norm, ReLU(), try Linear(4, 2, using: g)])
    let x = try g.normal([20, 3]), y = try g.integers([20], from: 0, to: 2)
    let before = try net.stateDict(), journal = Journal()
    var options = TrainingOptions()
    (options.epochs, options.batchSize) = (3, 5)
    net.setTraining(false)
    _ = try Trainer(net, x: x, y: y, test: (x, y), options, run: Run(generator: g), journal: journal).train()
    let batches = try #require(norm.batches).value
    #expect(try batches.item() == 12)
    #expect(!norm.isTraining)
    journal.rollBack()
    for (name, value) in before.members {
      let old = try (value as? Tensor)?.doubles(), new = try (try net.stateDict()[name] as? Tensor)?.doubles()
      #expect(old == new, "\(name)")
    }
  }

  @Test("state dicts hold buffers under PyTorch's names")
  func stateDict() throws {
    let layer = try BatchNorm2d(2)
    #expect(try layer.stateDict().keys == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"])
    var record = try layer.stateDict()
    record["running_mean"] = try Tensor([3.0, 4.0])
    record["num_batches_tracked"] = try Tensor([7], [])
    try layer.loadStateDict(record, journal: Journal())
    #expect(try #require(layer.runningMean).value.doubles() == [3, 4])
    #expect(try #require(layer.batches).value.item() == 7)
    #expect(try BatchNorm2d(2, NormSettings(isAffine: false, tracks: false)).stateDict().keys == [])
  }

  @Test("layers print as PyTorch prints them")
  func details() throws {
    #expect(try BatchNorm1d(4, NormSettings(momentum: nil, isAffine: false)).treeText == "BatchNorm1d(4, eps=1e-05, momentum=None, affine=False, bias=False, track_running_stats=True)")
    #expect(try InstanceNorm2d(3).treeText == "InstanceNorm2d(3, eps=1e-05, momentum=0.1, affine=False, bias=False, track_running_stats=False)")
    #expect(try GroupNorm(2, 6, isAffine: false).treeText == "GroupNorm(2, 6, eps=1e-05, affine=False, bias=False)")
    #expect(try MaxPool2d(kernel: [3, 2], stride: [2, 2]).treeText == "MaxPool2d(kernel_size=(3, 2), stride=(2, 2), padding=0, dilation=1, ceil_mode=False)")
    #expect(try AvgPool1d(kernel: 3, padding: 1).treeText == "AvgPool1d(kernel_size=(3,), stride=(3,), padding=(1,))")
    #expect(try AdaptiveAvgPool2d([nil, 3]).treeText == "AdaptiveAvgPool2d(output_size=(None, 3))")
    #expect(try AdaptiveAvgPool2d(1).treeText == "AdaptiveAvgPool2d(output_size=1)")
  }

  @Test("a wrong shape names the layer")
  func wrongShape() throws {
    let run = Run(generator: Generator(seed: 0))
    #expect(throws: TensorError.shape("BatchNorm2d(3)", expected: "[samples, 3, rows, columns]", met: [2, 4, 5, 5], operand: 0)) {
      try run(BatchNorm2d(3), Tensor.zeros([2, 4, 5, 5]))
    }
    #expect(throws: TensorError.value("GroupNorm", "num_groups=3 does not divide 8 channels")) { try GroupNorm(3, 8) }
    #expect(throws: TensorError.self) { try MaxPool2d(kernel: [1, 2, 3]) }
    #expect(throws: TensorError.self) { try run(BatchNorm1d(4), Tensor.zeros([1, 4])) }
  }
}
