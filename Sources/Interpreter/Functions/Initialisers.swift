import Builtins
import Engine
import NN

/// The functions of `torch.nn.init`, which write into a tensor and give it back.
enum Initialisers {
  static let all: [Builtin<Session>] = [
    .constantInit, .diracInit, .eyeInit, .kaimingNormalInit, .kaimingUniformInit, .normalInit, .onesInit, .orthogonalInit, .sparseInit,
    .truncNormalInit, .uniformInit, .xavierNormalInit, .xavierUniformInit, .zerosInit,
  ]
}

extension Session {
  /// Writes fresh numbers of a scheme into a tensor.
  fileprivate func fill(_ tensor: Tensor, by scheme: Initialisation, _ arguments: Initialisation.Arguments = .init()) throws -> Tensor {
    let numbers = try scheme.tensor(tensor.shape, tensor.dtype, arguments, using: generator)
    try journal.write(tensor) { try tensor.copyNumbers(of: numbers) }
    return tensor
  }
}

private let initSource = Source("PyTorch's torch.nn.init: the same numbers for a seed")

extension Builtin<Session> {
  static let calculateGain = Builtin(
    "calculate_gain", "By how much the scale of a layer grows to make up for the function behind it.",
    .required("nonlinearity", Initialisation.Nonlinearity.self, "The function."),
    .optional("param", Double.self, "The slope of leaky_relu, 0.01 where it is not said."),
    formula: "relu √2, tanh 5/3, selu 3/4, leaky_relu √(2 / (1 + slope²)), else 1", source: initSource,
    examples: [Example("calculate_gain(\"tanh\")", gives: "1.666")]
  ) { (_, nonlinearity: Initialisation.Nonlinearity, slope: Double?) in nonlinearity.gain(slope: slope ?? 0.01) }

  static let constantInit = Builtin(
    "constant_", "Fill a tensor with one number.",
    .required("tensor", Tensor.self, "The tensor, such as net.fc1.bias."), .required("val", Double.self, "The number."), source: initSource,
    examples: [Example("constant_(empty(2), 0.5)", gives: "[0.5000, 0.5000]")]
  ) { (session, t: Tensor, value: Double) in try session.fill(t, by: .constant, .init(val: value)) }

  static let diracInit = Builtin(
    "dirac_", "Make the weight of a convolution hand its channels through.",
    .required("tensor", Tensor.self, "A tensor of three to five dimensions."), .option("groups", 1, in: 1...1e9, "The groups of the convolution."),
    source: initSource, examples: [Example("dirac_(empty(1, 1, 3))", gives: "[0., 1., 0.]")]
  ) { (session, t: Tensor, groups: Int) in try session.fill(t, by: .dirac, .init(groups: groups)) }

  static let eyeInit = Builtin(
    "eye_", "Put ones on the diagonal of a matrix and zeros elsewhere.", .required("tensor", Tensor.self, "A matrix."), source: initSource,
    examples: [Example("eye_(empty(2, 2))", gives: "[1., 0.]")]
  ) { (session, t: Tensor) in try session.fill(t, by: .eye) }

  static let kaimingNormalInit = kaiming("kaiming_normal_", .kaiming_normal, "normal")
  static let kaimingUniformInit = kaiming("kaiming_uniform_", .kaiming_uniform, "uniform")

  private static func kaiming(_ name: String, _ scheme: Initialisation, _ kind: String) -> Builtin {
    Builtin(
      name, "Fill a weight with \(kind) numbers that keep the scale of what runs through layers with a rectifier.",
      .required("tensor", Tensor.self, "A tensor of two or more dimensions."),
      .option("a", 0.0, "The slope behind zero, of leaky_relu."), .option("mode", Initialisation.FanMode.fan_in, "Which side keeps its scale."),
      .option("nonlinearity", Initialisation.Nonlinearity.leaky_relu, "What follows the layer."),
      formula: "std = gain / √fan", source: Source("He et al. 2015", arXiv: "1502.01852"),
      examples: [Example("\(name)(net.fc1.weight).shape", gives: "[16, 4]")]
    ) { (session, t: Tensor, slope: Double, mode: Initialisation.FanMode, nonlinearity: Initialisation.Nonlinearity) in
      try session.fill(t, by: scheme, .init(a: slope, mode: mode, nonlinearity: nonlinearity))
    }
  }

