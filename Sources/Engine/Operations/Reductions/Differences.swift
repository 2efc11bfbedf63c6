import Builtins

extension Builtin<Void> {
  static let cumulativeTrapezoid = Builtin(
    "cumulative_trapezoid", "Running areas below points along a dimension.",
    .required("y", Tensor.self, "The heights."),
    .optional("x", Tensor.self, "Where they stand; without it, `dx` apart."),
    .option("dx", 1.0, "The distance of neighbours."),
    .option("dim", -1, "The dimension."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("cumulative_trapezoid(tensor([1.0, 3.0, 5.0]))", gives: "[2., 6.]")]
  ) { (y: Tensor, x: Tensor?, dx: Double, dim: Int) in
    let d = try y.dimension(dim, "cumulative_trapezoid")
    return try y.trapezoids("cumulative_trapezoid", x, dx, d).cumsum(d)
  }

  static let diff = Builtin(
    "diff", "The differences of neighbours along a dimension.",
    .required("input", Tensor.self, "Any numbers."),
    .option("n", 1, in: 0...1e6, "How often."),
    .option("dim", -1, "The dimension."),
    .optional("prepend", Tensor.self, "What goes before the input."),
    .optional("append", Tensor.self, "What goes behind it."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("diff(tensor([1.0, 4.0, 9.0]))", gives: "[3., 5.]")]
  ) { (x: Tensor, n: Int, dim: Int, before: Tensor?, after: Tensor?) in
    let d = try x.dimension(dim, "diff"), list = [before, x, after].compactMap { $0 }
    var y = list.count > 1 ? try Tensor.cat(list, d) : x
    for _ in 0..<Swift.min(n, y.shape[d]) {
      let (high, low) = (try y.narrow(d, 1, y.shape[d] - 1), try y.narrow(d, 0, y.shape[d] - 1))
      y = y.dtype == .bool ? try high.ne(low) : try high - low
    }
    return y
  }

  static let dist = Builtin(
    "dist", "The norm of a difference.",
    .required("input", Tensor.self, "Real numbers."),
    .required("other", Tensor.self, "What it is compared with."),
    .option("p", 2.0, "Which norm."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("dist(tensor([1.0, 2.0]), tensor([4.0, 6.0]))", gives: "5.")]
  ) { (a: Tensor, b: Tensor, p: Double) in try (a - b).norm(p) }

  static let cdist = Builtin(
    "cdist", "The distance of every row of one matrix from every row of another.",
    .required("x1", Tensor.self, "[*, p, m]"),
    .required("x2", Tensor.self, "[*, r, m]"),
    .option("p", 2.0, in: 0...Double.infinity, "Which norm."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("cdist(tensor([[0.0, 0.0]]), tensor([[3.0, 4.0], [0.0, 1.0]]))", gives: "[[5., 1.]]")]
  ) { (a: Tensor, b: Tensor, p: Double) in
    guard a.rank >= 2 else { throw TensorError.shape("cdist", expected: "[*, p, m]", met: a.shape, operand: 0) }
    guard b.rank >= 2, a.shape.last == b.shape.last else {
      throw TensorError.shape("cdist of \(a.shape)", expected: "rows of \(a.shape.last ?? 0) numbers", met: b.shape, operand: 1)
    }
    return try (a.unsqueeze(-2) - b.unsqueeze(-3)).norm(p, [-1])
  }

  static let pdist = Builtin(
    "pdist", "The distance of every two rows of a matrix, each pair once.",
    .required("input", Tensor.self, "[n, m]"),
    .option("p", 2.0, in: 0...Double.infinity, "Which norm."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("pdist(tensor([[0.0], [1.0], [3.0]]))", gives: "[1., 3., 2.]")]
  ) { (x: Tensor, p: Double) in
    guard x.rank == 2 else { throw TensorError.shape("pdist", expected: "[n, m]", met: x.shape, operand: 0) }
    let pairs = try Tensor.triangleIndices(isLower: false, x.shape[0], x.shape[0], 1)
    return try (x.indexSelect(0, pairs.select(0, 0)) - x.indexSelect(0, pairs.select(0, 1))).norm(p, [1])
  }

  static let renorm = Builtin(
    "renorm", "Slices along a dimension shortened to a norm that none exceeds.",
    .required("input", Tensor.self, "Real numbers."),
    .required("p", Double.self, "Which norm."),
    .required("dim", Int.self, "The dimension that counts the slices."),
    .required("maxnorm", Double.self, in: 0...Double.infinity, "The norm."),
    examples: [Example("renorm(tensor([[3.0, 4.0], [0.3, 0.4]]), 2, 0, 1)", gives: "[[0.6000, 0.8000],\n        [0.3000, 0.4000]]")]
  ) { (x: Tensor, p: Double, dim: Int, most: Double) in
    let d = try x.dimension(dim, "renorm"), size = try x.norm(p, x.shape.indices.filter { $0 != d }, keepdim: true)
    return try x * size.gt(most).selecting(most / (size + 1e-7), Tensor.full([], 1, x.dtype))
  }

  static let trapezoid = Builtin(
    "trapezoid", "The area below points along a dimension.",
    .required("y", Tensor.self, "The heights."),
    .optional("x", Tensor.self, "Where they stand; without it, `dx` apart."),
    .option("dx", 1.0, "The distance of neighbours."),
    .option("dim", -1, "The dimension."),
    formula: "Σ (xᵢ₊₁ - xᵢ) (yᵢ + yᵢ₊₁) / 2",
    laws: [.gradient(in: -2...2)],
    examples: [Example("trapezoid(tensor([1.0, 3.0, 5.0]), tensor([0.0, 1.0, 3.0]))", gives: "10.")]
  ) { (y: Tensor, x: Tensor?, dx: Double, dim: Int) in
    let d = try y.dimension(dim, "trapezoid")
    return try y.trapezoids("trapezoid", x, dx, d).sum([d])
  }
}

extension Tensor {
  /// The areas between neighbours along a dimension.
  fileprivate func trapezoids(_ name: String, _ x: Tensor?, _ dx: Double, _ d: Int) throws(TensorError) -> Tensor {
    let n = shape[d]
    guard n > 0 else { return try real() }
    let sums = try narrow(d, 1, n - 1) + narrow(d, 0, n - 1)
    guard let x else { return try sums * (dx / 2) }
    guard let length = x.rank == 1 ? x.count : x.rank == rank ? x.shape[d] : nil, length == n else {
      throw .shape("\(name) of \(shape) along dimension \(d)", expected: "\(n) places", met: x.shape, operand: 1)
    }
    let line = x.rank == 1 ? try x.reshape(shape.indices.map { $0 == d ? n : 1 }) : x
    return try sums * (line.narrow(d, 1, n - 1) - line.narrow(d, 0, n - 1)) / Tensor.number(2.0)
  }
}
