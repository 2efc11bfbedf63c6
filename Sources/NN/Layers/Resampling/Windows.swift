import Builtins
import Engine

extension Builtin<Generator> {
  static let channelShuffle = Builtin(
    "ChannelShuffle", "The channels of groups mixed evenly.",
    .required("groups", Int.self, in: 1...1e9, "How many groups the channels form."),
    source: Source("Zhang and others 2017", arXiv: "1707.01083"),
    examples: [Example("ChannelShuffle(2)", gives: "ChannelShuffle(groups=2)")]
  ) { (_: Generator, groups: Int) in Rearranged("ChannelShuffle", "groups", groups) { try $0.channelShuffle($1) } }

  static let fold = Builtin(
    "Fold", "The sum of windows laid back over a picture.",
    .required("output_size", [Int].self, "Rows and columns of the picture."),
    .required("kernel_size", [Int].self, "The size of the window."),
    .option("dilation", [1], "The distance between the places of a window."),
    .option("padding", [0], "How far windows reach over each border."),
    .option("stride", [1], "How far the window moves."),
    examples: [Example("Fold([4, 5], 2)", gives: "Fold(output_size=(4, 5), kernel_size=2, dilation=1, padding=0, stride=1)")]
  ) { (_: Generator, size: [Int], kernel: [Int], dilation: [Int], padding: [Int], stride: [Int]) in
    try Windows(to: size, kernel: kernel, dilation: dilation, padding: padding, stride: stride)
  }

  static let pixelShuffle = Builtin(
    "PixelShuffle", "Channels laid out as places of a larger picture.",
    .required("upscale_factor", Int.self, in: 1...1e6, "How many times larger the picture becomes."),
    source: Source("Shi and others 2016", arXiv: "1609.05158"),
    examples: [Example("PixelShuffle(2)", gives: "PixelShuffle(upscale_factor=2)")]
  ) { (_: Generator, factor: Int) in Rearranged("PixelShuffle", "upscale_factor", factor) { try $0.pixelShuffle($1) } }

  static let pixelUnshuffle = Builtin(
    "PixelUnshuffle", "Places laid out as channels of a smaller picture.",
    .required("downscale_factor", Int.self, in: 1...1e6, "How many times smaller the picture becomes."),
    examples: [Example("PixelUnshuffle(2)", gives: "PixelUnshuffle(downscale_factor=2)")]
  ) { (_: Generator, factor: Int) in Rearranged("PixelUnshuffle", "downscale_factor", factor) { try $0.pixelUnshuffle($1) } }

  static let unfold = Builtin(
    "Unfold", "The windows of a picture as columns.",
    .required("kernel_size", [Int].self, "The size of the window."),
    .option("dilation", [1], "The distance between the places of a window."),
    .option("padding", [0], "How far windows reach over each border."),
    .option("stride", [1], "How far the window moves."),
    examples: [Example("Unfold(3)", gives: "Unfold(kernel_size=3, dilation=1, padding=0, stride=1)")]
  ) { (_: Generator, kernel: [Int], dilation: [Int], padding: [Int], stride: [Int]) in
    try Windows(to: nil, kernel: kernel, dilation: dilation, padding: padding, stride: stride)
  }
}

/// Channels and places in another order, chosen by one number.
final class Rearranged: Module {
  private let name: String, argument: String, number: Int
  private let body: (Tensor, Int) throws -> Tensor

  init(_ name: String, _ argument: String, _ number: Int, _ body: @escaping (Tensor, Int) throws -> Tensor) {
    (self.name, self.argument, self.number, self.body) = (name, argument, number, body)
  }
  override var typeName: String { name }
  override var details: String { "\(argument)=\(number)" }
  override var attributes: [(name: String, value: any Value)] { [(argument, number)] }
  override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try body(x, number) }
}

/// The windows of a picture as columns, or columns back as the picture that they add up to.
final class Windows: Module {
  private let output: [Int]?
  private let kernel: [Int], dilation: [Int], padding: [Int], stride: [Int]

  init(to output: [Int]?, kernel: [Int], dilation: [Int], padding: [Int], stride: [Int]) throws {
    (self.output, self.kernel, self.dilation, self.padding, self.stride) = (output, kernel, dilation, padding, stride)
    super.init()
    if let output { try checkSizes(typeName, "output_size", output, axes: 2, atLeast: 1) }
    for (name, list, least) in [("kernel_size", kernel, 1), ("dilation", dilation, 1), ("padding", padding, 0), ("stride", stride, 1)] {
      try checkSizes(typeName, name, list, axes: 2, atLeast: least)
    }
  }
  override var typeName: String { output == nil ? "Unfold" : "Fold" }
  override var details: String {
    (output.map { "output_size=\($0.pythonText), " } ?? "")
      + "kernel_size=\(kernel.pythonText), dilation=\(dilation.pythonText), padding=\(padding.pythonText), stride=\(stride.pythonText)"
  }
  override var attributes: [(name: String, value: any Value)] {
    (output.map { [("output_size", $0.listValue)] } ?? [])
      + [("kernel_size", kernel.listValue), ("dilation", dilation.listValue), ("padding", padding.listValue), ("stride", stride.listValue)]
  }
  override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    if let output { return try x.folded(to: output, kernel: kernel, stride: stride, padding: padding, dilation: dilation) }
    return try x.unfolded(kernel: kernel, stride: stride, padding: padding, dilation: dilation)
  }
}
