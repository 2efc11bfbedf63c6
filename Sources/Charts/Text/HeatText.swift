/// Numbers in rows and columns as colours of half blocks, or as signs from light to dark where there are no colours.
struct HeatText {
  let map: Figure.HeatMap
  let width: Int
  let style: TextStyle

  init(_ map: Figure.HeatMap, width: Int, style: TextStyle) { (self.map, self.width, self.style) = (map, width, style) }

  func lines() -> [String] {
    let range = map.range
    let hasLabels = !map.rowLabels.isEmpty
    let margin = hasLabels ? min(map.rowLabels.map { cellWidth(harmless($0)) }.max() ?? 0, width / 3) + 1 : 0
    let room = max(1, width - margin)
    let columns = min(map.columnCount, room)
    guard columns > 0 else { return [] }
    let rows = map.values.indices.map { row in grouped((0..<map.columnCount).map { map.value(row, $0) }, into: columns) }
    let isPaired = !hasLabels && style.colours && style.unicode
    // A cell of a terminal is about twice as high as wide.
    let across = isPaired ? 1 : min(hasLabels ? 4 : 2, max(1, room / columns))
    var out: [String] = []
    for row in stride(from: 0, to: rows.count, by: isPaired ? 2 : 1) {
      let label = row < map.rowLabels.count ? shortened(harmless(map.rowLabels[row]), to: margin - 1, mark: style.ellipsis) : ""
      var line = hasLabels ? label + String(repeating: " ", count: margin - cellWidth(label)) : ""
      for column in 0..<columns {
        let lower = row + 1 < rows.count ? rows[row + 1][column] : .nan
        line += isPaired ? pair(rows[row][column], lower, range) : cell(rows[row][column], range, across)
      }
      out.append(line)
    }
    let scale = "\(number(range.lowerBound)) \(ramp(across: 1, range)) \(number(range.upperBound))"
    if cellWidth(scale) <= width { out.append(scale) }
    return out
  }

  private func ramp(across: Int, _ range: ClosedRange<Double>) -> String {
    (0..<10).map { cell(range.lowerBound + (range.upperBound - range.lowerBound) * Double($0) / 9, range, across) }.joined()
  }

  private func colour(_ value: Double, _ range: ClosedRange<Double>) -> String? {
    guard value.isFinite else { return nil }
    let colour = HeatColours.colour(of: value, in: range)
    return "\(colour.red);\(colour.green);\(colour.blue)"
  }

  private func pair(_ upper: Double, _ lower: Double, _ range: ClosedRange<Double>) -> String {
    switch (colour(upper, range), colour(lower, range)) {
    case (let top?, let bottom?): "\u{1b}[38;2;\(top);48;2;\(bottom)m▀\u{1b}[0m"
    case (let top?, nil): "\u{1b}[38;2;\(top)m▀\u{1b}[0m"
    case (nil, let bottom?): "\u{1b}[38;2;\(bottom)m▄\u{1b}[0m"
    case (nil, nil): " "
    }
  }

  private func cell(_ value: Double, _ range: ClosedRange<Double>, _ across: Int) -> String {
    guard value.isFinite else { return String(repeating: " ", count: across) }
    if style.colours, let colour = colour(value, range) {
      return "\u{1b}[48;2;\(colour)m" + String(repeating: " ", count: across) + "\u{1b}[0m"
    }
    let signs: [Character] = style.unicode ? Array("·░▒▓█") : Array(".:-=+*#%@")
    let part = HeatColours.part(value, in: range)
    return String(repeating: signs[min(signs.count - 1, Int(part * Double(signs.count)))], count: across)
  }
}
