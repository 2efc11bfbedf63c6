import CKernels

extension Tensor {
  /// The slices at the given places along a dimension, in their order.
  /// - Gradient: `dx` at each place is the sum of the `dy` that came from it.
  public func indexSelect(_ dim: Int, _ index: Tensor) throws(TensorError) -> Tensor {
    let d = try Shape.dimension(dim, rank: rank, "index_select")
    guard index.rank <= 1 else { throw .shape("index_select", expected: "a list of places", met: index.shape, operand: 2) }
    guard index.dtype == .int64 else { throw .dtype("index_select", expected: "integers", met: index.dtype, operand: 2) }
    guard rank > 0 else { throw .shape("index_select", expected: "a tensor with dimensions", met: shape, operand: 0) }
    let places = try index.detached().wrapped(size: shape[d], dimension: d).reshape([index.count])
    return try IndexSelectOp(dim: d, places: places, from: shape).apply([self])
  }

  /// Places counted from either end, checked, and counted from the start.
  func wrapped(size: Int, dimension: Int) throws(TensorError) -> Tensor {
    let places = try contiguous()
    let bad = pith_index_first_bad(places.i64, places.count, Int64(-size), Int64(size))
    guard bad < 0 else { throw .index(Int(places.i64[Int(bad)]), size: size, dimension: dimension) }
    guard pith_index_first_bad(places.i64, places.count, 0, Int64(size)) >= 0 else { return places }
    let y = try Tensor.empty(places.shape, .int64)
    for i in 0..<places.count { y.i64[i] = places.i64[i] < 0 ? places.i64[i] + Int64(size) : places.i64[i] }
    return y
  }

  /// For each dimension, where along it the true elements of a mask lie.
  func nonzeroByDimension() throws(TensorError) -> [Tensor] {
    let mask = try detached().to(.bool).contiguous()
    let flat = try Tensor.empty([pith_count_nonzero_u8(mask.u8, mask.count)], .int64)
    _ = pith_nonzero_u8(mask.u8, mask.count, flat.i64)
    if rank == 0 { return [flat] }
    let strides = Shape.strides(shape)
    var out: [Tensor] = []
    for d in 0..<rank {
      let places = try Tensor.empty(flat.shape, .int64)
      let (step, size) = (Int64(strides[d]), Int64(max(shape[d], 1)))
      for i in 0..<flat.count { places.i64[i] = flat.i64[i] / step % size }
      out.append(places)
    }
    return out
  }

  /// The dimensions that have positions, brought to the front: the tensor, the flat places, the shape of the places, and
  /// where their dimensions belong in the result.
  private func fronted(_ positions: [Tensor?]) throws(TensorError) -> (rows: Tensor, places: Tensor, chosen: [Int], at: Int, rest: [Int]) {
    let picked = positions.indices.filter { positions[$0] != nil }
    let kept = positions.indices.filter { positions[$0] == nil }
    var chosen: [Int] = []
    for t in positions.compactMap({ $0 }) {
      guard let shape = Shape.broadcast(chosen, t.shape) else { throw .shapesDoNotBroadcast("indices", chosen, t.shape) }
      chosen = shape
    }
    var places = try Tensor.zeros(chosen, .int64)
    for d in picked {
      guard let p = positions[d] else { continue }
      places = try places * Tensor.number(shape[d]) + p
    }
    let rest = kept.map { shape[$0] }
    let rows = try permute(picked + kept).reshape([picked.reduce(1) { $0 * shape[$1] }] + rest)
    let isTogether = picked.last.map { $0 - picked[0] + 1 == picked.count } ?? true
    return (rows, try places.reshape([places.count]), chosen, isTogether ? picked.first ?? 0 : 0, rest)
  }

  func gathered(_ positions: [Tensor?]) throws(TensorError) -> Tensor {
    let (rows, places, chosen, at, rest) = try fronted(positions)
    let taken = try IndexSelectOp(dim: 0, places: places, from: rows.shape).apply([rows]).reshape(chosen + rest)
    guard at > 0 else { return taken }
    let n = chosen.count
    let order = Array(n..<(n + at)) + Array(0..<n) + Array((n + at)..<(n + rest.count))
    return try taken.permute(order)
  }

  /// Writes `value` at positions of this view.
  func scatter(_ value: Tensor, _ positions: [Tensor?]) throws(TensorError) {
    // The flat place of each chosen element, found by indexing a tensor of all places in the same way.
    let flat = try Tensor.empty([count], .int64)
    pith_arange_i64(flat.i64, count, 0, 1)
    let places = try flat.reshape(shape).gathered(positions)
    let source = try value.broadcast(to: places.shape, "assignment").contiguous()
    let target = try contiguous(), list = try places.contiguous()
    let scatter = dtype.size == 1 ? pith_scatter_1 : dtype.size == 4 ? pith_scatter_4 : pith_scatter_8
    scatter(source.raw, list.i64, target.raw, 1, count, 1, list.count)
    if !isContiguous { Kernel.write(target, into: self) }
  }
}

struct IndexSelectOp: Primitive {
  let dim: Int, places: Tensor, from: [Int]
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let axes = try Axes(x[0], [dim], keepdim: true)
    var shape = from
    shape[dim] = places.count
    let y = try Tensor.empty(shape, x[0].dtype)
    let select = y.dtype.size == 1 ? pith_index_select_1 : y.dtype.size == 4 ? pith_index_select_4 : pith_index_select_8
    select(axes.x.raw, places.i64, y.raw, axes.outer, axes.n, axes.inner, places.count)
    return y
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try IndexAddOp(select: self).apply([dy])] }
}

/// Zeros, with each slice of the input added at its place.
struct IndexAddOp: Primitive {
  let select: IndexSelectOp
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let y = try Tensor.zeros(select.from, x[0].dtype), dy = try x[0].contiguous()
    let axes = try Axes(y, [select.dim], keepdim: true), m = select.places.count
    switch y.dtype {
    case .float32: pith_index_add_f32(dy.f32, select.places.i64, y.f32, axes.outer, axes.n, axes.inner, m)
    case .float64: pith_index_add_f64(dy.f64, select.places.i64, y.f64, axes.outer, axes.n, axes.inner, m)
    case .int64, .bool: pith_index_add_i64(dy.i64, select.places.i64, y.i64, axes.outer, axes.n, axes.inner, m)
    }
    return y
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try select.apply([dy])] }
}

/// What a write into part of a tensor means for gradients: none for what was written over, all for what was written.
struct IndexPutOp: Primitive {
  let indices: [Index], shape: [Int], valueShape: [Int], dtype: DType, valueType: DType
  static var name: String { "assignment" }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { x[0] }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let mask = try Tensor.ones(shape, dtype)
    try Recording.with(.none) { try mask.assign(Tensor.number(0.0), at: indices, journal: Journal()) }
    var value: Tensor?
    if pass.wants[1] {
      let taken = try dy.indexed(indices)
      let fitted = valueShape.count > taken.rank ? try taken.reshape(Array(repeating: 1, count: valueShape.count - taken.rank) + taken.shape) : taken
      value = try fitted.summed(to: valueShape).to(valueType)
    }
    return [pass.wants[0] ? try dy * mask : nil, value]
  }
}
