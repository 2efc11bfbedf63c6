extension Lexer {
  /// The quote that a string starts with: one sign, or three of them.
  struct Quote {
    let byte: UInt8
    let isTriple: Bool
    var count: Int { isTriple ? 3 : 1 }
    var text: String { String(repeating: Character(Unicode.Scalar(byte)), count: count) }
  }

  /// The quote at `offset` from here.
  func quote(at offset: Int) -> Quote {
    let byte = peek(offset)
    return Quote(byte: byte, isTriple: peek(offset + 1) == byte && peek(offset + 2) == byte)
  }

  /// Whether `quote` stands here and so closes the string.
  func closes(_ quote: Quote) -> Bool {
    peek() == quote.byte && (!quote.isTriple || (peek(1) == quote.byte && peek(2) == quote.byte))
  }

  /// Whether the text ends here, or a line that a string with one quote may not leave.
  func stops(_ quote: Quote) -> Bool {
    position >= bytes.count || (!quote.isTriple && (peek() == 0x0A || peek() == 0x0D))
  }

  // string = quote {character | escape} quote
  mutating func lexString() {
    let start = position
    let quote = quote(at: 0)
    position += quote.count
    var text: [UInt8] = []
    while !closes(quote) {
      if stops(quote) { return fail(.unterminatedString(span(from: start), quote: quote.text), from: start) }
      lexCharacter(into: &text)
    }
    position += quote.count
    add(.string, from: start, .text(String(decoding: text, as: UTF8.self)))
  }

  /// Takes one byte or one escape, and leaves a line end in `"""` as one line feed.
  mutating func lexCharacter(into text: inout [UInt8]) {
    switch peek() {
    case UInt8(ascii: "\\"): lexEscape(into: &text)
    case 0x0D:
      text.append(0x0A)
      position += peek(1) == 0x0A ? 2 : 1
    case let byte:
      text.append(byte)
      position += 1
    }
  }

  // escape = "\" (one of nrtabfv0\'" | "x" 2 hex | "u" 4 hex | "U" 8 hex | "u{" 1 to 6 hex "}" | end of line)
  private mutating func lexEscape(into text: inout [UInt8]) {
    let start = position
    let byte = peek(1)
    position += position + 1 < bytes.count ? 2 : 1
    switch byte {
    case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): text.append(byte)
    case UInt8(ascii: "x"): lexCodePoint(digits: 2, from: start, into: &text)
    case UInt8(ascii: "u"):
      if peek() == UInt8(ascii: "{") { return lexBracedCodePoint(from: start, into: &text) }
      lexCodePoint(digits: 4, from: start, into: &text)
    case UInt8(ascii: "U"): lexCodePoint(digits: 8, from: start, into: &text)
    case 0x0A: break
    case 0x0D: if peek() == 0x0A { position += 1 }
    default:
      if let value = Lexer.escapes[byte] { return text.append(value) }
      position = start + 1
      position += scalar()?.1 ?? (position < bytes.count ? 1 : 0)
      if position - start > 1 { errors.append(.unknownEscape(span(from: start))) }
    }
  }

  private static let escapes: [UInt8: UInt8] = [
    UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09, UInt8(ascii: "a"): 0x07,
    UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C, UInt8(ascii: "v"): 0x0B, UInt8(ascii: "0"): 0x00,
  ]

  private mutating func lexCodePoint(digits: Int, from start: Int, into text: inout [UInt8]) {
    let first = position
    while position - first < digits, peek().isHexDigit { position += 1 }
    append(hex: first..<position, isWhole: position - first == digits, from: start, into: &text)
  }

  private mutating func lexBracedCodePoint(from start: Int, into text: inout [UInt8]) {
    position += 1
    let first = position
    while position - first < 6, peek().isHexDigit { position += 1 }
    let digits = first..<position
    let isClosed = peek() == UInt8(ascii: "}")
    if isClosed { position += 1 }
    append(hex: digits, isWhole: isClosed && !digits.isEmpty, from: start, into: &text)
  }

  private mutating func append(hex: Range<Int>, isWhole: Bool, from start: Int, into text: inout [UInt8]) {
    let value = UInt32(String(decoding: bytes[hex], as: UTF8.self), radix: 16)
    guard isWhole, let value, let scalar = Unicode.Scalar(value) else {
      return errors.append(.malformedEscape(span(from: start)))
    }
    text.append(contentsOf: String(Character(scalar)).utf8)
  }
}
