import Builtins
import Engine

extension Builtin<Generator> {
  static let vgg11 = Builtin(
    "vgg11", "Eight convolutions of 3 × 3 and three large linear layers: 133 million parameters.", PictureModel.classes, PictureModel.channels,
    source: Source("Simonyan and Zisserman 2014, table 1, column A; named and started as torchvision's", arXiv: "1409.1556"),
    examples: [Example("vgg11(num_classes=10).classifier", gives: "(6): Linear(in_features=4096, out_features=10, bias=True)")]
  ) { (g: Generator, classes: Int, channels: Int) in try VGG(classes: classes, channels: channels, using: g) }
}

/// Convolutions of 3 × 3 with maxima between them, and three linear layers.
/// - Shape: `x [batch, channels, height, width]`, from 32 × 32 on, to `[batch, classes]`.
/// - Source: torchvision's `VGG`: its names, and its numbers for a seed.
public final class VGG: Module {
  private let channels: Int
  private let features: Sequential, avgpool: AdaptiveAvgPool2d, classifier: Sequential

  /// The outputs of each convolution; 0 stands for a maximum over 2 × 2.
  private static let plan = [64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0]

  public init(classes: Int = 1000, channels: Int = 3, using generator: Generator) throws {
    self.channels = channels
    var layers: [Module] = [], inputs = channels
    for outputs in Self.plan {
      guard outputs > 0 else {
        layers.append(try MaxPool2d(kernel: 2, stride: 2))
        continue
      }
      layers += [try Conv2d(inputs, outputs, kernel: 3, padding: 1, using: generator), ReLU()]
      inputs = outputs
    }
    (features, avgpool) = (Sequential(layers), try AdaptiveAvgPool2d(7))
    classifier = Sequential([
      try Linear(512 * 7 * 7, 4096, using: generator), ReLU(), Dropout(0.5), try Linear(4096, 4096, using: generator), ReLU(), Dropout(0.5),
      try Linear(4096, classes, using: generator),
    ])
    super.init()
    try startAsTorchvision(linear: 0.01, using: generator)
  }

  public override var parts: [Part] { [.child("features", features), .child("avgpool", avgpool), .child("classifier", classifier)] }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    try PictureModel.check(x, channels: channels, typeName)
    let y = try run(avgpool, run(features, x))
    return try run(classifier, y.reshape([y.shape[0], 512 * 7 * 7]))
  }
}
