import Builtins
import Engine

extension Builtin<Generator> {
  static let mobilenetV2 = Builtin(
    "mobilenet_v2", "A small network of inverted residuals, whose convolutions are of one channel each: 3.5 million parameters.",
    PictureModel.classes, PictureModel.channels,
    source: Source("Sandler et al. 2018, table 2; named and started as torchvision's", arXiv: "1801.04381"),
    examples: [Example("mobilenet_v2(num_classes=10).classifier", gives: "(1): Linear(in_features=1280, out_features=10, bias=True)")]
  ) { (g: Generator, classes: Int, channels: Int) in try MobileNetV2(classes: classes, channels: channels, using: g) }
}

/// Inverted residuals between two plain convolutions, the mean over the picture and a linear layer.
/// - Shape: `x [batch, channels, height, width]` to `[batch, classes]`.
/// - Source: torchvision's `MobileNetV2`: its names, and its numbers for a seed.
public final class MobileNetV2: Module {
  private let channels: Int
  private let features: Sequential, classifier: Sequential

  /// How much a stage widens inside, its outputs, how many blocks it has and the step of the first.
  private static let stages = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]

  public init(classes: Int = 1000, channels: Int = 3, using generator: Generator) throws {
    self.channels = channels
    var layers: [Module] = [try Conv2dNormActivation(channels, 32, stride: 2, using: generator)], inputs = 32
    for (widening, outputs, count, stride) in Self.stages {
      for i in 0..<count {
        layers.append(try InvertedResidual(inputs, outputs, stride: i == 0 ? stride : 1, widening: widening, using: generator))
        inputs = outputs
      }
    }
    layers.append(try Conv2dNormActivation(inputs, 1280, kernel: 1, using: generator))
    features = Sequential(layers)
    classifier = Sequential([Dropout(0.2), try Linear(1280, classes, using: generator)])
    super.init()
    try startAsTorchvision(linear: 0.01, using: generator)
  }

  public override var parts: [Part] { [.child("features", features), .child("classifier", classifier)] }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    try PictureModel.check(x, channels: channels, typeName)
    return try run(classifier, run(features, x).mean([2, 3]))
  }
}

/// A convolution without a bias, a normalisation and a rectifier that stops at 6.
public final class Conv2dNormActivation: Sequential {
  init(_ inputs: Int, _ outputs: Int, kernel: Int = 3, stride: Int = 1, groups: Int = 1, using generator: Generator) throws {
    super.init([
      try Conv2d(inputs, outputs, kernel: kernel, stride: stride, padding: kernel / 2, groups: groups, bias: false, using: generator),
      try BatchNorm2d(outputs), ReLU6(),
    ])
  }
}

/// Widens, convolves each channel by itself and narrows; added to its input where the shapes are the same.
public final class InvertedResidual: Module {
  private let conv: Sequential, isAdded: Bool

  init(_ inputs: Int, _ outputs: Int, stride: Int, widening: Int, using generator: Generator) throws {
    isAdded = stride == 1 && inputs == outputs
    let width = inputs * widening
    var layers: [Module] = widening == 1 ? [] : [try Conv2dNormActivation(inputs, width, kernel: 1, using: generator)]
    layers += [
      try Conv2dNormActivation(width, width, stride: stride, groups: width, using: generator),
      try Conv2d(width, outputs, kernel: 1, bias: false, using: generator), try BatchNorm2d(outputs),
    ]
    conv = Sequential(layers)
  }

  public override var parts: [Part] { [.child("conv", conv)] }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    let y = try run(conv, x)
    return isAdded ? try x + y : y
  }
}
