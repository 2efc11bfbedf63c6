import CKernels

/// A sum over samples that come in parts, in double precision.
public struct RunningSum {
  /// What of each number is summed.
  public enum Kind: Sendable {
    case value, magnitude, square

    var code: Int32 {
      switch self {
      case .value: PITH_GATHER_VALUE.rawValue
      case .magnitude: PITH_GATHER_MAGNITUDE.rawValue
      case .square: PITH_GATHER_SQUARE.rawValue
      }
    }
  }
  private let kind: Kind
  private var sum: Tensor?

  public init(_ kind: Kind) { self.kind = kind }

  /// - Shape: `values [samples, *]`, of real numbers.
  public mutating func add(_ values: Tensor) throws(TensorError) {
    let x = try values.contiguous(), samples = x.shape[0]
    let sum: Tensor
    if let there = self.sum { sum = there } else { sum = try Tensor.zeros(Array(x.shape.dropFirst()), .float64) }
    self.sum = sum
    if x.dtype == .float32 {
      pith_gather_f32(kind.code, x.f32, samples, sum.count, sum.f64)
    } else {
      pith_gather_f64(kind.code, x.f64, samples, sum.count, sum.f64)
    }
  }

  /// The same in memory of its own, which what is added to this one does not reach.
  public func copied() throws(TensorError) -> RunningSum {
    var copy = self
    copy.sum = try sum?.copied()
    return copy
  }

  /// The sum, in float64; nil where nothing was added.
  public var total: Tensor? { sum }
}

/// Mean and squared distances from it over samples that come in parts, in double precision.
/// - Source: Welford 1962.
public struct RunningSpread {
  private var mean: Tensor?, squares: Tensor?
  public private(set) var count = 0

  public init() {}

  /// - Shape: `values [samples, *]`, of real numbers.
  public mutating func add(_ values: Tensor) throws(TensorError) {
    let x = try values.contiguous(), samples = x.shape[0], shape = Array(x.shape.dropFirst())
    let mean: Tensor, squares: Tensor
    if let there = self.mean, let spread = self.squares {
      (mean, squares) = (there, spread)
    } else {
      (mean, squares) = (try Tensor.zeros(shape, .float64), try Tensor.zeros(shape, .float64))
      (self.mean, self.squares) = (mean, squares)
    }
    if x.dtype == .float32 {
      pith_spread_f32(x.f32, samples, mean.count, count, mean.f64, squares.f64)
    } else {
      pith_spread_f64(x.f64, samples, mean.count, count, mean.f64, squares.f64)
    }
    count += samples
  }

  /// The same in memory of its own, which what is added to this one does not reach.
  public func copied() throws(TensorError) -> RunningSpread {
    var copy = self
    (copy.mean, copy.squares) = (try mean?.copied(), try squares?.copied())
    return copy
  }

  /// The variance, divided by one less than the number of samples, in float64; nil where nothing was added.
  public func variance() throws(TensorError) -> Tensor? {
    guard let squares else { return nil }
    return try squares / Double(count - 1)
  }
}
