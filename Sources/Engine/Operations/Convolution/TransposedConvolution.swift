import Builtins

extension Builtin<Void> {
  static let convTranspose1d = transposed(
    .sequence, "one dimension",
    Example("conv_transpose1d(tensor([[[1.0, 2.0]]]), tensor([[[1.0, -1.0]]]), stride=2)", gives: "[[[ 1., -1.,  2., -2.]]]"))
  static let convTranspose2d = transposed(
    .picture, "two dimensions", Example("conv_transpose2d(ones(1, 1, 2, 2), ones(1, 1, 2, 2)).shape", gives: "[1, 1, 3, 3]"))
  static let convTranspose3d = transposed(
    .volume, "three dimensions", Example("conv_transpose3d(ones(1, 1, 2, 2, 2), ones(1, 1, 2, 2, 2)).shape", gives: "[1, 1, 3, 3, 3]"))

  private static func transposed(_ extent: Extent, _ what: String, _ example: Example) -> Builtin {
    let name = "conv_transpose\(extent.axes)d"
    return Builtin(
      name, "The transposed convolution over \(what): each number of the input spreads a window.",
      .required("input", Tensor.self, "[N, in, \(extent.letters)], or one sample."),
      .required("weight", Tensor.self, "[in, out / groups, \(extent.window)]"),
      .optional("bias", Tensor.self, "[out]"),
      .option("stride", [1], "How far apart the windows are laid down."),
      .option("padding", [0], "How much of each border is cut off."),
      .option("output_padding", [0], "How much is added at the far end of each axis, less than the stride or the dilation."),
      .option("groups", 1, "Into how many parts the channels are split, each by itself."),
      .option("dilation", [1], "The distance between the places of a window."),
      examples: [example]
    ) { (x: Tensor, w: Tensor, b: Tensor?, stride: [Int], padding: [Int], outputPadding: [Int], groups: Int, dilation: [Int]) in
      try x.transposedConvolution(
        name, extent.axes, w, b, ConvolutionArguments(stride: stride, padding: .sizes(padding), dilation: dilation, groups: groups), outputPadding)
    }
  }
}

extension Tensor {
  /// The transposed convolution over the last dimension; each list holds one number.
  /// - Shape: `x [N, in, L]`, `weight [in, out / groups, size]`, `bias [out]` to
  ///   `y [N, out, (L - 1) stride - 2 padding + dilation (size - 1) + outputPadding + 1]`.
  public func conv_transpose1d(
    _ weight: Tensor, _ bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0], outputPadding: [Int] = [0], groups: Int = 1,
    dilation: [Int] = [1]
  ) throws(TensorError) -> Tensor {
    let arguments = ConvolutionArguments(stride: stride, padding: .sizes(padding), dilation: dilation, groups: groups)
    return try transposedConvolution("conv_transpose1d", 1, weight, bias, arguments, outputPadding)
  }

  /// The transposed convolution over the last two dimensions; each list holds one number or two.
  /// - Shape: as `conv_transpose1d`, for both.
  public func conv_transpose2d(
    _ weight: Tensor, _ bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0], outputPadding: [Int] = [0], groups: Int = 1,
    dilation: [Int] = [1]
  ) throws(TensorError) -> Tensor {
    let arguments = ConvolutionArguments(stride: stride, padding: .sizes(padding), dilation: dilation, groups: groups)
    return try transposedConvolution("conv_transpose2d", 2, weight, bias, arguments, outputPadding)
  }

  /// The gradient that a convolution of the same weight hands to its input, and a bias.
  public func transposedConvolution(
    _ name: String, _ dimensions: Int, _ weight: Tensor, _ bias: Tensor?, _ arguments: ConvolutionArguments, _ outputPadding: [Int]
  ) throws(TensorError) -> Tensor {
    guard rank != dimensions + 1 else {
      let y = try unsqueeze(0).transposedConvolution(name, dimensions, weight, bias, arguments, outputPadding)
      return try y.reshape(Array(y.shape.dropFirst()))
    }
    let (sizes, rest) = try ConvolutionSizes.transposed(name, dimensions: dimensions, x: shape, weight: weight.shape, arguments, outputPadding)
    let outputs = sizes.x[1]
    try checkOperands(name, weight, bias, outputs: outputs)
    var y = dimensions < 3
      ? try ConvolutionInputGradOp(plan: ConvolutionPlan(sizes)).apply([self, weight]) : try VolumeConvolution(sizes).transposed(self, weight)
    if rest.contains(where: { $0 != 0 }) { y = try y.pad(rest.reversed().flatMap { [0, $0] }) }
    guard let bias else { return y }
    return try y + bias.reshape([1, outputs] + Array(repeating: 1, count: dimensions))
  }
}

