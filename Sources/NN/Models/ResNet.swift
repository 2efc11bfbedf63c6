import Builtins
import Engine

extension Builtin<Generator> {
  static let resnet18 = residual("resnet18", [2, 2, 2, 2], isDeep: false, "18 layers: 11.7 million parameters")
  static let resnet34 = residual("resnet34", [3, 4, 6, 3], isDeep: false, "34 layers: 21.8 million parameters")
  static let resnet50 = residual("resnet50", [3, 4, 6, 3], isDeep: true, "50 layers: 25.6 million parameters")

  private static func residual(_ name: String, _ blocks: [Int], isDeep: Bool, _ size: String) -> Builtin {
    Builtin(
      name, "A residual network of \(size).", PictureModel.classes, PictureModel.channels,
      source: Source("He, Zhang, Ren and Sun 2015, table 1; named and started as torchvision's", arXiv: "1512.03385"),
      examples: [Example("\(name)(num_classes=10).fc", gives: "Linear(in_features=\(isDeep ? 2048 : 512), out_features=10, bias=True)")]
    ) { (g: Generator, classes: Int, channels: Int) in
      try ResNet(blocks, isDeep: isDeep, classes: classes, channels: channels, using: g)
    }
  }
}

/// A residual network: a stem, four stages of blocks, the mean over the picture and a linear layer.
/// - Shape: `x [batch, channels, height, width]` to `[batch, classes]`.
/// - Source: torchvision's `ResNet`: its names, and its numbers for a seed.
public final class ResNet: Module {
  private let channels: Int
  private let conv1: Conv2d, bn1: BatchNorm2d, relu = ReLU(), maxpool: MaxPool2d
  private let stages: [Sequential], avgpool: AdaptiveAvgPool2d, fc: Linear

  /// - Parameters:
  ///   - blocks: how many each of the four stages has.
  ///   - isDeep: whether a block is of three convolutions that narrow and widen, rather than of two.
  public init(_ blocks: [Int], isDeep: Bool, classes: Int = 1000, channels: Int = 3, using generator: Generator) throws {
    self.channels = channels
    conv1 = try Conv2d(channels, 64, kernel: 7, stride: 2, padding: 3, bias: false, using: generator)
    (bn1, maxpool) = (try BatchNorm2d(64), try MaxPool2d(kernel: 3, stride: 2, padding: 1))
    let growth = isDeep ? 4 : 1
    var inputs = 64
    stages = try blocks.enumerated().map { stage, count in
      let width = 64 << stage
      return Sequential(try (0..<count).map { i in
        defer { inputs = width * growth }
        return try ResidualBlock(inputs, width, stride: i == 0 && stage > 0 ? 2 : 1, isDeep: isDeep, using: generator)
      })
    }
    (avgpool, fc) = (try AdaptiveAvgPool2d(1), try Linear(inputs, classes, using: generator))
    super.init()
    try startAsTorchvision(linear: nil, using: generator)
  }

  public override var parts: [Part] {
    [.child("conv1", conv1), .child("bn1", bn1), .child("relu", relu), .child("maxpool", maxpool)]
      + stages.enumerated().map { .child("layer\($0.offset + 1)", $0.element) } + [.child("avgpool", avgpool), .child("fc", fc)]
  }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    try PictureModel.check(x, channels: channels, typeName)
    var y = run.isUnwatched
      ? try maxpool.rectified(conv1.normalised(by: bn1, x, relu: false, in: run)) : try run(maxpool, bn1.rectified(conv1, x, relu, in: run))
    for stage in stages { y = try run(stage, y) }
    let pooled = try run(avgpool, y)
    return try run(fc, pooled.reshape([pooled.shape[0], fc.inputs]))
  }
}

/// A block of a residual network: two convolutions, or three that narrow and widen, whose result is added to the input.
public final class ResidualBlock: Module {
  private let convolutions: [Conv2d], norms: [BatchNorm2d], relu = ReLU(), downsample: Sequential?
  private let isDeep: Bool

  public init(_ inputs: Int, _ width: Int, stride: Int, isDeep: Bool, using generator: Generator) throws {
    self.isDeep = isDeep
    let outputs = isDeep ? width * 4 : width
    func convolution(_ from: Int, _ to: Int, _ kernel: Int, _ stride: Int) throws -> Conv2d {
      try Conv2d(from, to, kernel: kernel, stride: stride, padding: kernel / 2, bias: false, using: generator)
    }
    // Torchvision makes the shortcut before the block.
    downsample = stride != 1 || inputs != outputs ? Sequential([try convolution(inputs, outputs, 1, stride), try BatchNorm2d(outputs)]) : nil
    convolutions = isDeep
      ? [try convolution(inputs, width, 1, 1), try convolution(width, width, 3, stride), try convolution(width, outputs, 1, 1)]
      : [try convolution(inputs, width, 3, stride), try convolution(width, width, 3, 1)]
    norms = try (isDeep ? [width, width, outputs] : [width, width]).map { try BatchNorm2d($0) }
  }

  public override var typeName: String { isDeep ? "Bottleneck" : "BasicBlock" }

  public override var parts: [Part] {
    var parts: [Part] = []
    for (i, (convolution, norm)) in zip(convolutions, norms).enumerated() {
      parts += [.child("conv\(i + 1)", convolution), .child("bn\(i + 1)", norm)]
      // Where torchvision's two kinds of block have their rectifier.
      if i == 0, !isDeep { parts.append(.child("relu", relu)) }
    }
    if isDeep { parts.append(.child("relu", relu)) }
    return parts + (downsample.map { [.child("downsample", $0)] } ?? [])
  }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    var y = x
    for (i, (convolution, norm)) in zip(convolutions, norms).enumerated() {
      y = i + 1 < norms.count ? try norm.rectified(convolution, y, relu, in: run) : try norm.normalised(convolution, y, in: run)
    }
    let kept = try downsample.map { try run($0, x) } ?? x
    return try run(relu, y + kept)
  }
}

extension BatchNorm2d {
  /// A convolution, this normalisation and a rectifier; the last two in one pass where nothing looks between them.
  func rectified(_ convolution: Conv2d, _ x: Tensor, _ relu: ReLU, in run: Run) throws -> Tensor {
    guard run.isUnwatched else { return try run(relu, run(self, run(convolution, x))) }
    return try convolution.normalised(by: self, x, relu: true, in: run)
  }

  /// A convolution and this normalisation.
  func normalised(_ convolution: Conv2d, _ x: Tensor, in run: Run) throws -> Tensor {
    guard run.isUnwatched else { return try run(self, run(convolution, x)) }
    return try convolution.normalised(by: self, x, relu: false, in: run)
  }
}
