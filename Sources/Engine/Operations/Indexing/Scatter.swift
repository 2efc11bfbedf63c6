import Builtins
import CKernels

extension Builtin<Void> {
  static let scatter = Builtin(
    "scatter", "A copy with elements written along a dimension, by a place for each.",
    .required("input", Tensor.self, "Any numbers."),
    .required("dim", Int.self, "The dimension."),
    .required("index", Tensor.self, "Places along it."),
    .required("src", Tensor.self, "What is written: a tensor at least as large as the index, or one number."),
    formula: "y[i, index[i, j]] = src[i, j] for dim = 1",
    examples: [Example("scatter(zeros(1, 3), 1, tensor([[2]]), 5.0)", gives: "[[0., 0., 5.]]")]
  ) { (x: Tensor, dim: Int, index: Tensor, source: Tensor) in try x.scatter(dim, index, source) }

  static let scatterAdd = Builtin(
    "scatter_add", "A copy with elements added along a dimension, by a place for each.",
    .required("input", Tensor.self, "Any numbers."),
    .required("dim", Int.self, "The dimension."),
    .required("index", Tensor.self, "Places along it."),
    .required("src", Tensor.self, "What is added."),
    formula: "y[i, index[i, j]] += src[i, j] for dim = 1",
    examples: [Example("scatter_add(zeros(1, 3), 1, tensor([[2, 2]]), ones(1, 2))", gives: "[[0., 0., 2.]]")]
  ) { (x: Tensor, dim: Int, index: Tensor, source: Tensor) in try x.scatterAdd(dim, index, source) }
}

extension Tensor {
  /// A copy in which `y[…, index[…, j, …], …] = src[…, j, …]`; of equal places the last one stays.
  /// - Gradient: `dx = dy` but 0 at the places, `dsrc = dy` at the places.
  public func scatter(_ dim: Int, _ index: Tensor, _ source: Tensor) throws(TensorError) -> Tensor {
    let d = try Shape.dimension(dim, rank: rank, "scatter")
    let places = try checkedPlaces("scatter", d, index)
    return try ScatterOp(dim: d, places: places, size: shape[d]).apply([self, fitted("scatter", source, to: index)])
  }

  /// A copy in which `y[…, index[…, j, …], …] += src[…, j, …]`.
  public func scatterAdd(_ dim: Int, _ index: Tensor, _ source: Tensor) throws(TensorError) -> Tensor {
    let d = try Shape.dimension(dim, rank: rank, "scatter_add")
    let places = try checkedPlaces("scatter_add", d, index)
    let added = try UngatherOp(gather: GatherOp(dim: d, places: places, size: shape[d])).apply([fitted("scatter_add", source, to: index)])
    return try self + added.padded(to: shape)
  }

  /// What is written at the places of an index, in this tensor's dtype.
  private func fitted(_ name: String, _ source: Tensor, to index: Tensor) throws(TensorError) -> Tensor {
    if source.isNumber { return try source.to(dtype).expand(index.shape) }
    guard source.dtype == dtype else { throw .dtype(name, expected: "\(dtype.name) to write", met: source.dtype, operand: 3) }
    guard source.rank == index.rank, zip(index.shape, source.shape).allSatisfy({ $0 <= $1 }) else {
      throw .shape(name, expected: "at least \(index.shape) to write", met: source.shape, operand: 3)
    }
    return try source.narrowed(to: index.shape, except: -1)
  }

  /// Zeros behind each dimension, up to the given sizes.
  private func padded(to sizes: [Int]) throws(TensorError) -> Tensor {
    if sizes == shape { return self }
    return try PadOp(before: shape.map { _ in 0 }, after: zip(sizes, shape).map { $0 - $1 }, value: 0).apply([self])
  }
}

struct ScatterOp: Primitive {
  let dim: Int, places: Tensor, size: Int

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let y = try Kernel.compact(x[0]), source = try x[1].contiguous()
    // The corner that the index covers, changed on its own and put back.
    let corner = try Recording.with(.none) { () throws(TensorError) -> Tensor in try y.narrowed(to: places.shape, except: dim) }
    let target = corner.isContiguous ? corner : try Kernel.compact(corner)
    let axes = try Axes(target, [dim], keepdim: true), m = places.shape[dim]
    let scatter = y.dtype.size == 1 ? pith_scatter_1 : y.dtype.size == 4 ? pith_scatter_4 : pith_scatter_8
    scatter(source.raw, places.i64, target.raw, axes.outer, axes.n, axes.inner, m)
    if target !== corner { Kernel.write(target, into: corner) }
    return y
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    [
      pass.wants[0] ? try dy.scatter(dim, places, Tensor.number(0.0)) : nil,
      pass.wants[1] ? try dy.gather(dim, places) : nil,
    ]
  }
}
