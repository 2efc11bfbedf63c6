import Builtins
import Engine

/// The schemes of `torch.nn.init` by name, and `default`: what each layer starts with when it is built.
public enum Initialisation: String, Choice {
  case `default`, xavier_uniform, xavier_normal, kaiming_uniform, kaiming_normal, orthogonal, uniform, normal, trunc_normal
  case constant, zeros, ones, eye, dirac, sparse

  /// The arguments of the schemes; one that is nil has PyTorch's default.
  public struct Arguments {
    public var gain: Double?
    /// The lower end of `uniform` and `trunc_normal`, the slope behind zero of `kaiming`.
    public var a: Double?
    /// The upper end of `uniform` and `trunc_normal`.
    public var b: Double?
    public var mean: Double?, std: Double?, val: Double?
    public var mode: FanMode?
    public var nonlinearity: Nonlinearity?
    public var groups: Int?
    /// The share of each column that is 0.
    public var sparsity: Double?

    public init(
      gain: Double? = nil, a: Double? = nil, b: Double? = nil, mean: Double? = nil, std: Double? = nil, val: Double? = nil, mode: FanMode? = nil,
      nonlinearity: Nonlinearity? = nil, groups: Int? = nil, sparsity: Double? = nil
    ) {
      (self.gain, self.a, self.b, self.mean, self.std, self.val) = (gain, a, b, mean, std, val)
      (self.mode, self.nonlinearity, self.groups, self.sparsity) = (mode, nonlinearity, groups, sparsity)
    }

    /// The names of those that are given.
    var given: [String] {
      let all: [(String, Bool)] = [
        ("gain", gain != nil), ("a", a != nil), ("b", b != nil), ("mean", mean != nil), ("std", std != nil), ("val", val != nil),
        ("mode", mode != nil), ("nonlinearity", nonlinearity != nil), ("groups", groups != nil),
        ("sparsity", sparsity != nil),
      ]
      return all.filter(\.1).map(\.0)
    }
  }

  /// The names of the arguments that the scheme takes.
  public var takes: [String] {
    switch self {
    case .default, .zeros, .ones, .eye: []
    case .xavier_uniform, .xavier_normal, .orthogonal: ["gain"]
    case .kaiming_uniform, .kaiming_normal: ["a", "mode", "nonlinearity"]
    case .uniform: ["a", "b"]
    case .normal: ["mean", "std"]
    case .trunc_normal: ["mean", "std", "a", "b"]
    case .constant: ["val"]
    case .dirac: ["groups"]
    case .sparse: ["sparsity", "std"]
    }
  }

  /// Whether the scheme is one for weights, of two dimensions or more; biases have none of their own then.
  public var needsFan: Bool {
    switch self {
    case .xavier_uniform, .xavier_normal, .kaiming_uniform, .kaiming_normal, .orthogonal, .eye, .dirac, .sparse: true
    case .default, .uniform, .normal, .trunc_normal, .constant, .zeros, .ones: false
    }
  }

  /// Which side of a weight decides its scale.
  public enum FanMode: String, Choice { case fan_in, fan_out }

  /// What follows a layer.
  public enum Nonlinearity: String, Choice {
    case linear, conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d, sigmoid, tanh, relu, leaky_relu, selu

    /// By how much the scale grows to make up for what the function takes away. `slope` is that of `leaky_relu`.
    public func gain(slope: Double) -> Double {
      switch self {
      case .linear, .conv1d, .conv2d, .conv3d, .conv_transpose1d, .conv_transpose2d, .conv_transpose3d, .sigmoid: 1
      case .tanh: 5.0 / 3
      case .relu: 2.0.squareRoot()
      case .leaky_relu: (2 / (1 + slope * slope)).squareRoot()
      case .selu: 3.0 / 4
      }
    }
  }
}

