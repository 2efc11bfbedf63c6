extension Lexer {
  // word = (letter | "_") {letter | digit | "_"}
  mutating func lexWord(from start: Int) {
    skipWord()
    let count = position - start
    guard count <= 8 else { return add(.name, from: start) }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    let isName = tokens.last?.kind == .dot
    if !isName, text == "inf" { return add(.real, from: start, .real(.infinity)) }
    if !isName, text == "nan" { return add(.real, from: start, .real(.nan)) }
    add(isName ? .name : Token.Kind.keywords[text] ?? .name, from: start)
  }

  /// Passes letters, digits, `_` and whatever else Unicode allows inside a name.
  mutating func skipWord() {
    while position < bytes.count {
      if bytes[position].isNamePart {
        position += 1
      } else if let (scalar, count) = scalar(), scalar.properties.isXIDContinue {
        position += count
      } else {
        return
      }
    }
  }

  /// The code point here and its length in bytes, if it is not ASCII.
  func scalar() -> (Unicode.Scalar, Int)? {
    guard peek() >= 0x80 else { return nil }
    var decoder = UTF8()
    var iterator = bytes[position..<min(position + 4, bytes.count)].makeIterator()
    guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return nil }
    return (scalar, UTF8.width(scalar))
  }

  /// A letter starts a word; signs pasted from books are named with what to write; the rest has no meaning.
  mutating func lexUnicode() {
    let start = position
    guard let (scalar, count) = scalar() else {
      position += 1
      return fail(.unknownCharacter(span(from: start)), from: start)
    }
    if scalar.properties.isXIDStart { return lexWord(from: start) }
    position += count
    if let (kind, text) = Lexer.lookalikes[scalar] {
      errors.append(.foreignSign(span(from: start), use: text))
      return add(kind, from: start)
    }
    guard Lexer.curlyQuotes.contains(scalar) else { return fail(.unknownCharacter(span(from: start)), from: start) }
    while position < bytes.count, bytes[position] != 0x0A, bytes[position] != 0x0D {
      guard let (next, length) = self.scalar() else {
        position += 1
        continue
      }
      position += length
      if Lexer.curlyQuotes.contains(next) { break }
    }
    fail(.foreignQuote(span(from: start)), from: start)
  }

  private static let curlyQuotes: Set<Unicode.Scalar> = ["“", "”", "„", "‟", "‘", "’", "‚", "«", "»"]

  private static let lookalikes: [Unicode.Scalar: (Token.Kind, String)] = [
    "−": (.minus, "-"), "–": (.minus, "-"), "×": (.star, "*"), "·": (.star, "*"), "⋅": (.star, "*"), "÷": (.slash, "/"),
    "≤": (.lessOrEqual, "<="), "≥": (.greaterOrEqual, ">="), "≠": (.notEqual, "!="), "→": (.arrow, "->"),
    "∞": (.error, "inf"), "∈": (.in, "in"), "¬": (.not, "not"), "∧": (.and, "and"), "∨": (.or, "or"),
    "…": (.ellipsis, "..."),
  ]
}
