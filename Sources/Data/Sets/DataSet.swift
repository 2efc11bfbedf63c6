import Builtins
import Engine

/// Samples in rows, with what is to be said of each, and the names of both.
public struct DataSet {
  /// One row a sample, `[n, *]`.
  public let x: Tensor
  /// `[n]` (or `[n, *]` for several numbers): int64 labels of classes, or numbers; nil without either.
  public let y: Tensor?
  /// The names of the columns of `x [n, d]`; empty for samples of another shape.
  public let features: [String]
  /// The names of the labels, in their order; nil where `y` holds numbers.
  public let classes: [String]?
  /// What `y` is called.
  public let target: String?
  /// Where the samples come from.
  public let name: String?
  /// How the features were moved and stretched; nil where they are as they were.
  public let scaling: Scaling?

  /// - Parameters:
  ///   - features: the names of the columns; nil for x0, x1, ...
  ///   - classes: the names of the labels; nil where they have none.
  /// - Throws: `rows` where the numbers of rows differ, `names` where names do not fit.
  public init(
    _ x: Tensor, _ y: Tensor? = nil, features: [String]? = nil, classes: [String]? = nil, target: String? = nil,
    name: String? = nil, scaling: Scaling? = nil
  ) throws {
    guard let n = x.shape.first else { throw DataError.noRows(what: "x") }
    if let y {
      guard let rows = y.shape.first else { throw DataError.noRows(what: "y") }
      guard rows == n else { throw DataError.rows(x: n, y: rows) }
    }
    let width = x.rank == 2 ? x.shape[1] : 0
    if let features, features.count != width { throw DataError.names(of: "features", expected: width, met: features.count) }
    let labels = y?.dtype == .bool ? try y?.to(.int64) : y
    if let classes, let labels {
      guard labels.dtype == .int64 else { throw DataError.noLabels(for: "`classes`") }
      if let bad = try labels.ints().first(where: { !classes.indices.contains($0) }) { throw DataError.classOutOfRange(bad, classes: classes.count) }
    }
    (self.x, self.y, self.target, self.name) = (x, labels, y == nil ? nil : target ?? "y", name)
    self.features = features ?? (0..<width).map { "x\($0)" }
    self.classes = labels == nil ? nil : classes
    self.scaling = scaling
  }

  /// How many samples there are.
  public var count: Int { x.shape[0] }

  /// True where `y` holds labels of classes.
  public var hasLabels: Bool { y?.dtype == .int64 && y?.rank == 1 }

  /// How many classes there are: the names, or one more than the largest label.
  public func classCount() throws -> Int {
    if let classes { return classes.count }
    guard hasLabels, let y else { return 0 }
    return (try y.ints().max() ?? -1) + 1
  }

  /// The samples at the given places, in their order, as a copy.
  public func rows(_ places: Tensor) throws -> DataSet {
    with(try x.indexSelect(0, places), try y?.indexSelect(0, places))
  }

  /// The samples from one place to before another, as a view: a batch.
  public func batch(from start: Int, to end: Int) throws -> DataSet {
    let slice = Index.slice(from: start, to: end, step: 1)
    return with(try x.indexed([slice]), try y?.indexed([slice]))
  }

  /// The same names with other rows.
  func with(_ x: Tensor, _ y: Tensor?) -> DataSet {
    DataSet(checked: x, y, self, scaling)
  }

  /// The same rows with features that were moved and stretched.
  func scaled(_ x: Tensor, _ scaling: Scaling?) -> DataSet { DataSet(checked: x, y, self, scaling) }

  private init(checked x: Tensor, _ y: Tensor?, _ other: DataSet, _ scaling: Scaling?) {
    (self.x, self.y, self.scaling) = (x, y, scaling)
    (features, classes, target, name) = (other.features, other.classes, other.target, other.name)
  }

  /// The place of a feature, by its name or counted from either end.
  /// - Throws: `unknownFeature` with the nearest name, `position`.
  public func place(of feature: ColumnName) throws(DataError) -> Int {
    guard x.rank == 2 else { throw .noFeatureNames(shape: x.shape) }
    switch feature {
    case .name(let name):
      guard let place = features.firstIndex(of: name) else {
        throw .unknownFeature(name, nearest: nearest(to: name, among: features), known: features)
      }
      return place
    case .place(let place):
      let wrapped = place < 0 ? place + features.count : place
      guard features.indices.contains(wrapped) else { throw .position(place, features: features.count) }
      return wrapped
    }
  }
}
