import Engine

/// What the samples of a block add to the diagonal of the Hessian for one parameter.
enum SampleDiagonals {
  /// Nothing: the diagonal is 0.
  case none
  /// For the weight of a linear layer `c_ni a_nj²`.
  /// - Shape: `[n, out]` and `[n, in]`.
  case outer(Tensor, Tensor)
  /// One row a sample.
  case rows(Tensor)
  /// All samples of the block together.
  case sum(Tensor)

  /// The sum over the samples of the block; nil where it is 0.
  func sum() throws -> Tensor? {
    switch self {
    case .none: nil
    case .outer(let c, let squares): try c.transpose(0, 1).matmul(squares)
    case .rows(let rows): try rows.sum([0])
    case .sum(let sum): sum
    }
  }

  /// Some of the samples, one row each.
  func rows(_ start: Int, _ count: Int, _ shape: [Int], _ dtype: DType) throws -> Tensor {
    switch self {
    case .none: try Tensor.zeros([count] + shape, dtype)
    case .outer(let c, let squares): try c.narrow(0, start, count).unsqueeze(2) * squares.narrow(0, start, count).unsqueeze(1)
    case .rows(let rows): try rows.narrow(0, start, count)
    case .sum(let sum): try sum.unsqueeze(0)
    }
  }
}

/// The diagonal of the Hessian of one parameter and the reductions that read it, gathered over the samples.
struct CurvatureSums {
  let w: Tensor, w0: Tensor
  private let groups: ElementGroups?
  private var sum: Tensor?
  private var reductions: [(formula: Formula, inner: Formula, running: RunningReduction)]
  private var count = 0
  /// Elements of a block of rows.
  private static let size = 1 << 18

  init(_ w: Tensor, _ w0: Tensor, _ formulas: [Formula], groups: ElementGroups? = nil) {
    (self.w, self.w0, self.groups) = (w, w0, groups)
    reductions = formulas.compactMap { formula in
      guard case .reduced(let reducer, let inner) = formula.kind else { return nil }
      return (formula, inner, RunningReduction(reducer))
    }
  }

  /// - Parameters:
  ///   - sums: whether the diagonal over all samples takes these in.
  ///   - each: whether the reductions do.
  ///   - gradients: the gradients of some samples, for reductions that read them too.
  mutating func add(_ part: SampleDiagonals, samples: Int, sums: Bool, each: Bool, gradients: ((Int, Int) throws -> Tensor)?) throws {
    if sums {
      count += samples
      if let more = try part.sum() { sum = try sum.map { try $0.to(.float64) + more.to(.float64) } ?? more }
    }
    guard each, !reductions.isEmpty else { return }
    let step = max(1, Self.size / max(1, w.count))
    for start in stride(from: 0, to: samples, by: step) {
      guard !Interrupt.isSet else { throw TensorError.interrupted }
      let rows = min(step, samples - start)
      var bindings = Bindings(w: w, g: try gradients?(start, rows), w0: w0, groups: groups)
      let h = try part.rows(start, rows, w.shape, w.dtype)
      bindings.h = h
      for i in reductions.indices {
        let values = try reductions[i].inner.tensor(bindings)
        let isOfGroups = reductions[i].inner.extent == .group
        let shape = groups.map { isOfGroups ? [rows] + $0.shape : h.shape } ?? h.shape
        try reductions[i].running.add(values.shape == shape ? values : values.expand(shape))
      }
    }
  }

  /// The same in memory of its own, which what is added to this one does not reach.
  func copied() throws -> CurvatureSums {
    var copy = self
    copy.reductions = try reductions.map { ($0.formula, $0.inner, try $0.running.copied()) }
    return copy
  }

  /// The mean over the samples, of the parameter's dtype.
  func mean() throws -> Tensor {
    guard let sum, count > 0 else { return try Tensor.zeros(w.shape, w.dtype) }
    return try (sum / Double(count)).to(w.dtype)
  }

  func results() throws -> [Formula: Tensor] {
    var out: [Formula: Tensor] = [:]
    for reduction in reductions { out[reduction.formula] = try reduction.running.result(w.dtype) }
    return out
  }
}
