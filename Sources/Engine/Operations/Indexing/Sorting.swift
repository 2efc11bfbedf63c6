import Builtins

extension Builtin<Void> {
  static let argsort = Builtin(
    "argsort", "The places that sort a dimension.",
    .required("input", Tensor.self, "Any numbers."),
    .option("dim", -1, "The dimension."),
    .option("descending", false, "Whether the largest come first."),
    examples: [Example("argsort(tensor([3.0, 1.0, 2.0]))", gives: "[1, 2, 0]")]
  ) { (x: Tensor, dim: Int, descending: Bool) in try x.argsort(dim, descending: descending) }

  static let kthvalue = Builtin(
    "kthvalue", "The k-th smallest element along a dimension, and its place.",
    .required("input", Tensor.self, "Any numbers."),
    .required("k", Int.self, "Which one, from 1."),
    .option("dim", -1, "The dimension."),
    .option("keepdim", false, "Whether it stays with size 1."),
    examples: [Example("kthvalue(tensor([3.0, 1.0, 2.0]), 2).values", gives: "2.")]
  ) { (x: Tensor, k: Int, dim: Int, keepdim: Bool) in Record(try x.kthvalue(k, dim, keepdim: keepdim)) }

  static let median = Builtin(
    "median", "The middle element, the lower of two; along a dimension, with its place.",
    .required("input", Tensor.self, "Any numbers."),
    .optional("dim", Int.self, "The dimension."),
    .option("keepdim", false, "Whether it stays with size 1."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("median(tensor([3.0, 1.0, 2.0, 5.0]))", gives: "2.")]
  ) { (x: Tensor, dim: Int?, keepdim: Bool) -> any Value in
    guard let dim else { return try x.reshape([x.count]).median(0, keepdim: false).values }
    return Record(try x.median(dim, keepdim: keepdim))
  }

  static let mode = Builtin(
    "mode", "The most frequent element along a dimension, the smallest of equals, and the last place of it.",
    .required("input", Tensor.self, "Any numbers."),
    .option("dim", -1, "The dimension."),
    .option("keepdim", false, "Whether it stays with size 1."),
    examples: [Example("mode(tensor([1, 3, 3, 2])).values", gives: "3")]
  ) { (x: Tensor, dim: Int, keepdim: Bool) in Record(try x.mode(dim, keepdim: keepdim)) }

  static let quantile = Builtin(
    "quantile", "The number that a share of all elements is below, between neighbours by a straight line.",
    .required("input", Tensor.self, "Real numbers."),
    .required("q", Tensor.self, in: 0...1, "The share, or several."),
    .optional("dim", Int.self, "The dimension; without it, all elements."),
    .option("keepdim", false, "Whether it stays with size 1."),
    .option("interpolation", Interpolation.linear, "What stands between two neighbours."),
    examples: [Example("quantile(tensor([1.0, 2.0, 3.0, 4.0]), 0.5)", gives: "2.5000")]
  ) { (x: Tensor, q: Tensor, dim: Int?, keepdim: Bool, between: Interpolation) in
    try x.quantile(q, dim, keepdim: keepdim, between)
  }

  static let sort = Builtin(
    "sort", "The elements along a dimension in order, and the places that they came from.",
    .required("input", Tensor.self, "Any numbers."),
    .option("dim", -1, "The dimension."),
    .option("descending", false, "Whether the largest come first."),
    .option("stable", true, "Equal elements always keep their order here."),
    examples: [Example("sort(tensor([3.0, 1.0, 2.0])).values", gives: "[1., 2., 3.]")]
  ) { (x: Tensor, dim: Int, descending: Bool, _: Bool) in Record(try x.sort(dim, descending: descending)) }

  static let topk = Builtin(
    "topk", "The k largest elements along a dimension, and their places.",
    .required("input", Tensor.self, "Any numbers."),
    .required("k", Int.self, "How many."),
    .option("dim", -1, "The dimension."),
    .option("largest", true, "False gives the smallest."),
    .option("sorted", true, "They always come in order here."),
    examples: [Example("topk(tensor([3.0, 1.0, 2.0]), 2).indices", gives: "[0, 2]")]
  ) { (x: Tensor, k: Int, dim: Int, largest: Bool, _: Bool) in Record(try x.topk(k, dim, largest: largest)) }
}

/// What a quantile is between two neighbours.
public enum Interpolation: String, Choice { case linear, lower, higher, midpoint, nearest }

extension Tensor {
  /// The places that sort a dimension. Equal elements keep their order; nan counts as the largest.
  public func argsort(_ dim: Int = -1, descending: Bool = false) throws(TensorError) -> Tensor {
    let d = try Shape.dimension(dim, rank: rank, "argsort")
    if rank == 0 { return try Tensor.zeros([], .int64) }
    let rows = try Kernel.exchanged(detached(), d).contiguous()
    let order = try Tensor.empty(rows.shape, .int64), n = shape[d]
    if n > 0 {
      var sorter = LaneSorter(count: n)
      for row in 0..<(rows.count / n) { sorter.sort(rows, from: row * n, descending: descending, into: order.i64 + row * n) }
    }
    return try Kernel.exchanged(order, d).contiguous()
  }

  /// The elements along a dimension in order. The gradient follows them to where they came from.
  func sort(_ dim: Int = -1, descending: Bool = false) throws(TensorError) -> Placed {
    let places = try argsort(dim, descending: descending)
    return Placed(values: try gather(dim, places), indices: places)
  }

