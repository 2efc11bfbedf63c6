import Builtins

extension Builtin<Void> {
  static let addbmm = Builtin(
    "addbmm", "The sum of a batch of matrix products, added to a matrix.",
    .required("input", Tensor.self, "What it is added to; it stretches."),
    .required("batch1", Tensor.self, "[b, n, k]"),
    .required("batch2", Tensor.self, "[b, k, m]"),
    .option("beta", 1.0, "A factor of the input."),
    .option("alpha", 1.0, "A factor of the sum."),
    examples: [Example("addbmm(ones(1), ones(2, 1, 2), ones(2, 2, 1))", gives: "[[5.]]")]
  ) { (x: Tensor, a: Tensor, b: Tensor, beta: Double, alpha: Double) in
    try x.added(beta, a.product("addbmm", b, ranks: (3, 3)).sum([0]), alpha)
  }

  static let addcdiv = Builtin(
    "addcdiv", "A quotient added to a tensor.",
    .required("input", Tensor.self, "What it is added to."),
    .required("tensor1", Tensor.self, "What is divided."),
    .required("tensor2", Tensor.self, "What it is divided by."),
    .option("value", 1.0, "A factor of the quotient."),
    formula: "input + value tensor1 / tensor2",
    laws: [.gradient(in: 0.5...2)],
    examples: [Example("addcdiv(tensor([1.0]), tensor([3.0]), tensor([2.0]), value=2)", gives: "[4.]")]
  ) { (x: Tensor, a: Tensor, b: Tensor, value: Double) in try x.added(1, a / b, value) }

  static let addcmul = Builtin(
    "addcmul", "A product, element by element, added to a tensor.",
    .required("input", Tensor.self, "What it is added to."),
    .required("tensor1", Tensor.self, "A factor."),
    .required("tensor2", Tensor.self, "A factor."),
    .option("value", 1.0, "A factor of the product."),
    formula: "input + value tensor1 tensor2",
    laws: [.gradient(in: -2...2)],
    examples: [Example("addcmul(tensor([1.0]), tensor([3.0]), tensor([2.0]), value=0.5)", gives: "[4.]")]
  ) { (x: Tensor, a: Tensor, b: Tensor, value: Double) in try x.added(1, a * b, value) }

  static let addmv = Builtin(
    "addmv", "A matrix times a vector, added to a vector.",
    .required("input", Tensor.self, "What it is added to; it stretches."),
    .required("mat", Tensor.self, "[n, k]"),
    .required("vec", Tensor.self, "[k]"),
    .option("beta", 1.0, "A factor of the input."),
    .option("alpha", 1.0, "A factor of the product."),
    examples: [Example("addmv(tensor([1.0]), tensor([[1.0, 2.0]]), tensor([3.0, 4.0]))", gives: "[12.]")]
  ) { (x: Tensor, a: Tensor, b: Tensor, beta: Double, alpha: Double) in
    try x.added(beta, a.product("addmv", b, ranks: (2, 1)), alpha)
  }

  static let addr = Builtin(
    "addr", "All products of an element of one vector and one of another, added to a matrix.",
    .required("input", Tensor.self, "What it is added to; it stretches."),
    .required("vec1", Tensor.self, "[n]"),
    .required("vec2", Tensor.self, "[m]"),
    .option("beta", 1.0, "A factor of the input."),
    .option("alpha", 1.0, "A factor of the products."),
    examples: [Example("addr(ones(1), tensor([1.0]), tensor([3.0, 4.0]))", gives: "[[4., 5.]]")]
  ) { (x: Tensor, a: Tensor, b: Tensor, beta: Double, alpha: Double) in
    for (i, t) in [a, b].enumerated() where t.rank != 1 { throw TensorError.shape("addr", expected: "vectors", met: t.shape, operand: i + 1) }
    return try x.added(beta, a.unsqueeze(1) * b, alpha)
  }

  static let cross = Builtin(
    "cross", "The cross product of vectors of three numbers.",
    .required("input", Tensor.self, "Vectors along a dimension of size 3."),
    .required("other", Tensor.self, "As many."),
    .optional("dim", Int.self, "The dimension; without it, the first of size 3."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("cross(tensor([1.0, 0.0, 0.0]), tensor([0.0, 1.0, 0.0]))", gives: "[0., 0., 1.]")]
  ) { (a: Tensor, b: Tensor, dim: Int?) in try a.cross(b, dim) }

