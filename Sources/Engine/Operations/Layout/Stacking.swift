import Builtins

extension Builtin<Void> {
  static let atleast1d = Builtin(
    "atleast_1d", "With one dimension where there was none.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("atleast_1d(tensor(1.0)).shape", gives: "[1]")]
  ) { (x: Tensor) in x.rank < 1 ? try x.reshape([1]) : x }

  static let atleast2d = Builtin(
    "atleast_2d", "With two dimensions where there were fewer: a vector becomes a row.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("atleast_2d(tensor([1.0, 2.0])).shape", gives: "[1, 2]")]
  ) { (x: Tensor) in x.rank < 2 ? try x.reshape([1, x.count]) : x }

  static let atleast3d = Builtin(
    "atleast_3d", "With three dimensions where there were fewer.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("atleast_3d(tensor([1.0, 2.0])).shape", gives: "[1, 2, 1]")]
  ) { (x: Tensor) in x.rank < 2 ? try x.reshape([1, x.count, 1]) : x.rank == 2 ? try x.unsqueeze(2) : x }

  static let blockDiag = Builtin(
    "block_diag", "Matrices along the diagonal of one, zeros elsewhere.",
    .several("tensors", [Tensor].self, "Matrices; vectors are rows."),
    examples: [Example("block_diag(ones(1, 1), tensor([[2.0, 3.0]]))", gives: "[[1., 0., 0.],\n        [0., 2., 3.]]")]
  ) { (tensors: [Tensor]) in try Tensor.blockDiagonal(tensors) }

  static let broadcastTensors = Builtin(
    "broadcast_tensors", "Tensors stretched to their common shape, as views.",
    .several("tensors", [Tensor].self, "Any numbers."),
    examples: [Example("broadcast_tensors(zeros(2, 1), zeros(3))[0].shape", gives: "[2, 3]")]
  ) { (tensors: [Tensor]) in
    var shape: [Int] = []
    for t in tensors {
      guard let next = Shape.broadcast(shape, t.shape) else { throw TensorError.shapesDoNotBroadcast("broadcast_tensors", shape, t.shape) }
      shape = next
    }
    return List(try tensors.map { try $0.expand(shape) })
  }

  static let cartesianProd = Builtin(
    "cartesian_prod", "All choices of one element from each vector, one a row.",
    .several("tensors", [Tensor].self, "Vectors."),
    examples: [Example("cartesian_prod(tensor([1, 2]), tensor([3, 4]))", gives: "[[1, 3],\n        [1, 4],\n        [2, 3],\n        [2, 4]]")]
  ) { (tensors: [Tensor]) in
    for (i, t) in tensors.enumerated() where t.rank != 1 { throw TensorError.shape("cartesian_prod", expected: "vectors", met: t.shape, operand: i) }
    if tensors.count == 1 { return tensors[0] }
    return try Tensor.stack(Tensor.grid(tensors, .ij).map { try $0.reshape([$0.count]) }, 1)
  }

  static let columnStack = Builtin(
    "column_stack", "Tensors side by side, vectors as columns.",
    .required("tensors", [Tensor].self, "Equal sizes elsewhere."),
    examples: [Example("column_stack([tensor([1.0, 2.0]), tensor([3.0, 4.0])])", gives: "[[1., 3.],\n        [2., 4.]]")]
  ) { (tensors: [Tensor]) in try Tensor.cat(tensors.map { try $0.rank < 2 ? $0.reshape([$0.count, 1]) : $0 }, 1) }

  static let combinations = Builtin(
    "combinations", "All choices of r elements of a vector, one a row.",
    .required("input", Tensor.self, "A vector."),
    .option("r", 2, in: 0...16, "How many."),
    .option("with_replacement", false, "Whether an element may be chosen again."),
    examples: [Example("combinations(tensor([1, 2, 3]))", gives: "[[1, 2],\n        [1, 3],\n        [2, 3]]")]
  ) { (x: Tensor, r: Int, again: Bool) in try x.combinations(r, again: again) }

  static let diagEmbed = Builtin(
    "diag_embed", "Matrices with the last dimension as a diagonal.",
    .required("input", Tensor.self, "At least one dimension."),
    .option("offset", 0, "Which diagonal: above the main one, or below it where negative."),
    .option("dim1", -2, "Where the rows stand."),
    .option("dim2", -1, "Where the columns stand."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("diag_embed(tensor([1.0, 2.0]))", gives: "[[1., 0.],\n        [0., 2.]]")]
  ) { (x: Tensor, k: Int, a: Int, b: Int) in try x.diagEmbed(k, a, b) }

  static let diagflat = Builtin(
    "diagflat", "The matrix with all elements on a diagonal.",
    .required("input", Tensor.self, "Any numbers."),
    .option("offset", 0, "Which diagonal."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("diagflat(tensor([[1.0], [2.0]]))", gives: "[[1., 0.],\n        [0., 2.]]")]
  ) { (x: Tensor, k: Int) in try x.reshape([x.count]).diag(k) }

