import Builtins
import Engine

extension Builtin<Generator> {
  static let conv1d = convolution(1, "one dimension, such as time", "kernel_size=(3,)") { try Conv1d($0, $1, $2) }
  static let conv2d = convolution(2, "two dimensions, such as the rows and columns of a picture", "kernel_size=(3, 3)") { try Conv2d($0, $1, $2) }

  static let conv3d = convolution(3, "three dimensions, such as the planes of a scan", "kernel_size=(3, 3, 3)") { try Conv3d($0, $1, $2) }

  private static func convolution(
    _ axes: Int, _ extent: String, _ gives: String, make: @escaping @Sendable (ConvolutionSettings, DType, Generator) throws -> Convolution
  ) -> Builtin {
    let name = "Conv\(axes)d"
    return Builtin(
      name, "A convolution over \(extent).",
      .required("in_channels", Int.self, in: 1...1e9, "The channels of an input."),
      .required("out_channels", Int.self, in: 1...1e9, "The channels of an output."),
      .required("kernel_size", [Int].self, "The size of the window."),
      .option("stride", [1], "How far the window moves."),
      .option("padding", ConvolutionPadding.sizes([0]), "What is added at each border."),
      .option("dilation", [1], "The distance between the places that a window reads."),
      .option("groups", 1, in: 1...1e9, "Into how many parts the channels are split, each convolved by itself."),
      .option("bias", true, "Whether a bias is added."),
      .option("padding_mode", PaddingMode.zeros, "What the padding is filled with."),
      .option("dtype", DType.float32, "The type of its numbers."),
      source: Source("PyTorch's torch.nn.\(name); weight and bias start from U(±1/√fan_in)"),
      examples: [Example("\(name)(1, 16, 3, padding=1)", gives: gives)]
    ) {
      (
        g: Generator, inputs: Int, outputs: Int, kernel: [Int], stride: [Int], padding: ConvolutionPadding, dilation: [Int], groups: Int,
        bias: Bool, mode: PaddingMode, dtype: DType
      ) in
      let settings = try ConvolutionSettings(
        name, dimensions: axes, inputs, outputs, kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias,
        mode: mode)
      return try make(settings, dtype, g)
    }
  }
}

/// What `Conv1d`, `Conv2d` and `Conv3d` share.
/// - Source: starts as PyTorch's layers do, weight and bias from U(±1/√fan_in), the weight first.
public class Convolution: Module {
  public private(set) var weight: Parameter, bias: Parameter?
  private(set) var settings: ConvolutionSettings
  private var folds = FoldedNorm()

  init(_ settings: ConvolutionSettings, _ dtype: DType, _ generator: Generator) throws {
    self.settings = settings
    let start = try FanStart(settings.weightShape, bias: settings.hasBias, dtype, generator)
    weight = Parameter(start.weight)
    bias = start.bias.map(Parameter.init)
  }

  public override var parts: [Part] { [.parameter("weight", weight), .parameter("bias", bias)] }
  public override var details: String { settings.text }
  public override var attributes: [(name: String, value: any Value)] { settings.attributes }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try convolved(x, relu: false) }

  /// The output, and what is below 0 as 0 where `relu` says so: for a layer and its activation where nothing looks between.
  func convolved(_ x: Tensor, relu: Bool) throws -> Tensor {
    var arguments = ConvolutionArguments(stride: settings.stride, padding: settings.padding, dilation: settings.dilation, groups: settings.groups)
    var input = x
    if let mode = settings.paddingMode.pad {
      input = try x.pad(settings.borders, mode)
      arguments.padding = .valid
    }
    return try input.convolved(settings.name, settings.kernel.count, weight.value, bias?.value, arguments, relu: relu)
  }

  /// The output of a normalisation behind this layer, and what is below 0 as 0 where `relu` says so. In evaluation, where no
  /// gradient of either's parameters is noted, both run as one convolution. Nothing may look between them.
  public func normalised(by norm: BatchNorm, _ x: Tensor, relu: Bool, in run: Run) throws -> Tensor {
    let fits = x.rank == settings.kernel.count + 2 && norm.takes(x.rank)
    guard fits, settings.paddingMode == .zeros, let both = try folds.weights(of: self, norm) else {
      return try norm.forward(run(self, x), relu: relu, in: run)
    }
    let arguments = ConvolutionArguments(stride: settings.stride, padding: settings.padding, dilation: settings.dilation, groups: settings.groups)
    return try x.convolved(settings.name, settings.kernel.count, both.weight, both.bias, arguments, relu: relu)
  }

  public override func restart(using generator: Generator, _ journal: Journal) throws {
    let start = try FanStart(weight.value.shape, bias: settings.hasBias, weight.value.dtype, generator)
    try weight.start(from: start.weight, journal)
    if let fresh = start.bias { try bias?.start(from: fresh, journal) }
  }
}

