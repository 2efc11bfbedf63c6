/// A line of source as it is drawn: tabs as blanks, control characters replaced, cut where it is too long.
struct SourceLine {
  let text: String
  private let range: Range<Int>
  /// The cell that each byte of the line starts at, and the one behind the last, before the cut.
  private let cellOfByte: [Int]
  /// The cells that are shown, and whether `…` stands before them.
  private let shown: Range<Int>

  private static let tabWidth = 4

  /// The line that `span` starts on, at most `width` cells of it, with the start of `span` among them.
  init(_ span: Span, fitting width: Int) {
    let source = span.source
    let line = source.lineRange(source.line(at: span.start))
    range = SourceLine.window(of: line, around: span.start, in: source, bytes: 16 * width)
    let isCut = (before: range.lowerBound > line.lowerBound, after: range.upperBound < line.upperBound)
    var cells: [(text: String, start: Int)] = []
    var starts: [Int] = []
    var cell = 0
    for scalar in source.text(from: range.lowerBound, to: range.upperBound).unicodeScalars {
      let drawn = SourceLine.draw(scalar, at: cell)
      cells.append((drawn.text, cell))
      starts += Array(repeating: cell, count: UTF8.width(scalar))
      cell += drawn.width
    }
    starts.append(cell)
    cellOfByte = starts
    let mark = starts[min(max(0, span.start - range.lowerBound), starts.count - 1)]
    guard cell > width || isCut.before || isCut.after else {
      shown = 0..<cell
      text = cells.map(\.text).joined()
      return
    }
    let first = max(0, min(mark - width / 3, cell - width + 1))
    let last = min(cell, first + width - (first > 0 ? 2 : 1))
    shown = first..<max(first, last)
    let middle = cells.filter { $0.start >= first && $0.start < last }.map(\.text).joined()
    text = (first > 0 ? "…" : "") + middle + (last < cell || isCut.after ? "…" : "")
  }

  /// The part of a very long line that can matter, from code point to code point.
  private static func window(of line: Range<Int>, around offset: Int, in source: SourceText, bytes: Int) -> Range<Int> {
    var low = max(line.lowerBound, min(offset, line.upperBound) - bytes)
    var high = min(line.upperBound, max(offset, line.lowerBound) + bytes)
    while low > line.lowerBound, source.bytes[low] & 0xC0 == 0x80 { low -= 1 }
    while high < line.upperBound, source.bytes[high] & 0xC0 == 0x80 { high += 1 }
    return low..<max(low, high)
  }

  /// The cells under the part of `span` on this line, at least one.
  func cells(of span: Span) -> Range<Int> {
    let low = cell(at: span.start)
    let high = cell(at: min(span.end, range.upperBound))
    return low..<max(low + 1, high)
  }

  private func cell(at offset: Int) -> Int {
    let index = min(max(0, offset - range.lowerBound), cellOfByte.count - 1)
    let cell = min(max(cellOfByte[index], shown.lowerBound), shown.upperBound)
    return cell - shown.lowerBound + (shown.lowerBound > 0 ? 1 : 0)
  }

  private static func draw(_ scalar: Unicode.Scalar, at cell: Int) -> (text: String, width: Int) {
    if scalar == "\t" {
      let width = tabWidth - cell % tabWidth
      return (String(repeating: " ", count: width), width)
    }
    let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
    return isControl ? ("\u{FFFD}", 1) : (String(Character(scalar)), scalar.cellWidth)
  }
}

extension Unicode.Scalar {
  /// How many cells of a terminal it fills: 2 for East Asian wide letters and emoji, 0 for combining marks.
  var cellWidth: Int {
    if value < 0x300 { return 1 }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: return Unicode.Scalar.wide.contains { $0.contains(value) } ? 2 : 1
    }
  }

  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x231A...0x231B, 0x23E9...0x23EC, 0x2614...0x2615, 0x26A1...0x26A1, 0x2705...0x2705,
    0x2728...0x2728, 0x274C...0x274C, 0x2753...0x2755, 0x2795...0x2797, 0x2B1B...0x2B1C, 0x2B50...0x2B50,
    0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97F,
    0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
    0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD,
  ]
}
