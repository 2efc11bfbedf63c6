import Builtins
import CKernels

extension Builtin<Void> {
  static let gather = Builtin(
    "gather", "Elements taken along a dimension, by a place for each.",
    .required("input", Tensor.self, "Any numbers."),
    .required("dim", Int.self, "The dimension."),
    .required("index", Tensor.self, "Places along it, as many dimensions as the input."),
    formula: "y[i, j] = x[i, index[i, j]] for dim = 1",
    examples: [Example("gather(tensor([[1.0, 2.0], [3.0, 4.0]]), 1, tensor([[0], [1]]))", gives: "[[1.],\n        [4.]]")]
  ) { (x: Tensor, dim: Int, index: Tensor) in try x.gather(dim, index) }

  static let indexSelect = Builtin(
    "index_select", "The slices at places of a dimension.",
    .required("input", Tensor.self, "Any numbers."),
    .required("dim", Int.self, "The dimension."),
    .required("index", Tensor.self, "Places along it."),
    examples: [Example("index_select(tensor([1.0, 2.0, 3.0]), 0, tensor([2, 0]))", gives: "[3., 1.]")]
  ) { (x: Tensor, dim: Int, index: Tensor) in try x.indexSelect(dim, index) }

  static let takeAlongDim = Builtin(
    "take_along_dim", "Elements taken along a dimension; the other sizes stretch.",
    .required("input", Tensor.self, "Any numbers."),
    .required("indices", Tensor.self, "Places, as `argsort` gives them."),
    .optional("dim", Int.self, "The dimension; without it, all elements in a row."),
    examples: [Example("take_along_dim(tensor([[3.0, 1.0]]), tensor([[1, 0]]), dim=1)", gives: "[[1., 3.]]")]
  ) { (x: Tensor, index: Tensor, dim: Int?) in try x.takeAlong(index, dim) }

  static let embedding = Builtin(
    "embedding", "The rows of a table at the places of the input.",
    .required("input", Tensor.self, "Row numbers, of any shape."),
    .required("weight", Tensor.self, "The table, [rows, size]."),
    .optional("padding_idx", Int.self, "A row that gets no gradient."),
    examples: [Example("embedding(tensor([1, 0]), tensor([[1.0, 2.0], [3.0, 4.0]]))", gives: "[[3., 4.],\n        [1., 2.]]")]
  ) { (index: Tensor, weight: Tensor, padding: Int?) in try weight.embedding(index, padding: padding) }

  static let oneHot = Builtin(
    "one_hot", "Classes as rows with a single 1.",
    .required("tensor", Tensor.self, "Class numbers from 0."),
    .option("num_classes", -1, "How many classes; -1 takes one more than the largest."),
    examples: [Example("one_hot(tensor([0, 2]))", gives: "[[1, 0, 0],\n        [0, 0, 1]]")]
  ) { (labels: Tensor, classes: Int) in try labels.oneHot(classes) }
}

extension Tensor {
  /// `y[…, j, …] = x[…, index[…, j, …], …]` along a dimension.
  /// - Shape: the index has as many dimensions as `x` and is nowhere longer, but along `dim`.
  /// - Gradient: each place sums the `dy` that came from it.
  public func gather(_ dim: Int, _ index: Tensor) throws(TensorError) -> Tensor {
    let d = try Shape.dimension(dim, rank: rank, "gather")
    if rank == 0, index.rank == 0 { return try reshape([1]).gather(0, index.reshape([1])).reshape([]) }
    let places = try checkedPlaces("gather", d, index)
    return try GatherOp(dim: d, places: places, size: shape[d]).apply([narrowed(to: index.shape, except: d)])
  }

  /// Places along a dimension of this tensor, checked and counted from the start.
  func checkedPlaces(_ name: String, _ d: Int, _ index: Tensor) throws(TensorError) -> Tensor {
    guard index.dtype == .int64 else { throw .dtype(name, expected: "integers as its index", met: index.dtype, operand: 2) }
    guard index.rank == rank, rank > 0, (0..<rank).allSatisfy({ $0 == d || index.shape[$0] <= shape[$0] }) else {
      throw .shape("\(name) of \(shape) along dimension \(d)", expected: "an index of as many dimensions that is nowhere longer", met: index.shape, operand: 2)
    }
    return try index.detached().wrapped(size: shape[d], dimension: d)
  }

  /// The corner of this tensor that has the given sizes, but all of dimension `d`.
  func narrowed(to sizes: [Int], except d: Int) throws(TensorError) -> Tensor {
    var t = self
    for k in 0..<rank where k != d && sizes[k] != shape[k] { t = try t.narrow(k, 0, sizes[k]) }
    return t
  }

