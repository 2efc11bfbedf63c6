import Builtins

extension Builtin<Void> {
  static let bincount = Builtin(
    "bincount", "How often each whole number occurs.",
    .required("input", Tensor.self, "Whole numbers from 0, in a row."),
    .optional("weights", Tensor.self, "What each counts for."),
    .option("minlength", 0, in: 0...1e15, "The least length of the result."),
    examples: [Example("bincount(tensor([0, 2, 2]))", gives: "[1, 0, 2]")]
  ) { (x: Tensor, weights: Tensor?, least: Int) in try x.bincount(weights, least) }

  static let histc = Builtin(
    "histc", "How many elements lie in each of equal bins.",
    .required("input", Tensor.self, "Real numbers."),
    .option("bins", 100, in: 1...1e9, "How many bins."),
    .option("min", 0.0, "The lower end."),
    .option("max", 0.0, "The upper end; where both are equal, the range of the elements."),
    examples: [Example("histc(tensor([1.0, 2.0, 1.5]), bins=2, min=1, max=2)", gives: "[1., 2.]")]
  ) { (x: Tensor, bins: Int, low: Double, high: Double) in try x.histogram(bins, low, high) }

  static let searchsorted = Builtin(
    "searchsorted", "Where values would stand in a sorted row.",
    .required("sorted_sequence", Tensor.self, "Numbers in rising order, in a row."),
    .required("input", Tensor.self, "The values."),
    .option("right", false, "Whether a value goes behind its equals."),
    examples: [Example("searchsorted(tensor([1.0, 3.0, 5.0]), tensor([3.0, 4.0]))", gives: "[1, 2]")]
  ) { (row: Tensor, values: Tensor, right: Bool) in try row.places(of: values, right: right) }

  static let unique = Builtin(
    "unique", "The different elements in rising order.",
    .required("input", Tensor.self, "Any numbers."),
    .option("sorted", true, "They always come in order here."),
    .option("return_inverse", false, "Whether to give, as `inverse`, where each element of the input went."),
    .option("return_counts", false, "Whether to give, as `counts`, how often each occurs."),
    examples: [Example("unique(tensor([3, 1, 3]))", gives: "[1, 3]")]
  ) { (x: Tensor, _: Bool, inverse: Bool, counts: Bool) -> any Value in
    let found = try x.unique()
    guard inverse || counts else { return found.values }
    var record = Record([("values", found.values)])
    if inverse { record["inverse"] = found.inverse }
    if counts { record["counts"] = found.counts }
    return record
  }
}

extension Tensor {
  func bincount(_ weights: Tensor?, _ least: Int) throws(TensorError) -> Tensor {
    guard dtype == .int64 || dtype == .bool else { throw .dtype("bincount", expected: "integers", met: dtype, operand: 0) }
    guard rank == 1 else { throw .shape("bincount", expected: "a vector", met: shape, operand: 0) }
    if let weights, weights.shape != shape { throw .shape("bincount", expected: "weights of \(shape)", met: weights.shape, operand: 1) }
    let list = try ints()
    if let negative = list.first(where: { $0 < 0 }) { throw .value("bincount", "takes whole numbers from 0, got \(negative)") }
    let (n, isOver) = (list.max() ?? -1).addingReportingOverflow(1)
    guard !isOver else { throw .tooLarge(shape: [.max], bytes: 0x1p66, limit: Pool.shared.limit) }
    guard let weights else {
      let y = try Tensor.zeros([Swift.max(n, least)], .int64)
      for i in list { y.i64[i] += 1 }
      return y
    }
    let y = try Tensor.zeros([Swift.max(n, least)], .float64)
    for (i, w) in zip(list, try weights.doubles()) { y.f64[i] += w }
    return try y.to(weights.dtype == .float32 ? .float32 : .float64)
  }

  func histogram(_ bins: Int, _ low: Double, _ high: Double) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("histc", expected: "real numbers", met: dtype, operand: 0) }
    guard low <= high else { throw .value("histc", "the upper end \(high) is below the lower end \(low)") }
    let numbers = try doubles()
    var (from, to) = (low, high)
    if from == to { (from, to) = (numbers.min() ?? 0, numbers.max() ?? 0) }
    if from == to { (from, to) = (from - 1, to + 1) }
    guard from.isFinite, to.isFinite else { throw .value("histc", "the range \(from) to \(to) is not finite") }
    let y = try Tensor.zeros([bins], .float64)
    for v in numbers where v >= from && v <= to {
      y.f64[Swift.min(bins - 1, Int((v - from) / (to - from) * Double(bins)))] += 1
    }
    return try y.to(dtype)
  }

  func places(of values: Tensor, right: Bool) throws(TensorError) -> Tensor {
    guard rank == 1 else { throw .shape("searchsorted", expected: "a sorted row", met: shape, operand: 0) }
    let row = try doubles(), wanted = try values.doubles()
    let y = try Tensor.empty(values.shape, .int64)
    for (i, value) in wanted.enumerated() {
      var (low, high) = (0, row.count)
      while low < high {
        let middle = (low + high) / 2
        // A number that is nan stands behind all others.
        if right ? !(row[middle] > value) : !(row[middle] >= value) { low = middle + 1 } else { high = middle }
      }
      y.i64[i] = Int64(low)
    }
    return y
  }

  /// The different elements in rising order, where each element went, and how often each occurs. Every nan is one of its own.
  public func unique() throws(TensorError) -> (values: Tensor, inverse: Tensor, counts: Tensor) {
    let flat = try detached().reshape([count]), order = try flat.argsort(0)
    let sorted = try flat.gather(0, order)
    let isNew = try Tensor.empty([count], .bool), inverse = try Tensor.empty(shape, .int64)
    if count > 1 {
      let differs = try sorted.narrow(0, 1, count - 1).ne(sorted.narrow(0, 0, count - 1)).contiguous()
      for i in 1..<count { isNew.u8[i] = differs.u8[i - 1] }
    }
    if count > 0 { isNew.u8[0] = 1 }
    var kind: Int64 = -1
    for i in 0..<count {
      if isNew.u8[i] != 0 { kind += 1 }
      inverse.i64[Int(order.i64[i])] = kind
    }
    let counts = try Tensor.zeros([Int(kind + 1)], .int64)
    for i in 0..<count { counts.i64[Int(inverse.i64[i])] += 1 }
    return (try sorted.maskedSelect(isNew), inverse, counts)
  }
}
