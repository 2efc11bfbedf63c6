/// Another look at the memory of the input.
struct ReshapeOp: Primitive {
  let from: [Int], to: [Int]
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    if let strides = x[0].strides(reshapedTo: to) { return x[0].viewed(to, strides: strides, offset: x[0].offset) }
    let compact = try x[0].contiguous()
    return compact.viewed(to, strides: Shape.strides(to), offset: compact.offset)
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy.reshape(from)] }
}

struct PermuteOp: Primitive {
  let order: [Int]
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    x[0].viewed(order.map { x[0].shape[$0] }, strides: order.map { x[0].strides[$0] }, offset: x[0].offset)
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    var inverse = order
    for (i, d) in order.enumerated() { inverse[d] = i }
    return [try PermuteOp(order: inverse).apply([dy])]
  }
}

struct ExpandOp: Primitive {
  let from: [Int], to: [Int]
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    x[0].viewed(to, strides: Shape.stretched(x[0].strides, from, to: to), offset: x[0].offset)
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy.summed(to: from)] }
}

extension Tensor {
  /// Whether an operation on this tensor now would be noted in a history.
  var isRecorded: Bool {
    switch Recording.current {
    case .none: false
    case .required: node?.isRequired ?? false
    case .all, .everything: dtype.isFloating
    }
  }

  /// The same numbers in another shape; one size may be -1, to be worked out from the rest.
  /// - Throws: `elements` where the counts differ.
  public func reshape(_ sizes: [Int]) throws(TensorError) -> Tensor {
    if sizes == shape { return self }
    var to = sizes
    if let open = sizes.firstIndex(of: -1) {
      to[open] = 1
      guard let rest = Shape.count(to), rest > 0, count % rest == 0 else { throw .elements(from: shape, to: sizes) }
      to[open] = count / rest
    }
    guard to.count <= Shape.maximalRank else { throw .tooManyDimensions(to.count) }
    guard Shape.count(to) == count else { throw .elements(from: shape, to: sizes) }
    return try ReshapeOp(from: shape, to: to).apply([self])
  }

  /// The dimensions in another order, as a view.
  public func permute(_ dims: [Int]) throws(TensorError) -> Tensor {
    let order = dims.isEmpty ? [] : try Shape.dimensions(dims, rank: rank, "permute")
    guard order.count == rank else { throw .shape("permute", expected: "a tensor of \(dims.count) dimensions", met: shape, operand: 0) }
    return try PermuteOp(order: order).apply([self])
  }

  /// Two dimensions exchanged, as a view.
  public func transpose(_ a: Int, _ b: Int) throws(TensorError) -> Tensor {
    let (a, b) = (try Shape.dimension(a, rank: rank, "transpose"), try Shape.dimension(b, rank: rank, "transpose"))
    if rank == 0 { return self }
    guard isRecorded else {
      var (sizes, steps) = (shape, strides)
      sizes.swapAt(a, b)
      steps.swapAt(a, b)
      return viewed(sizes, strides: steps, offset: offset)
    }
    var order = Array(0..<rank)
    order.swapAt(a, b)
    return try PermuteOp(order: order).apply([self])
  }

  /// Sizes of 1 stretched to others, as a view; -1 keeps a size.
  public func expand(_ sizes: [Int]) throws(TensorError) -> Tensor {
    if sizes == shape { return self }
    let lead = sizes.count - rank
    guard lead >= 0, sizes.count <= Shape.maximalRank else { throw .shapesDoNotBroadcast("expand", shape, sizes) }
    var to = sizes
    for i in to.indices where to[i] == -1 && i >= lead { to[i] = shape[i - lead] }
    guard to.allSatisfy({ $0 >= 0 }), Shape.broadcast(shape, to) == to else { throw .shapesDoNotBroadcast("expand", shape, sizes) }
    guard Shape.count(to) != nil else {
      throw .tooLarge(shape: to, bytes: to.reduce(Double(dtype.size)) { $0 * Double($1) }, limit: Pool.shared.limit)
    }
    return try ExpandOp(from: shape, to: to).apply([self])
  }

  /// Strides with which this memory reads as `to`, which has as many elements; nil where it must be copied for that.
  fileprivate func strides(reshapedTo to: [Int]) -> [Int]? {
    if isContiguous { return Shape.strides(to) }
    if count == 0 { return nil }
    // Runs of dimensions that lie together may be cut anew; a run ends where the strides break.
    var strides = [Int](repeating: 1, count: to.count)
    var view = to.count - 1, run = 1, base = self.strides.last ?? 1
    for d in shape.indices.reversed() {
      run *= shape[d]
      let isEnd = d == 0 || (shape[d - 1] != 1 && self.strides[d - 1] != run * base)
      guard isEnd else { continue }
      var filled = 1
      while view >= 0, filled < run || to[view] == 1 {
        strides[view] = filled * base
        filled *= to[view]
        view -= 1
      }
      guard filled == run else { return nil }
      if d > 0 { (run, base) = (1, self.strides[d - 1]) }
    }
    return view < 0 ? strides : nil
  }
}
