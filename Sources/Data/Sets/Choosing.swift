import Builtins
import Engine

extension DataSet {
  /// Some features, in the order in which they are named.
  public func select(_ columns: [ColumnName]) throws -> DataSet {
    try keeping(columns.map { column throws(DataError) in try place(of: column) })
  }

  /// All features but some.
  public func dropping(_ columns: [ColumnName]) throws -> DataSet {
    let gone = Set(try columns.map { column throws(DataError) in try place(of: column) })
    return try keeping(features.indices.filter { !gone.contains($0) })
  }

  private func keeping(_ places: [Int]) throws -> DataSet {
    guard !places.isEmpty else { throw DataError.noFeatureLeft }
    return try DataSet(
      x.indexSelect(1, Tensor(places)), y, features: places.map { features[$0] }, classes: classes, target: target, name: name,
      scaling: scaling?.chosen(places))
  }
}

/// A data set, or one that is split, for what is done to both parts alike.
enum Samples: Accepted {
  case whole(DataSet)
  case split(Split)

  static let expectation = DataSet.expectation
  static func accept(_ value: any Value) -> Samples? {
    switch value {
    case let data as DataSet: .whole(data)
    case let split as Split: .split(split)
    default: nil
    }
  }

  func map(_ change: (DataSet) throws -> DataSet) rethrows -> any Value {
    switch self {
    case .whole(let data): try change(data)
    case .split(let split): try split.map(change)
    }
  }
}
