import Builtins

extension Builtin<Void> {
  static let aminmax = Builtin(
    "aminmax", "The smallest and the largest element.",
    .required("input", Tensor.self, "Any numbers."),
    .optional("dim", Int.self, "The dimension that goes; without it, all."),
    .option("keepdim", false, "Whether it stays with size 1."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("aminmax(tensor([1.0, 5.0, 3.0])).max", gives: "5.")]
  ) { (x: Tensor, dim: Int?, keepdim: Bool) in
    let dims = dim.map { [$0] }
    return Record([("min", try x.amin(dims, keepdim: keepdim)), ("max", try x.amax(dims, keepdim: keepdim))])
  }

  static let cummax = runningExtreme(isLargest: true, Example("cummax(tensor([1.0, 3.0, 2.0, 3.0]), 0).indices", gives: "[0, 1, 1, 3]"))
  static let cummin = runningExtreme(isLargest: false, Example("cummin(tensor([3.0, 1.0, 2.0]), 0).values", gives: "[3., 1., 1.]"))

  private static func runningExtreme(isLargest: Bool, _ example: Example) -> Builtin {
    let name = isLargest ? "cummax" : "cummin"
    return Builtin(
      name, "The \(isLargest ? "largest" : "smallest") element so far along a dimension, and its place, the last of equal ones.",
      .required("input", Tensor.self, "Any numbers."),
      .required("dim", Int.self, "The dimension."),
      examples: [example]
    ) { (x: Tensor, dim: Int) in Record(try x.runningExtreme(name, dim, isLargest: isLargest)) }
  }

  static let logcumsumexp = Builtin(
    "logcumsumexp", "The logarithm of running sums of exponentials.",
    .required("input", Tensor.self, "Any numbers."),
    .required("dim", Int.self, "The dimension."),
    formula: "log Σ e^(x₀ … xᵢ)",
    examples: [Example("logcumsumexp(tensor([1.0, 1.0]), 0)", gives: "[1.0000, 1.6931]")]
  ) { (x: Tensor, dim: Int) in try x.logcumsumexp(dim) }

  static let stdMean = Builtin(
    "std_mean", "The standard deviation and the mean.",
    .required("input", Tensor.self, "Real numbers."),
    .optional("dim", [Int].self, "The dimensions that go."),
    .option("unbiased", true, "Divides by n - 1; false divides by n."),
    .option("keepdim", false, "Whether the dimensions stay with size 1."),
    .optional("correction", Double.self, "What is taken off n, in place of `unbiased`."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("std_mean(tensor([1.0, 3.0]))[1]", gives: "2.")]
  ) { (x: Tensor, dims: [Int]?, unbiased: Bool, keepdim: Bool, correction: Double?) in
    List([try x.std(dims, correction: correction ?? (unbiased ? 1 : 0), keepdim: keepdim), try x.mean(dims, keepdim: keepdim)])
  }

  static let varMean = Builtin(
    "var_mean", "The variance and the mean.",
    .required("input", Tensor.self, "Real numbers."),
    .optional("dim", [Int].self, "The dimensions that go."),
    .option("unbiased", true, "Divides by n - 1; false divides by n."),
    .option("keepdim", false, "Whether the dimensions stay with size 1."),
    .optional("correction", Double.self, "What is taken off n, in place of `unbiased`."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("var_mean(tensor([1.0, 3.0]))[0]", gives: "2.")]
  ) { (x: Tensor, dims: [Int]?, unbiased: Bool, keepdim: Bool, correction: Double?) in
    List([try x.variance(dims, correction: correction ?? (unbiased ? 1 : 0), keepdim: keepdim), try x.mean(dims, keepdim: keepdim)])
  }
}

extension Tensor {
  /// The extreme element so far and its place; the gradient goes to that place. nan wins from where it stands on.
  func runningExtreme(_ name: String, _ dim: Int, isLargest: Bool) throws(TensorError) -> Placed {
    let d = try Shape.dimension(dim, rank: rank, name)
    if rank == 0 { return Placed(values: self, indices: try Tensor.zeros([], .int64)) }
    let rows = try Kernel.exchanged(detached().counted(), d).contiguous(), places = try Tensor.empty(rows.shape, .int64), n = shape[d]
    func fill<T: Comparable>(_ x: UnsafeMutablePointer<T>) {
      for start in stride(from: 0, to: rows.count, by: Swift.max(n, 1)) {
        var best = 0
        for i in 0..<n {
          let (value, champion) = (x[start + i], x[start + best])
          // Only nan is unequal to itself.
          let isBetter = value != value || (champion == champion && (isLargest ? value >= champion : value <= champion))
          if isBetter { best = i }
          places.i64[start + i] = Int64(best)
        }
      }
    }
    switch rows.dtype {
    case .float32: fill(rows.f32)
    case .float64: fill(rows.f64)
    case .int64, .bool: fill(rows.i64)
    }
    let indices = try Kernel.exchanged(places, d).contiguous()
    return Placed(values: try gather(d, indices), indices: indices)
  }

  /// - Numerics: in doubling steps, each of which adds two logarithms of sums, so that nothing overflows.
  func logcumsumexp(_ dim: Int) throws(TensorError) -> Tensor {
    let d = try Shape.dimension(dim, rank: rank, "logcumsumexp")
    if rank == 0 { return try real() }
    var (y, reach) = (try real(), 1)
    while reach < shape[d] {
      let rest = shape[d] - reach
      y = try Tensor.cat([y.narrow(d, 0, reach), y.narrow(d, reach, rest).logaddexp(y.narrow(d, 0, rest))], d)
      reach *= 2
    }
    return y
  }
}
