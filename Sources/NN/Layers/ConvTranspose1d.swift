import Builtins
import Engine

extension Builtin<Generator> {
  static let convTranspose1d = Builtin(
    "ConvTranspose1d", "A transposed convolution over one dimension: each number of the input spreads a window.",
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
    source: Source("PyTorch's torch.nn.ConvTranspose1d; weight and bias start from U(±1/√fan_in), fan_in counted of the outputs"),
    examples: [Example("ConvTranspose1d(16, 8, 2, stride=2)", gives: "kernel_size=(2,), stride=(2,)")],
    run: built)
}

private func built(
  _ generator: Generator, inputs: Int, outputs: Int, kernel: [Int], stride: [Int], padding: [Int], outputPadding: [Int], groups: Int, bias: Bool,
  dilation: [Int], dtype: DType
) throws -> ConvTranspose1d {
  let settings = try ConvolutionSettings(
    "ConvTranspose1d", dimensions: 1, inputs, outputs, kernel: kernel, stride: stride, padding: .sizes(padding), dilation: dilation, groups: groups,
    bias: bias, outputPadding: outputPadding)
  return try ConvTranspose1d(settings, dtype, generator)
}

/// A transposed convolution over the last axis.
/// - Shape: `x [N, in, L]` to `y [N, out, L']`; `weight [in, out / groups, size]`, `bias [out]`.
public final class ConvTranspose1d: TransposedConvolution {
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0, groups: Int = 1, bias: Bool = true,
    dilation: Int = 1, using generator: Generator
  ) throws {
    let settings = try ConvolutionSettings(
      "ConvTranspose1d", dimensions: 1, inputs, outputs, kernel: [kernel], stride: [stride], padding: .sizes([padding]), dilation: [dilation],
      groups: groups, bias: bias, outputPadding: [outputPadding])
    try self.init(settings, .float32, generator)
  }
}
