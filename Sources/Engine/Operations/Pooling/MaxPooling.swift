import Builtins
import CKernels

extension Builtin<Void> {
  static let adaptiveMaxPool1d = adaptiveMaxPool(.sequence, Example("adaptive_max_pool1d(tensor([[1.0, 5.0, 2.0, 3.0]]), 2)", gives: "[[5., 3.]]"))
  static let adaptiveMaxPool2d = adaptiveMaxPool(.picture, Example("adaptive_max_pool2d(tensor([[[1.0, 5.0], [2.0, 3.0]]]), 1)", gives: "[[[5.]]]"))
  static let adaptiveMaxPool3d = adaptiveMaxPool(.volume, Example("adaptive_max_pool3d(ones(1, 4, 4, 4), 2).shape", gives: "[1, 2, 2, 2]"))

  private static func adaptiveMaxPool(_ extent: Extent, _ example: Example) -> Builtin {
    let name = "adaptive_max_pool\(extent.axes)d"
    return Builtin(
      name, "The largest element of each of so many even parts of \(extent.thing).",
      .required("input", Tensor.self, extent.shapes),
      .required("output_size", [Int?].self, "How many parts along each axis; `none` keeps a size."),
      .option("return_indices", false, "Whether the places of the largest elements are given too."),
      examples: [example]
    ) { (x: Tensor, size: [Int?], isPlaced: Bool) in try x.adaptiveMaxPool(name, axes: extent.axes, size, isPlaced: isPlaced).value }
  }

  static let maxPool1d = maxPool(.sequence, Example("max_pool1d(tensor([[1.0, 5.0, 2.0, 3.0]]), 2)", gives: "[[5., 3.]]"))
  static let maxPool2d = maxPool(.picture, Example("max_pool2d(tensor([[[1.0, 5.0], [2.0, 3.0]]]), 2)", gives: "[[[5.]]]"))
  static let maxPool3d = maxPool(.volume, Example("max_pool3d(tensor([[[[1.0]], [[5.0]]]]), [2, 1, 1])", gives: "[[[[5.]]]]"))

  private static func maxPool(_ extent: Extent, _ example: Example) -> Builtin {
    let name = "max_pool\(extent.axes)d"
    return Builtin(
      name, "The largest element of each window of \(extent.thing).",
      .required("input", Tensor.self, extent.shapes),
      .required("kernel_size", [Int].self, "The size of the window."),
      .optional("stride", [Int].self, "How far the window moves; without it, its size."),
      .option("padding", [0], "How far the window may reach over each border."),
      .option("dilation", [1], "The distance between the places that a window reads."),
      .option("ceil_mode", false, "Whether last windows that are cut off count."),
      .option("return_indices", false, "Whether the places of the largest elements are given too."),
      examples: [example]
    ) { (x: Tensor, kernel: [Int], stride: [Int]?, padding: [Int], dilation: [Int], ceil: Bool, isPlaced: Bool) in
      try x.maxPool(name, axes: extent.axes, PoolWindow(kernel, stride, padding, dilation, ceil: ceil), isPlaced: isPlaced).value
    }
  }
}

/// The window of a pooling, one number or one an axis each.
struct PoolWindow {
  let kernel: [Int], stride: [Int], padding: [Int], dilation: [Int]
  let ceil: Bool
  init(_ kernel: [Int], _ stride: [Int]?, _ padding: [Int], _ dilation: [Int] = [1], ceil: Bool) {
    // An empty list is what PyTorch's functions have in place of none.
    (self.kernel, self.stride, self.padding, self.dilation, self.ceil) = (kernel, stride.flatMap { $0.isEmpty ? nil : $0 } ?? kernel, padding, dilation, ceil)
  }

  /// How one axis of an input is read.
  func axis(_ name: String, _ axis: Int, of axes: Int, size: Int, _ divisor: PoolAxis.Divisor) throws(TensorError) -> PoolAxis {
    try .even(
      name, size: size, kernel: oneEach(name, "kernel_size", kernel, axes: axes)[axis], stride: oneEach(name, "stride", stride, axes: axes)[axis],
      padding: oneEach(name, "padding", padding, axes: axes)[axis], dilation: oneEach(name, "dilation", dilation, axes: axes)[axis], ceil: ceil,
      divisor: divisor)
  }
}

/// The largest elements, with their places where these are asked for.
struct MaxPooled {
  let values: Tensor, indices: Tensor?
  var value: any Value { indices.map { Record(Placed(values: values, indices: $0)) } ?? values }
}

extension Tensor {
  /// The largest element of each window along the last axis.
  /// - Shape: `x [*, channels, length]`.
  /// - Gradient: goes to the first of equal elements.
  public func maxPool1d(
    kernel: Int, stride: Int? = nil, padding: Int = 0, dilation: Int = 1, ceil: Bool = false
  ) throws(TensorError) -> Tensor {
    try maxPool("max_pool1d", axes: 1, PoolWindow([kernel], stride.map { [$0] }, [padding], [dilation], ceil: ceil)).values
  }

