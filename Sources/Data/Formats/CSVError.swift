/// What can be wrong with a table as text. Lines count from 1.
public enum CSVError: Error, Equatable {
  /// A place of the table: its line and the name of its column.
  public struct Place: Equatable, Sendable {
    public let line: Int, column: String
  }
  case empty
  case onlyHeader
  case nulByte(line: Int)
  case notUTF8(line: Int)
  case utf16
  case unclosedQuote(line: Int)
  case textAfterQuote(line: Int)
  case ragged(line: Int, expected: Int, met: Int)
  /// The first cells, and how many there are.
  case missing([Place], total: Int, isTarget: Bool)
  /// All cells of a column are missing: there is nothing to fill it with.
  case emptyColumn(String)
  case numberTooLarge(Place, text: String)
  /// A column of numbers in which one cell is text.
  case textAmongNumbers(Place, text: String, total: Int)
  case tooManyCategories(String, count: Int, limit: Int)
  case unknownColumn(String, nearest: String?, known: [String])
  case position(Int, columns: Int)
  case noFeatures
  case notLabels(column: String, text: String)
}

extension CSVError: ExplainedError {
  public var description: String {
    switch self {
    case .empty: "the table is empty"
    case .onlyHeader: "the table has a header and no rows"
    case .nulByte(let line): "line \(line) holds a zero byte: this is no text"
    case .notUTF8(let line): "line \(line) is not UTF-8"
    case .utf16: "the table is UTF-16, not UTF-8"
    case .unclosedQuote(let line): "the quote that opens in line \(line) is never closed"
    case .textAfterQuote(let line): "line \(line) has text behind a closing quote"
    case .ragged(let line, let expected, let met): "line \(line) has \(met) field\(met == 1 ? "" : "s"), not \(expected)"
    case .missing(let places, let total, let isTarget):
      "\(total) \(isTarget ? "label" : "value")\(total == 1 ? " is" : "s are") missing: "
        + places.map { "line \($0.line) `\($0.column)`" }.joined(separator: ", ") + (total > places.count ? ", ..." : "")
    case .emptyColumn(let name): "column `\(name)` has no values at all"
    case .numberTooLarge(let place, let text): "line \(place.line), column `\(place.column)`: \(text) is more than float32 holds"
    case .textAmongNumbers(let place, let text, let total):
      "line \(place.line), column `\(place.column)`: `\(text)` among numbers" + (total > 1 ? ", and \(total - 1) more such" : "")
    case .tooManyCategories(let name, let count, let limit):
      "column `\(name)` has \(count) different texts, more than the \(limit) that become columns"
    case .unknownColumn(let name, _, _): "there is no column `\(name)`"
    case .position(let place, let columns): "there is no column \(place): the table has \(columns)"
    case .noFeatures: "no column is left for the features"
    case .notLabels(let column, let text): "column `\(column)` holds \(text), which is no label: labels are texts or whole numbers"
    }
  }

  public var help: String? {
    switch self {
    case .missing(_, _, true): "`missing=drop` leaves out the rows without a label"
    case .missing: "`missing=drop` leaves the rows out; `missing=mean`, `median`, `zero` or a number fills them"
    case .emptyColumn(let name), .tooManyCategories(let name, _, _): "name the columns to use without `\(name)`: `features=[...]`"
    case .unknownColumn(_, let nearest?, _): "did you mean `\(nearest)`?"
    case .unknownColumn(_, nil, let known): "the columns are " + known.prefix(12).joined(separator: ", ") + (known.count > 12 ? ", ..." : "")
    case .ragged: "a field that holds the delimiter must stand in quotes; `delimiter=` sets another"
    case .textAmongNumbers: "empty, NA, NaN, null and ? are taken as missing; other texts are not"
    case .notUTF8, .utf16: "save the file as UTF-8"
    case .noFeatures: "`target=none` makes every column a feature"
    default: nil
    }
  }
}
