import Builtins

extension Builtin<Void> {
  static let argwhere = Builtin(
    "argwhere", "The places of the elements that are not 0, one a row.",
    .required("input", Tensor.self, "Any numbers."),
    examples: [Example("argwhere(tensor([0, 3, 4]))", gives: "[[1],\n        [2]]")]
  ) { (x: Tensor) in try x.nonzero() }

  static let bucketize = Builtin(
    "bucketize", "Between which boundaries each value lies.",
    .required("input", Tensor.self, "The values."),
    .required("boundaries", Tensor.self, "Numbers in rising order, in a row."),
    .option("right", false, "Whether a value goes behind its equals."),
    examples: [Example("bucketize(tensor([3.0, 6.0]), tensor([1.0, 3.0, 5.0]))", gives: "[1, 3]")]
  ) { (x: Tensor, boundaries: Tensor, right: Bool) in try boundaries.places(of: x, right: right) }

  static let histogram = Builtin(
    "histogram", "How much lies in each bin, and where the bins begin and end.",
    .required("input", Tensor.self, "Real numbers."),
    .required("bins", Bins.self, "How many bins, or a row of their ends."),
    .optional("range", [Double].self, "The lower and the upper end; without it, those of the elements."),
    .optional("weight", Tensor.self, "What each element counts for."),
    .option("density", false, "Whether the bins have an area of 1 altogether."),
    examples: [Example("histogram(tensor([1.0, 2.0, 1.5]), 2, range=[1.0, 2.0]).hist", gives: "[1., 2.]")]
  ) { (x: Tensor, bins: Bins, range: [Double]?, weight: Tensor?, density: Bool) in
    let found = try x.histogram(bins.edges(of: x, range), weight, density: density)
    return Record([("hist", found.counts), ("bin_edges", found.edges)])
  }

  static let isin = Builtin(
    "isin", "Whether each element is one of others.",
    .required("elements", Tensor.self, "What is looked for."),
    .required("test_elements", Tensor.self, "Among which."),
    .option("assume_unique", false, "Makes no difference here."),
    .option("invert", false, "Whether to say which are none of them."),
    examples: [Example("isin(tensor([1, 2, 3]), tensor([2, 5]))", gives: "[False,  True, False]")]
  ) { (x: Tensor, others: Tensor, _: Bool, invert: Bool) in
    let found = try x.isAmong(others)
    return invert ? try found.logicalNot() : found
  }

  static let msort = Builtin(
    "msort", "The elements along the first dimension in rising order.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("msort(tensor([3.0, 1.0, 2.0]))", gives: "[1., 2., 3.]")]
  ) { (x: Tensor) in x.rank == 0 ? x : try x.sort(0).values }

  static let take = Builtin(
    "take", "Elements by their places in a row of all.",
    .required("input", Tensor.self, "Any numbers."),
    .required("index", Tensor.self, "The places, counted from either end."),
    examples: [Example("take(tensor([[1.0, 2.0], [3.0, 4.0]]), tensor([0, 3]))", gives: "[1., 4.]")]
  ) { (x: Tensor, index: Tensor) in try x.reshape([x.count]).indexSelect(0, index.reshape([index.count])).reshape(index.shape) }

  static let uniqueConsecutive = Builtin(
    "unique_consecutive", "The elements without those that equal their predecessor.",
    .required("input", Tensor.self, "Any numbers, read in a row."),
    .option("return_inverse", false, "Whether to give, as `inverse`, where each element of the input went."),
    .option("return_counts", false, "Whether to give, as `counts`, how often each occurs."),
    examples: [Example("unique_consecutive(tensor([1, 1, 2, 1]))", gives: "[1, 2, 1]")]
  ) { (x: Tensor, inverse: Bool, counts: Bool) -> any Value in
    let found = try x.uniqueConsecutive()
    guard inverse || counts else { return found.values }
    var record = Record([("values", found.values)])
    if inverse { record["inverse"] = found.inverse }
    if counts { record["counts"] = found.counts }
    return record
  }
}