  /// The largest element of each window over the last two axes; lists hold one number or two.
  /// - Shape: `x [*, channels, rows, columns]`.
  /// - Gradient: goes to the first of equal elements.
  public func maxPool2d(
    kernel: [Int], stride: [Int]? = nil, padding: [Int] = [0], dilation: [Int] = [1], ceil: Bool = false
  ) throws(TensorError) -> Tensor {
    try maxPool("max_pool2d", axes: 2, PoolWindow(kernel, stride, padding, dilation, ceil: ceil)).values
  }

  /// The largest element of each even part along the last axes; nil keeps a size.
  public func adaptiveMaxPool(_ sizes: [Int?], axes: Int) throws(TensorError) -> Tensor {
    try adaptiveMaxPool("adaptive_max_pool\(axes)d", axes: axes, sizes).values
  }

  /// The largest elements of windows over the last one to three axes, for layers; with `relu`, what is below 0 as 0.
  public func maxPool(
    axes: Int, kernel: [Int], stride: [Int]?, padding: [Int], dilation: [Int], ceil: Bool, relu: Bool = false
  ) throws(TensorError) -> Tensor {
    let name = "max_pool\(axes)d", window = PoolWindow(kernel, stride, padding, dilation, ceil: ceil)
    guard relu else { return try maxPool(name, axes: axes, window).values }
    return try pooled(name, axes: axes, isAverage: false, { axis, size throws(TensorError) in
      try window.axis(name, axis, of: axes, size: size, .none)
    }) { x, plan throws(TensorError) in
      // One of 256 codes for a place says that there is none.
      plan.rows.window * plan.columns.window < 256
        ? try MaxPoolReLUOp(pool: MaxPoolOp(plan: plan, isPlaced: false, isRectified: true)).apply([x])
        : try MaxPoolOp(plan: plan, isPlaced: false).apply([x]).relu()
    }
  }

  /// The same as a record of the values and their places.
  public func maxPoolWithPlaces(
    axes: Int, kernel: [Int], stride: [Int]?, padding: [Int], dilation: [Int], ceil: Bool
  ) throws(TensorError) -> any Value {
    try maxPool("max_pool\(axes)d", axes: axes, PoolWindow(kernel, stride, padding, dilation, ceil: ceil), isPlaced: true).value
  }

  /// The largest elements of even parts as a record of the values and their places.
  public func adaptiveMaxPoolWithPlaces(_ sizes: [Int?], axes: Int) throws(TensorError) -> any Value {
    try adaptiveMaxPool("adaptive_max_pool\(axes)d", axes: axes, sizes, isPlaced: true).value
  }

  func maxPool(_ name: String, axes: Int, _ window: PoolWindow, isPlaced: Bool = false) throws(TensorError) -> MaxPooled {
    try maxPooled(name, axes: axes, isPlaced: isPlaced) { axis, size throws(TensorError) in
      try window.axis(name, axis, of: axes, size: size, .none)
    }
  }

  func adaptiveMaxPool(_ name: String, axes: Int, _ sizes: [Int?], isPlaced: Bool = false) throws(TensorError) -> MaxPooled {
    let sizes = try oneEach(name, "output_size", sizes.map { $0 ?? -1 }, axes: axes)
    return try maxPooled(name, axes: axes, isPlaced: isPlaced) { axis, size throws(TensorError) in
      try .adaptive(name, size: size, out: sizes[axis] == -1 ? size : sizes[axis], isAverage: false)
    }
  }

  private func maxPooled(
    _ name: String, axes: Int, isPlaced: Bool, _ make: (Int, Int) throws(TensorError) -> PoolAxis
  ) throws(TensorError) -> MaxPooled {
    var found: [Tensor] = []
    let values = try pooled(name, axes: axes, isAverage: false, make) { x, plan throws(TensorError) in
      let operation = MaxPoolOp(plan: plan, isPlaced: isPlaced)
      let y = try operation.apply([x])
      if isPlaced { found.append(try operation.winners.places(plan, shape: y.shape)) }
      return y
    }
    guard let last = found.last else { return MaxPooled(values: values, indices: nil) }
    // Of a volume the planes were pooled first, then the columns through them.
    let indices = found.count == 1 ? last : try Tensor.places(inPlanes: found[0], depth: last, area: shape[rank - 2] * shape[rank - 1])
    return MaxPooled(values: values, indices: try indices.reshape(values.shape))
  }

  /// The places in volumes, from those in planes and from which plane at which place of it was largest.
  private static func places(inPlanes planes: Tensor, depth: Tensor, area: Int) throws(TensorError) -> Tensor {
    let (n, c) = (depth.shape[0], depth.shape[1]), pooled = depth.shape[3]
    let lists = try planes.reshape([n, c, planes.count / max(n * c, 1)]), which = try depth.reshape([n, c, depth.shape[2] * pooled])
    guard pooled > 0 else { return depth }
    return try which.floorDivide(Tensor([pooled])) * Tensor([area]) + lists.gather(2, which)
  }
}

