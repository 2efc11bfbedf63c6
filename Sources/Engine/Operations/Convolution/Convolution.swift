import Builtins

extension Builtin<Void> {
  static let conv1d = convolution(
    .sequence, "one dimension, such as time", "y[n, o, l] = b[o] + Σᵢⱼ w[o, i, j] x[n, i, l stride + j dilation - padding]",
    Example("conv1d(tensor([[[1.0, 2.0, 4.0]]]), tensor([[[1.0, -1.0]]]))", gives: "[[[-1., -2.]]]"))
  static let conv2d = convolution(
    .picture, "two dimensions, such as the rows and columns of a picture",
    "y[n, o, h, w] = b[o] + Σᵢⱼₖ W[o, i, j, k] x[n, i, h stride + j dilation - padding, w stride + k dilation - padding]",
    Example("conv2d(ones(1, 1, 3, 3), ones(1, 1, 2, 2))", gives: "4., 4."))
  static let conv3d = convolution(
    .volume, "three dimensions, such as the planes of a scan", "as `conv2d`, summed over the depth of the window too",
    Example("conv3d(ones(1, 1, 3, 3, 3), ones(1, 1, 2, 2, 2)).max()", gives: "8."))

  private static func convolution(_ extent: Extent, _ what: String, _ formula: String, _ example: Example) -> Builtin {
    let name = "conv\(extent.axes)d"
    return Builtin(
      name, "A convolution over \(what).",
      .required("input", Tensor.self, "[N, in, \(extent.letters)], or one sample."),
      .required("weight", Tensor.self, "[out, in / groups, \(extent.window)]"),
      .optional("bias", Tensor.self, "[out]"),
      .option("stride", [1], "How far the window moves."),
      .option("padding", ConvolutionPadding.sizes([0]), "How many zeros stand at each border."),
      .option("dilation", [1], "The distance between the places that a window reads."),
      .option("groups", 1, "Into how many parts the channels are split, each convolved by itself."),
      formula: formula,
      examples: [example]
    ) { (x: Tensor, w: Tensor, b: Tensor?, stride: [Int], padding: ConvolutionPadding, dilation: [Int], groups: Int) in
      try x.convolved(name, extent.axes, w, b, ConvolutionArguments(stride: stride, padding: padding, dilation: dilation, groups: groups))
    }
  }
}

extension Tensor {
  /// A convolution over the last dimension; each list holds one number.
  /// - Shape: `x [N, in, L]` or `[in, L]`, `weight [out, in / groups, size]`, `bias [out]` to `y [N, out, L']`.
  /// - Gradient: `dx` is the transposed convolution of `dy`, `dw` the convolution of `x` by `dy`, `db = Σ dy`.
  public func conv1d(
    _ weight: Tensor, _ bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0], dilation: [Int] = [1], groups: Int = 1
  ) throws(TensorError) -> Tensor {
    try convolved("conv1d", 1, weight, bias, ConvolutionArguments(stride: stride, padding: .sizes(padding), dilation: dilation, groups: groups))
  }

  /// A convolution over the last two dimensions; each list holds one number or two.
  /// - Shape: `x [N, in, H, W]` or `[in, H, W]`, `weight [out, in / groups, rows, columns]`, `bias [out]` to
  ///   `y [N, out, H', W']`.
  /// - Gradient: as `conv1d`.
  public func conv2d(
    _ weight: Tensor, _ bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0], dilation: [Int] = [1], groups: Int = 1
  ) throws(TensorError) -> Tensor {
    try convolved("conv2d", 2, weight, bias, ConvolutionArguments(stride: stride, padding: .sizes(padding), dilation: dilation, groups: groups))
  }

  /// A convolution over the last `dimensions` dimensions, 1 to 3.
  /// - Parameters:
  ///   - name: what messages call it.
  ///   - relu: whether what is below 0 becomes 0, in the same pass.
  public func convolved(
    _ name: String, _ dimensions: Int, _ weight: Tensor, _ bias: Tensor? = nil, _ arguments: ConvolutionArguments, relu: Bool = false
  ) throws(TensorError) -> Tensor {
    guard rank != dimensions + 1 else {
      let y = try unsqueeze(0).convolved(name, dimensions, weight, bias, arguments, relu: relu)
      return try y.reshape(Array(y.shape.dropFirst()))
    }
    let sizes = try ConvolutionSizes(name, dimensions: dimensions, x: shape, weight: weight.shape, arguments)
    try checkOperands(name, weight, bias, outputs: weight.shape[0])
    guard dimensions < 3 else { return try VolumeConvolution(sizes).convolved(self, weight, bias, relu: relu) }
    let plan = ConvolutionPlan(sizes)
    let operands = bias.map { [self, weight, $0] } ?? [self, weight]
    return relu ? try ConvolutionReLUOp(plan: plan).apply(operands) : try ConvolutionOp(plan: plan).apply(operands)
  }

  /// One dtype of real numbers, and a bias of one number a channel.
  func checkOperands(_ name: String, _ weight: Tensor, _ bias: Tensor?, outputs: Int) throws(TensorError) {
    guard weight.dtype.isFloating else { throw .dtype(name, expected: "a weight of real numbers", met: weight.dtype, operand: 1) }
    guard dtype == weight.dtype else { throw .dtype(name, expected: weight.dtype.name, met: dtype, operand: 0) }
    guard let bias else { return }
    guard bias.shape == [outputs] else { throw .shape(name, expected: "a bias of [\(outputs)]", met: bias.shape, operand: 2) }
    guard bias.dtype == weight.dtype else { throw .dtype(name, expected: weight.dtype.name, met: bias.dtype, operand: 2) }
  }
}
