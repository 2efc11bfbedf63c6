/// As much of a terminal as a shell and libedit use: letters, wrapping, cursor movement, erasing, inserting, colours.
public struct Screen {
  public struct Cell: Equatable, Sendable {
    /// Empty for the right half of a wide letter.
    public var text = " "
    /// The parameters of the last colour sequence, such as `1;36`; empty for none.
    public var style = ""
  }

  public private(set) var rows: Int
  public private(set) var columns: Int
  public private(set) var cells: [[Cell]]
  /// The cursor's row and column.
  public private(set) var y = 0
  public private(set) var x = 0
  /// Lines that have left at the top.
  public private(set) var scrolled: [String] = []

  /// Whether a row goes on in the next one.
  private var wraps: [Bool]
  private var wrapsNext = false
  private var inserts = false
  private var saved = (y: 0, x: 0)
  private var style = ""
  private var parser = Parser.text
  private var parameters = ""
  private var pending: [UInt8] = []

  private enum Parser { case text, escape, control, string, stringEscape, charset }

  public init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    cells = Array(repeating: Self.blank(columns), count: rows)
    wraps = Array(repeating: false, count: rows)
  }

  // MARK: looking

  /// A row without the blanks at its end.
  public func line(_ row: Int) -> String {
    guard cells.indices.contains(row) else { return "" }
    return Self.trimmed(cells[row])
  }
  public var cursorLine: String { line(y) }
  /// The cursor's row up to the cursor.
  public var beforeCursor: String { cells[y][..<x].map(\.text).joined() }
  /// All rows without the blank ones at the end.
  public var text: String {
    var lines = (0..<rows).map(line)
    while lines.last == "" { lines.removeLast() }
    return lines.joined(separator: "\n")
  }
  /// What has left at the top, and what is there.
  public var transcript: String { (scrolled + [text]).joined(separator: "\n") }
  /// How the letters of a text look where it stands first from a row on; nil if it is not there.
  public func style(of text: String, from row: Int = 0) -> String? {
    for row in cells.dropFirst(row) {
      let letters = row.map(\.text)
      let wanted = text.map(String.init)
      for start in letters.indices where letters[start...].starts(with: wanted) {
        let styles = Set(row[start..<start + wanted.count].map(\.style))
        return styles.count == 1 ? styles.first : "mixed"
      }
    }
    return nil
  }
  var described: String { "---- cursor at row \(y), column \(x)\n\(text)\n----" }

  // MARK: feeding

  public mutating func feed(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { feed(byte) }
  }

  private mutating func feed(_ byte: UInt8) {
    switch parser {
    case .text: text(byte)
    case .escape: escape(byte)
    case .control:
      guard (0x40...0x7e).contains(byte) else { return parameters.append(Character(Unicode.Scalar(byte))) }
      parser = .text
      control(byte)
    case .string: parser = byte == 7 ? .text : byte == 0x1b ? .stringEscape : .string
    case .stringEscape, .charset: parser = .text
    }
  }

  private mutating func escape(_ byte: UInt8) {
    parser = .text
    switch Unicode.Scalar(byte) {
    case "[":
      parser = .control
      parameters = ""
    case "]", "P", "_": parser = .string
    case "(", ")": parser = .charset
    case "7": saved = (y, x)
    case "8":
      (y, x) = (min(saved.y, rows - 1), min(saved.x, columns - 1))
      wrapsNext = false
    default: break
    }
  }

  private mutating func text(_ byte: UInt8) {
    switch byte {
    case 0x1b: parser = .escape
    case 13: (x, wrapsNext) = (0, false)
    case 10:
      wrapsNext = false
      goDown()
    case 8: (x, wrapsNext) = (max(0, x - 1), false)
    case 9: x = min(columns - 1, (x / 8 + 1) * 8)
    case 0..<0x20: break
    default:
      pending.append(byte)
      let lead = pending[0]
      let length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2
      guard pending.count == length else { return }
      for scalar in String(decoding: pending, as: UTF8.self).unicodeScalars { put(scalar) }
      pending = []
    }
  }

  private mutating func put(_ scalar: Unicode.Scalar) {
    let width = Self.width(scalar)
    guard width > 0 else {
      if x > 0 { cells[y][x - 1].text.unicodeScalars.append(scalar) }
      return
    }
    if wrapsNext || x + width > columns {
      wraps[y] = true
      (x, wrapsNext) = (0, false)
      goDown()
    }
    if inserts {
      cells[y].insert(contentsOf: Self.blank(width), at: x)
      cells[y].removeLast(width)
    }
    cells[y][x] = Cell(text: String(Character(scalar)), style: style)
    if width == 2 { cells[y][x + 1] = Cell(text: "", style: style) }
    x += width
    if x >= columns { (x, wrapsNext) = (columns - 1, true) }
  }

  private mutating func goDown() {
    y += 1
    guard y >= rows else { return }
    scrolled.append(Self.trimmed(cells.removeFirst()))
    wraps.removeFirst()
    cells.append(Self.blank(columns))
    wraps.append(false)
    y = rows - 1
  }

  private mutating func control(_ final: UInt8) {
    let numbers = parameters.split(separator: ";", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    let first = numbers.first ?? 0
    let count = max(1, first)
    if final != UInt8(ascii: "m") { wrapsNext = false }
    switch Unicode.Scalar(final) {
    case "A": y = max(0, y - count)
    case "B": y = min(rows - 1, y + count)
    case "C": x = min(columns - 1, x + count)
    case "D": x = max(0, x - count)
    case "G": x = min(columns - 1, count - 1)
    case "d": y = min(rows - 1, count - 1)
    case "H": (y, x) = (min(rows - 1, count - 1), min(columns - 1, max(1, numbers.dropFirst().first ?? 1) - 1))
    case "K": eraseInRow(first)
    case "J": eraseRows(first)
    case "@", "P", "X": edit(final, min(count, columns - x))
    case "h", "l": if parameters == "4" { inserts = final == UInt8(ascii: "h") }
    case "m":
      let set = parameters.split(separator: ";").drop { $0 == "0" }
      style = set.joined(separator: ";")
    default: break
    }
  }

  private mutating func eraseInRow(_ mode: Int) {
    let range = mode == 0 ? x..<columns : mode == 1 ? 0..<x + 1 : 0..<columns
    for column in range { cells[y][column] = Cell() }
    if mode != 1 { wraps[y] = false }
  }

  private mutating func eraseRows(_ mode: Int) {
    if mode != 2 { eraseInRow(mode) }
    let range = mode == 0 ? y + 1..<rows : mode == 1 ? 0..<y : 0..<rows
    for row in range {
      cells[row] = Self.blank(columns)
      wraps[row] = false
    }
  }

  private mutating func edit(_ final: UInt8, _ count: Int) {
    switch Unicode.Scalar(final) {
    case "@":
      cells[y].insert(contentsOf: Self.blank(count), at: x)
      cells[y].removeLast(count)
    case "P":
      cells[y].removeSubrange(x..<x + count)
      cells[y] += Self.blank(count)
    default: for column in x..<x + count { cells[y][column] = Cell() }
    }
  }

  // MARK: another size

  /// - Parameter reflows: whether wrapped rows are wrapped anew, as most terminals do; xterm cuts and pads.
  public mutating func resize(rows newRows: Int, columns newColumns: Int, reflows: Bool) {
    if reflows { reflow(newColumns) } else { cells = cells.map { Self.fit($0, newColumns) } }
    while cells.count > newRows, y < cells.count - 1 {
      cells.removeLast()
      wraps.removeLast()
    }
    while cells.count > newRows {
      scrolled.append(Self.trimmed(cells.removeFirst()))
      wraps.removeFirst()
      y -= 1
    }
    while cells.count < newRows {
      cells.append(Self.blank(newColumns))
      wraps.append(false)
    }
    (rows, columns, wrapsNext) = (newRows, newColumns, false)
    (x, y) = (min(x, columns - 1), min(max(y, 0), rows - 1))
  }

  private mutating func reflow(_ newColumns: Int) {
    var rows: [[Cell]] = []
    var rowWraps: [Bool] = []
    var row = 0
    var cursor = (y: y, x: x)
    while row < cells.count {
      var line: [Cell] = []
      var place: Int?
      repeat {
        if row == y { place = line.count + x }
        line += cells[row]
        row += 1
      } while row < cells.count && wraps[row - 1]
      while let last = line.last, last.text == " ", line.count > (place ?? 0) { line.removeLast() }
      if let place { cursor = (rows.count + place / newColumns, place % newColumns) }
      repeat {
        rows.append(Self.fit(Array(line.prefix(newColumns)), newColumns))
        line.removeFirst(min(newColumns, line.count))
        rowWraps.append(!line.isEmpty)
      } while !line.isEmpty
      while rows.count <= cursor.y, place != nil {
        rows.append(Self.blank(newColumns))
        rowWraps.append(false)
      }
    }
    (cells, wraps, y, x) = (rows, rowWraps, cursor.y, cursor.x)
  }

  private static func blank(_ count: Int) -> [Cell] { Array(repeating: Cell(), count: count) }

  private static func fit(_ row: [Cell], _ count: Int) -> [Cell] {
    Array(row.prefix(count)) + blank(max(0, count - row.count))
  }

  private static func trimmed(_ row: [Cell]) -> String {
    var text = row.map(\.text).joined()
    while text.last == " " { text.removeLast() }
    return text
  }

  private static func width(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0x200d, 0xfe00...0xfe0f: 0
    case _ where scalar.properties.generalCategory == .nonspacingMark: 0
    case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60,
      0x1f300...0x1faff:
      2
    default: 1
    }
  }
}
