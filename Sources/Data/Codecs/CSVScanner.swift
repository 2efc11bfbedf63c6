/// Fields and records of RFC 4180, one after the other.
struct CSVScanner {
  enum End { case field, record }
  /// A field: where its text lies, and in what it lies where quotes had to be taken out of it.
  struct Field {
    var text: Range<Int>
    /// The text with `""` made `"`, where it held such.
    var unquoted: [UInt8]?
    var line: Int
    var end: End
  }

  let bytes: UnsafeBufferPointer<UInt8>
  let delimiter: UInt8
  private(set) var at = 0
  /// The line at which the scanner stands, from 1.
  private(set) var line = 1

  init(_ bytes: UnsafeBufferPointer<UInt8>, delimiter: UInt8) {
    (self.bytes, self.delimiter) = (bytes, delimiter)
  }

  /// Goes to the next record, over blank lines; false at the end.
  mutating func startRecord() -> Bool {
    while at < bytes.count {
      var next = at
      while next < bytes.count, isSpace(bytes[next]) { next += 1 }
      guard next < bytes.count else { break }
      guard isBreak(bytes[next]) else { return true }
      at = next
      skipBreak()
    }
    at = bytes.count
    return false
  }

  /// The number that the next field is, with its end; nil, and nothing read, where it is none.
  @inline(__always)
  mutating func number() -> (value: Decimal, text: Range<Int>, end: End)? {
    var next = at
    while next < bytes.count, isSpace(bytes[next]) { next += 1 }
    let start = next
    guard let value = Decimal.read(bytes, &next) else { return nil }
    let text = start..<next
    while next < bytes.count, isSpace(bytes[next]) { next += 1 }
    if next < bytes.count, bytes[next] == delimiter {
      at = next + 1
      return (value, text, .field)
    }
    guard next == bytes.count || isBreak(bytes[next]) else { return nil }
    at = next
    skipBreak()
    return (value, text, .record)
  }

  /// The next field as text, without the spaces around it.
  mutating func field() throws(CSVError) -> Field {
    var start = at
    while start < bytes.count, isSpace(bytes[start]) { start += 1 }
    if start < bytes.count, bytes[start] == UInt8(ascii: "\"") { return try quoted(start + 1) }
    var next = start
    while next < bytes.count, bytes[next] != delimiter, !isBreak(bytes[next]) { next += 1 }
    var last = next
    while last > start, isSpace(bytes[last - 1]) { last -= 1 }
    let here = line
    at = next
    return Field(text: start..<last, unquoted: nil, line: here, end: close())
  }

  /// A field in quotes, from behind the first one on.
  private mutating func quoted(_ start: Int) throws(CSVError) -> Field {
    let opened = line
    var next = start, parts: [UInt8]?, from = start
    while true {
      while next < bytes.count, bytes[next] != UInt8(ascii: "\"") {
        if bytes[next] == UInt8(ascii: "\n") { line += 1 }
        next += 1
      }
      guard next < bytes.count else { throw .unclosedQuote(line: opened) }
      guard next + 1 < bytes.count, bytes[next + 1] == UInt8(ascii: "\"") else { break }
      parts = (parts ?? []) + bytes[from...next]
      next += 2
      from = next
    }
    if parts != nil { parts?.append(contentsOf: bytes[from..<next]) }
    at = next + 1
    while at < bytes.count, isSpace(bytes[at]) { at += 1 }
    guard at == bytes.count || bytes[at] == delimiter || isBreak(bytes[at]) else { throw .textAfterQuote(line: line) }
    return Field(text: start..<next, unquoted: parts, line: opened, end: close())
  }

  private mutating func close() -> End {
    if at < bytes.count, bytes[at] == delimiter {
      at += 1
      return .field
    }
    skipBreak()
    return .record
  }

  /// Over `\n`, `\r\n` or `\r`.
  @inline(__always)
  private mutating func skipBreak() {
    guard at < bytes.count else { return }
    if bytes[at] == UInt8(ascii: "\r"), at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "\n") { at += 1 }
    at += 1
    line += 1
  }

  @inline(__always)
  private func isBreak(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
  @inline(__always)
  private func isSpace(_ byte: UInt8) -> Bool { (byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")) && byte != delimiter }
}

extension CSVScanner {
  /// The texts of the next record; nil at the end.
  mutating func record() throws(CSVError) -> [String]? {
    guard startRecord() else { return nil }
    var texts: [String] = []
    while true {
      let field = try field()
      texts.append(string(field))
      if field.end == .record { return texts }
    }
  }

  func string(_ field: Field) -> String {
    String(decoding: field.unquoted ?? Array(bytes[field.text]), as: UTF8.self)
  }
}
