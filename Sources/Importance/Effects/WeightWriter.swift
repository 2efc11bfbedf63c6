import Engine

/// Writes new numbers into a parameter for the time of a call, through a journal of its own that puts back what was there.
struct WeightWriter {
  let journal = Journal()
  private let place: Tensor?, old: Tensor?, new: Tensor?

  /// - Parameters: the parameter and the numbers that its elements may take; nil where there is none to write into.
  init(_ parameter: Tensor?, _ new: Tensor?) throws {
    place = parameter?.detached()
    old = try parameter?.detached().copied()
    self.new = try new?.copied()
  }

  /// Runs `body` while the elements at some places have their new numbers.
  func changing<T>(_ places: [Int], _ body: () throws -> T) throws -> T {
    guard let place, let old, let new else { return try body() }
    let index = try place.rank == 0 ? [Index.ellipsis] : coordinates(places, place.shape)
    try place.assign(new.indexed(index), at: index, journal: journal)
    let result = try body()
    try place.assign(old.indexed(index), at: index, journal: journal)
    return result
  }

  /// Flat places as an index for each dimension.
  private func coordinates(_ places: [Int], _ shape: [Int]) throws -> [Index] {
    var inner = shape.reduce(1, *)
    return try shape.map { size in
      inner /= max(size, 1)
      return .tensor(try Tensor(places.map { $0 / max(inner, 1) % max(size, 1) }))
    }
  }
}
