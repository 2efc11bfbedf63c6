import CKernels
import COneDNN

/// Convolutions in float64: the patches of each sample and group as columns of a matrix, and a product with it.
extension Kernel {
  /// The sizes of one sample and group.
  private struct Group {
    let batch: Int, groups: Int
    /// Channels of a group, places of a window, places of an output.
    let inputs: Int, outputs: Int, window: Int, places: Int, area: Int
    var windows: pith_windows

    init(_ plan: ConvolutionPlan) {
      let s = plan.sizes
      (batch, groups) = (Int(s.batch), Int(s.groups))
      (inputs, outputs) = (Int(s.inputs / s.groups), Int(s.outputs / s.groups))
      (window, places, area) = (Int(s.kernel.0 * s.kernel.1), Int(s.out.0 * s.out.1), Int(s.size.0 * s.size.1))
      windows = pith_windows(
        channels: Int64(inputs), size: s.size, out: s.out, kernel: s.kernel, stride: s.stride, dilation: s.dilation, before: s.before)
    }

    var columnShape: [Int] { [inputs, window, places] }

    /// Calls `body` for each sample and group with where its numbers start in the input, the output and the weight.
    func forEach(_ body: (_ x: Int, _ y: Int, _ w: Int) throws(TensorError) -> Void) throws(TensorError) {
      for n in 0..<batch {
        for g in 0..<groups {
          let part = n * groups + g
          try body(part * inputs * area, part * outputs * places, g * outputs * inputs * window)
        }
      }
    }
  }

  static func convolveDouble(_ plan: ConvolutionPlan, _ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    let x = try x.contiguous(), w = try w.contiguous(), y = try Tensor.empty(plan.outputShape, .float64)
    var group = Group(plan)
    let columns = try Tensor.empty(group.columnShape, .float64)
    let (m, k, n) = (group.outputs, group.inputs * group.window, group.places)
    try group.forEach { px, py, pw throws(TensorError) in
      pith_unfold_f64(&group.windows, x.f64 + px, columns.f64)
      try multiply("N", "N", m, n, k, w.f64 + pw, k, columns.f64, n, 0, y, py)
    }
    return y
  }

  static func convolveBackDouble(_ plan: ConvolutionPlan, _ dy: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    let dy = try dy.contiguous(), w = try w.contiguous(), dx = try Tensor.zeros(plan.inputShape, .float64)
    var group = Group(plan)
    let columns = try Tensor.empty(group.columnShape, .float64)
    let (m, k, n) = (group.inputs * group.window, group.outputs, group.places)
    try group.forEach { px, py, pw throws(TensorError) in
      try multiply("T", "N", m, n, k, w.f64 + pw, m, dy.f64 + py, n, 0, columns, 0)
      pith_fold_f64(&group.windows, columns.f64, dx.f64 + px)
    }
    return dx
  }

  static func convolveWeightsDouble(_ plan: ConvolutionPlan, _ x: Tensor, _ dy: Tensor) throws(TensorError) -> Tensor {
    let x = try x.contiguous(), dy = try dy.contiguous(), dw = try Tensor.zeros(plan.weightShape, .float64)
    var group = Group(plan)
    let columns = try Tensor.empty(group.columnShape, .float64)
    let (m, k, n) = (group.outputs, group.places, group.inputs * group.window)
    try group.forEach { px, py, pw throws(TensorError) in
      pith_unfold_f64(&group.windows, x.f64 + px, columns.f64)
      try multiply("N", "T", m, n, k, dy.f64 + py, k, columns.f64, k, 1, dw, pw)
    }
    return dw
  }

  /// `y = op(a) op(b) + beta y` at a place of y, whose rows are n long.
  private static func multiply(
    _ turnsA: Character, _ turnsB: Character, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Double>, _ lda: Int, _ b: UnsafePointer<Double>,
    _ ldb: Int, _ beta: Double, _ y: Tensor, _ at: Int
  ) throws(TensorError) {
    let letter = { (c: Character) in CChar(c == "T" ? 84 : 78) }
    let status = pith_dgemm(
      letter(turnsA), letter(turnsB), Int64(m), Int64(n), Int64(k), 1, a, Int64(lda), b, Int64(ldb), beta, y.f64 + at, Int64(n))
    guard status == 0 else { throw .tooLarge(shape: y.shape, bytes: Double(y.count) * 8, limit: Pool.shared.limit) }
  }

  /// Adds one number a channel to `[N, C, *]`.
  static func addBias(_ bias: Tensor, to y: Tensor) {
    let places = y.count / max(y.shape[0] * y.shape[1], 1)
    for i in 0..<(y.shape[0] * y.shape[1]) {
      let row = y.f64 + i * places
      pith_affine_f64(1, bias.f64[i % y.shape[1]], row, row, places)
    }
  }
}
