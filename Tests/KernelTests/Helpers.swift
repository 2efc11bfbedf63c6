import Testing

/// The largest distance between two sequences of one length; infinite where a NaN stands against a number.
func largestDifference<T: BinaryFloatingPoint>(_ a: some Collection<T>, _ b: some Collection<T>) -> Double {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { worst, pair in
    let (x, y) = (Double(pair.0), Double(pair.1))
    if x == y || (x.isNaN && y.isNaN) { return worst }
    let distance = abs(x - y)
    return distance.isNaN ? .infinity : max(worst, distance)
  }
}

/// Numbers without a pattern that a kernel could exploit, the same each time.
struct Numbers {
  private var state: UInt64 = 0x2545_f491_4f6c_dd1d

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
  mutating func doubles(_ count: Int, in range: ClosedRange<Double> = -2...2) -> [Double] {
    (0..<count).map { _ in
      range.lowerBound + Double(next() >> 11) * 0x1p-53 * (range.upperBound - range.lowerBound)
    }
  }
  mutating func floats(_ count: Int, in range: ClosedRange<Double> = -2...2) -> [Float] {
    doubles(count, in: range).map(Float.init)
  }
  mutating func integers(_ count: Int, below limit: UInt64) -> [Int64] {
    (0..<count).map { _ in Int64(next() % limit) }
  }
}

/// Every index of a shape, row by row.
func indices(_ shape: [Int64]) -> [[Int64]] {
  shape.reduce([[]]) { done, size in done.flatMap { prefix in (0..<max(size, 0)).map { prefix + [$0] } } }
}

func offset(_ index: [Int64], _ strides: [Int64]) -> Int { Int(zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }) }
