import Builtins
import Engine

extension Builtin<Generator> {
  static let lenet5 = Builtin(
    "lenet5", "The convolutional network that read cheques: two convolutions and three linear layers, for pictures of 28 × 28.",
    .option("num_classes", 10, in: 1...1e7, "How many classes there are."),
    .option("in_channels", 1, in: 1...1e6, "The channels of a picture."),
    source: Source("LeCun, Bottou, Bengio and Haffner 1998, Proceedings of the IEEE 86; plain tangents and averages"),
    examples: [Example("lenet5()", gives: "(fc3): Linear(in_features=84, out_features=10, bias=True)")]
  ) { (g: Generator, classes: Int, channels: Int) in
    try Sequential(named: [
      ("conv1", Conv2d(channels, 6, kernel: 5, padding: 2, using: g)), ("act1", Tanh()), ("pool1", AvgPool2d(kernel: 2)),
      ("conv2", Conv2d(6, 16, kernel: 5, using: g)), ("act2", Tanh()), ("pool2", AvgPool2d(kernel: 2)), ("flat", Flatten()),
      ("fc1", Linear(400, 120, using: g)), ("act3", Tanh()), ("fc2", Linear(120, 84, using: g)), ("act4", Tanh()),
      ("fc3", Linear(84, classes, using: g)),
    ])
  }
}
