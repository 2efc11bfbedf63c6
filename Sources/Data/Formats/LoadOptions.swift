import Builtins

/// How `load` reads what it is asked for. What is nil was not said.
public struct LoadOptions {
  public var target: TargetColumn?
  public var features: [ColumnName]?
  public var header: Bool?
  public var missing: Missing?
  public var delimiter: String?
  /// Whether the target holds labels of classes; nil to judge by its values.
  public var labels: Bool?
  /// How many samples a generator makes.
  public var n: Int?
  public var noise: Double?
  public var factor: Double?
  public var classes: Int?

  public init() {}

  /// The names of the options that were said.
  var said: [String] {
    let all: [(String, Bool)] = [
      ("target", target != nil), ("features", features != nil), ("header", header != nil), ("missing", missing != nil),
      ("delimiter", delimiter != nil), ("labels", labels != nil), ("n", n != nil), ("noise", noise != nil),
      ("factor", factor != nil), ("classes", classes != nil),
    ]
    return all.filter(\.1).map(\.0)
  }

  static let ofTables = ["target", "features", "header", "missing", "delimiter", "labels"]

  /// - Throws: `unusedOption` where one was said that `what` has no use for.
  func require(only used: [String], by what: String) throws(DataError) {
    if let name = said.first(where: { !used.contains($0) }) { throw .unusedOption(name, of: what, takes: used) }
  }
}

/// A column by its name or its place, counted from either end.
public enum ColumnName: Accepted, Sendable, Equatable {
  case name(String)
  case place(Int)

  public static let expectation = "the name or the place of a column"
  public static func accept(_ value: any Value) -> ColumnName? {
    switch value {
    case let name as String: .name(name)
    case let place as Int: .place(place)
    default: nil
    }
  }
}

/// The column that a model is to predict.
public enum TargetColumn: Accepted, Sendable, Equatable {
  case column(ColumnName)
  case none

  public static let expectation = "the name or the place of a column, or none"
  public static func accept(_ value: any Value) -> TargetColumn? {
    value is None ? TargetColumn.none : ColumnName.accept(value).map(TargetColumn.column)
  }
}

/// What is done where a table has no value.
public enum Missing: Accepted, Sendable, Equatable {
  case error, drop, mean, median, zero
  case number(Double)

  public static let words = ["error", "drop", "mean", "median", "zero"]
  public static let form = ArgumentForm.choice(words)
  public static let expectation = "one of " + words.joined(separator: ", ") + ", or a number"
  public static func accept(_ value: any Value) -> Missing? {
    if let number = Double.accept(value) { return .number(number) }
    return switch value as? String {
    case "error": .error
    case "drop": .drop
    case "mean": .mean
    case "median": .median
    case "zero": .zero
    default: nil
    }
  }
}
