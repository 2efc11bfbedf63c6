import Builtins
import Engine

/// Every ready-made model that the shell knows, by name.
public enum Models {
  public static let all: [Builtin<Generator>] = [
    .gptTiny, .lenet5, .mlp, .mobilenetV2, .resnet18, .resnet34, .resnet50, .vgg11, .vitTiny,
  ]
}

extension Module {
  /// Gives one parameter fresh numbers of a scheme, as the constructors of models do after those of their layers.
  func redraw(_ parameter: Parameter, by scheme: Initialisation, _ arguments: Initialisation.Arguments = .init(), using generator: Generator) throws {
    let fresh = try scheme.tensor(parameter.value.shape, parameter.value.dtype, arguments, using: generator)
    try parameter.start(from: fresh, Journal())
  }

  func clear(_ parameter: Parameter?) throws {
    if let parameter { try parameter.start(from: .zeros(parameter.value.shape, parameter.value.dtype), Journal()) }
  }

  /// As torchvision starts its convolutional networks: convolutions from `kaiming_normal` by their outputs, and linear
  /// layers, where `linear` is given, from a normal distribution of that deviation; biases from 0.
  func startAsTorchvision(linear: Double?, using generator: Generator) throws {
    for module in everyModule {
      if let convolution = module as? Conv2d {
        try redraw(convolution.weight, by: .kaiming_normal, .init(mode: .fan_out, nonlinearity: .relu), using: generator)
        try clear(convolution.bias)
      } else if let linear, let layer = module as? Linear {
        try redraw(layer.weight, by: .normal, .init(mean: 0, std: linear), using: generator)
        try clear(layer.bias)
      }
    }
  }
}

/// The arguments that the models for pictures share.
enum PictureModel {
  static var classes: Argument<Int> { .option("num_classes", 1000, in: 1...1e7, "How many classes there are.") }
  static var channels: Argument<Int> { .option("in_channels", 3, in: 1...1e6, "The channels of a picture.") }

  static func check(_ x: Tensor, channels: Int, _ name: String) throws(TensorError) {
    guard x.rank == 4, x.shape[1] == channels else {
      throw .shape(name, expected: "[batch, \(channels), height, width]", met: x.shape, operand: 0)
    }
  }
}