extension ConvolutionSizes {
  /// The convolution whose input gradient is the transposed convolution of `x`, and how many zeros are added behind.
  ///
  /// The output padding uncovers places that the padding cut off; beyond those no window reaches, and zeros stand there.
  static func transposed(
    _ name: String, dimensions n: Int, x: [Int], weight: [Int], _ arguments: ConvolutionArguments, _ outputPadding: [Int]
  ) throws(TensorError) -> (sizes: ConvolutionSizes, zeros: [Int]) {
    let extent = Extent.of(n)
    guard weight.count == n + 2 else {
      throw .shape(name, expected: "a weight of [in, out / groups, \(extent.window)]", met: weight, operand: 1)
    }
    guard x.count == n + 2 else { throw .shape(name, expected: "[N, C, \(extent.letters)] or [C, \(extent.letters)]", met: x, operand: 0) }
    guard x[1] == weight[0] else { throw .shape(name, expected: "\(weight[0]) input channels for a weight of \(weight)", met: x, operand: 0) }
    let groups = arguments.groups
    guard groups > 0, x[1] % groups == 0 else { throw .value(name, "groups=\(groups) does not divide \(x[1]) input channels") }
    let (outputs, isOver) = weight[1].multipliedReportingOverflow(by: groups)
    guard !isOver else { throw .value(name, "\(groups) groups of \(weight[1]) channels are too many") }
    guard case .sizes(let list) = arguments.padding else { throw .value(name, "`padding` is a number a dimension") }
    let kernel = try onePerDimension(Array(weight[2...]), n, "weight", atLeast: 1, of: name)
    let padding = try onePerDimension(list, n, "padding", atLeast: 0, of: name)
    let stride = try onePerDimension(arguments.stride, n, "stride", atLeast: 1, of: name)
    let dilation = try onePerDimension(arguments.dilation, n, "dilation", atLeast: 1, of: name)
    let extra = try onePerDimension(outputPadding, n, "output_padding", atLeast: 0, of: name)
    var size: [Int] = [], after: [Int] = [], zeros: [Int] = []
    for d in 0..<n {
      guard extra[d] < max(stride[d], dilation[d]) else {
        throw .value(name, "`output_padding` is below the stride or the dilation, got \(extra[d]) for \(stride[d]) and \(dilation[d])")
      }
      let (spread, isOver) = (x[d + 2] - 1).multipliedReportingOverflow(by: stride[d])
      let whole = spread &- 2 * padding[d] &+ dilation[d] &* (kernel[d] - 1) &+ 1
      guard !isOver, spread < 1 << 48, whole &+ extra[d] > 0 else {
        throw .value(name, "the output would be empty: \(x[d + 2]) places with stride \(stride[d]), padding \(padding[d]), window \(kernel[d])")
      }
      let uncovered = min(extra[d], padding[d])
      // Where even the uncovered part is empty, all that is left are the zeros behind.
      guard whole + uncovered > 0 else { throw .value(name, "the output would be empty: padding \(padding[d]) cuts off all of it") }
      size.append(whole + uncovered)
      after.append(padding[d] - uncovered)
      zeros.append(extra[d] - uncovered)
    }
    let sizes = ConvolutionSizes(
      x: [x[0], outputs] + size, weight: weight, out: Array(x[2...]), stride: stride, dilation: dilation, before: padding, after: after, groups: groups)
    return (sizes, zeros)
  }
}