  func topk(_ k: Int, _ dim: Int = -1, largest: Bool = true) throws(TensorError) -> Placed {
    let d = try Shape.dimension(dim, rank: rank, "topk"), n = rank == 0 ? 1 : shape[d]
    guard k >= 0, k <= n else { throw .value("topk", "there are \(n) elements along dimension \(d) of \(shape), not \(k)") }
    let all = try argsort(d, descending: largest)
    let places = rank == 0 ? all : try all.narrow(d, 0, k).contiguous()
    return Placed(values: try gather(d, places), indices: places)
  }

  func kthvalue(_ k: Int, _ dim: Int, keepdim: Bool) throws(TensorError) -> Placed {
    let d = try Shape.dimension(dim, rank: rank, "kthvalue"), n = rank == 0 ? 1 : shape[d]
    guard k >= 1, k <= n else { throw .value("kthvalue", "there are \(n) elements along dimension \(d) of \(shape), no \(k)-th") }
    return try picked(d, keepdim: keepdim) { order, _ in order[k - 1] }
  }

  /// - Parameter skipsNaN: whether nan counts as absent; else a row with a nan has it as its median.
  func median(_ dim: Int, keepdim: Bool, skipsNaN: Bool = false) throws(TensorError) -> Placed {
    let d = try Shape.dimension(dim, rank: rank, "median"), n = rank == 0 ? 1 : shape[d]
    guard n > 0 else { throw .value("median", "there is nothing to choose from in a tensor of \(shape)") }
    // nan sorts last.
    return try picked(d, keepdim: keepdim) { order, value in
      guard value(n - 1).isNaN else { return order[(n - 1) / 2] }
      let known = skipsNaN ? (0..<n).count { !value($0).isNaN } : 0
      return known == 0 ? order[n - 1] : order[(known - 1) / 2]
    }
  }

  func mode(_ dim: Int, keepdim: Bool) throws(TensorError) -> Placed {
    let d = try Shape.dimension(dim, rank: rank, "mode"), n = rank == 0 ? 1 : shape[d]
    guard n > 0 else { throw .value("mode", "there is nothing to choose from in a tensor of \(shape)") }
    return try picked(d, keepdim: keepdim) { order, value in
      var (best, longest, start) = (0, 0, 0)
      for i in 1...n where i == n || value(i) != value(start) {
        if i - start > longest { (best, longest) = (i - 1, i - start) }
        start = i
      }
      return order[best]
    }
  }

  /// One element of each row along a dimension, chosen by what `choose` makes of the row's order and its sorted values.
  private func picked(
    _ d: Int, keepdim: Bool, _ choose: (UnsafeMutablePointer<Int64>, (Int) -> Double) -> Int64
  ) throws(TensorError) -> Placed {
    if rank == 0 { return Placed(values: self, indices: try Tensor.zeros([], .int64)) }
    let order = try argsort(d), n = shape[d]
    let rows = try Kernel.exchanged(order, d).contiguous()
    let sorted = try Kernel.exchanged(detached().gather(d, order), d).to(.float64).contiguous()
    var kept = rows.shape
    kept[rank - 1] = 1
    let chosen = try Tensor.empty(kept, .int64)
    for row in 0..<chosen.count { chosen.i64[row] = choose(rows.i64 + row * n) { sorted.f64[row * n + $0] } }
    let places = Kernel.exchanged(chosen, d), values = try gather(d, places)
    return keepdim ? Placed(values: values, indices: places) : Placed(values: try values.squeeze([d]), indices: try places.squeeze([d]))
  }

  /// The number that a share of the elements is below.
  /// - Shape: `q []` removes the dimension; `q [k]` puts k in front.
  public func quantile(
    _ q: Tensor, _ dim: Int? = nil, keepdim: Bool = false, _ between: Interpolation = .linear
  ) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("quantile", expected: "real numbers (`.float()` makes them)", met: dtype, operand: 0) }
    guard q.rank <= 1 else { throw .shape("quantile", expected: "one share or a list of shares", met: q.shape, operand: 1) }
    let shares = try q.doubles()
    if let wrong = shares.first(where: { !($0 >= 0 && $0 <= 1) }) { throw .value("quantile", "a share must lie in 0 to 1, got \(wrong)") }
    let x = dim == nil ? try reshape([count]) : self
    let d = try Shape.dimension(dim ?? 0, rank: x.rank, "quantile"), n = x.rank == 0 ? 1 : x.shape[d]
    guard n > 0 else { throw .value("quantile", "there is nothing to choose from in a tensor of \(shape)") }
    let line = x.rank == 0 ? try x.reshape([1]) : x
    let sorted = try line.sort(d).values
    // A row with a nan has it last, and then is nan altogether.
    let last = try sorted.narrow(d, n - 1, 1)
    let spoiled = try last.ne(last)
    var parts: [Tensor] = []
    for share in shares {
      let t = try spoiled.selecting(last, sorted.interpolated(d, share * Double(n - 1), between))
      parts.append(keepdim ? (dim == nil ? try t.reshape(Array(repeating: 1, count: rank)) : t) : try t.squeeze([d]))
    }
    guard q.rank == 1 else { return parts[0] }
    return parts.isEmpty ? try Tensor.empty([0], dtype) : try Tensor.stack(parts)
  }

  private func interpolated(_ d: Int, _ place: Double, _ between: Interpolation) throws(TensorError) -> Tensor {
    let low = Int(place.rounded(.down)), high = Int(place.rounded(.up))
    switch between {
    case .lower: return try narrow(d, low, 1)
    case .higher: return try narrow(d, high, 1)
    case .nearest: return try narrow(d, Int(place.rounded(.toNearestOrEven)), 1)
    case .midpoint, .linear:
      let a = try narrow(d, low, 1), b = try narrow(d, high, 1)
      return try a + (b - a) * (between == .midpoint ? (low == high ? 0 : 0.5) : place - Double(low))
    }
  }
}
