import Engine

/// How features were moved and stretched: `(x - shift) / scale`, column by column, from the numbers as they were loaded.
public struct Scaling: Sendable, Equatable {
  public let shift: [Double], scale: [Double]

  public init(shift: [Double], scale: [Double]) { (self.shift, self.scale) = (shift, scale) }

  /// This scaling and then another, as one.
  func then(_ next: Scaling) -> Scaling {
    Scaling(
      shift: zip(zip(shift, scale), next.shift).map { $0.0 + $0.1 * $1 },
      scale: zip(scale, next.scale).map { $0 * $1 })
  }

  /// The scaling of some of the columns.
  func chosen(_ places: [Int]) -> Scaling { Scaling(shift: places.map { shift[$0] }, scale: places.map { scale[$0] }) }

  func apply(_ x: Tensor) throws -> Tensor {
    var numbers = try x.doubles()
    let width = shift.count
    for row in 0..<(x.shape.first ?? 0) {
      for d in 0..<width { numbers[row * width + d] = (numbers[row * width + d] - shift[d]) / scale[d] }
    }
    return x.dtype == .float64 ? try Tensor(numbers, x.shape) : try Tensor(numbers.map { Float($0) }, x.shape)
  }
}

extension DataSet {
  /// Each feature with mean 0 and population standard deviation 1; a feature that never changes becomes 0.
  public func standardized() throws -> DataSet { try scaled(by: standardScaling()) }

  /// Each feature in 0...1; a feature that never changes becomes 0.
  public func normalized() throws -> DataSet {
    let columns = try finiteStatistics()
    return try scaled(by: Scaling(shift: columns.map(\.min), scale: columns.map { $0.max > $0.min ? $0.max - $0.min : 1 }))
  }

  /// The features moved and stretched as those of another data set were; by its own statistics where they were not.
  /// - Throws: `otherFeatures` where the features have other names.
  public func standardized(like other: DataSet) throws -> DataSet {
    guard features == other.features, x.shape.dropFirst() == other.x.shape.dropFirst() else {
      throw DataError.otherFeatures(other.features, features)
    }
    return try scaled(by: other.scaling ?? other.standardScaling())
  }

  func standardScaling() throws -> Scaling {
    let columns = try finiteStatistics()
    return Scaling(shift: columns.map(\.mean), scale: columns.map { $0.std > 0 ? $0.std : 1 })
  }

  func scaled(by next: Scaling) throws -> DataSet {
    scaled(try next.apply(x), scaling?.then(next) ?? next)
  }
}
