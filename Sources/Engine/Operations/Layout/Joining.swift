import Builtins

extension Builtin<Void> {
  static let cat = Builtin(
    "cat", "Tensors one after the other along a dimension that they have.",
    .required("tensors", [Tensor].self, "Equal sizes but along `dim`."),
    .option("dim", 0, "The dimension that grows."),
    examples: [Example("cat([tensor([1.0, 2.0]), tensor([3.0])])", gives: "[1., 2., 3.]")]
  ) { (tensors: [Tensor], dim: Int) in try Tensor.cat(tensors, dim) }

  static let concat = Builtin(
    "concat", "Another name of `cat`.",
    .required("tensors", [Tensor].self, "Equal sizes but along `dim`."),
    .option("dim", 0, "The dimension that grows."),
    examples: [Example("concat([tensor([1.0, 2.0]), tensor([3.0])])", gives: "[1., 2., 3.]")]
  ) { (tensors: [Tensor], dim: Int) in try Tensor.cat(tensors, dim) }

  static let hstack = Builtin(
    "hstack", "Tensors side by side, along dimension 1, or 0 for vectors.",
    .required("tensors", [Tensor].self, "Equal sizes elsewhere."),
    examples: [Example("hstack([tensor([[1.0], [2.0]]), tensor([[3.0], [4.0]])])", gives: "[[1., 3.],\n        [2., 4.]]")]
  ) { (tensors: [Tensor]) in
    let list = try tensors.map { try $0.rank == 0 ? $0.reshape([1]) : $0 }
    return try Tensor.cat(list, list.first?.rank == 1 ? 0 : 1)
  }

  static let stack = Builtin(
    "stack", "Tensors of one shape along a new dimension.",
    .required("tensors", [Tensor].self, "Equal shapes."),
    .option("dim", 0, "Where the new dimension stands."),
    examples: [Example("stack([tensor([1.0, 2.0]), tensor([3.0, 4.0])])", gives: "[[1., 2.],\n        [3., 4.]]")]
  ) { (tensors: [Tensor], dim: Int) in try Tensor.stack(tensors, dim) }

  static let vstack = Builtin(
    "vstack", "Tensors one below the other, vectors as rows.",
    .required("tensors", [Tensor].self, "Equal sizes elsewhere."),
    examples: [Example("vstack([tensor([1.0, 2.0]), tensor([3.0, 4.0])])", gives: "[[1., 2.],\n        [3., 4.]]")]
  ) { (tensors: [Tensor]) in try Tensor.cat(tensors.map { try $0.rank < 2 ? $0.reshape([1, $0.count]) : $0 }, 0) }
}

extension Tensor {
  /// Tensors one after the other along a dimension. An empty vector is passed over, as in PyTorch.
  /// - Throws: `shape` where sizes elsewhere differ.
  public static func cat(_ tensors: [Tensor], _ dim: Int = 0) throws(TensorError) -> Tensor {
    guard let first = tensors.first else { throw .value("cat", "takes at least one tensor") }
    let filled = tensors.filter { $0.shape != [0] }
    guard let model = filled.first else { return first }
    guard model.rank > 0 else { throw .shape("cat", expected: "tensors with dimensions (`stack` joins numbers)", met: [], operand: 0) }
    let d = try Shape.dimension(dim, rank: model.rank, "cat")
    var sizes: [Int] = []
    for (i, t) in filled.enumerated() {
      var expected = model.shape
      if t.rank == model.rank { expected[d] = t.shape[d] }
      guard t.shape == expected else {
        throw .shape("cat along dimension \(d)", expected: "sizes equal to \(model.shape) elsewhere", met: t.shape, operand: i)
      }
      sizes.append(t.shape[d])
    }
    let dtype = resultType(filled)
    var same: [Tensor] = []
    for t in filled { same.append(try t.to(dtype)) }
    return try CatOp(dim: d, sizes: sizes).apply(same)
  }

  /// Tensors of one shape along a new dimension.
  public static func stack(_ tensors: [Tensor], _ dim: Int = 0) throws(TensorError) -> Tensor {
    guard let first = tensors.first else { throw .value("stack", "takes at least one tensor") }
    let d = try Shape.dimension(dim, rank: first.rank + 1, "stack")
    var raised: [Tensor] = []
    for (i, t) in tensors.enumerated() {
      guard t.shape == first.shape else { throw .shape("stack", expected: "tensors of \(first.shape)", met: t.shape, operand: i) }
      raised.append(try t.unsqueeze(d))
    }
    return try cat(raised, d)
  }
}

struct CatOp: Primitive {
  let dim: Int, sizes: [Int]

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    var shape = x[0].shape
    shape[dim] = sizes.reduce(0, +)
    let y = try Tensor.empty(shape, x[0].dtype)
    var at = 0
    for (t, size) in zip(x, sizes) {
      Kernel.write(try t.contiguous(), into: y.viewed(t.shape, strides: y.strides, offset: y.offset + at * y.strides[dim]))
      at += size
    }
    return y
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    var at = 0
    var gradients: [Tensor?] = []
    for (i, size) in sizes.enumerated() {
      gradients.append(pass.wants[i] ? try dy.narrow(dim, at, size) : nil)
      at += size
    }
    return gradients
  }
}
