import Builtins

extension Builtin<Void> {
  static let expand = Builtin(
    "expand", "Sizes of 1 stretched to others, as a view.",
    .required("input", Tensor.self, "Any numbers."),
    .several("sizes", [Int].self, "The sizes; -1 keeps one."),
    examples: [Example("expand(tensor([[1.0], [2.0]]), 2, 2)", gives: "[[1., 1.],\n        [2., 2.]]")]
  ) { (x: Tensor, sizes: [Int]) in try x.expand(sizes) }

  static let expandAs = Builtin(
    "expand_as", "Stretched to the shape of another tensor, as a view.",
    .required("input", Tensor.self, "Any numbers."),
    .required("other", Tensor.self, "The tensor whose shape it takes."),
    examples: [Example("expand_as(tensor([1.0, 2.0]), zeros(2, 2))", gives: "[[1., 2.],\n        [1., 2.]]")]
  ) { (x: Tensor, other: Tensor) in try x.expand(other.shape) }

  static let flatten = Builtin(
    "flatten", "Neighbouring dimensions as one.",
    .required("input", Tensor.self, "Any numbers."),
    .option("start_dim", 0, "The first of them."),
    .option("end_dim", -1, "The last of them."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("flatten(tensor([[1.0, 2.0], [3.0, 4.0]]))", gives: "[1., 2., 3., 4.]")]
  ) { (x: Tensor, start: Int, end: Int) in try x.flatten(start, end) }

  static let reshape = Builtin(
    "reshape", "The same numbers in another shape.",
    .required("input", Tensor.self, "Any numbers."),
    .several("shape", [Int].self, "The sizes; one may be -1, to be worked out."),
    examples: [Example("reshape(tensor([1.0, 2.0, 3.0, 4.0]), 2, -1)", gives: "[[1., 2.],\n        [3., 4.]]")]
  ) { (x: Tensor, shape: [Int]) in try x.reshape(shape) }

  static let squeeze = Builtin(
    "squeeze", "Dimensions of size 1 left out.",
    .required("input", Tensor.self, "Any numbers."),
    .optional("dim", [Int].self, "The dimensions that go where they have size 1; without it, all such."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("squeeze(zeros(1, 3, 1)).shape", gives: "[3]")]
  ) { (x: Tensor, dims: [Int]?) in try x.squeeze(dims) }

  static let unflatten = Builtin(
    "unflatten", "One dimension as several.",
    .required("input", Tensor.self, "Any numbers."),
    .required("dim", Int.self, "The dimension."),
    .required("sizes", [Int].self, "What it becomes; one may be -1."),
    examples: [Example("unflatten(zeros(6, 2), 0, [2, -1]).shape", gives: "[2, 3, 2]")]
  ) { (x: Tensor, dim: Int, sizes: [Int]) in try x.unflatten(dim, sizes) }

  static let unsqueeze = Builtin(
    "unsqueeze", "A new dimension of size 1.",
    .required("input", Tensor.self, "Any numbers."),
    .required("dim", Int.self, "Where it stands."),
    examples: [Example("unsqueeze(tensor([1.0, 2.0]), 1)", gives: "[[1.],\n        [2.]]")]
  ) { (x: Tensor, dim: Int) in try x.unsqueeze(dim) }

  static let view = Builtin(
    "view", "Another name of `reshape`.",
    .required("input", Tensor.self, "Any numbers."),
    .several("shape", [Int].self, "The sizes; one may be -1, to be worked out."),
    examples: [Example("view(tensor([1.0, 2.0, 3.0, 4.0]), 2, 2)", gives: "[[1., 2.],\n        [3., 4.]]")]
  ) { (x: Tensor, shape: [Int]) in try x.reshape(shape) }
}

extension Tensor {
  /// Neighbouring dimensions, first and last included, as one.
  public func flatten(_ start: Int = 0, _ end: Int = -1) throws(TensorError) -> Tensor {
    if rank == 0 { return try reshape([1]) }
    let (from, to) = (try Shape.dimension(start, rank: rank, "flatten"), try Shape.dimension(end, rank: rank, "flatten"))
    guard from <= to else { throw .value("flatten", "start_dim \(start) comes after end_dim \(end)") }
    return try reshape(Array(shape[..<from]) + [shape[from...to].reduce(1, *)] + Array(shape[(to + 1)...]))
  }

  /// One dimension as several; one size may be -1.
  public func unflatten(_ dim: Int, _ sizes: [Int]) throws(TensorError) -> Tensor {
    let d = try dimension(dim, "unflatten")
    var sizes = sizes
    if let open = sizes.firstIndex(of: -1) {
      sizes[open] = 1
      guard let rest = Shape.count(sizes), rest > 0, shape[d] % rest == 0 else { throw .elements(from: [shape[d]], to: sizes) }
      sizes[open] = shape[d] / rest
    }
    guard Shape.count(sizes) == shape[d] else { throw .elements(from: [shape[d]], to: sizes) }
    return try reshape(Array(shape[..<d]) + sizes + Array(shape[(d + 1)...]))
  }

  /// Without its dimensions of size 1: those named, or all.
  public func squeeze(_ dims: [Int]? = nil) throws(TensorError) -> Tensor {
    let named = try Shape.dimensions(dims, rank: rank, "squeeze")
    return try reshape(shape.indices.filter { shape[$0] != 1 || !named.contains($0) }.map { shape[$0] })
  }

  /// With a new dimension of size 1.
  public func unsqueeze(_ dim: Int) throws(TensorError) -> Tensor {
    let d = try Shape.dimension(dim, rank: rank + 1, "unsqueeze")
    var sizes = shape
    sizes.insert(1, at: d)
    return try reshape(sizes)
  }
}
