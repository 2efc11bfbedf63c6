import Builtins

extension Builtin<Void> {
  static let `repeat` = Builtin(
    "repeat", "Copies side by side along each dimension.",
    .required("input", Tensor.self, "Any numbers."),
    .several("repeats", [Int].self, "How often, for each dimension; more than it has add dimensions in front."),
    examples: [Example("repeat(tensor([1.0, 2.0]), 2)", gives: "[1., 2., 1., 2.]")]
  ) { (x: Tensor, times: [Int]) in
    guard times.count >= x.rank else {
      throw TensorError.value("repeat", "\(times.count) numbers are too few for the \(x.rank) dimensions of \(x.shape)")
    }
    return try x.tiled(times, "repeat")
  }

  static let repeatInterleave = Builtin(
    "repeat_interleave", "Each element several times in a row.",
    .required("input", Tensor.self, "Any numbers."),
    .required("repeats", Tensor.self, "How often: one number, or one for each place of the dimension."),
    .optional("dim", Int.self, "The dimension; without it, all elements in a row."),
    examples: [Example("repeat_interleave(tensor([1.0, 2.0]), 2)", gives: "[1., 1., 2., 2.]")]
  ) { (x: Tensor, times: Tensor, dim: Int?) in try x.repeatInterleave(times, dim) }

  static let tile = Builtin(
    "tile", "Copies side by side; missing dimensions count as 1.",
    .required("input", Tensor.self, "Any numbers."),
    .several("dims", [Int].self, "How often, for the last dimensions."),
    examples: [Example("tile(tensor([[1.0], [2.0]]), 2)", gives: "[[1., 1.],\n        [2., 2.]]")]
  ) { (x: Tensor, times: [Int]) in
    try x.tiled(Array(repeating: 1, count: Swift.max(0, x.rank - times.count)) + times, "tile")
  }
}

extension Tensor {
  /// Copies side by side, as a stretched view that is then read in order.
  func tiled(_ times: [Int], _ name: String) throws(TensorError) -> Tensor {
    if let wrong = times.first(where: { $0 < 0 }) { throw .value(name, "a tensor cannot stand \(wrong) times") }
    let own = Array(repeating: 1, count: times.count - rank) + shape
    var (folded, stretched, sizes): ([Int], [Int], [Int]) = ([], [], [])
    for (n, size) in zip(times, own) {
      let (product, isOver) = n.multipliedReportingOverflow(by: size)
      guard !isOver else { throw .tooLarge(shape: times, bytes: Double(n) * Double(size) * Double(dtype.size), limit: Pool.shared.limit) }
      sizes.append(product)
      if n != 1 {
        folded.append(1)
        stretched.append(n)
      }
      folded.append(size)
      stretched.append(size)
    }
    guard stretched.count <= Shape.maximalRank else { throw .tooManyDimensions(stretched.count) }
    let y = try reshape(folded).expand(stretched).reshape(sizes)
    return y.storage === storage ? try y.clone() : y
  }

  /// Each place of a dimension several times in a row.
  public func repeatInterleave(_ times: Tensor, _ dim: Int? = nil) throws(TensorError) -> Tensor {
    guard times.dtype == .int64, times.rank <= 1 else {
      throw .dtype("repeat_interleave", expected: "integers as its repeats", met: times.dtype, operand: 1)
    }
    guard let dim else { return try reshape([count]).repeatInterleave(times, 0) }
    let d = try dimension(dim, "repeat_interleave"), n = shape[d]
    guard times.count == 1 || times.count == n else {
      throw .shape("repeat_interleave", expected: "one number of repeats, or \(n)", met: times.shape, operand: 1)
    }
    let list = try times.ints()
    var total = 0
    for i in 0..<n {
      let k = list[list.count == 1 ? 0 : i]
      let (sum, isOver) = total.addingReportingOverflow(k)
      guard k >= 0, !isOver else { throw .value("repeat_interleave", "an element cannot stand \(k) times") }
      total = sum
    }
    let places = try Tensor.empty([total], .int64)
    var at = 0
    for i in 0..<n {
      for _ in 0..<list[list.count == 1 ? 0 : i] {
        places.i64[at] = Int64(i)
        at += 1
      }
    }
    return try indexSelect(d, places)
  }
}
