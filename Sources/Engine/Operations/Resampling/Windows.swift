import Builtins
import CKernels

extension Builtin<Void> {
  static let fold = Builtin(
    "fold", "The sum of windows laid back over a picture: the transpose of `unfold`.",
    .required("input", Tensor.self, "[samples, channels × window, windows], or one sample"),
    .required("output_size", [Int].self, "Rows and columns of the picture."),
    .required("kernel_size", [Int].self, "The size of the window."),
    .option("dilation", [1], "The distance between the places of a window."),
    .option("padding", [0], "How far windows reach over each border."),
    .option("stride", [1], "How far the window moves."),
    examples: [Example("fold(ones(1, 2, 2), [1, 3], [1, 2])", gives: "[[[[1., 2., 1.]]]]")]
  ) { (x: Tensor, size: [Int], kernel: [Int], dilation: [Int], padding: [Int], stride: [Int]) in
    try x.folded(to: size, kernel: kernel, stride: stride, padding: padding, dilation: dilation)
  }

  static let unfold = Builtin(
    "unfold", "The windows of a picture as columns, `unfold(x, kernel_size, dilation=1, padding=0, stride=1)`; or windows along one dimension as a new last one, `x.unfold(dimension, size, step)`.",
    .required("input", Tensor.self, "[samples, channels, rows, columns] or one sample; along a dimension, any tensor."),
    .rest("arguments", "kernel_size, dilation, padding, stride; or three numbers: dimension, size and step."),
    examples: [Example("unfold(tensor([1.0, 2.0, 3.0]), 0, 2, 1)", gives: "[[1., 2.],\n        [2., 3.]]"), Example("unfold(ones(1, 1, 3, 3), 2).shape", gives: "[1, 4, 4]")]
  ) { (x: Tensor, rest: Rest) in try unfolded(x, rest) }

  static let pixelShuffle = Builtin(
    "pixel_shuffle", "Channels laid out as places: [*, channels r², rows, columns] to [*, channels, rows r, columns r].",
    .required("input", Tensor.self, "[*, channels, rows, columns]"),
    .required("upscale_factor", Int.self, in: 1...1e6, "How many times larger the picture becomes."),
    source: Source("Shi and others 2016", arXiv: "1609.05158"),
    examples: [Example("pixel_shuffle(tensor([[[1.0]], [[2.0]], [[3.0]], [[4.0]]]), 2)", gives: "[[[1., 2.],\n         [3., 4.]]]")]
  ) { (x: Tensor, factor: Int) in try x.pixelShuffle(factor) }

  static let pixelUnshuffle = Builtin(
    "pixel_unshuffle", "Places laid out as channels: the way back of `pixel_shuffle`.",
    .required("input", Tensor.self, "[*, channels, rows, columns]"),
    .required("downscale_factor", Int.self, in: 1...1e6, "How many times smaller the picture becomes."),
    examples: [Example("pixel_unshuffle(tensor([[[1.0, 2.0], [3.0, 4.0]]]), 2).shape", gives: "[4, 1, 1]")]
  ) { (x: Tensor, factor: Int) in try x.pixelUnshuffle(factor) }

  static let channelShuffle = Builtin(
    "channel_shuffle", "The channels of groups mixed evenly: the first of each group, then the second of each.",
    .required("input", Tensor.self, "[samples, channels, *]"),
    .required("groups", Int.self, in: 1...1e9, "How many groups the channels form."),
    source: Source("Zhang and others 2017", arXiv: "1707.01083"),
    examples: [Example("channel_shuffle(tensor([[1.0, 2.0, 3.0, 4.0]]), 2)", gives: "[[1., 3., 2., 4.]]")]
  ) { (x: Tensor, groups: Int) in try x.channelShuffle(groups) }
}

