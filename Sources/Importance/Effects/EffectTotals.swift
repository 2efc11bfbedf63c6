import Engine

/// The effects of changes, added up as blocks of changes and samples are done.
struct EffectTotals {
  /// The sums over the samples, one for each change.
  private(set) var sums: [Double]
  /// Each sample's own, where they are wanted.
  /// - Shape: `[samples, changes]`.
  private(set) var matrix: Tensor?
  private let journal = Journal()
  let samples: Int

  init(changes: Int, samples: Int, keepsSamples: Bool, _ dtype: DType, memory: Double) throws {
    self.samples = samples
    sums = Array(repeating: 0, count: changes)
    guard keepsSamples else { return }
    let bytes = Double(changes) * Double(samples) * Double(dtype.size)
    guard bytes <= memory else { throw EffectError.tooLarge(bytes: bytes, limit: memory) }
    matrix = try Tensor.zeros([samples, changes], dtype)
  }

  /// - Shape: `differences [changes, rows]`.
  mutating func add(_ differences: Tensor, changes: Range<Int>, rows: Range<Int>) throws {
    if let matrix {
      try put(differences.transpose(0, 1), changes, rows, matrix)
    } else {
      for (i, sum) in zip(changes, try differences.to(.float64).sum([1]).doubles()) { sums[i] += sum }
    }
  }

  /// - Shape: `block [rows, changes]`.
  mutating func put(_ block: Tensor, changes: Range<Int>, rows: Range<Int>) throws {
    if let matrix { try put(block, changes, rows, matrix) }
  }

  mutating func add(_ part: [Double], changes: Range<Int>, sign: Double = 1) {
    for (i, sum) in zip(changes, part) { sums[i] += sign * sum }
  }

  private func put(_ block: Tensor, _ changes: Range<Int>, _ rows: Range<Int>, _ matrix: Tensor) throws {
    let place: [Index] = [.slice(from: rows.lowerBound, to: rows.upperBound, step: 1), .slice(from: changes.lowerBound, to: changes.upperBound, step: 1)]
    try matrix.assign(block, at: place, journal: journal)
  }

  /// The mean over the samples of each change.
  var means: [Double] { sums.map { $0 / Double(max(samples, 1)) } }

  /// The means, or each sample's own.
  /// - Shape: float64 `[1, changes]` or `[samples, changes]`.
  func values() throws -> Tensor { try matrix?.to(.float64) ?? Tensor(means, [1, sums.count]) }
}
