import CKernels
import COneDNN

/// Convolutions of pictures of few channels, such as grey ones, in float32: kernels of our own, for which the input may lie
/// in any order.
extension Kernel {
  private static let isFewFast = pith_few_is_fast() != 0

  /// Whether a convolution is one that these are for. Their places in a picture are counted in 32 bits.
  static func hasFewChannels(_ plan: ConvolutionPlan) -> Bool {
    let s = plan.sizes
    guard isFewFast, !rounds, s.inputs <= 4, s.groups == 1, s.outputs <= 4096 else { return false }
    let window = Double(s.kernel.0) * Double(s.kernel.1) * Double(s.inputs)
    let reach = Double(s.kernel.0) * Double(s.dilation.0) * (Double(s.out.1) * Double(s.stride.1) + Double(s.kernel.1) * Double(s.dilation.1))
    return window <= 1024 && reach * Double(s.inputs) < 16_777_216
  }

  static func convolveFew(_ plan: ConvolutionPlan, _ x: Tensor, _ w: Tensor, _ bias: Tensor?, _ relu: Bool, _ y: Tensor) throws(TensorError) {
    var windows = windows(plan), steps = steps(x)
    let status = pith_few_f32(&windows, plan.sizes.batch, plan.sizes.outputs, x.f32, &steps, w.f32, bias?.f32, relu ? 1 : 0, y.f32)
    try check(status, "convolution", y)
  }

  static func convolveFewBack(_ plan: ConvolutionPlan, _ dy: Tensor, _ w: Tensor, _ dx: Tensor) throws(TensorError) {
    var windows = windows(plan)
    let status = pith_few_back_f32(&windows, plan.sizes.batch, plan.sizes.outputs, dy.f32, w.f32, dx.f32)
    try check(status, "transposed convolution", dx)
  }

  static func convolveFewWeights(_ plan: ConvolutionPlan, _ x: Tensor, _ dy: Tensor, _ dw: Tensor, _ db: Tensor?) throws(TensorError) {
    var windows = windows(plan), steps = steps(x)
    let status = pith_few_weights_f32(&windows, plan.sizes.batch, plan.sizes.outputs, x.f32, &steps, dy.f32, dw.f32, db?.f32)
    try check(status, "the weight gradient of a convolution", dw)
  }

  /// The windows over one picture of all channels of the plan.
  private static func windows(_ plan: ConvolutionPlan) -> pith_windows {
    let s = plan.sizes
    return pith_windows(
      channels: s.inputs, size: s.size, out: s.out, kernel: s.kernel, stride: s.stride, dilation: s.dilation, before: s.before)
  }

  /// The steps of a picture or a sequence, the latter as one row.
  private static func steps(_ x: Tensor) -> [Int64] {
    let steps = x.strides.map(Int64.init)
    return x.rank == 4 ? steps : [steps[0], steps[1], 0, steps[2]]
  }
}
