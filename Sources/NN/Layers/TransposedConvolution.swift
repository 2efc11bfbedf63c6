import Builtins
import Engine

extension Builtin<Generator> {
  static let convTranspose1d = transposed(1, "one dimension", "kernel_size=(2,), stride=(2,)") { try ConvTranspose1d($0, $1, $2) }
  static let convTranspose2d = transposed(2, "two dimensions", "kernel_size=(2, 2), stride=(2, 2)") { try ConvTranspose2d($0, $1, $2) }

  static let convTranspose3d = transposed(3, "three dimensions", "kernel_size=(2, 2, 2), stride=(2, 2, 2)") { try ConvTranspose3d($0, $1, $2) }

  private static func transposed(
    _ axes: Int, _ extent: String, _ gives: String, make: @escaping @Sendable (ConvolutionSettings, DType, Generator) throws -> TransposedConvolution
  ) -> Builtin {
    let name = "ConvTranspose\(axes)d"
    return Builtin(
      name, "A transposed convolution over \(extent): each number of the input spreads a window.",
      .required("in_channels", Int.self, in: 1...1e9, "The channels of an input."),
      .required("out_channels", Int.self, in: 1...1e9, "The channels of an output."),
      .required("kernel_size", [Int].self, "The size of the window."),
      .option("stride", [1], "How far apart the windows are laid down."),
      .option("padding", [0], "How much of each border is cut off."),
      .option("output_padding", [0], "How much is added at the far end, less than the stride or the dilation."),
      .option("groups", 1, in: 1...1e9, "Into how many parts the channels are split, each by itself."),
      .option("bias", true, "Whether a bias is added."),
      .option("dilation", [1], "The distance between the places of a window."),
      .option("dtype", DType.float32, "The type of its numbers."),
      source: Source("PyTorch's torch.nn.\(name); weight and bias start from U(±1/√fan_in), fan_in counted of the outputs"),
      examples: [Example("\(name)(16, 8, 2, stride=2)", gives: gives)]
    ) {
      (
        g: Generator, inputs: Int, outputs: Int, kernel: [Int], stride: [Int], padding: [Int], outputPadding: [Int], groups: Int, bias: Bool,
        dilation: [Int], dtype: DType
      ) in
      let settings = try ConvolutionSettings(
        name, dimensions: axes, inputs, outputs, kernel: kernel, stride: stride, padding: .sizes(padding), dilation: dilation, groups: groups,
        bias: bias, outputPadding: outputPadding)
      return try make(settings, dtype, g)
    }
  }
}

/// What `ConvTranspose1d`, `ConvTranspose2d` and `ConvTranspose3d` share.
/// - Source: starts as PyTorch's layers do, weight and bias from U(±1/√fan_in), where PyTorch counts as fan_in the second
///   dimension of the weight, that of the outputs.
public class TransposedConvolution: Module {
  public let weight: Parameter, bias: Parameter?
  let settings: ConvolutionSettings

  init(_ settings: ConvolutionSettings, _ dtype: DType, _ generator: Generator) throws {
    self.settings = settings
    let start = try FanStart(settings.weightShape, bias: settings.hasBias, dtype, generator, outputs: settings.outputs)
    weight = Parameter(start.weight)
    bias = start.bias.map(Parameter.init)
  }

  public var groups: Int { settings.groups }

  public override var parts: [Part] { [.parameter("weight", weight), .parameter("bias", bias)] }
  public override var details: String { settings.text }
  public override var attributes: [(name: String, value: any Value)] { settings.attributes }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    let arguments = ConvolutionArguments(stride: settings.stride, padding: settings.padding, dilation: settings.dilation, groups: settings.groups)
    return try x.transposedConvolution(
      settings.name, settings.kernel.count, weight.value, bias?.value, arguments, settings.outputPadding ?? [0])
  }

  public override func restart(using generator: Generator, _ journal: Journal) throws {
    let start = try FanStart(weight.value.shape, bias: settings.hasBias, weight.value.dtype, generator, outputs: settings.outputs)
    try weight.start(from: start.weight, journal)
    if let fresh = start.bias { try bias?.start(from: fresh, journal) }
  }
}

extension ConvolutionSettings {
  /// Of a transposed convolution, one size for all of its axes.
  fileprivate init(
    transposed axes: Int, _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int, padding: Int, outputPadding: Int, groups: Int, bias: Bool,
    dilation: Int
  ) throws(TensorError) {
    try self.init(
      "ConvTranspose\(axes)d", dimensions: axes, inputs, outputs, kernel: [kernel], stride: [stride], padding: .sizes([padding]),
      dilation: [dilation], groups: groups, bias: bias, outputPadding: [outputPadding])
  }
}

/// A transposed convolution over the last axis.
/// - Shape: `x [N, in, L]` to `y [N, out, L']`; `weight [in, out / groups, size]`, `bias [out]`.
public final class ConvTranspose1d: TransposedConvolution {
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0, groups: Int = 1, bias: Bool = true,
    dilation: Int = 1, using generator: Generator
  ) throws {
    let settings = try ConvolutionSettings(
      transposed: 1, inputs, outputs, kernel: kernel, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups, bias: bias,
      dilation: dilation)
    try self.init(settings, .float32, generator)
  }
}

/// A transposed convolution over the last two axes.
/// - Shape: `x [N, in, H, W]` to `y [N, out, H', W']`; `weight [in, out / groups, rows, columns]`, `bias [out]`.
public final class ConvTranspose2d: TransposedConvolution {
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0, groups: Int = 1, bias: Bool = true,
    dilation: Int = 1, using generator: Generator
  ) throws {
    let settings = try ConvolutionSettings(
      transposed: 2, inputs, outputs, kernel: kernel, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups, bias: bias,
      dilation: dilation)
    try self.init(settings, .float32, generator)
  }
}

/// A transposed convolution over the last three axes.
/// - Shape: `x [N, in, D, H, W]` to `y [N, out, D', H', W']`; `weight [in, out / groups, depth, rows, columns]`, `bias [out]`.
public final class ConvTranspose3d: TransposedConvolution {
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0, groups: Int = 1, bias: Bool = true,
    dilation: Int = 1, using generator: Generator
  ) throws {
    let settings = try ConvolutionSettings(
      transposed: 3, inputs, outputs, kernel: kernel, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups, bias: bias,
      dilation: dilation)
    try self.init(settings, .float32, generator)
  }
}
