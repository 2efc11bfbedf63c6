import Builtins

/// A shown value as text for a terminal or a pipe.
/// - Parameters:
///   - width: the cells of a line, which no line exceeds; nil, for a pipe, cuts nothing.
///   - rowLimit: the most rows of a table; nil shows all.
public func text(of shown: Shown, width: Int?, style: TextStyle, rowLimit: Int? = nil) -> String {
  let width = width.map { max(1, $0) }
  switch shown {
  case .nothing: return ""
  case .text(let text): return wrapped(text, to: width)
  case .table(let table): return lines(of: table, width: width, style: style, rowLimit: rowLimit).joined(separator: "\n")
  case .several(let parts):
    return parts.filter { $0 != .nothing }.map { text(of: $0, width: width, style: style, rowLimit: rowLimit) }
      .joined(separator: "\n\n")
  }
}

private func lines(of table: Table, width: Int?, style: TextStyle, rowLimit: Int?) -> [String] {
  let rows = rowLimit.map { table.rows.prefix(max(0, $0)) } ?? table.rows[...]
  let count = max(table.columns.count, table.rows.lazy.map(\.count).max() ?? 0)
  let columns = (0..<count).map { i in
    TableColumn(i < table.columns.count ? table.columns[i] : "", rows.map { i < $0.count ? $0[i] : .empty })
  }
  let fit = TableFit(columns, width: width)
  var out: [String] = []
  func add(_ text: String, _ paint: TextStyle.Paint) {
    for line in wrapped(text, to: width).split(separator: "\n", omittingEmptySubsequences: false) {
      out.append(style.paint(String(line), paint))
    }
  }
  if let title = table.title { add(title, .bold) }
  let names = zip(columns, fit.widths).map { style.paint(shortened($0.name, to: $1, mark: style.ellipsis), .bold) }
  if columns.contains(where: { !$0.name.isEmpty }) { out.append(line(names, columns, fit)) }
  for row in rows.indices {
    let cells = zip(columns, fit.widths).map { $0.drawn(row, width: $1, style: style) }
    out.append(line(cells, columns, fit))
  }
  let hiddenRows = table.rows.count - rows.count
  if hiddenRows > 0 {
    add((style.unicode ? "…" : "...") + " \(hiddenRows) \(hiddenRows == 1 ? "row" : "rows") hidden", .dim)
  }
  let hidden = columns.dropFirst(fit.widths.count).map { $0.name.isEmpty ? ($0.kind == .bar ? "bars" : "-") : $0.name }
  if !hidden.isEmpty {
    add("\(hidden.count) \(hidden.count == 1 ? "column" : "columns") hidden: " + hidden.joined(separator: ", "), .dim)
  }
  if let note = table.note { add(note, .dim) }
  return out
}

private func line(_ cells: [String], _ columns: [TableColumn], _ fit: TableFit) -> String {
  var out = ""
  for (i, cell) in cells.enumerated() {
    if i > 0 { out += String(repeating: " ", count: TableFit.gap) }
    let room = String(repeating: " ", count: max(0, fit.widths[i] - cellWidth(cell)))
    out += columns[i].kind == .number ? room + cell : cell + room
  }
  while out.last == " " { out.removeLast() }
  return out
}
