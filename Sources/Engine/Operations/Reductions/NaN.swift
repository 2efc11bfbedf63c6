import Builtins
import CKernels

extension Builtin<Void> {
  static let nanmean = Builtin(
    "nanmean", "The mean of the elements that are not nan.",
    .required("input", Tensor.self, "Real numbers."),
    .optional("dim", [Int].self, "The dimensions that go."),
    .option("keepdim", false, "Whether they stay with size 1."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("nanmean(tensor([1.0, nan, 3.0]))", gives: "2.")]
  ) { (x: Tensor, dims: [Int]?, keepdim: Bool) in
    let known = try x.eq(x).sum(dims, keepdim: keepdim)
    return try x.withoutNaN().sum(dims, keepdim: keepdim) / known
  }

  static let nanmedian = Builtin(
    "nanmedian", "The middle element of those that are not nan, the lower of two; along a dimension, with its place.",
    .required("input", Tensor.self, "Any numbers."),
    .optional("dim", Int.self, "The dimension."),
    .option("keepdim", false, "Whether it stays with size 1."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("nanmedian(tensor([3.0, nan, 2.0, 5.0]))", gives: "3.")]
  ) { (x: Tensor, dim: Int?, keepdim: Bool) -> any Value in
    guard let dim else { return try x.reshape([x.count]).median(0, keepdim: false, skipsNaN: true).values }
    return Record(try x.median(dim, keepdim: keepdim, skipsNaN: true))
  }

  static let nanquantile = Builtin(
    "nanquantile", "The number that a share of the elements is below that are not nan.",
    .required("input", Tensor.self, "Real numbers."),
    .required("q", Tensor.self, in: 0...1, "The share, or several."),
    .optional("dim", Int.self, "The dimension; without it, all elements."),
    .option("keepdim", false, "Whether it stays with size 1."),
    .option("interpolation", Interpolation.linear, "What stands between two neighbours."),
    examples: [Example("nanquantile(tensor([1.0, nan, 3.0, 4.0]), 0.25)", gives: "2.")]
  ) { (x: Tensor, q: Tensor, dim: Int?, keepdim: Bool, between: Interpolation) in
    try x.nanquantile(q, dim, keepdim: keepdim, between)
  }

  static let nansum = Builtin(
    "nansum", "The sum of the elements that are not nan.",
    .required("input", Tensor.self, "Any numbers."),
    .optional("dim", [Int].self, "The dimensions that go."),
    .option("keepdim", false, "Whether they stay with size 1."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("nansum(tensor([1.0, nan, 3.0]))", gives: "4.")]
  ) { (x: Tensor, dims: [Int]?, keepdim: Bool) in try x.withoutNaN().sum(dims, keepdim: keepdim) }
}

extension Tensor {
  /// Zeros where nan stands; no gradient goes there.
  fileprivate func withoutNaN() throws(TensorError) -> Tensor {
    dtype.isFloating ? try isOfClass(PITH_CLASS_NAN).selecting(Tensor.zeros([], dtype), self) : self
  }

  /// As `quantile`, with as many elements in each row as are not nan; nan where there is none.
  fileprivate func nanquantile(_ q: Tensor, _ dim: Int?, keepdim: Bool, _ between: Interpolation) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("nanquantile", expected: "real numbers (`.float()` makes them)", met: dtype, operand: 0) }
    guard q.rank <= 1 else { throw .shape("nanquantile", expected: "one share or a list of shares", met: q.shape, operand: 1) }
    let shares = try q.doubles()
    if let wrong = shares.first(where: { !($0 >= 0 && $0 <= 1) }) { throw .value("nanquantile", "a share must lie in 0 to 1, got \(wrong)") }
    let line = dim == nil || rank == 0 ? try reshape([count]) : self, d = try line.dimension(rank == 0 ? 0 : dim ?? 0, "nanquantile")
    guard line.shape[d] > 0 else { throw .value("nanquantile", "there is nothing to choose from in a tensor of \(shape)") }
    let sorted = try line.sort(d).values
    let last = try (line.detached().eq(line.detached()).sum([d], keepdim: true).to(.float64) - 1).maximum(Tensor.number(0.0))
    var parts: [Tensor] = []
    for share in shares {
      let place = try last * share, low = try place.floor(), high = try -(-place).floor()
      func at(_ place: Tensor) throws(TensorError) -> Tensor { try sorted.gather(d, place.to(.int64)) }
      var y: Tensor
      switch between {
      case .lower: y = try at(low)
      case .higher: y = try at(high)
      case .nearest: y = try at(place.round())
      case .midpoint, .linear:
        let a = try at(low), weight = try between == .linear ? place - low : (high - low) * 0.5
        y = try a + (at(high) - a) * weight.to(dtype)
      }
      if dim == nil { y = try y.reshape(keepdim ? Array(repeating: 1, count: rank) : []) } else if !keepdim { y = try y.squeeze([d]) }
      parts.append(y)
    }
    guard q.rank == 1 else { return parts[0] }
    return parts.isEmpty ? try Tensor.empty([0], dtype) : try Tensor.stack(parts)
  }
}
