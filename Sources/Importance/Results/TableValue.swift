import Builtins

/// A table as a value: its rows are records, and `t["score"]` is a column.
public struct TableValue: Indexed {
  public let table: Table
  /// How many rows are shown; the rest is named in a line below.
  public let shownCount: Int

  public init(_ table: Table, showing shownCount: Int = 30) { (self.table, self.shownCount) = (table, shownCount) }

  public static let kind = "table"
  public var count: Int { table.rows.count }
  public func element(_ position: Int) -> any Value { row(table.rows[position]) }
  public func element(named name: String) -> (any Value)? { column(name) }
  public func field(_ name: String) -> (any Value)? { name == "columns" ? List(table.columns) : column(name) }
  public var fields: [String] { ["columns"] + table.columns }

  private func column(_ name: String) -> List? {
    table.columns.firstIndex(of: name).map { i in List(table.rows.map { i < $0.count ? $0[i].value : None() }) }
  }

  private func row(_ cells: [Cell]) -> Record { Record(zip(table.columns, cells).filter { !$0.0.isEmpty }.map { ($0, $1.value) }) }

  public var shown: Shown {
    guard table.rows.count > shownCount else { return .table(table) }
    var short = table
    short.rows = Array(table.rows.prefix(shownCount))
    let rest = "\(table.rows.count - shownCount) more rows"
    short.note = table.note.map { "\(rest); \($0)" } ?? rest
    return .table(short)
  }

  public var json: JSON { .array(table.rows.map { row($0).json }) }
}

extension Cell {
  /// The cell as a value of the language.
  var value: any Value {
    switch self {
    case .empty: None()
    case .text(let text): text
    case .integer(let i): i
    case .number(let d), .share(let d), .bar(let d): d
    case .shape(let shape): List(shape)
    case .flag(let flag): flag
    }
  }
}
