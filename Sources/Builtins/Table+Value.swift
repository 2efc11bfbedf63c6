/// A table's rows are records, and `t["score"]` is a column.
extension Table: Indexed {
  public static let kind = "table"
  public var count: Int { rows.count }
  public func element(_ position: Int) -> any Value { record(rows[position]) }
  public func element(named name: String) -> (any Value)? { column(name) }
  public func field(_ name: String) -> (any Value)? { name == "columns" ? List(columns) : column(name) }
  public var fields: [String] { ["columns"] + columns.filter { !$0.isEmpty } }

  private func column(_ name: String) -> List? {
    columns.firstIndex(of: name).map { i in List(rows.map { i < $0.count ? $0[i].value : None() }) }
  }

  private func record(_ cells: [Cell]) -> Record { Record(zip(columns, cells).filter { !$0.0.isEmpty }.map { ($0, $1.value) }) }

  public var shown: Shown { .table(self) }
  public var json: JSON { .array(rows.map { record($0).json }) }
}

extension Cell {
  /// The cell as a value of the language.
  public var value: any Value {
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
