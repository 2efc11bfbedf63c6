import Builtins

extension Builtin<Void> {
  static let chunk = Builtin(
    "chunk", "A tensor in so many pieces along a dimension, the last perhaps smaller.",
    .required("input", Tensor.self, "Any numbers."),
    .required("chunks", Int.self, in: 1...1e9, "How many pieces."),
    .option("dim", 0, "The dimension."),
    examples: [Example("chunk(tensor([1.0, 2.0, 3.0]), 2)[1]", gives: "[3.]")]
  ) { (x: Tensor, chunks: Int, dim: Int) in
    let d = try x.dimension(dim, "chunk")
    return List(try x.split((x.shape[d] + chunks - 1) / chunks, d))
  }

  static let narrow = Builtin(
    "narrow", "A stretch of a dimension, as a view.",
    .required("input", Tensor.self, "Any numbers."),
    .required("dim", Int.self, "The dimension."),
    .required("start", Int.self, "Where the stretch starts."),
    .required("length", Int.self, "How long it is."),
    examples: [Example("narrow(tensor([1.0, 2.0, 3.0]), 0, 1, 2)", gives: "[2., 3.]")]
  ) { (x: Tensor, dim: Int, start: Int, length: Int) in try x.narrow(dim, start, length) }

  static let select = Builtin(
    "select", "One place of a dimension, which goes, as a view.",
    .required("input", Tensor.self, "Any numbers."),
    .required("dim", Int.self, "The dimension."),
    .required("index", Int.self, "The place, counted from either end."),
    examples: [Example("select(tensor([[1.0, 2.0], [3.0, 4.0]]), 1, -1)", gives: "[2., 4.]")]
  ) { (x: Tensor, dim: Int, index: Int) in try x.select(dim, index) }

  static let split = Builtin(
    "split", "A tensor in pieces of a size, or of sizes, along a dimension.",
    .required("tensor", Tensor.self, "Any numbers."),
    .required("split_size_or_sections", SplitSizes.self, "The size of each piece, or a list of sizes."),
    .option("dim", 0, "The dimension."),
    examples: [Example("split(tensor([1.0, 2.0, 3.0]), [1, 2])[1]", gives: "[2., 3.]")]
  ) { (x: Tensor, sizes: SplitSizes, dim: Int) in
    switch sizes {
    case .each(let size): List(try x.split(size, dim))
    case .list(let list): List(try x.split(list, dim))
    }
  }

  static let unbind = Builtin(
    "unbind", "The list of what lies along a dimension, which goes.",
    .required("input", Tensor.self, "Any numbers."),
    .option("dim", 0, "The dimension."),
    examples: [Example("unbind(tensor([[1.0, 2.0], [3.0, 4.0]]))[1]", gives: "[3., 4.]")]
  ) { (x: Tensor, dim: Int) in List(try x.unbind(dim)) }
}

/// One size for all pieces, or a size for each.
enum SplitSizes: Accepted {
  case each(Int), list([Int])
  static let expectation = "an integer or a list of integers"
  static func accept(_ value: any Value) throws -> SplitSizes? {
    if let size = value as? Int { return .each(size) }
    return try [Int].accept(value).map { .list($0) }
  }
}

extension Tensor {
  /// A dimension that the tensor has, counted from the start.
  func dimension(_ dim: Int, _ name: String) throws(TensorError) -> Int {
    guard rank > 0 else { throw .dimension(name, met: dim, rank: 0) }
    return try Shape.dimension(dim, rank: rank, name)
  }

  /// A stretch of a dimension, as a view.
  public func narrow(_ dim: Int, _ start: Int, _ length: Int) throws(TensorError) -> Tensor {
    let d = try dimension(dim, "narrow"), size = shape[d]
    let from = start < 0 ? start + size : start
    guard from >= 0, from <= size else { throw .index(start, size: size, dimension: d) }
    guard length >= 0, length <= size - from else {
      throw .value("narrow", "\(length) elements from \(start) on are more than dimension \(d) of \(shape) has")
    }
    if from == 0, length == size { return self }
    return try sliced(d, .slice(start: from, count: length, step: 1))
  }

  /// One place of a dimension, which goes.
  public func select(_ dim: Int, _ index: Int) throws(TensorError) -> Tensor {
    let d = try dimension(dim, "select"), size = shape[d]
    let at = index < 0 ? index + size : index
    guard at >= 0, at < size else { throw .index(index, size: size, dimension: d) }
    return try sliced(d, .at(at))
  }

  private func sliced(_ d: Int, _ step: IndexPlan.Step) throws(TensorError) -> Tensor {
    var steps: [IndexPlan.Step] = []
    for i in 0..<rank { steps.append(i == d ? step : .slice(start: 0, count: shape[i], step: 1)) }
    return try SliceOp(steps: steps, from: shape).apply([self])
  }

  /// Pieces of one size along a dimension, the last perhaps smaller.
  public func split(_ size: Int, _ dim: Int = 0) throws(TensorError) -> [Tensor] {
    let d = try dimension(dim, "split"), n = shape[d]
    guard size > 0 || (size == 0 && n == 0) else { throw .value("split", "a piece must have at least one element, got \(size)") }
    if n == 0 { return [self] }
    var pieces: [Tensor] = []
    for start in Swift.stride(from: 0, to: n, by: size) { pieces.append(try narrow(d, start, Swift.min(size, n - start))) }
    return pieces
  }

  /// Pieces of the given sizes along a dimension.
  public func split(_ sizes: [Int], _ dim: Int = 0) throws(TensorError) -> [Tensor] {
    let d = try dimension(dim, "split")
    var rest = shape[d], isFit = true
    for size in sizes {
      guard size >= 0, size <= rest else {
        isFit = false
        break
      }
      rest -= size
    }
    guard isFit, rest == 0 else { throw .value("split", "the sizes \(sizes) do not add up to dimension \(d) of \(shape)") }
    var pieces: [Tensor] = [], at = 0
    for size in sizes {
      pieces.append(try narrow(d, at, size))
      at += size
    }
    return pieces
  }

  /// What lies along a dimension, one tensor each.
  public func unbind(_ dim: Int = 0) throws(TensorError) -> [Tensor] {
    let d = try dimension(dim, "unbind")
    var parts: [Tensor] = []
    for i in 0..<shape[d] { parts.append(try select(d, i)) }
    return parts
  }
}
