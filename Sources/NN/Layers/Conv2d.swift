import Builtins
import Engine

extension Builtin<Generator> {
  static let conv2d = Builtin(
    "Conv2d", "A convolution over two dimensions, such as the rows and columns of a picture.",
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
    source: Source("PyTorch's torch.nn.Conv2d; weight and bias start from U(±1/√fan_in)"),
    examples: [Example("Conv2d(1, 16, 3, padding=1)", gives: "kernel_size=(3, 3)")],
    run: built)
}

private func built(
  _ generator: Generator, inputs: Int, outputs: Int, kernel: [Int], stride: [Int], padding: ConvolutionPadding, dilation: [Int], groups: Int, bias: Bool,
  mode: PaddingMode, dtype: DType
) throws -> Conv2d {
  let settings = try ConvolutionSettings(
    "Conv2d", dimensions: 2, inputs, outputs, kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias,
    mode: mode)
  return try Conv2d(settings, dtype, generator)
}

/// A convolution over the last two axes.
/// - Shape: `x [N, in, H, W]` to `y [N, out, H', W']`; `weight [out, in / groups, rows, columns]`, `bias [out]`.
public final class Conv2d: Convolution {
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1, bias: Bool = true,
    using generator: Generator
  ) throws {
    let settings = try ConvolutionSettings(
      "Conv2d", dimensions: 2, inputs, outputs, kernel: [kernel], stride: [stride], padding: .sizes([padding]), dilation: [dilation],
      groups: groups, bias: bias)
    try self.init(settings, .float32, generator)
  }
}