/// The two functions that PyTorch calls `unfold`, told apart by what is given.
private func unfolded(_ x: Tensor, _ rest: Rest) throws -> Tensor {
  let isAlong = rest.items.contains { ["dimension", "size", "step"].contains($0.name ?? "") } || (rest.items.count == 3 && rest.items.allSatisfy { $0.name == nil })
  let names = isAlong ? ["dimension", "size", "step"] : ["kernel_size", "dilation", "padding", "stride"]
  var found: [String: [Int]] = [:], place = 0
  for item in rest.items {
    let name = item.name ?? (place < names.count ? names[place] : "")
    if item.name == nil { place += 1 }
    guard names.contains(name), found[name] == nil else {
      throw TensorError.value("unfold", "takes \(names.joined(separator: ", ")), each once" + (item.name.map { ", got `\($0)`" } ?? ""))
    }
    guard let list = try [Int].accept(item.value) else { throw TensorError.value("unfold", "`\(name)` takes integers, got \(type(of: item.value).aKind)") }
    found[name] = list
  }
  guard !isAlong else {
    func one(_ name: String) throws -> Int {
      guard let list = found[name], list.count == 1 else { throw TensorError.value("unfold", "`\(name)` is one number") }
      return list[0]
    }
    return try x.unfold(one("dimension"), size: one("size"), step: one("step"))
  }
  guard let kernel = found["kernel_size"] else { throw TensorError.value("unfold", "`kernel_size` is missing: the size of the window") }
  return try x.unfolded(kernel: kernel, stride: found["stride"] ?? [1], padding: found["padding"] ?? [0], dilation: found["dilation"] ?? [1])
}

extension Tensor {
  /// Windows along one dimension as a new last one, as a view.
  /// - Shape: `[…, n, …]` to `[…, (n - reach) / step + 1, …, size]`, where a window reaches over `dilation (size - 1) + 1`.
  public func unfold(_ dim: Int, size: Int, step: Int, dilation: Int = 1) throws(TensorError) -> Tensor {
    let d = try Shape.dimension(dim, rank: rank, "unfold")
    guard rank > 0 else { throw .shape("unfold", expected: "a tensor with dimensions", met: shape, operand: 0) }
    guard step > 0 else { throw .value("unfold", "step is at least 1, got \(step)") }
    let (reach, isOver) = Swift.max(size - 1, 0).multipliedReportingOverflow(by: dilation)
    guard size >= 0, dilation > 0, !isOver, reach < shape[d] || size == 0 else {
      throw .value("unfold", "a window of \(size) does not fit into dimension \(dim) of \(shape)")
    }
    guard rank < Shape.maximalRank else { throw .tooManyDimensions(rank + 1) }
    return try WindowsOp(dim: d, size: size, step: step, dilation: dilation, from: shape).apply([self])
  }

