/// Lines drawn in cells, with the limits and the last values as numbers.
struct LinePlot {
  let series: [Figure.Series]
  let width: Int, height: Int
  let style: TextStyle
  private let x: Scale, y: Scale

  init(_ series: [Figure.Series], width: Int, height: Int, style: TextStyle) {
    (self.series, self.width, self.height, self.style) = (series, width, height, style)
    let points = series.flatMap { $0.pieces().joined() }
    x = Scale(points.map(\.x), about: 4)
    y = Scale(points.map(\.y), about: 4)
  }

  func lines(yLabel: String?, xLabel: String?) -> [String] {
    let top = number(y.high), bottom = number(y.low)
    let margin = max(cellWidth(top), cellWidth(bottom))
    let isRoomy = width >= 60
    let tags = isRoomy ? endTags() : []
    let tagWidth = tags.compactMap { $0 }.map { cellWidth($0.text) + 1 }.max() ?? 0
    let columns = width - margin - 1 - tagWidth
    guard columns >= 4 else { return legend() }
    let canvas = drawn(columns: columns)
    var out: [String] = []
    if let yLabel { out.append(style.paint(shortened(harmless(yLabel), to: width, mark: style.ellipsis), .dim)) }
    for row in 0..<height {
      let label = row == 0 ? top : row == height - 1 ? bottom : ""
      let edge = isRoomy ? (style.unicode ? (label.isEmpty ? "│" : "┤") : "|") : " "
      var line = String(repeating: " ", count: margin - cellWidth(label)) + label + edge + canvas.text(row: row, style: style)
      if let tag = tags.isEmpty ? nil : tags[row] { line += " " + style.paint(tag.text, TextStyle.series(tag.series)) }
      while line.last == " " { line.removeLast() }
      out.append(line)
    }
    if isRoomy {
      let corner = style.unicode ? "└" : "+"
      out.append(String(repeating: " ", count: margin) + corner + String(repeating: style.unicode ? "─" : "-", count: columns))
    }
    out.append(xAxis(margin: margin + 1, columns: columns, label: xLabel))
    return isRoomy ? out : out + legend()
  }

  private func drawn(columns: Int) -> DotCanvas {
    var canvas = DotCanvas(columns: columns, rows: height)
    for (owner, one) in series.enumerated() {
      for piece in one.pieces() {
        let dots = piece.map { point in
          (x: Int((x.part(point.x) * Double(canvas.width - 1)).rounded()),
           y: Int(((1 - y.part(point.y)) * Double(canvas.height - 1)).rounded()))
        }
        if let only = dots.first, dots.count == 1 { canvas.dot(only.x, only.y, owner: owner) }
        for (a, b) in zip(dots, dots.dropFirst()) { canvas.line(from: a, to: b, owner: owner) }
      }
    }
    return canvas
  }

  private func last(_ one: Figure.Series) -> Double? { one.pieces().last?.last?.y }

  private func tag(_ index: Int, nameWidth: Int) -> String {
    let name = shortened(harmless(series[index].name), to: nameWidth, mark: style.ellipsis)
    let sign = style.unicode ? "" : DotCanvas.sign(index) + " "
    return sign + name + (last(series[index]).map { " " + number($0) } ?? "")
  }

  /// Beside the row in which a line ends, its name and last value; where two end in one row, the next free row.
  private func endTags() -> [(series: Int, text: String)?] {
    var rows = [(series: Int, text: String)?](repeating: nil, count: height)
    for index in series.indices {
      guard let value = last(series[index]) else { continue }
      let wanted = min(height - 1, max(0, Int((1 - y.part(value)) * Double(height))))
      let free = rows.indices.filter { rows[$0] == nil }.min { abs($0 - wanted) < abs($1 - wanted) }
      if let free { rows[free] = (index, tag(index, nameWidth: 14)) }
    }
    return rows
  }

  private func legend() -> [String] {
    series.indices.map { index in
      style.paint(shortened(tag(index, nameWidth: 14), to: width, mark: style.ellipsis), TextStyle.series(index))
    }
  }

  private func xAxis(margin: Int, columns: Int, label: String?) -> String {
    let left = number(x.low), right = number(x.high)
    var middle = label.map(harmless) ?? ""
    let room = columns - cellWidth(left) - cellWidth(right)
    if cellWidth(middle) + 2 > room { middle = "" }
    let free = max(1, room - cellWidth(middle))
    let line = left + String(repeating: " ", count: free / 2) + middle + String(repeating: " ", count: free - free / 2) + right
    return String(repeating: " ", count: margin) + shortened(line, to: width - margin, mark: style.ellipsis)
  }
}
