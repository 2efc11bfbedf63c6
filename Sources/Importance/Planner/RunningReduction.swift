import Engine

/// A reduction over samples that come in parts. Sums and spreads are kept in double precision, so that the parts leave no
/// trace beyond the last digit.
struct RunningReduction {
  let reducer: FormulaReducer
  private var count = 0
  private var extreme: Tensor?
  private var sum: RunningSum
  private var spread = RunningSpread()

  init(_ reducer: FormulaReducer) {
    self.reducer = reducer
    sum = RunningSum(reducer == .norm ? .square : .value)
  }

  /// That of the first part.
  private(set) var dtype: DType?

  /// - Shape: `values [samples, *]`.
  mutating func add(_ values: Tensor) throws(TensorError) {
    guard values.shape[0] > 0 else { return }
    dtype = dtype ?? values.dtype
    switch reducer {
    case .mean, .sum, .norm: try sum.add(values)
    case .max:
      let part = try values.amax([0])
      extreme = try extreme?.maximum(part) ?? part
    case .min:
      let part = try values.amin([0])
      extreme = try extreme?.minimum(part) ?? part
    case .std, .var: try spread.add(values)
    }
    count += values.shape[0]
  }

  /// The same in memory of its own, which what is added to this one does not reach.
  func copied() throws(TensorError) -> RunningReduction {
    var copy = self
    (copy.sum, copy.spread) = (try sum.copied(), try spread.copied())
    return copy
  }

  /// The reduction of all that was added, of the shape of one sample.
  func result(_ dtype: DType) throws(TensorError) -> Tensor? {
    let value: Tensor? = switch reducer {
    case .sum: sum.total
    case .max, .min: extreme
    case .mean: try sum.total.map { total throws(TensorError) in try total / Double(count) }
    case .norm: try sum.total?.sqrt()
    case .var: try spread.variance()
    case .std: try spread.variance()?.sqrt()
    }
    return try value?.to(dtype)
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