  /// The windows of a picture as columns.
  /// - Shape: `x [samples, channels, rows, columns]` to `[samples, channels × window, windows]`.
  public func unfolded(kernel: [Int], stride: [Int] = [1], padding: [Int] = [0], dilation: [Int] = [1]) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("unfold", expected: "real numbers", met: dtype, operand: 0) }
    guard rank == 3 || rank == 4 else { throw .shape("unfold", expected: "[samples, channels, rows, columns] or one sample", met: shape, operand: 0) }
    let plan = try UnfoldPlan("unfold", rows: shape[rank - 2], columns: shape[rank - 1], kernel, stride, padding, dilation)
    guard rank == 4 else { return try UnfoldOp(plan: plan).apply([unsqueeze(0)]).squeeze([0]) }
    return try UnfoldOp(plan: plan).apply([self])
  }

  /// The sum of windows laid back over a picture.
  /// - Shape: `x [samples, channels × window, windows]` to `[samples, channels, rows, columns]`.
  public func folded(to size: [Int], kernel: [Int], stride: [Int] = [1], padding: [Int] = [0], dilation: [Int] = [1]) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("fold", expected: "real numbers", met: dtype, operand: 0) }
    guard rank == 2 || rank == 3 else { throw .shape("fold", expected: "[samples, channels × window, windows] or one sample", met: shape, operand: 0) }
    let sizes = try oneEach("fold", "output_size", size, axes: 2)
    let plan = try UnfoldPlan("fold", rows: sizes[0], columns: sizes[1], kernel, stride, padding, dilation)
    let window = plan.kernel.0 * plan.kernel.1
    guard shape[rank - 2] % window == 0, shape[rank - 1] == plan.out.0 * plan.out.1 else {
      throw .shape(
        "fold to \(sizes)", expected: "[samples, channels × \(window), \(plan.out.0 * plan.out.1)]", met: shape, operand: 0)
    }
    guard rank == 3 else { return try FoldOp(plan: plan).apply([unsqueeze(0)]).squeeze([0]) }
    return try FoldOp(plan: plan).apply([self])
  }

  /// Channels laid out as places.
  public func pixelShuffle(_ r: Int) throws(TensorError) -> Tensor {
    guard rank >= 3, r > 0, r < 1 << 20, shape[rank - 3] % (r * r) == 0 else {
      throw .shape("pixel_shuffle", expected: "[*, channels × \(r)², rows, columns]", met: shape, operand: 0)
    }
    let (c, h, w) = (shape[rank - 3] / (r * r), shape[rank - 2], shape[rank - 1]), lead = Array(shape[..<(rank - 3)]), n = lead.count
    let split = try reshape(lead + [c, r, r, h, w])
    return try split.permute(Array(0..<n) + [n, n + 3, n + 1, n + 4, n + 2]).reshape(lead + [c, h * r, w * r])
  }

  /// Places laid out as channels.
  public func pixelUnshuffle(_ r: Int) throws(TensorError) -> Tensor {
    guard rank >= 3, r > 0, r < 1 << 20, shape[rank - 2] % r == 0, shape[rank - 1] % r == 0 else {
      throw .shape("pixel_unshuffle", expected: "[*, channels, rows × \(r), columns × \(r)]", met: shape, operand: 0)
    }
    let (c, h, w) = (shape[rank - 3], shape[rank - 2] / r, shape[rank - 1] / r), lead = Array(shape[..<(rank - 3)]), n = lead.count
    let split = try reshape(lead + [c, h, r, w, r])
    return try split.permute(Array(0..<n) + [n, n + 2, n + 4, n + 1, n + 3]).reshape(lead + [c * r * r, h, w])
  }

  /// The channels of groups mixed evenly.
  public func channelShuffle(_ groups: Int) throws(TensorError) -> Tensor {
    guard rank >= 2, groups > 0, shape[1] % groups == 0 else {
      throw .shape("channel_shuffle", expected: "[samples, channels, *] with channels in \(groups) equal groups", met: shape, operand: 0)
    }
    let split = try reshape([shape[0], groups, shape[1] / groups] + shape[2...])
    return try split.transpose(1, 2).reshape(shape)
  }
}

/// Windows along one dimension as a new last one.
struct WindowsOp: Primitive {
  let dim: Int, size: Int, step: Int
  /// The distance between the places of a window.
  var dilation = 1
  let from: [Int]
  static var name: String { "unfold" }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    var (shape, strides) = (x[0].shape, x[0].strides)
    shape[dim] = (shape[dim] - dilation * max(size - 1, 0) - min(size, 1)) / step + 1
    // With one window the distance to the next is never used, and might be too large to be a number.
    strides[dim] = shape[dim] > 1 ? strides[dim] * step : strides[dim]
    return x[0].viewed(shape + [size], strides: strides + [size > 1 ? x[0].strides[dim] * dilation : x[0].strides[dim]], offset: x[0].offset)
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try UnwindowsOp(windows: self).apply([dy])] }
}
extension WindowsOp: ViewPrimitive {}

/// Zeros, with each window added where it was read.
struct UnwindowsOp: Primitive {
  let windows: WindowsOp
  static var name: String { "unfold" }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let y = try Tensor.zeros(windows.from, x[0].dtype), places = try windows.forward([y]), last = places.rank - 1
    guard windows.size <= 16 else {
      Kernel.add(try x[0].contiguous(), into: places)
      return y
    }
    // One place of all windows at a time: their order in memory may then be another, with the places last but one.
    for j in 0..<windows.size { Kernel.add(try x[0].detached().select(last, j).contiguous(), into: try places.select(last, j)) }
    return y
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try windows.apply([dy])] }
}

