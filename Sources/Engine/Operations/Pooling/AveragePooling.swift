import Builtins
import CKernels

extension Builtin<Void> {
  static let adaptiveAvgPool1d = adaptiveAvgPool(
    .sequence, Example("adaptive_avg_pool1d(tensor([[1.0, 5.0, 2.0, 3.0]]), 2)", gives: "[[3.0000, 2.5000]]"))
  static let adaptiveAvgPool2d = adaptiveAvgPool(.picture, Example("adaptive_avg_pool2d(tensor([[[1.0, 5.0], [2.0, 4.0]]]), 1)", gives: "[[[3.]]]"))
  static let adaptiveAvgPool3d = adaptiveAvgPool(.volume, Example("adaptive_avg_pool3d(ones(1, 4, 4, 4), [2, 1, 1]).shape", gives: "[1, 2, 1, 1]"))

  private static func adaptiveAvgPool(_ extent: Extent, _ example: Example) -> Builtin {
    Builtin(
      "adaptive_avg_pool\(extent.axes)d", "The mean of each of so many even parts of \(extent.thing).",
      .required("input", Tensor.self, extent.shapes),
      .required("output_size", [Int?].self, "How many parts along each axis; `none` keeps a size."),
      examples: [example]
    ) { (x: Tensor, size: [Int?]) in try x.adaptiveAvgPool(size, axes: extent.axes) }
  }

  static let avgPool1d = Builtin(
    "avg_pool1d", "The mean of each window of a sequence.",
    .required("input", Tensor.self, Extent.sequence.shapes),
    .required("kernel_size", [Int].self, "The size of the window."),
    .optional("stride", [Int].self, "How far the window moves; without it, its size."),
    .option("padding", [0], "How far the window may reach over each end, where zeros are read."),
    .option("ceil_mode", false, "Whether a last window that is cut off counts."),
    .option("count_include_pad", true, "Whether these zeros count in the mean."),
    examples: [Example("avg_pool1d(tensor([[1.0, 5.0, 2.0, 3.0]]), 2)", gives: "[[3.0000, 2.5000]]")]
  ) { (x: Tensor, kernel: [Int], stride: [Int]?, padding: [Int], ceil: Bool, countsPadding: Bool) in
    try x.avgPool("avg_pool1d", axes: 1, PoolWindow(kernel, stride, padding, ceil: ceil), countsPadding: countsPadding)
  }
  static let avgPool2d = avgPool(.picture, Example("avg_pool2d(tensor([[[1.0, 5.0], [2.0, 4.0]]]), 2)", gives: "[[[3.]]]"))
  static let avgPool3d = avgPool(.volume, Example("avg_pool3d(ones(1, 2, 2, 2), 2)", gives: "[[[[1.]]]]"))

  private static func avgPool(_ extent: Extent, _ example: Example) -> Builtin {
    let name = "avg_pool\(extent.axes)d"
    return Builtin(
      name, "The mean of each window of \(extent.thing).",
      .required("input", Tensor.self, extent.shapes),
      .required("kernel_size", [Int].self, "The size of the window."),
      .optional("stride", [Int].self, "How far the window moves; without it, its size."),
      .option("padding", [0], "How far the window may reach over each border, where zeros are read."),
      .option("ceil_mode", false, "Whether last windows that are cut off count."),
      .option("count_include_pad", true, "Whether these zeros count in the mean."),
      .optional("divisor_override", Int.self, "What the sums are divided by in place of the size of the window."),
      examples: [example]
    ) { (x: Tensor, kernel: [Int], stride: [Int]?, padding: [Int], ceil: Bool, countsPadding: Bool, divisor: Int?) in
      try x.avgPool(name, axes: extent.axes, PoolWindow(kernel, stride, padding, ceil: ceil), countsPadding: countsPadding, divisor: divisor)
    }
  }

  static let lpPool1d = lpPool(.sequence, Example("lp_pool1d(tensor([[3.0, 4.0]]), 2, 2)", gives: "[[5.]]"))
  static let lpPool2d = lpPool(.picture, Example("lp_pool2d(tensor([[[3.0], [4.0]]]), 2, [2, 1])", gives: "[[[5.]]]"))
  static let lpPool3d = lpPool(.volume, Example("lp_pool3d(tensor([[[[3.0], [4.0]]]]), 2, [1, 2, 1])", gives: "[[[[5.]]]]"))

  private static func lpPool(_ extent: Extent, _ example: Example) -> Builtin {
    let name = "lp_pool\(extent.axes)d"
    return Builtin(
      name, "The p-norm of each window of \(extent.thing).",
      .required("input", Tensor.self, extent.shapes),
      .required("norm_type", Double.self, "The power p."),
      .required("kernel_size", [Int].self, "The size of the window."),
      .optional("stride", [Int].self, "How far the window moves; without it, its size."),
      .option("ceil_mode", false, "Whether last windows that are cut off count."),
      formula: "(Σ xᵖ)^(1/p)",
      examples: [example]
    ) { (x: Tensor, p: Double, kernel: [Int], stride: [Int]?, ceil: Bool) in
      try x.lpPool(name, axes: extent.axes, p, PoolWindow(kernel, stride, [0], ceil: ceil))
    }
  }
}

