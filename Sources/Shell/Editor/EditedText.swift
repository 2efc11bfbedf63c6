/// An entry with a cursor in it.
struct EditedText: Equatable {
  var scalars: [Unicode.Scalar]
  var cursor: Int

  init(scalars: [Unicode.Scalar], cursor: Int) {
    self.scalars = scalars
    self.cursor = cursor
  }

  init(_ text: String) {
    scalars = Array(text.unicodeScalars)
    cursor = scalars.count
  }

  var text: String { Self.string(scalars[...]) }
  var before: String { Self.string(scalars[..<cursor]) }
  var isAtEnd: Bool { cursor == scalars.count }
  /// The cursor's row, without its newline.
  var row: Range<Int> { rowStart(of: cursor)..<rowEnd(of: cursor) }

  func rowStart(of place: Int) -> Int { (scalars[..<place].lastIndex(of: "\n") ?? -1) + 1 }
  func rowEnd(of place: Int) -> Int { scalars[place...].firstIndex(of: "\n") ?? scalars.count }

  /// The cursor's place a row up, in the same column if that row is long enough; nil on the first row.
  var placeAbove: Int? {
    let row = self.row
    guard row.lowerBound > 0 else { return nil }
    let above = rowStart(of: row.lowerBound - 1)
    return min(above + cursor - row.lowerBound, row.lowerBound - 1)
  }

  /// The cursor's place a row down; nil on the last row.
  var placeBelow: Int? {
    let row = self.row
    guard row.upperBound < scalars.count else { return nil }
    let below = row.upperBound + 1
    return min(below + cursor - row.lowerBound, rowEnd(of: below))
  }

  /// Where the word before the cursor starts.
  var wordStart: Int {
    var place = cursor
    while place > 0, !Self.isWord(scalars[place - 1]) { place -= 1 }
    while place > 0, Self.isWord(scalars[place - 1]) { place -= 1 }
    return place
  }

  /// Where the word after the cursor ends.
  var wordEnd: Int {
    var place = cursor
    while place < scalars.count, !Self.isWord(scalars[place]) { place += 1 }
    while place < scalars.count, Self.isWord(scalars[place]) { place += 1 }
    return place
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }

  static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }
}

extension EditedText {
  /// A text with the cursor where `pattern` stands in it.
  init(_ text: String, cursorAt pattern: String) {
    self.init(text)
    if let place = Self.place(of: pattern, in: text) { cursor = place }
  }

  /// Where a pattern stands in a text, in code points.
  static func place(of pattern: String, in text: String) -> Int? {
    let wanted = Array(pattern.utf8)
    let place: Int? = Array(text.utf8).withUnsafeBufferPointer { bytes in
      guard let first = wanted.first, bytes.count >= wanted.count else { return nil }
      return (0...(bytes.count - wanted.count)).first { start in
        bytes[start] == first && bytes[start..<start + wanted.count].elementsEqual(wanted)
      }
    }
    return place.map { text.utf8.prefix($0).count { $0 & 0xc0 != 0x80 } }
  }
}
