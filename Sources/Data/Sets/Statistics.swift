import Engine

/// What one feature's numbers are like.
struct ColumnStatistics {
  var mean = 0.0, min = Double.infinity, max = -Double.infinity
  /// The mean of the squared distances from the mean.
  var variance = 0.0
  var notFinite = 0
  /// Divided by n, as a population's.
  var std: Double { variance.squareRoot() }
}

extension Tensor {
  /// The statistics of each column, all dimensions but the first taken as one.
  /// - Numerics: float64, in two passes, so that a large mean costs no digits of the spread.
  func columnStatistics() throws -> [ColumnStatistics] {
    let n = shape.first ?? 0, width = n > 0 ? count / n : 0
    let numbers = try doubles()
    var columns = [ColumnStatistics](repeating: ColumnStatistics(), count: width)
    for row in 0..<n {
      for d in 0..<width {
        let v = numbers[row * width + d]
        columns[d].mean += v
        columns[d].min = Swift.min(columns[d].min, v)
        columns[d].max = Swift.max(columns[d].max, v)
        if !v.isFinite { columns[d].notFinite += 1 }
      }
    }
    for d in 0..<width { columns[d].mean /= Double(n) }
    for row in 0..<n {
      for d in 0..<width {
        let off = numbers[row * width + d] - columns[d].mean
        columns[d].variance += off * off
      }
    }
    for d in 0..<width {
      columns[d].variance /= Double(n)
      // What rounding leaves of a column of equal numbers is no spread: scikit-learn's bound.
      let noise = Double(n) * columns[d].mean * .ulpOfOne
      if columns[d].min == columns[d].max || columns[d].variance <= noise * noise { columns[d].variance = 0 }
    }
    return columns
  }
}

extension DataSet {
  func statistics() throws -> [ColumnStatistics] { try x.columnStatistics() }

  /// As `statistics`, for features that must all be finite.
  func finiteStatistics() throws -> [ColumnStatistics] {
    guard count > 0 else { throw DataError.emptyPart("scaled", samples: 0) }
    let columns = try statistics()
    if let bad = columns.firstIndex(where: { $0.notFinite > 0 }) {
      throw DataError.notFinite(feature: features.indices.contains(bad) ? features[bad] : String(bad), count: columns[bad].notFinite)
    }
    return columns
  }
}