  static let normalInit = Builtin(
    "normal_", "Fill a tensor with normal numbers.",
    .required("tensor", Tensor.self, "The tensor."), .option("mean", 0.0, "Their mean."), .option("std", 1.0, "Their deviation."), source: initSource,
    examples: [Example("normal_(empty(2, 3), 0, 0.1).shape", gives: "[2, 3]")]
  ) { (session, t: Tensor, mean: Double, std: Double) in try session.fill(t, by: .normal, .init(mean: mean, std: std)) }

  static let onesInit = Builtin(
    "ones_", "Fill a tensor with ones.", .required("tensor", Tensor.self, "The tensor."), source: initSource,
    examples: [Example("ones_(empty(2))", gives: "[1., 1.]")]
  ) { (session, t: Tensor) in try session.fill(t, by: .ones) }

  static let orthogonalInit = Builtin(
    "orthogonal_", "Make the rows or columns of a weight, whichever are fewer, orthonormal.",
    .required("tensor", Tensor.self, "A tensor of two or more dimensions; those behind the first are taken as one."), .option("gain", 1.0, "A factor."),
    source: Source("Saxe, McClelland and Ganguli 2014", arXiv: "1312.6120"), examples: [Example("orthogonal_(empty(2, 3)).shape", gives: "[2, 3]")]
  ) { (session, t: Tensor, gain: Double) in try session.fill(t, by: .orthogonal, .init(gain: gain)) }

  static let sparseInit = Builtin(
    "sparse_", "Fill a matrix with normal numbers of which in each column a share is 0.",
    .required("tensor", Tensor.self, "A matrix."), .required("sparsity", Double.self, in: 0...1, "The share."), .option("std", 0.01, "The deviation of the others."),
    source: Source("Martens 2010, ICML"), examples: [Example("(sparse_(empty(4, 2), 0.5) == 0).sum()", gives: "4")]
  ) { (session, t: Tensor, sparsity: Double, std: Double) in try session.fill(t, by: .sparse, .init(std: std, sparsity: sparsity)) }

  static let truncNormalInit = Builtin(
    "trunc_normal_", "Fill a tensor with normal numbers between two bounds.",
    .required("tensor", Tensor.self, "The tensor."), .option("mean", 0.0, "The mean."), .option("std", 1.0, "The deviation."),
    .option("a", -2.0, "The lower bound."), .option("b", 2.0, "The upper bound."), source: initSource,
    examples: [Example("trunc_normal_(empty(2, 3)).shape", gives: "[2, 3]")]
  ) { (session, t: Tensor, mean: Double, std: Double, a: Double, b: Double) in try session.fill(t, by: .trunc_normal, .init(a: a, b: b, mean: mean, std: std)) }

  static let uniformInit = Builtin(
    "uniform_", "Fill a tensor with uniform numbers.",
    .required("tensor", Tensor.self, "The tensor."), .option("a", 0.0, "The lower end."), .option("b", 1.0, "The upper end."), source: initSource,
    examples: [Example("uniform_(empty(2, 3), -1, 1).shape", gives: "[2, 3]")]
  ) { (session, t: Tensor, a: Double, b: Double) in try session.fill(t, by: .uniform, .init(a: a, b: b)) }

  static let xavierNormalInit = xavier("xavier_normal_", .xavier_normal, "normal")
  static let xavierUniformInit = xavier("xavier_uniform_", .xavier_uniform, "uniform")

  private static func xavier(_ name: String, _ scheme: Initialisation, _ kind: String) -> Builtin {
    Builtin(
      name, "Fill a weight with \(kind) numbers that keep the scale forward and backward.",
      .required("tensor", Tensor.self, "A tensor of two or more dimensions."), .option("gain", 1.0, "A factor, as calculate_gain gives."),
      formula: "std = gain √(2 / (fan_in + fan_out))", source: Source("Glorot and Bengio 2010, AISTATS"),
      examples: [Example("\(name)(net.fc1.weight, gain=calculate_gain(\"relu\")).shape", gives: "[16, 4]")]
    ) { (session, t: Tensor, gain: Double) in try session.fill(t, by: scheme, .init(gain: gain)) }
  }

  static let zerosInit = Builtin(
    "zeros_", "Fill a tensor with zeros.", .required("tensor", Tensor.self, "The tensor."), source: initSource,
    examples: [Example("zeros_(empty(2))", gives: "[0., 0.]")]
  ) { (session, t: Tensor) in try session.fill(t, by: .zeros) }
}