  func takeAlong(_ index: Tensor, _ dim: Int?) throws(TensorError) -> Tensor {
    guard let dim else { return try reshape([count]).gather(0, index.reshape([index.count])) }
    let d = try dimension(dim, "take_along_dim")
    guard index.rank == rank else { throw .shape("take_along_dim", expected: "indices of \(rank) dimensions", met: index.shape, operand: 1) }
    var (a, b) = (shape, index.shape)
    (a[d], b[d]) = (1, 1)
    guard var common = Shape.broadcast(a, b) else { throw .shapesDoNotBroadcast("take_along_dim", shape, index.shape) }
    common[d] = shape[d]
    let source = try expand(common)
    common[d] = index.shape[d]
    return try source.gather(d, index.expand(common))
  }

  /// The rows of this table at the places of `index`.
  /// - Shape: `self [rows, size]`, `index [*]` to `[*, size]`.
  /// - Gradient: each row sums the `dy` of its places; a padding row has none.
  public func embedding(_ index: Tensor, padding: Int? = nil) throws(TensorError) -> Tensor {
    guard rank == 2 else { throw .shape("embedding", expected: "a table of [rows, size]", met: shape, operand: 1) }
    guard index.dtype == .int64 else { throw .dtype("embedding", expected: "integers", met: index.dtype, operand: 0) }
    let bad = try index.detached().contiguous()
    let at = pith_index_first_bad(bad.i64, bad.count, 0, Int64(shape[0]))
    guard at < 0 else { throw .index(Int(bad.i64[Int(at)]), size: shape[0], dimension: 0) }
    let rows = try indexSelect(0, index.reshape([index.count])).reshape(index.shape + [shape[1]])
    guard let padding else { return rows }
    let row = padding < 0 ? padding + shape[0] : padding
    guard row >= 0, row < shape[0] else { throw .index(padding, size: shape[0], dimension: 0) }
    return try index.eq(Tensor.number(row)).unsqueeze(-1).selecting(rows.detached(), rows)
  }

  /// Class numbers as rows with a single 1.
  public func oneHot(_ classes: Int = -1) throws(TensorError) -> Tensor {
    guard dtype == .int64 else { throw .dtype("one_hot", expected: "class numbers (integers)", met: dtype, operand: 0) }
    guard classes >= 1 || classes == -1 else { throw .value("one_hot", "num_classes must be at least 1, got \(classes)") }
    guard count > 0 || classes > 0 else { throw .value("one_hot", "num_classes must be given where there are no labels") }
    let labels = try detached().contiguous()
    var largest: Int64 = -1
    for i in 0..<labels.count {
      let label = labels.i64[i]
      guard label >= 0, classes < 0 || label < classes else {
        throw .value("one_hot", "label \(label) is not in 0 to \(classes < 0 ? "n - 1: labels count from 0" : "\(classes - 1)")")
      }
      largest = Swift.max(largest, label)
    }
    let n = classes > 0 ? classes : Int(clamping: largest.addingReportingOverflow(1).partialValue.magnitude)
    let y = try Tensor.zeros(shape + [n], .int64)
    for i in 0..<labels.count { y.i64[i * n + Int(labels.i64[i])] = 1 }
    return y
  }
}

struct GatherOp: Primitive {
  let dim: Int, places: Tensor, size: Int
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let axes = try Axes(x[0], [dim], keepdim: true), y = try Tensor.empty(places.shape, x[0].dtype)
    let gather = y.dtype.size == 1 ? pith_gather_1 : y.dtype.size == 4 ? pith_gather_4 : pith_gather_8
    gather(axes.x.raw, places.i64, y.raw, axes.outer, axes.n, axes.inner, places.shape[dim])
    return y
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try UngatherOp(gather: self).apply([dy])] }
}

/// Zeros, with each element of the input added at its place.
struct UngatherOp: Primitive {
  let gather: GatherOp
  static var name: String { "scatter_add" }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    var shape = gather.places.shape
    shape[gather.dim] = gather.size
    let y = try Tensor.zeros(shape, x[0].dtype), dy = try x[0].contiguous()
    let axes = try Axes(y, [gather.dim], keepdim: true), m = gather.places.shape[gather.dim], places = gather.places.i64
    switch y.dtype {
    case .float32: pith_scatter_add_f32(dy.f32, places, y.f32, axes.outer, axes.n, axes.inner, m)
    case .float64: pith_scatter_add_f64(dy.f64, places, y.f64, axes.outer, axes.n, axes.inner, m)
    case .int64: pith_scatter_add_i64(dy.i64, places, y.i64, axes.outer, axes.n, axes.inner, m)
    case .bool: throw .dtype("scatter_add", expected: "numbers", met: .bool, operand: 0)
    }
    return y
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try gather.apply([dy])] }
}
