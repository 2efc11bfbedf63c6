import CKernels
import COneDNN

/// Convolutions in float32 on oneDNN, with the channels last, their operands rounded to bfloat16 where that is chosen; in float64 as products of unfolded patches.
extension Kernel {
  /// `x ⋆ w + b`, and what is below 0 as 0 where `relu` says so.
  static func convolve(_ plan: ConvolutionPlan, _ x: Tensor, _ w: Tensor, bias: Tensor?, relu: Bool = false) throws(TensorError) -> Tensor {
    let bias = try bias?.contiguous()
    guard x.count > 0, w.count > 0 else { return try onlyBias(plan, bias, relu, x.dtype) }
    guard x.dtype == .float32 else {
      let y = try convolveDouble(plan, x, w)
      if let bias { addBias(bias, to: y) }
      return relu ? try unary(PITH_UNARY_RELU, y) : y
    }
    let y = try Tensor.empty(plan.outputShape, channelsLast: true), kept = try w.contiguous()
    if hasFewChannels(plan) {
      try convolveFew(plan, x, kept, bias, relu, y)
      return y
    }
    let rounds = self.rounds, x = try x.channelsLast(), input = try ProductOperand(x, rounds: rounds)
    // oneDNN's own ReLU makes 0 of NaN. To look for what makes some takes less than a pass over what comes out.
    let fuses = relu && areFinite(x) && areFinite(kept) && bias.map(areFinite) ?? true
    var (sizes, weights) = (plan.sizes, self.weights(kept, of: w))
    let status = withExtendedLifetime((input, kept, bias)) {
      pith_convolve(&sizes, input.pointer, &weights, bias?.f32, fuses ? 1 : 0, y.f32, rounds ? 1 : 0, pith_threads())
    }
    try check(status, "convolution", y)
    if relu, !fuses { rectify(y) }
    return y
  }

  /// The gradient of the input, from dy and w.
  static func convolveBack(_ plan: ConvolutionPlan, _ dy: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    guard dy.count > 0, w.count > 0 else { return try Tensor.zeros(plan.inputShape, dy.dtype) }
    guard dy.dtype == .float32 else { return try convolveBackDouble(plan, dy, w) }
    let dy = try dy.channelsLast(), dx = try Tensor.empty(plan.inputShape, channelsLast: true)
    let kept = try w.contiguous()
    if hasFewChannels(plan) {
      try convolveFewBack(plan, dy, kept, dx)
      return dx
    }
    let rounds = self.rounds, seed = try ProductOperand(dy, rounds: rounds)
    var (sizes, weights) = (plan.sizes, self.weights(kept, of: w))
    let status = withExtendedLifetime((seed, kept)) {
      pith_convolve_back(&sizes, seed.pointer, &weights, dx.f32, rounds ? 1 : 0, pith_threads())
    }
    try check(status, "transposed convolution", dx)
    return dx
  }

  /// The gradients of the weight and, where it is wanted, of the bias, from x and dy.
  static func convolveWeights(
    _ plan: ConvolutionPlan, _ x: Tensor, _ dy: Tensor, wantsBias: Bool
  ) throws(TensorError) -> (weight: Tensor, bias: Tensor?) {
    let isPlain = x.count > 0 && dy.count > 0 && plan.weightShape.allSatisfy { $0 > 0 }
    guard isPlain, x.dtype == .float32 else {
      let dw = isPlain ? try convolveWeightsDouble(plan, x, dy) : try Tensor.zeros(plan.weightShape, x.dtype)
      return (dw, wantsBias ? try dy.detached().summedOverPlaces() : nil)
    }
    let dy = try dy.channelsLast(), dw = try Tensor.empty(plan.weightShape, .float32)
    let db = wantsBias ? try Tensor.empty([plan.weightShape[0]], .float32) : nil
    if hasFewChannels(plan) {
      try convolveFewWeights(plan, x, dy, dw, db)
      return (dw, db)
    }
    let rounds = self.rounds, input = try ProductOperand(x.channelsLast(), rounds: rounds), seed = try ProductOperand(dy, rounds: rounds)
    var sizes = plan.sizes
    let status = withExtendedLifetime((input, seed)) {
      pith_convolve_weights(&sizes, input.pointer, seed.pointer, dw.f32, db?.f32, rounds ? 1 : 0, pith_threads())
    }
    try check(status, "the weight gradient of a convolution", dw)
    return (dw, db)
  }

  /// Copies of weights are kept under their storage; a copy of our own made just now has no name.
  private static func weights(_ kept: Tensor, of w: Tensor) -> pith_weights {
    pith_weights(numbers: kept.f32, identity: kept === w ? w.storage.identifiedAsWeights() : 0, version: UInt64(w.storage.version))
  }

  static func check(_ status: Int32, _ name: String, _ y: Tensor) throws(TensorError) {
    guard status != 0 else { return }
    // oneDNN's `dnnl_out_of_memory`.
    if status == 1 { throw .tooLarge(shape: y.shape, bytes: Double(y.count) * Double(y.dtype.size), limit: Pool.shared.limit) }
    throw .kernel(name, status: Int(status))
  }

  /// Without samples or channels nothing is summed.
  private static func onlyBias(_ plan: ConvolutionPlan, _ bias: Tensor?, _ relu: Bool, _ dtype: DType) throws(TensorError) -> Tensor {
    let y = try Tensor.zeros(plan.outputShape, dtype)
    guard let bias, y.count > 0 else { return y }
    let ones = Array(repeating: 1, count: y.rank - 2)
    let sum = try binary(PITH_BINARY_ADD, "+", y, bias.viewed([1, bias.count] + ones, strides: [bias.count, 1] + ones, offset: bias.offset))
    return relu ? try unary(PITH_UNARY_RELU, sum) : sum
  }
}