/// How windows lie over a picture.
struct UnfoldPlan {
  let rows: Int, columns: Int
  let kernel: (Int, Int), stride: (Int, Int), padding: (Int, Int), dilation: (Int, Int)
  let out: (Int, Int)

  init(_ name: String, rows: Int, columns: Int, _ kernel: [Int], _ stride: [Int], _ padding: [Int], _ dilation: [Int]) throws(TensorError) {
    (self.rows, self.columns) = (rows, columns)
    func pair(_ list: [Int], _ argument: String, atLeast least: Int) throws(TensorError) -> (Int, Int) {
      let both = try oneEach(name, argument, list, axes: 2)
      if let bad = both.first(where: { $0 < least || $0 > 1 << 30 }) { throw .value(name, "\(argument) is between \(least) and \(1 << 30), got \(bad)") }
      return (both[0], both[1])
    }
    self.kernel = try pair(kernel, "kernel_size", atLeast: 1)
    self.stride = try pair(stride, "stride", atLeast: 1)
    self.padding = try pair(padding, "padding", atLeast: 0)
    self.dilation = try pair(dilation, "dilation", atLeast: 1)
    _ = try pair([rows, columns], "a size of the picture", atLeast: 1)
    func windows(_ size: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int) throws(TensorError) -> Int {
      let reach = dilation * (kernel - 1) + 1
      guard size + 2 * padding >= reach else {
        throw .value(name, "the output would be empty: a window that reaches over \(reach) does not fit into \(size) with a padding of \(padding)")
      }
      return (size + 2 * padding - reach) / stride + 1
    }
    out = (
      try windows(rows, self.kernel.0, self.stride.0, self.padding.0, self.dilation.0),
      try windows(columns, self.kernel.1, self.stride.1, self.padding.1, self.dilation.1)
    )
  }

  fileprivate var described: pith_patches {
    pith_patches(
      rows: Int64(rows), columns: Int64(columns), out_rows: Int64(out.0), out_columns: Int64(out.1), kernel_rows: Int64(kernel.0),
      kernel_columns: Int64(kernel.1), row_stride: Int64(stride.0), column_stride: Int64(stride.1), row_padding: Int64(padding.0),
      column_padding: Int64(padding.1), row_dilation: Int64(dilation.0), column_dilation: Int64(dilation.1))
  }
}

struct UnfoldOp: Primitive {
  let plan: UnfoldPlan
  static var name: String { "unfold" }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let x = try x[0].contiguous(), planes = x.shape[0] * x.shape[1]
    let (window, overflow) = plan.kernel.0.multipliedReportingOverflow(by: plan.kernel.1)
    let (channels, overflow2) = x.shape[1].multipliedReportingOverflow(by: window)
    guard !overflow, !overflow2 else { throw .value("unfold", "a window of \(plan.kernel.0) times \(plan.kernel.1) places is too large") }
    let y = try Tensor.empty([x.shape[0], channels, plan.out.0 * plan.out.1], x.dtype)
    var windows = plan.described
    if x.dtype == .float32 { pith_to_patches_f32(&windows, x.f32, y.f32, planes) } else { pith_to_patches_f64(&windows, x.f64, y.f64, planes) }
    return y
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try FoldOp(plan: plan).apply([dy])] }
}

struct FoldOp: Primitive {
  let plan: UnfoldPlan
  static var name: String { "fold" }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let x = try x[0].contiguous(), channels = x.shape[1] / (plan.kernel.0 * plan.kernel.1), planes = x.shape[0] * channels
    let y = try Tensor.zeros([x.shape[0], channels, plan.rows, plan.columns], x.dtype)
    var windows = plan.described
    if x.dtype == .float32 { pith_from_patches_f32(&windows, x.f32, y.f32, planes) } else { pith_from_patches_f64(&windows, x.f64, y.f64, planes) }
    return y
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try UnfoldOp(plan: plan).apply([dy])] }
}
