import Engine

/// A reduction over samples that come in parts. Sums over several parts are kept in float64, and spreads are merged from
/// each part's mean and squared distances, so that the order of the parts leaves no trace beyond the last digit.
/// - Source: Chan, Golub and LeVeque 1979, for the merging of spreads.
struct RunningReduction {
  let reducer: FormulaReducer
  private var count = 0
  private var state: Tensor?
  /// The sum of squared distances from the mean, which `state` holds then.
  private var spread: Tensor?

  init(_ reducer: FormulaReducer) { self.reducer = reducer }

  /// That of the first part.
  private(set) var dtype: DType?

  /// - Shape: `values [samples, *]`.
  mutating func add(_ values: Tensor) throws(TensorError) {
    let n = values.shape[0]
    guard n > 0 else { return }
    dtype = dtype ?? values.dtype
    switch reducer {
    case .mean, .sum: try keep(values.sum([0])) { a, b throws(TensorError) in try a + b }
    case .norm: try keep(values.square().sum([0])) { a, b throws(TensorError) in try a + b }
    case .max:
      let part = try values.amax([0])
      state = try state?.maximum(part) ?? part
    case .min:
      let part = try values.amin([0])
      state = try state?.minimum(part) ?? part
    case .std, .var: try addSpread(values, n)
    }
    count += n
  }

  private mutating func keep(_ part: Tensor, _ merge: (Tensor, Tensor) throws(TensorError) -> Tensor) throws(TensorError) {
    guard let there = state else {
      state = part
      return
    }
    state = try merge(there.to(.float64), part.to(.float64))
  }

  private mutating func addSpread(_ values: Tensor, _ n: Int) throws(TensorError) {
    let mean = try values.mean([0])
    let squares = try (values - mean).square().sum([0])
    guard let before = state, let there = spread else {
      (state, spread) = (mean, squares)
      return
    }
    let (a, b) = (Double(count), Double(n))
    let old = try before.to(.float64)
    let step = try mean.to(.float64) - old
    state = try old + step * (b / (a + b))
    spread = try there.to(.float64) + squares.to(.float64) + step.square() * (a * b / (a + b))
  }

  /// The reduction of all that was added, of the shape of one sample.
  func result(_ dtype: DType) throws(TensorError) -> Tensor? {
    guard let state else { return nil }
    let value = switch reducer {
    case .sum, .max, .min: state
    case .mean: try state / Double(count)
    case .norm: try state.sqrt()
    case .var, .std:
      if let spread { try Self.spread(spread, count, reducer) } else { state }
    }
    return try value.to(dtype)
  }

  private static func spread(_ squares: Tensor, _ count: Int, _ reducer: FormulaReducer) throws(TensorError) -> Tensor {
    let variance = try squares / Double(count - 1)
    return reducer == .std ? try variance.sqrt() : variance
  }

  /// The reduction of one value that is the same for all samples.
  static func ofConstant(_ value: Tensor, _ reducer: FormulaReducer, count: Int) throws(TensorError) -> Tensor {
    switch reducer {
    case .mean, .max, .min: value
    case .sum: try value * Double(count)
    case .norm: try value.abs() * Double(count).squareRoot()
    // Of one sample there is no spread: 0 / 0.
    case .var, .std: try value * 0 / Double(min(count - 1, 1))
    }
  }
}
