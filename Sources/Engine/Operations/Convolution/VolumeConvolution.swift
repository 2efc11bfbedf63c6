/// A convolution over three dimensions as one over two: the planes that a window reads in depth lie beside one another as
/// channels. A composition: all that those over two dimensions can, gradients of gradients and every dtype, comes with it.
/// - Cost: a copy of the input for each plane of the window.
struct VolumeConvolution {
  private let sizes: ConvolutionSizes, plane: ConvolutionPlan
  /// The planes that the windows read, over a depth with its padding, of `[N, D, H, W, in]`: the channels last, as
  /// convolutions want them, so that they are copied row by row.
  private let windows: WindowsOp

  init(_ s: ConvolutionSizes) throws(TensorError) {
    let (x, w) = (s.x, s.weight), kernel = w[2], depth = s.out[0]
    let (batch, inputs) = (x[0].multipliedReportingOverflow(by: depth), x[1].multipliedReportingOverflow(by: kernel))
    let share = w[1].multipliedReportingOverflow(by: kernel)
    guard !batch.overflow, !inputs.overflow, !share.overflow,
      Shape.count([batch.partialValue, inputs.partialValue, max(x[3], s.out[1]), max(x[4], s.out[2])]) != nil
    else { throw .tooLarge(shape: x + [kernel], bytes: .infinity, limit: Pool.shared.limit) }
    sizes = s
    plane = ConvolutionPlan(ConvolutionSizes(
      x: [batch.partialValue, inputs.partialValue, x[3], x[4]], weight: [w[0], share.partialValue, w[3], w[4]], out: Array(s.out[1...]),
      stride: Array(s.stride[1...]), dilation: Array(s.dilation[1...]), before: Array(s.before[1...]), after: Array(s.after[1...]), groups: s.groups))
    windows = WindowsOp(
      dim: 1, size: kernel, step: s.stride[0], dilation: s.dilation[0], from: [x[0], s.before[0] + x[2] + s.after[0], x[3], x[4], x[1]])
  }

  func convolved(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?, relu: Bool) throws(TensorError) -> Tensor {
    let pictures = try planes(x), weight = try kernel(weight)
    let operands = bias.map { [pictures, weight, $0] } ?? [pictures, weight]
    let y = relu ? try ConvolutionReLUOp(plan: plane).apply(operands) : try ConvolutionOp(plan: plane).apply(operands)
    return try y.reshape([sizes.x[0], sizes.out[0], sizes.weight[0]] + sizes.out[1...]).permute([0, 2, 1, 3, 4])
  }

  /// The gradient that the convolution hands to its input.
  func transposed(_ dy: Tensor, _ weight: Tensor) throws(TensorError) -> Tensor {
    let (x, w) = (sizes.x, sizes.weight), depth = sizes.out[0]
    let pictures = try dy.permute([0, 2, 1, 3, 4]).reshape(plane.outputShape)
    let spread = try ConvolutionInputGradOp(plan: plane).apply([pictures, kernel(weight)])
    let parts = try spread.reshape([x[0], depth, sizes.groups, w[2], w[1], x[3], x[4]]).permute([0, 1, 5, 6, 2, 4, 3])
    let whole = try UnwindowsOp(windows: windows).apply([parts.reshape([x[0], depth, x[3], x[4], x[1], w[2]])])
    return try whole.narrow(1, sizes.before[0], x[2]).permute([0, 4, 1, 2, 3])
  }

  /// - Shape: `x [N, in, D, H, W]` to `[N D', groups × depth of the window × in / groups, H, W]`, the channels last in memory.
  func planes(_ x: Tensor) throws(TensorError) -> Tensor {
    let (c, groups) = (sizes.x[1], sizes.groups), rows = try x.permute([0, 2, 3, 4, 1])
    let isPadded = sizes.before[0] + sizes.after[0] > 0
    let read = try windows.apply([isPadded ? rows.pad([0, 0, 0, 0, 0, 0, sizes.before[0], sizes.after[0]]) : rows])
    let split = try read.reshape(Array(read.shape[..<4]) + [groups, c / groups, sizes.weight[2]]).permute([0, 1, 2, 3, 4, 6, 5])
    let (batch, channels) = (plane.inputShape[0], plane.inputShape[1])
    return try split.reshape([batch, sizes.x[3], sizes.x[4], channels]).permute([0, 3, 1, 2])
  }

  private func kernel(_ weight: Tensor) throws(TensorError) -> Tensor {
    try weight.permute([0, 2, 1, 3, 4]).reshape(plane.weightShape)
  }
}