extension Tensor {
  /// The mean of each window along the last axis.
  /// - Shape: `x [*, channels, length]`.
  public func avgPool1d(
    kernel: Int, stride: Int? = nil, padding: Int = 0, ceil: Bool = false, countsPadding: Bool = true
  ) throws(TensorError) -> Tensor {
    try avgPool("avg_pool1d", axes: 1, PoolWindow([kernel], stride.map { [$0] }, [padding], ceil: ceil), countsPadding: countsPadding)
  }

  /// The mean of each window over the last two axes; lists hold one number or two.
  /// - Shape: `x [*, channels, rows, columns]`.
  public func avgPool2d(
    kernel: [Int], stride: [Int]? = nil, padding: [Int] = [0], ceil: Bool = false, countsPadding: Bool = true, divisor: Int? = nil
  ) throws(TensorError) -> Tensor {
    try avgPool("avg_pool2d", axes: 2, PoolWindow(kernel, stride, padding, ceil: ceil), countsPadding: countsPadding, divisor: divisor)
  }

  /// The mean of each even part over the last two axes; one number or two, nil keeps a size.
  public func adaptiveAvgPool2d(_ sizes: [Int?]) throws(TensorError) -> Tensor { try adaptiveAvgPool(sizes, axes: 2) }

  /// The mean of each even part over the last one to three axes; nil keeps a size.
  public func adaptiveAvgPool(_ sizes: [Int?], axes: Int) throws(TensorError) -> Tensor {
    let name = "adaptive_avg_pool\(axes)d"
    let sizes = try oneEach(name, "output_size", sizes.map { $0 ?? -1 }, axes: axes)
    return try pooled(name, axes: axes, isAverage: true) { axis, size throws(TensorError) in
      try .adaptive(name, size: size, out: sizes[axis] == -1 ? size : sizes[axis], isAverage: true)
    } _: { x, plan throws(TensorError) in try AvgPoolOp(plan: plan).apply([x]) }
  }

  /// The means of windows over the last one to three axes, for layers.
  public func avgPool(
    axes: Int, kernel: [Int], stride: [Int]?, padding: [Int], ceil: Bool, countsPadding: Bool, divisor: Int?
  ) throws(TensorError) -> Tensor {
    try avgPool("avg_pool\(axes)d", axes: axes, PoolWindow(kernel, stride, padding, ceil: ceil), countsPadding: countsPadding, divisor: divisor)
  }

  func avgPool(_ name: String, axes: Int, _ window: PoolWindow, countsPadding: Bool, divisor: Int? = nil) throws(TensorError) -> Tensor {
    guard divisor != 0 else { throw .value(name, "divisor_override must not be 0") }
    return try pooled(name, axes: axes, isAverage: true) { axis, size throws(TensorError) in
      let kind: PoolAxis.Divisor = divisor.map { .fixed(axis == 0 ? Double($0) : 1) } ?? (countsPadding ? .withPadding : .readPlaces)
      return try window.axis(name, axis, of: axes, size: size, kind)
    } _: { x, plan throws(TensorError) in try AvgPoolOp(plan: plan).apply([x]) }
  }

  /// The p-norms of windows over the last one to three axes, for layers.
  public func lpPool(axes: Int, _ p: Double, kernel: [Int], stride: [Int]?, ceil: Bool) throws(TensorError) -> Tensor {
    try lpPool("lp_pool\(axes)d", axes: axes, p, PoolWindow(kernel, stride, [0], ceil: ceil))
  }

  /// The p-norm of each window.
  func lpPool(_ name: String, axes: Int, _ p: Double, _ window: PoolWindow) throws(TensorError) -> Tensor {
    guard p != 0 else { throw .value(name, "norm_type must not be 0") }
    let n = try oneEach(name, "kernel_size", window.kernel, axes: axes).reduce(1.0) { $0 * Double($1) }
    let mean = try real().raised(p).avgPool(name, axes: axes, window, countsPadding: true)
    return try (mean.sign() * mean.abs().relu() * n).raised(1 / p)
  }
}

/// A primitive for speed.
struct AvgPoolOp: Primitive {
  let plan: PoolPlan
  static var name: String { "avg_pool" }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let x = try x[0].dense(), isLast = x.isChannelsLast
    let y = try Tensor.empty(plan.output(x.shape), channelsLast: isLast, x.dtype)
    plan.run(x, channelsLast: isLast) {
      if x.dtype == .float32 { pith_avg_pool_f32($0, x.f32, y.f32) } else { pith_avg_pool_f64($0, x.f64, y.f64) }
    }
    return y
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try AvgPoolSpreadOp(plan: plan).apply([dy])] }
}

/// The sum, at each place, of the shares of the windows that read it.
struct AvgPoolSpreadOp: Primitive {
  let plan: PoolPlan
  static var name: String { "avg_pool" }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let dy = try x[0].dense(), isLast = dy.isChannelsLast
    let dx = try Tensor.empty(plan.input(dy.shape), channelsLast: isLast, dy.dtype)
    plan.run(dy, channelsLast: isLast) {
      if dy.dtype == .float32 { pith_avg_pool_spread_f32($0, dy.f32, dx.f32) } else { pith_avg_pool_spread_f64($0, dy.f64, dx.f64) }
    }
    return dx
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try AvgPoolOp(plan: plan).apply([dy])] }
}
