import CKernels

/// A tensor seen as [outer, n, inner], whose middle axis a reduction runs over.
struct Axes {
  let x: Tensor
  let outer: Int, n: Int, inner: Int
  /// The shape of the result, with the reduced dimensions kept as 1 or left out.
  let shape: [Int]

  /// Neighbouring dimensions are one axis as they lie; others are brought together by a copy.
  /// - Parameter inAnyOrder: whether the elements of the axis may come in the order of memory.
  init(_ x: Tensor, _ dims: [Int], keepdim: Bool, inAnyOrder: Bool = false) throws(TensorError) {
    if inAnyOrder, x.isChannelsLast, let axes = Axes(channelsLast: x, dims, keepdim: keepdim) {
      self = axes
      return
    }
    // Nearly all reductions are over one dimension or over all.
    if dims.count == 1, let d = dims.first, x.rank > 0 {
      var rest = x.shape
      if keepdim { rest[d] = 1 } else { rest.remove(at: d) }
      (shape, n) = (rest, x.shape[d])
      var (before, after) = (1, 1)
      for i in 0..<d { before *= x.shape[i] }
      for i in (d + 1)..<x.rank { after *= x.shape[i] }
      (outer, inner) = (before, after)
      self.x = try x.contiguous()
      return
    }
    if dims.count == x.rank {
      shape = keepdim ? Array(repeating: 1, count: x.rank) : []
      (outer, n, inner) = (1, x.count, 1)
      self.x = try x.contiguous()
      return
    }
    let sorted = dims.sorted()
    shape = x.shape.indices.compactMap { i in sorted.contains(i) ? (keepdim ? 1 : nil) : x.shape[i] }
    func size(_ axes: some Sequence<Int>) -> Int { axes.reduce(1) { $0 * x.shape[$1] } }
    n = size(sorted)
    guard let first = sorted.first, let last = sorted.last, last - first + 1 == sorted.count else {
      let kept = x.shape.indices.filter { !sorted.contains($0) }
      self.x = sorted.isEmpty ? try x.contiguous() : try Kernel.compact(x.viewed(
        (kept + sorted).map { x.shape[$0] }, strides: (kept + sorted).map { x.strides[$0] }, offset: x.offset))
      (outer, inner) = (size(kept), 1)
      return
    }
    self.x = try x.contiguous()
    (outer, inner) = (size(0..<first), size((last + 1)..<x.rank))
  }
}

extension Axes {
  /// Of memory with the channels last, as it lies; nil where the dimensions of the axis are apart there, or the result would
  /// lie in another order than its shape's.
  private init?(channelsLast x: Tensor, _ dims: [Int], keepdim: Bool) {
    let order = Shape.channelsLast(Array(0..<x.rank))
    let kept = order.filter { !dims.contains($0) }
    guard !dims.isEmpty, kept == kept.sorted(), let first = order.firstIndex(where: dims.contains) else { return nil }
    let last = first + dims.count - 1
    guard last < order.count, order[first...last].allSatisfy(dims.contains) else { return nil }
    func size(_ axes: some Sequence<Int>) -> Int { axes.reduce(1) { $0 * x.shape[$1] } }
    (outer, n, inner) = (size(order[..<first]), size(dims), size(order[(last + 1)...]))
    shape = x.shape.indices.compactMap { i in dims.contains(i) ? (keepdim ? 1 : nil) : x.shape[i] }
    self.x = x
  }
}

extension Kernel {
  /// `code` is a `pith_reduce`; real numbers and integers.
  static func reduce(_ code: pith_reduce, _ x: Tensor, _ dims: [Int], keepdim: Bool) throws(TensorError) -> Tensor {
    let axes = try Axes(x, dims, keepdim: keepdim, inAnyOrder: true)
    let y = try Tensor.empty(axes.shape, x.dtype == .bool ? .int64 : x.dtype)
    let code = Int32(code.rawValue)
    switch x.dtype {
    case .float32: pith_reduce_f32(code, axes.x.f32, y.f32, axes.outer, axes.n, axes.inner)
    case .float64: pith_reduce_f64(code, axes.x.f64, y.f64, axes.outer, axes.n, axes.inner)
    case .int64: pith_reduce_i64(code, axes.x.i64, y.i64, axes.outer, axes.n, axes.inner)
    case .bool: pith_sum_u8_i64(axes.x.u8, y.i64, axes.outer, axes.n, axes.inner)
    }
    return y
  }

  /// The place of the largest or smallest element.
  static func place(_ code: pith_arg, _ x: Tensor, _ dims: [Int], keepdim: Bool) throws(TensorError) -> Tensor {
    let axes = try Axes(x.dtype == .bool ? x.to(.int64) : x, dims, keepdim: keepdim)
    let y = try Tensor.empty(axes.shape, .int64)
    let code = Int32(code.rawValue)
    switch axes.x.dtype {
    case .float32: pith_arg_f32(code, axes.x.f32, y.i64, axes.outer, axes.n, axes.inner)
    case .float64: pith_arg_f64(code, axes.x.f64, y.i64, axes.outer, axes.n, axes.inner)
    case .int64, .bool: pith_arg_i64(code, axes.x.i64, y.i64, axes.outer, axes.n, axes.inner)
    }
    return y
  }

  /// Whether any, or all, elements are true.
  static func truth(any: Bool, _ x: Tensor, _ dims: [Int], keepdim: Bool) throws(TensorError) -> Tensor {
    let axes = try Axes(x.to(.bool), dims, keepdim: keepdim, inAnyOrder: true)
    let y = try Tensor.empty(axes.shape, .bool)
    (any ? pith_any_u8 : pith_all_u8)(axes.x.u8, y.u8, axes.outer, axes.n, axes.inner)
    return y
  }

  /// Running sums or products along a dimension.
  static func cumulate(_ code: pith_cumulate, _ x: Tensor, _ dim: Int) throws(TensorError) -> Tensor {
    let axes = try Axes(x.dtype == .bool ? x.to(.int64) : x, [dim], keepdim: true)
    let y = try Tensor.empty(like: axes.x, axes.x.dtype)
    let code = Int32(code.rawValue)
    switch axes.x.dtype {
    case .float32: pith_cumulate_f32(code, axes.x.f32, y.f32, axes.outer, axes.n, axes.inner)
    case .float64: pith_cumulate_f64(code, axes.x.f64, y.f64, axes.outer, axes.n, axes.inner)
    case .int64, .bool: pith_cumulate_i64(code, axes.x.i64, y.i64, axes.outer, axes.n, axes.inner)
    }
    return y
  }
}