  static let dsplit = Builtin(
    "dsplit", "A tensor in parts along dimension 2.",
    .required("input", Tensor.self, "At least three dimensions."),
    .required("indices_or_sections", SplitSizes.self, "How many equal parts, or where they are cut."),
    examples: [Example("dsplit(zeros(1, 1, 4), 2)[0].shape", gives: "[1, 1, 2]")]
  ) { (x: Tensor, cuts: SplitSizes) in List(try x.parts("dsplit", cuts, dim: 2, atLeast: 3)) }

  static let dstack = Builtin(
    "dstack", "Tensors behind one another, along dimension 2.",
    .required("tensors", [Tensor].self, "Equal sizes elsewhere."),
    examples: [Example("dstack([tensor([1.0, 2.0]), tensor([3.0, 4.0])])", gives: "[[[1., 3.],\n         [2., 4.]]]")]
  ) { (tensors: [Tensor]) in
    try Tensor.cat(tensors.map { try $0.rank < 2 ? $0.reshape([1, $0.count, 1]) : $0.rank == 2 ? $0.unsqueeze(2) : $0 }, 2)
  }

  static let fliplr = Builtin(
    "fliplr", "Columns in the opposite order.",
    .required("input", Tensor.self, "At least two dimensions."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("fliplr(tensor([[1.0, 2.0]]))", gives: "[[2., 1.]]")]
  ) { (x: Tensor) in
    guard x.rank >= 2 else { throw TensorError.shape("fliplr", expected: "at least two dimensions", met: x.shape, operand: 0) }
    return try x.flip([1])
  }

  static let flipud = Builtin(
    "flipud", "Rows in the opposite order.",
    .required("input", Tensor.self, "At least one dimension."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("flipud(tensor([1.0, 2.0]))", gives: "[2., 1.]")]
  ) { (x: Tensor) in
    guard x.rank >= 1 else { throw TensorError.shape("flipud", expected: "at least one dimension", met: x.shape, operand: 0) }
    return try x.flip([0])
  }

  static let hsplit = Builtin(
    "hsplit", "A tensor in parts along dimension 1, or 0 for vectors.",
    .required("input", Tensor.self, "At least one dimension."),
    .required("indices_or_sections", SplitSizes.self, "How many equal parts, or where they are cut."),
    examples: [Example("hsplit(tensor([1.0, 2.0, 3.0]), [1])[1]", gives: "[2., 3.]")]
  ) { (x: Tensor, cuts: SplitSizes) in List(try x.parts("hsplit", cuts, dim: x.rank == 1 ? 0 : 1, atLeast: 1)) }

  static let ravel = Builtin(
    "ravel", "All elements in a row.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("ravel(tensor([[1.0, 2.0]]))", gives: "[1., 2.]")]
  ) { (x: Tensor) in try x.reshape([x.count]) }

  static let reshapeAs = Builtin(
    "reshape_as", "The same numbers in the shape of another tensor.",
    .required("input", Tensor.self, "Any numbers."),
    .required("other", Tensor.self, "The tensor whose shape it takes."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("reshape_as(zeros(4), zeros(2, 2)).shape", gives: "[2, 2]")]
  ) { (x: Tensor, other: Tensor) in try x.reshape(other.shape) }

  static let tensorSplit = Builtin(
    "tensor_split", "A tensor in parts along a dimension, the first ones larger by one where it does not come out even.",
    .required("input", Tensor.self, "At least one dimension."),
    .required("indices_or_sections", SplitSizes.self, "How many parts, or where they are cut."),
    .option("dim", 0, "The dimension."),
    examples: [Example("tensor_split(tensor([1.0, 2.0, 3.0]), 2)[0]", gives: "[1., 2.]")]
  ) { (x: Tensor, cuts: SplitSizes, dim: Int) in List(try x.parts("tensor_split", cuts, dim: x.dimension(dim, "tensor_split"))) }

  static let trilIndices = Builtin(
    "tril_indices", "The places of a lower triangle: rows, then columns.",
    .required("row", Int.self, in: 0...1e9, "How many rows."),
    .required("col", Int.self, in: 0...1e9, "How many columns."),
    .option("offset", 0, "The last diagonal that counts."),
    examples: [Example("tril_indices(2, 2)", gives: "[[0, 1, 1],\n        [0, 0, 1]]")]
  ) { (rows: Int, columns: Int, k: Int) in try Tensor.triangleIndices(isLower: true, rows, columns, k) }

  static let triuIndices = Builtin(
    "triu_indices", "The places of an upper triangle: rows, then columns.",
    .required("row", Int.self, in: 0...1e9, "How many rows."),
    .required("col", Int.self, in: 0...1e9, "How many columns."),
    .option("offset", 0, "The first diagonal that counts."),
    examples: [Example("triu_indices(2, 2)", gives: "[[0, 0, 1],\n        [0, 1, 1]]")]
  ) { (rows: Int, columns: Int, k: Int) in try Tensor.triangleIndices(isLower: false, rows, columns, k) }