/// How many bins there are, or where they end.
enum Bins: Accepted {
  case count(Int), ends(Tensor)
  static let expectation = "an integer or a row of numbers"
  static func accept(_ value: any Value) throws -> Bins? {
    if let n = value as? Int { return .count(n) }
    if let list = value as? List { return try [Double].accept(list).map { .ends(try Tensor($0)) } }
    return try Tensor.accept(value).map { .ends($0) }
  }

  /// The ends of bins: as many equal ones as are asked for, or those that are listed.
  fileprivate func edges(of x: Tensor, _ range: [Double]?) throws(TensorError) -> Tensor {
    switch self {
    case .ends(let ends): return try ends.to(x.dtype)
    case .count(let n):
      guard n >= 1, n < 1 << 40 else { throw .value("histogram", "takes at least one bin, got \(n)") }
      guard range == nil || range?.count == 2 else { throw .value("histogram", "a range is a lower and an upper end") }
      let numbers = range == nil ? try x.doubles() : []
      var (low, high) = (range?[0] ?? numbers.min() ?? 0, range?[1] ?? numbers.max() ?? 0)
      if low == high { (low, high) = (low - 0.5, high + 0.5) }
      guard low < high, low.isFinite, high.isFinite else { throw .value("histogram", "the range \(low) to \(high) is none") }
      return try Tensor.linspace(low, high, n + 1, x.dtype)
    }
  }
}

extension Tensor {
  fileprivate func histogram(_ edges: Tensor, _ weight: Tensor?, density: Bool) throws(TensorError) -> (counts: Tensor, edges: Tensor) {
    guard dtype.isFloating else { throw .dtype("histogram", expected: "real numbers", met: dtype, operand: 0) }
    guard edges.rank == 1, edges.count > 1 else { throw .shape("histogram", expected: "two ends of bins at least", met: edges.shape, operand: 1) }
    if let weight, weight.shape != shape { throw .shape("histogram", expected: "weights of \(shape)", met: weight.shape, operand: 3) }
    let ends = try edges.doubles(), places = try edges.places(of: self, right: true), weights = try weight?.doubles()
    var sums = [Double](repeating: 0, count: ends.count - 1)
    for (i, value) in try doubles().enumerated() where value >= ends[0] && value <= ends[ends.count - 1] {
      sums[Swift.min(Int(places.i64[i]), sums.count) - 1] += weights?[i] ?? 1
    }
    if density {
      let total = sums.reduce(0, +)
      sums = sums.indices.map { sums[$0] / (total * (ends[$0 + 1] - ends[$0])) }
    }
    return (try Tensor(sums).to(dtype), edges)
  }

  fileprivate func isAmong(_ others: Tensor) throws(TensorError) -> Tensor {
    let y = try Tensor.empty(shape, .bool)
    if dtype.isFloating || others.dtype.isFloating {
      let known = Set(try others.doubles())
      for (i, value) in try doubles().enumerated() { y.u8[i] = known.contains(value) ? 1 : 0 }
    } else {
      let known = Set(try others.to(.int64).ints())
      for (i, value) in try to(.int64).ints().enumerated() { y.u8[i] = known.contains(value) ? 1 : 0 }
    }
    return y
  }

  fileprivate func uniqueConsecutive() throws(TensorError) -> (values: Tensor, inverse: Tensor, counts: Tensor) {
    let flat = try detached().reshape([count]), inverse = try Tensor.empty(shape, .int64)
    let differs = count > 1 ? try flat.narrow(0, 1, count - 1).ne(flat.narrow(0, 0, count - 1)).contiguous() : nil
    var (starts, counts): ([Int], [Int]) = ([], [])
    for i in 0..<count {
      if i == 0 || differs?.u8[i - 1] != 0 {
        starts.append(i)
        counts.append(0)
      }
      counts[counts.count - 1] += 1
      inverse.i64[i] = Int64(starts.count - 1)
    }
    return (try flat.indexSelect(0, Tensor(starts)), inverse, try Tensor(counts))
  }
}
