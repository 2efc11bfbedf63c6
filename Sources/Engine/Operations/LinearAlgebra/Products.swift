import Builtins

extension Builtin<Void> {
  static let addmm = Builtin(
    "addmm", "A matrix product added to a tensor.",
    .required("input", Tensor.self, "What it is added to; it stretches."),
    .required("mat1", Tensor.self, "[n, k]"),
    .required("mat2", Tensor.self, "[k, m]"),
    .option("beta", 1.0, "A factor of the input."),
    .option("alpha", 1.0, "A factor of the product."),
    formula: "beta input + alpha (mat1 @ mat2)",
    laws: [.gradient(in: -2...2)],
    examples: [Example("addmm(tensor([1.0]), tensor([[1.0, 2.0]]), tensor([[3.0], [4.0]]))", gives: "[[12.]]")]
  ) { (x: Tensor, a: Tensor, b: Tensor, beta: Double, alpha: Double) in
    try x.added(beta, a.product("addmm", b, ranks: (2, 2)), alpha)
  }

  static let baddbmm = Builtin(
    "baddbmm", "A batch of matrix products added to a tensor.",
    .required("input", Tensor.self, "What it is added to; it stretches."),
    .required("batch1", Tensor.self, "[b, n, k]"),
    .required("batch2", Tensor.self, "[b, k, m]"),
    .option("beta", 1.0, "A factor of the input."),
    .option("alpha", 1.0, "A factor of the product."),
    formula: "beta input + alpha (batch1 @ batch2)",
    examples: [Example("baddbmm(ones(1), ones(1, 1, 2), ones(1, 2, 1))", gives: "[[[3.]]]")]
  ) { (x: Tensor, a: Tensor, b: Tensor, beta: Double, alpha: Double) in
    try x.added(beta, a.product("baddbmm", b, ranks: (3, 3)), alpha)
  }

  static let bmm = Builtin(
    "bmm", "The products of two batches of matrices.",
    .required("input", Tensor.self, "[b, n, k]"),
    .required("mat2", Tensor.self, "[b, k, m]"),
    examples: [Example("bmm(ones(1, 1, 2), ones(1, 2, 1))", gives: "[[[2.]]]")]
  ) { (a: Tensor, b: Tensor) in
    if a.rank == 3, b.rank == 3, a.shape[0] != b.shape[0] {
      throw TensorError.shape("bmm", expected: "[\(a.shape[0]), *, *] on the right", met: b.shape, operand: 1)
    }
    return try a.product("bmm", b, ranks: (3, 3))
  }

  static let dot = Builtin(
    "dot", "The sum of the products of two vectors.",
    .required("input", Tensor.self, "A vector."),
    .required("tensor", Tensor.self, "A vector of the same length."),
    examples: [Example("dot(tensor([1.0, 2.0]), tensor([3.0, 4.0]))", gives: "11.")]
  ) { (a: Tensor, b: Tensor) in try a.product("dot", b, ranks: (1, 1)) }

  static let kron = Builtin(
    "kron", "Every product of an element of one and an element of the other, in blocks.",
    .required("input", Tensor.self, "Which block."),
    .required("other", Tensor.self, "What the blocks are multiples of."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("kron(tensor([1.0, 2.0]), tensor([1.0, 3.0]))", gives: "[1., 3., 2., 6.]")]
  ) { (a: Tensor, b: Tensor) in try a.kron(b) }

  static let mm = Builtin(
    "mm", "The product of two matrices.",
    .required("input", Tensor.self, "[n, k]"),
    .required("mat2", Tensor.self, "[k, m]"),
    laws: [.gradient(in: -2...2)],
    examples: [Example("mm(tensor([[1.0, 2.0]]), tensor([[3.0], [4.0]]))", gives: "[[11.]]")]
  ) { (a: Tensor, b: Tensor) in try a.product("mm", b, ranks: (2, 2)) }

  static let mv = Builtin(
    "mv", "A matrix times a vector.",
    .required("input", Tensor.self, "[n, k]"),
    .required("vec", Tensor.self, "[k]"),
    examples: [Example("mv(tensor([[1.0, 2.0]]), tensor([3.0, 4.0]))", gives: "[11.]")]
  ) { (a: Tensor, b: Tensor) in try a.product("mv", b, ranks: (2, 1)) }

  static let outer = Builtin(
    "outer", "All products of an element of one vector and one of another.",
    .required("input", Tensor.self, "A vector."),
    .required("vec2", Tensor.self, "A vector."),
    examples: [Example("outer(tensor([1.0, 2.0]), tensor([3.0, 4.0]))", gives: "[[3., 4.],\n        [6., 8.]]")]
  ) { (a: Tensor, b: Tensor) in
    guard a.rank == 1, b.rank == 1 else {
      throw TensorError.shape("outer", expected: "two vectors", met: a.rank == 1 ? b.shape : a.shape, operand: a.rank == 1 ? 1 : 0)
    }
    return try a.unsqueeze(1) * b
  }

  static let tensordot = Builtin(
    "tensordot", "The sum of products over the last dimensions of one tensor and the first of another.",
    .required("a", Tensor.self, "Any numbers."),
    .required("b", Tensor.self, "Any numbers."),
    .option("dims", 2, in: 0...16, "How many dimensions."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("tensordot(ones(2, 3), ones(2, 3), dims=2)", gives: "6.")]
  ) { (a: Tensor, b: Tensor, n: Int) in try a.tensordot(b, n) }
}

extension Tensor {
  /// The matrix product of operands of fixed numbers of dimensions.
  func product(_ name: String, _ other: Tensor, ranks: (Int, Int)) throws(TensorError) -> Tensor {
    let words = ["a number", "a vector", "a matrix", "a batch of matrices"]
    guard rank == ranks.0 else { throw .shape(name, expected: "\(words[ranks.0]) on the left", met: shape, operand: 0) }
    guard other.rank == ranks.1 else { throw .shape(name, expected: "\(words[ranks.1]) on the right", met: other.shape, operand: 1) }
    return try matmul(other)
  }

  func added(_ beta: Double, _ product: Tensor, _ alpha: Double) throws(TensorError) -> Tensor {
    try (beta == 1 ? self : self * beta) + (alpha == 1 ? product : product * alpha)
  }

  func kron(_ other: Tensor) throws(TensorError) -> Tensor {
    let n = Swift.max(rank, other.rank)
    let a = Array(repeating: 1, count: n - rank) + shape, b = Array(repeating: 1, count: n - other.rank) + other.shape
    guard 2 * n <= Shape.maximalRank else { throw .tooManyDimensions(2 * n) }
    let product = try reshape(a.flatMap { [$0, 1] }) * other.reshape(b.flatMap { [1, $0] })
    return try product.reshape(zip(a, b).map { $0 * $1 })
  }

  func tensordot(_ other: Tensor, _ n: Int) throws(TensorError) -> Tensor {
    guard n <= rank, n <= other.rank, Array(shape.suffix(n)) == Array(other.shape.prefix(n)) else {
      throw .shape("tensordot of \(shape)", expected: "\(shape.suffix(n)) first on the right", met: other.shape, operand: 1)
    }
    let (left, inner, right) = (Array(shape.dropLast(n)), shape.suffix(n).reduce(1, *), Array(other.shape.dropFirst(n)))
    let y = try reshape([left.reduce(1, *), inner]).matmul(other.reshape([inner, right.reduce(1, *)]))
    return try y.reshape(left + right)
  }
}
