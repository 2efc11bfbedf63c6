import CKernels

/// `softmax(scale q kᵀ + mask) v` of float32. A primitive for memory and speed: the weights are made a block of rows at a
/// time, used while they are in the cache, and made again in the backward pass.
struct AttentionOp: Primitive {
  let scale: Double, isCausal: Bool
  /// Numbers that are added to the scores, as float32 `[batches, heads, L, S]` whose last axis lies together.
  let mask: Tensor?
  static var name: String { "scaled_dot_product_attention" }
  var saves: Saves { .inputs }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    try AttentionPlan(x[0], x[1], x[2], self).forward()
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    guard Recording.current == .none else { return try pass.gradients(through: composed, inputs: 3, seed: dy) }
    let x = (0..<3).map { pass.input($0) }
    let into = try (0..<3).map { i throws(TensorError) in pass.wants[i] ? try Tensor.empty(x[i].shape, orderedAs: x[i]) : nil }
    try AttentionPlan(x[0], x[1], x[2], self).backward(dy, into: into)
    return into
  }

  private func composed(_ x: [Tensor]) throws -> Tensor {
    try AttentionWeights(scale: scale, isCausal: isCausal, dropout: 0).attend(x[0], x[1], x[2], mask: mask, using: nil)
  }

  /// A shape as `[batches, heads, length, size]`: missing dimensions are 1, and those too many are one.
  static func fourDimensions(_ shape: [Int]) -> [Int] {
    if shape.count <= 4 { return Array(repeating: 1, count: 4 - shape.count) + shape }
    return [shape.dropLast(3).reduce(1, *)] + shape.suffix(3)
  }

  /// A mask as numbers to add, stretched to the weights of `[*, L, S]`.
  static func added(_ mask: Tensor, to weights: [Int]) throws(TensorError) -> Tensor {
    try Recording.with(.none) { () throws(TensorError) -> Tensor in
      var t = mask.detached()
      if t.dtype == .bool { t = try t.selecting(Tensor.full([], 0), Tensor.full([], -.infinity)) }
      if t.rank == 0 || t.shape[t.rank - 1] != weights[weights.count - 1] { t = try t.expand(Array(t.shape.dropLast()) + weights.suffix(1)) }
      t = try t.contiguous()
      return try t.expand(weights).reshape(fourDimensions(weights))
    }
  }
}

/// As `AttentionOp` for queries, keys and values that one product made: `[3, batches, heads, L, E]`. Its gradient is one
/// tensor, which three slices would each have to fill with zeros and add.
struct PackedAttentionOp: Primitive {
  let inner: AttentionOp
  static var name: String { AttentionOp.name }
  var saves: Saves { .first }

  private static func part(_ x: Tensor, _ i: Int) -> Tensor {
    x.viewed(Array(x.shape.dropFirst()), strides: Array(x.strides.dropFirst()), offset: x.offset + i * x.strides[0])
  }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    try AttentionPlan(Self.part(x[0], 0), Self.part(x[0], 1), Self.part(x[0], 2), inner).forward()
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let how = AttentionWeights(scale: inner.scale, isCausal: inner.isCausal, dropout: 0)
    guard Recording.current == .none else {
      return try pass.gradients(
        through: { try how.attend($0[0].select(0, 0), $0[0].select(0, 1), $0[0].select(0, 2), mask: inner.mask, using: nil) }, inputs: 1, seed: dy)
    }
    let x = pass.input(0), dx = try Tensor.empty(x.shape, orderedAs: x)
    try AttentionPlan(Self.part(x, 0), Self.part(x, 1), Self.part(x, 2), inner).backward(dy, into: (0..<3).map { Self.part(dx, $0) })
    return [dx]
  }
}

extension Tensor {
  /// Attention of heads that lie side by side in one product: `self` is `[3, batches, heads, L, E]`.
  public func packedAttention(mask: Tensor?, isCausal: Bool, dropout: Double, using generator: Generator) throws -> Tensor {
    let (length, size) = (shape[3], shape[4])
    let scale = 1 / Double(Swift.max(size, 1)).squareRoot()
    guard dtype == .float32, dropout == 0, !Kernel.rounds, count > 0, !(mask?.isRecorded ?? false) else {
      let parts = try unbind(0)
      return try parts[0].attention(parts[1], parts[2], mask: mask, dropout: dropout, isCausal: isCausal, using: generator)
    }
    let weights = [shape[1], shape[2], length, length]
    if let mask, Shape.broadcast(mask.shape, weights) != weights {
      throw TensorError.shape("scaled_dot_product_attention", expected: "a mask that stretches to \(weights)", met: mask.shape, operand: 3)
    }
    let added = try mask.map { try AttentionOp.added($0, to: weights) }
    return try PackedAttentionOp(inner: AttentionOp(scale: scale, isCausal: isCausal, mask: added)).apply([self])
  }

  /// Memory without gaps whose dimensions lie in the order of those of another tensor of the same rank, but for the last,
  /// which always lies together. One that stands for several (a stride of 0) comes first.
  static func empty(_ shape: [Int], orderedAs t: Tensor) throws(TensorError) -> Tensor {
    func step(_ d: Int) -> Int { t.strides[d] == 0 ? .max : t.strides[d] }
    let order = shape.indices.dropLast().sorted { (step($0), $1) > (step($1), $0) } + shape.indices.suffix(1)
    let plain = try empty(order.map { shape[$0] }, t.dtype)
    var strides = shape
    for (place, d) in order.enumerated() { strides[d] = plain.strides[place] }
    return plain.viewed(shape, strides: strides, offset: 0)
  }
}

extension AttentionOp: CountedWork {
  func multiplications(_ inputs: [[Int]], _ output: [Int]) -> Double {
    inputs.count > 2 ? Self.products(inputs[0], inputs[1], inputs[2]) : 0
  }

  /// Of queries with keys, and of weights with values.
  fileprivate static func products(_ q: [Int], _ k: [Int], _ v: [Int]) -> Double {
    guard q.count > 1, k.count > 1, let e = q.last, let w = v.last else { return 0 }
    return q.dropLast().reduce(1.0) { $0 * Double($1) } * Double(k[k.count - 2]) * Double(e + w)
  }
}

extension PackedAttentionOp: CountedWork {
  func multiplications(_ inputs: [[Int]], _ output: [Int]) -> Double {
    let one = Array(inputs.first?.dropFirst() ?? [])
    return AttentionOp.products(one, one, one)
  }
}
