/// How wide each column of a table becomes, and how many columns are shown.
struct TableFit: Equatable {
  var widths: [Int]

  static let gap = 2
  private static let smallestBar = 6, smallestText = 10

  /// Bars shrink first, then text, then names that are wider than their column; then columns are left out from the right.
  init(_ columns: [TableColumn], width: Int?) {
    widths = columns.map(\.natural)
    guard let width else { return }
    for count in stride(from: columns.count, through: 1, by: -1) {
      let shown = columns[..<count]
      widths = shown.map(\.natural)
      shrink(shown, to: width) { $0.kind == .bar ? min($0.natural, Self.smallestBar) : $0.natural }
      shrink(shown, to: width) { $0.kind == .text ? min($0.natural, Self.smallestText) : $0.natural }
      shrink(shown, to: width) { $0.kind == .number || $0.kind == .fixed ? min($0.natural, max($0.content, 3)) : .max }
      if total <= width { return }
    }
    if !widths.isEmpty { widths = [max(1, min(widths[0], width))] }
  }

  var total: Int { widths.reduce(0, +) + max(0, widths.count - 1) * Self.gap }

  /// Takes cells off the widest columns, down to each column's least, until the table fits.
  private mutating func shrink(_ columns: ArraySlice<TableColumn>, to width: Int, least: (TableColumn) -> Int) {
    let limits = zip(columns, widths).map { column, width in min(max(least(column), 1), width) }
    while total > width {
      let candidates = widths.indices.filter { widths[$0] > limits[$0] }
      guard let widest = candidates.map({ widths[$0] }).max() else { return }
      // All of the widest go down together to the next narrower, or as far as it takes.
      let top = candidates.filter { widths[$0] == widest }
      let next = candidates.map { widths[$0] }.filter { $0 < widest }.max() ?? 0
      let floor = top.map { limits[$0] }.max() ?? 0
      let step = max(1, min(widest - max(next, floor), (total - width) / top.count))
      for i in top where total > width { widths[i] = max(limits[i], widths[i] - step) }
    }
  }
}
