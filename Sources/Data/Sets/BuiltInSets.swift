import CDatasets

/// The data sets that are part of the program.
public struct BuiltInSet: Sendable {
  public let name: String
  /// One line for lists.
  public let title: String
  private let isRegression: Bool
  private let place: Int

  public static let all: [BuiltInSet] = (0..<pith_dataset_count()).compactMap { place in
    guard let set = pith_dataset_at(place)?.pointee else { return nil }
    return BuiltInSet(name: String(cString: set.name), title: String(cString: set.title), isRegression: set.is_regression != 0, place: place)
  }

  /// The samples; the target is the last column unless the options say otherwise.
  public func load(_ options: LoadOptions = LoadOptions()) throws -> DataSet {
    guard let set = pith_dataset_at(place)?.pointee else { throw DataError.unknownSet(name, nearest: nil, known: BuiltInSet.all.map(\.name)) }
    var options = options
    if options.target == nil, options.labels == nil, isRegression { options.labels = false }
    return try CSV.load(Array(UnsafeBufferPointer(start: set.bytes, count: set.count)), options, name: name)
  }
}