/// Where in its window each largest element stands: a byte each where the window has at most 256 places, in the order of
/// memory of the output.
final class PoolWinners {
  fileprivate var list: Tensor?
  fileprivate var isLast = false

  fileprivate var small: UnsafeMutablePointer<UInt8>? { list.flatMap { $0.dtype == .bool ? $0.u8 : nil } }
  fileprivate var wide: UnsafeMutablePointer<Int64>? { list.flatMap { $0.dtype == .int64 ? $0.i64 : nil } }

  fileprivate func prepare(_ plan: PoolPlan, count: Int, isLast: Bool) throws(TensorError) {
    self.isLast = isLast
    list = try Tensor.empty([count], plan.rows.window * plan.columns.window <= 256 ? .bool : .int64)
  }

  /// A tensor in the order of memory that the places have.
  fileprivate func ordered(_ t: Tensor) throws(TensorError) -> Tensor { isLast ? try t.channelsLast() : try t.contiguous() }

  /// The places of the largest elements in their planes, row by row.
  fileprivate func places(_ plan: PoolPlan, shape: [Int]) throws(TensorError) -> Tensor {
    let places = try Tensor.empty(shape, channelsLast: isLast, .int64)
    plan.run(places, channelsLast: isLast) { pith_max_pool_places($0, small, wide, places.i64) }
    return places
  }
}

/// A primitive for speed, and because it keeps a byte for each largest element where indices would keep eight.
struct MaxPoolOp: Primitive {
  let plan: PoolPlan
  /// Whether the places are wanted for themselves.
  let isPlaced: Bool
  /// Whether what is below 0 becomes 0, and has no gradient.
  var isRectified = false
  let winners = PoolWinners()
  static var name: String { "max_pool" }
  var saves: Saves { .first }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try run(x[0], keepsPlaces: isPlaced || x[0].isRecorded) }

  fileprivate func run(_ x: Tensor, keepsPlaces: Bool) throws(TensorError) -> Tensor {
    let x = try x.dense(), isLast = x.isChannelsLast
    let y = try Tensor.empty(plan.output(x.shape), channelsLast: isLast, x.dtype)
    if keepsPlaces { try winners.prepare(plan, count: y.count, isLast: isLast) }
    let (small, wide) = keepsPlaces ? (winners.small, winners.wide) : (nil, nil)
    plan.run(x, channelsLast: isLast, rectified: isRectified) {
      if x.dtype == .float32 { pith_max_pool_f32($0, x.f32, y.f32, small, wide) } else { pith_max_pool_f64($0, x.f64, y.f64, small, wide) }
    }
    return y
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    if winners.list == nil { _ = try run(pass.input(0), keepsPlaces: true) }
    return [try MaxPoolSpreadOp(plan: plan, winners: winners, isRectified: isRectified).apply([dy])]
  }
}

/// The largest elements behind a rectifier, or before one: the order makes no difference. A primitive for the two passes
/// over the larger tensor that it saves: only what is left is rectified, and a gradient goes straight to where it stood.
struct MaxPoolReLUOp: Primitive {
  let pool: MaxPoolOp
  static var name: String { "max_pool" }
  static var parts: [any Primitive.Type] { [MaxPoolOp.self, ReLUOp.self] }
  var saves: Saves { .first }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try pool.run(x[0], keepsPlaces: x[0].isRecorded) }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { try pool.vjp(dy, pass) }
}

/// Zeros, with each element of the input added where the largest of its window stood.
struct MaxPoolSpreadOp: Primitive {
  let plan: PoolPlan, winners: PoolWinners, isRectified: Bool
  static var name: String { "max_pool" }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let dy = try winners.ordered(x[0]), isLast = winners.isLast
    let dx = try Tensor.empty(plan.input(dy.shape), channelsLast: isLast, dy.dtype)
    plan.run(dy, channelsLast: isLast, rectified: isRectified) {
      if dy.dtype == .float32 {
        pith_max_pool_spread_f32($0, dy.f32, winners.small, winners.wide, dx.f32)
      } else {
        pith_max_pool_spread_f64($0, dy.f64, winners.small, winners.wide, dx.f64)
      }
    }
    return dx
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try MaxPoolPickOp(spread: self).apply([dy])] }
}

/// The elements that stand where the largest stood.
struct MaxPoolPickOp: Primitive {
  let spread: MaxPoolSpreadOp
  static var name: String { "max_pool" }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let (plan, winners) = (spread.plan, spread.winners)
    let x = try winners.ordered(x[0]), isLast = winners.isLast
    let y = try Tensor.empty(plan.output(x.shape), channelsLast: isLast, x.dtype)
    plan.run(x, channelsLast: isLast, rectified: spread.isRectified) {
      if x.dtype == .float32 {
        pith_max_pool_pick_f32($0, x.f32, winners.small, winners.wide, y.f32)
      } else {
        pith_max_pool_pick_f64($0, x.f64, winners.small, winners.wide, y.f64)
      }
    }
    return y
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try spread.apply([dy])] }
}
