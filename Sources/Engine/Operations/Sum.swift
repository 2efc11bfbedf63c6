import CKernels

extension Tensor {
  /// The sum over dimensions, over all where none is named. Integers and truth values sum to int64.
  /// - Shape: `x [*]` to `y [*]` without `dims`, or with them kept as 1.
  /// - Gradient: `dx = dy`, stretched.
  public func sum(_ dims: [Int]? = nil, keepdim: Bool = false) throws(TensorError) -> Tensor {
    let axes = try Shape.dimensions(dims, rank: rank, "sum")
    return try SumOp(dims: axes, keepdim: keepdim, shape: shape).apply([self])
  }

  /// The mean over dimensions, over all where none is named.
  public func mean(_ dims: [Int]? = nil, keepdim: Bool = false) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("mean", expected: "real numbers (`.float()` makes them)", met: dtype, operand: 0) }
    let axes = try Shape.dimensions(dims, rank: rank, "mean")
    let n = axes.reduce(1) { $0 * shape[$1] }
    return try SumOp(dims: axes, keepdim: keepdim, shape: shape).apply([self]) / Double(n)
  }
}

struct SumOp: Primitive {
  let dims: [Int], keepdim: Bool, shape: [Int]
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    try Kernel.reduce(PITH_REDUCE_SUM, x[0], dims, keepdim: keepdim)
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    [try dy.restoring(dims, keepdim: keepdim).expand(shape)]
  }
}

extension Tensor {
  /// A reduced tensor with its reduced dimensions back as 1.
  func restoring(_ dims: [Int], keepdim: Bool) throws(TensorError) -> Tensor {
    if keepdim { return self }
    var shape = self.shape
    for d in dims.sorted() { shape.insert(1, at: d) }
    return try reshape(shape)
  }
}