  static let inner = Builtin(
    "inner", "The sums of products over the last dimensions of both.",
    .required("input", Tensor.self, "[*, k]"),
    .required("other", Tensor.self, "[*, k]"),
    laws: [.gradient(in: -2...2)],
    examples: [Example("inner(tensor([1.0, 2.0]), tensor([3.0, 4.0]))", gives: "11.")]
  ) { (a: Tensor, b: Tensor) in
    guard a.rank > 0, b.rank > 0 else { return try a * b }
    guard a.shape.last == b.shape.last, let k = a.shape.last else {
      throw TensorError.shape("inner of \(a.shape)", expected: "\(a.shape.last ?? 0) last on the right", met: b.shape, operand: 1)
    }
    let (left, right) = (Array(a.shape.dropLast()), Array(b.shape.dropLast()))
    let product = try a.reshape([left.reduce(1, *), k]).matmul(b.reshape([right.reduce(1, *), k]).transpose(0, 1))
    return try product.reshape(left + right)
  }

  static let multiDot = Builtin(
    "multi_dot", "The product of several matrices, in the order that costs least.",
    .required("tensors", [Tensor].self, "Matrices; the first and the last may be vectors."),
    source: Source("Cormen and others, Introduction to Algorithms, 15.2"),
    examples: [Example("multi_dot([ones(2, 3), ones(3, 4), ones(4, 1)])", gives: "[[12.],\n        [12.]]")]
  ) { (tensors: [Tensor]) in try Tensor.product(tensors) }

  static let vecdot = Builtin(
    "vecdot", "The sums of products along a dimension.",
    .required("x", Tensor.self, "Vectors."),
    .required("y", Tensor.self, "Vectors."),
    .option("dim", -1, "The dimension."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("vecdot(ones(2, 3), ones(2, 3))", gives: "[3., 3.]")]
  ) { (x: Tensor, y: Tensor, dim: Int) in try (x * y).sum([dim]) }
}

extension Tensor {
  func cross(_ other: Tensor, _ dim: Int?) throws(TensorError) -> Tensor {
    guard let common = Shape.broadcast(shape, other.shape) else { throw .shapesDoNotBroadcast("cross", shape, other.shape) }
    let (a, b) = (try expand(common), try other.expand(common))
    guard let named = dim ?? common.firstIndex(of: 3) else { throw .shape("cross", expected: "a dimension of size 3", met: common, operand: 0) }
    let d = try a.dimension(named, "cross")
    guard common[d] == 3 else { throw .shape("cross along dimension \(d)", expected: "3 numbers", met: common, operand: 0) }
    return try a.roll([-1], [d]) * b.roll([-2], [d]) - a.roll([-2], [d]) * b.roll([-1], [d])
  }

  /// The product of matrices in the order with the fewest multiplications.
  static func product(_ tensors: [Tensor]) throws(TensorError) -> Tensor {
    let n = tensors.count
    guard n >= 2 else { throw .value("multi_dot", "takes at least two tensors, got \(n)") }
    var list = tensors
    let (isRow, isColumn) = (list[0].rank == 1, list[n - 1].rank == 1)
    if isRow { list[0] = try list[0].unsqueeze(0) }
    if isColumn { list[n - 1] = try list[n - 1].unsqueeze(1) }
    for (i, t) in list.enumerated() {
      guard t.rank == 2, i == 0 || list[i - 1].shape[1] == t.shape[0] else {
        let rows = i == 0 || list[i - 1].rank != 2 ? "n" : "\(list[i - 1].shape[1])"
        throw .shape("multi_dot", expected: "a matrix of [\(rows), *] in place \(i)", met: tensors[i].shape, operand: 0)
      }
    }
    let sizes = [list[0].shape[0]] + list.map { $0.shape[1] }
    var cost = Array(repeating: Array(repeating: 0.0, count: n), count: n), cut = Array(repeating: Array(repeating: 0, count: n), count: n)
    for length in 1..<n {
      for i in 0..<(n - length) {
        let j = i + length
        cost[i][j] = .infinity
        for k in i..<j {
          let c = cost[i][k] + cost[k + 1][j] + Double(sizes[i]) * Double(sizes[k + 1]) * Double(sizes[j + 1])
          if c < cost[i][j] { (cost[i][j], cut[i][j]) = (c, k) }
        }
      }
    }
    func product(_ i: Int, _ j: Int) throws(TensorError) -> Tensor {
      i == j ? list[i] : try product(i, cut[i][j]).matmul(product(cut[i][j] + 1, j))
    }
    var y = try product(0, n - 1)
    if isRow { y = try y.squeeze([0]) }
    return isColumn ? try y.squeeze([-1]) : y
  }
}