extension Initialisation {
  /// Fresh numbers of the scheme, drawn as `torch.nn.init` draws them.
  /// - Throws: `shape` where the scheme needs more dimensions than there are, `value` for an argument that it does not take.
  /// - Source: Glorot and Bengio 2010; He et al. 2015; Saxe et al. 2014.
  public func tensor(_ shape: [Int], _ dtype: DType = .float32, _ arguments: Arguments = .init(), using generator: Generator) throws -> Tensor {
    guard dtype.isFloating else { throw TensorError.dtype(rawValue, expected: "float32 or float64", met: dtype, operand: 0) }
    if let foreign = arguments.given.first(where: { !takes.contains($0) }) {
      let known = takes.isEmpty ? "it takes no arguments" : "it takes " + takes.map { "`\($0)`" }.joined(separator: ", ")
      throw TensorError.value(rawValue, "there is no argument `\(foreign)`: \(known)")
    }
    return try Recording.with(.none) { try drawn(shape, dtype, arguments, generator) }
  }

  private func drawn(_ shape: [Int], _ dtype: DType, _ arguments: Arguments, _ generator: Generator) throws -> Tensor {
    switch self {
    case .default: throw TensorError.value("default", "is the start of a layer, not of a tensor")
    case .zeros: return try .zeros(shape, dtype)
    case .ones: return try .ones(shape, dtype)
    case .constant:
      guard let value = arguments.val else { throw TensorError.value("constant", "needs `val`, the number") }
      return try .full(shape, value, dtype)
    case .uniform:
      let (low, high) = (arguments.a ?? 0, arguments.b ?? 1)
      guard low <= high else { throw TensorError.value("uniform", "`a` is at most `b`, got \(low.shortText) and \(high.shortText)") }
      return try generator.uniform(shape, from: low, to: high, dtype)
    case .normal:
      let std = arguments.std ?? 1
      guard std >= 0 else { throw TensorError.value("normal", "`std` is at least 0, got \(std.shortText)") }
      return try generator.normal(shape, mean: arguments.mean ?? 0, std: std, dtype)
    case .trunc_normal: return try truncated(shape, dtype, arguments, generator)
    case .orthogonal: return try orthogonal(shape, dtype, gain: arguments.gain ?? 1, generator)
    case .eye: return try eye(shape, dtype)
    case .dirac: return try dirac(shape, dtype, groups: arguments.groups ?? 1)
    case .sparse: return try sparse(shape, dtype, arguments, generator)
    case .xavier_uniform, .xavier_normal, .kaiming_uniform, .kaiming_normal: return try scaled(shape, dtype, arguments, generator)
    }
  }

  /// Uniform or normal numbers whose spread follows from the fans.
  private func scaled(_ shape: [Int], _ dtype: DType, _ arguments: Arguments, _ generator: Generator) throws -> Tensor {
    // PyTorch leaves an empty tensor alone before it asks for the fans.
    if shape.contains(0), shape.count >= 2 { return try .zeros(shape, dtype) }
    let fan = try Fan(shape, rawValue)
    let std: Double
    switch self {
    case .xavier_uniform, .xavier_normal:
      std = (arguments.gain ?? 1) * (2 / Double(fan.inputs + fan.outputs)).squareRoot()
    default:
      let gain = (arguments.nonlinearity ?? .leaky_relu).gain(slope: arguments.a ?? 0)
      std = gain / Double((arguments.mode ?? .fan_in) == .fan_in ? fan.inputs : fan.outputs).squareRoot()
    }
    if self == .xavier_normal || self == .kaiming_normal { return try generator.normal(shape, mean: 0, std: std, dtype) }
    let bound = 3.0.squareRoot() * std
    return try generator.uniform(shape, from: -bound, to: bound, dtype)
  }
}

/// How many numbers an output of a weight depends on, and how many outputs an input has.
struct Fan {
  let inputs: Int, outputs: Int

  init(_ shape: [Int], _ name: String) throws(TensorError) {
    guard shape.count >= 2 else { throw .shape(name, expected: "a tensor of two or more dimensions", met: shape, operand: 0) }
    let field = shape.dropFirst(2).reduce(1, *)
    (inputs, outputs) = (shape[1] * field, shape[0] * field)
  }
}