extension Convolution: Resizable {
  public var unitCount: Int { settings.outputs }
  public var inputCount: Int { settings.inputs }
  public var unitAxis: Int { 1 }
  public var isUnitByUnit: Bool { settings.groups > 1 && settings.groups == settings.inputs && settings.inputs == settings.outputs }
  public var blocks: Int { isUnitByUnit ? 1 : settings.groups }

  public func keep(units: [Int]?, inputs kept: [Int]?, journal: Journal) throws {
    let before = (weight, bias, settings)
    // A weight of several groups has the inputs of one of them, of which all stay where the group does.
    let places = [units.map { (0, $0) }, settings.groups > 1 ? nil : kept.map { (1, $0) }].compactMap { $0 }
    let small = (try weight.keeping(places), try units.flatMap { units in try bias?.keeping([(0, units)]) } ?? bias)
    journal.note { [self] in
      (weight, bias, settings) = before
      folds = FoldedNorm()
    }
    settings = settings.resized(inputs: (isUnitByUnit ? units ?? kept : kept)?.count ?? settings.inputs, outputs: units?.count ?? settings.outputs)
    (weight, bias) = small
    folds = FoldedNorm()
  }
}

/// What the padding is filled with.
enum PaddingMode: String, Choice {
  case zeros, reflect, replicate, circular

  /// How `pad` fills it; nil for zeros, which the convolution itself reads.
  var pad: PadMode? {
    switch self {
    case .zeros: nil
    case .reflect: .reflect
    case .replicate: .replicate
    case .circular: .circular
    }
  }
}

extension ConvolutionSettings {
  /// Of a convolution, one size for all of its axes.
  fileprivate init(
    axes: Int, _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int, padding: Int, dilation: Int, groups: Int, bias: Bool
  ) throws(TensorError) {
    try self.init(
      "Conv\(axes)d", dimensions: axes, inputs, outputs, kernel: [kernel], stride: [stride], padding: .sizes([padding]), dilation: [dilation],
      groups: groups, bias: bias)
  }
}

/// A convolution over the last axis.
/// - Shape: `x [N, in, L]` to `y [N, out, L']`; `weight [out, in / groups, size]`, `bias [out]`.
public final class Conv1d: Convolution {
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1, bias: Bool = true,
    using generator: Generator
  ) throws {
    let settings = try ConvolutionSettings(
      axes: 1, inputs, outputs, kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias)
    try self.init(settings, .float32, generator)
  }
}

/// A convolution over the last two axes.
/// - Shape: `x [N, in, H, W]` to `y [N, out, H', W']`; `weight [out, in / groups, rows, columns]`, `bias [out]`.
public final class Conv2d: Convolution {
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1, bias: Bool = true,
    using generator: Generator
  ) throws {
    let settings = try ConvolutionSettings(
      axes: 2, inputs, outputs, kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias)
    try self.init(settings, .float32, generator)
  }
}

/// A convolution over the last three axes.
/// - Shape: `x [N, in, D, H, W]` to `y [N, out, D', H', W']`; `weight [out, in / groups, depth, rows, columns]`, `bias [out]`.
public final class Conv3d: Convolution {
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1, bias: Bool = true,
    using generator: Generator
  ) throws {
    let settings = try ConvolutionSettings(
      axes: 3, inputs, outputs, kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias)
    try self.init(settings, .float32, generator)
  }
}