  static let vsplit = Builtin(
    "vsplit", "A tensor in parts along dimension 0.",
    .required("input", Tensor.self, "At least two dimensions."),
    .required("indices_or_sections", SplitSizes.self, "How many equal parts, or where they are cut."),
    examples: [Example("vsplit(zeros(4, 1), 2)[0].shape", gives: "[2, 1]")]
  ) { (x: Tensor, cuts: SplitSizes) in List(try x.parts("vsplit", cuts, dim: 0, atLeast: 2)) }
}

extension Tensor {
  static func blockDiagonal(_ tensors: [Tensor]) throws(TensorError) -> Tensor {
    for (i, t) in tensors.enumerated() where t.rank > 2 { throw .shape("block_diag", expected: "matrices", met: t.shape, operand: i) }
    let dtype = resultType(tensors)
    var blocks: [Tensor] = []
    for t in tensors { blocks.append(try (t.rank == 2 ? t : t.reshape([1, t.count])).to(dtype)) }
    let width = blocks.reduce(0) { $0 + $1.shape[1] }
    var (rows, at): ([Tensor], Int) = ([], 0)
    for block in blocks {
      rows.append(try block.pad([at, width - at - block.shape[1]]))
      at += block.shape[1]
    }
    return try cat(rows, 0)
  }

  func combinations(_ r: Int, again: Bool) throws(TensorError) -> Tensor {
    guard rank == 1 else { throw .shape("combinations", expected: "a vector", met: shape, operand: 0) }
    var choices: [[Int]] = [[]]
    for _ in 0..<r {
      choices = choices.flatMap { chosen in
        let first = chosen.last.map { again ? $0 : $0 + 1 } ?? 0
        return (first..<Swift.max(first, count)).map { chosen + [$0] }
      }
      guard choices.count < 1 << 26 else { throw .tooLarge(shape: [choices.count, r], bytes: Double(choices.count) * Double(r) * 8, limit: Pool.shared.limit) }
    }
    if r == 0 { return try Tensor.empty([0], dtype) }
    return try indexSelect(0, Tensor(choices.flatMap { $0 })).reshape([choices.count, r])
  }

  func diagEmbed(_ offset: Int, _ dim1: Int, _ dim2: Int) throws(TensorError) -> Tensor {
    guard rank >= 1 else { throw .shape("diag_embed", expected: "at least one dimension", met: shape, operand: 0) }
    let pair = try Shape.dimensions([dim1, dim2], rank: rank + 1, "diag_embed")
    let (n, isOver) = shape[rank - 1].addingReportingOverflow(Int(clamping: offset.magnitude))
    guard !isOver else { throw .value("diag_embed", "there is no diagonal \(offset)") }
    var sizes = Array(shape.dropLast())
    for d in pair.sorted() { sizes.insert(n, at: d) }
    return try UndiagonalOp(diagonal: DiagonalOp(offset: offset, a: pair[0], b: pair[1], from: sizes)).apply([self])
  }

  static func triangleIndices(isLower: Bool, _ rows: Int, _ columns: Int, _ k: Int) throws(TensorError) -> Tensor {
    let k = Swift.max(-rows - 1, Swift.min(columns + 1, k))
    var (first, second): ([Int], [Int]) = ([], [])
    let bytes = Double(rows) * Double(columns) * 16
    guard bytes < Pool.shared.limit else { throw .tooLarge(shape: [rows, columns], bytes: bytes, limit: Pool.shared.limit) }
    for i in 0..<rows {
      let range = isLower ? 0..<Swift.max(0, Swift.min(columns, i + k + 1)) : Swift.min(columns, Swift.max(0, i + k))..<columns
      for j in range {
        first.append(i)
        second.append(j)
      }
    }
    return try Tensor(first + second, [2, first.count])
  }

  /// Parts along a dimension: so many, as even as can be, or cut at places counted as slices count them.
  /// - Parameter least: how many dimensions there must be; parts must then also be even.
  fileprivate func parts(_ name: String, _ cuts: SplitSizes, dim d: Int, atLeast least: Int? = nil) throws(TensorError) -> [Tensor] {
    if let least, rank < least { throw .shape(name, expected: "at least \(least) dimensions", met: shape, operand: 0) }
    let n = shape[d]
    switch cuts {
    case .each(let parts):
      guard parts > 0, parts <= 1 << 24 else { throw .value(name, "there are no \(parts) parts") }
      guard least == nil || n % parts == 0 else { throw .value(name, "\(parts) equal parts do not make up dimension \(d) of \(shape)") }
      return try split((0..<parts).map { n / parts + ($0 < n % parts ? 1 : 0) }, d)
    case .list(let places):
      var (pieces, at): ([Tensor], Int) = ([], 0)
      for place in places + [n] {
        let end = Swift.min(n, Swift.max(0, place < 0 ? place &+ n : place))
        pieces.append(try narrow(d, at, Swift.max(0, end - at)))
        at = end
      }
      return pieces
    }
  }
}
