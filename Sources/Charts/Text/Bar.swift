import Glibc  // `rounded` is libm's in a debug build, and only an import links it

/// A bar from the left whose length is a part of the width, -1 to 1, in eighths of a cell. What is not 0 is never invisible.
/// In a column with negative bars every bar starts behind a place for its sign, so that lengths compare.
func bar(_ part: Double, width: Int, signed: Bool, style: TextStyle) -> String {
  guard part.isFinite, part != 0, width > 0 else { return "" }
  let room = signed ? width - 1 : width
  guard room > 0 else { return part < 0 ? "-" : "" }
  let length = min(1, part.magnitude) * Double(room)
  var drawn: String
  if style.unicode {
    let eighths = max(1, Int((length * 8).rounded()))
    drawn = String(repeating: "█", count: eighths / 8)
    if eighths % 8 > 0 { drawn += ["▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8 - 1] }
  } else {
    let cells = Int(length.rounded())
    drawn = cells == 0 ? "|" : String(repeating: part < 0 ? "=" : "#", count: cells)
  }
  let mark = signed ? (part < 0 ? "-" : " ") : ""
  return (part < 0 || mark == "-" ? "" : mark) + style.paint((part < 0 ? mark : "") + drawn, part < 0 ? .magenta : .cyan)
}

/// Values as a row of small columns, the smallest at the bottom; a gap where a value is not a number.
/// - Parameter width: the most columns; more values than that are averaged in groups.
public func sparkline(_ values: [Double], width: Int? = nil, style: TextStyle = .plain) -> String {
  let values = width.map { grouped(values, into: max(1, $0)) } ?? values
  let ramp: [Character] = style.unicode ? Array("▁▂▃▄▅▆▇█") : Array("_.-:=+*#")
  let finite = values.filter(\.isFinite)
  guard let low = finite.min(), let high = finite.max() else { return String(repeating: " ", count: values.count) }
  return String(values.map { value in
    guard value.isFinite else { return " " }
    // Halves, as the difference of two large numbers of opposite sign overflows; that of two tiny ones may vanish.
    let span = high / 2 - low / 2
    let part = span > 0 ? (value / 2 - low / 2) / span : 0.5
    return ramp[min(7, max(0, Int(part * 8)))]
  })
}

/// The means of so many neighbouring groups of equal size.
func grouped(_ values: [Double], into count: Int) -> [Double] {
  guard values.count > count else { return values }
  return (0..<count).map { i in
    let group = values[(i * values.count / count)..<((i + 1) * values.count / count)].filter(\.isFinite)
    return group.isEmpty ? .nan : group.reduce(0) { $0 + $1 / Double(group.count) }
  }
}

/// A frame that fills from the left: `▕███▌   ▏`, its edges counted in the width.
public func progressBar(_ fraction: Double, width: Int, style: TextStyle = .plain) -> String {
  guard width > 2 else { return "" }
  let part = fraction.isFinite ? min(1, max(0, fraction)) : 0
  let filled = bar(part, width: width - 2, signed: false, style: TextStyle(colours: false, unicode: style.unicode))
  let room = String(repeating: " ", count: max(0, width - 2 - cellWidth(filled)))
  return (style.unicode ? "▕" : "[") + style.paint(filled, .cyan) + room + (style.unicode ? "▏" : "]")
}
