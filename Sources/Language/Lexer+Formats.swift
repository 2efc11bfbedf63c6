extension Lexer {
  // f-string = ("f" | "F") quote {character | "{{" | "}}" | hole} quote;   hole = "{" expression [":" spec] "}"
  mutating func lexFormat() {
    let start = position
    let quote = quote(at: 1)
    position += 1 + quote.count
    guard formatDepth < Lexer.formatLimit else { return fail(.nestedTooDeep(span(from: start)), from: start) }
    formatDepth += 1
    defer { formatDepth -= 1 }
    add(.formatStart, from: start)
    while lexFormatText(quote) {
      if !lexHole(quote) { break }
    }
    if closes(quote) {
      let end = position
      position += quote.count
      return add(.formatEnd, from: end)
    }
    errors.append(.unterminatedString(span(from: start), quote: quote.text))
    add(.formatEnd, from: position)
  }

  /// Takes text up to the next hole; false where the string ends instead.
  private mutating func lexFormatText(_ quote: Quote) -> Bool {
    let start = position
    var text: [UInt8] = []
    while !closes(quote), !stops(quote) {
      let byte = peek()
      if byte == UInt8(ascii: "{"), peek(1) != byte { break }
      if byte == UInt8(ascii: "}"), peek(1) != byte { errors.append(.strayHoleEnd(Span(source, position, position + 1))) }
      if byte == UInt8(ascii: "{") || (byte == UInt8(ascii: "}") && peek(1) == byte) {
        position += 1
      }
      lexCharacter(into: &text)
    }
    if position > start { add(.formatText, from: start, .text(String(decoding: text, as: UTF8.self))) }
    return !closes(quote) && !stops(quote)
  }

  /// Takes `{expression:spec}`; false if the string breaks off inside.
  private mutating func lexHole(_ quote: Quote) -> Bool {
    let start = position
    let outside = counts
    counts = BracketCounts()
    defer { counts = outside }
    position += 1
    open.append(tokens.count)
    let base = open.count
    add(.holeStart, from: start)
    while true {
      skipHoleSpace(quote)
      if stops(quote) || (open.count == base && closes(quote)) {
        open.removeLast(open.count - base + 1)
        if closes(quote) { errors.append(.unclosedHole(Span(source, start, start + 1))) }
        return false
      }
      if peek() == UInt8(ascii: "}"), counts.braces == 0 { break }
      if open.count == base, peek() == UInt8(ascii: ":") {
        lexSpecification(quote)
        continue
      }
      lexToken()
    }
    open.removeLast(open.count - base)
    if tokens.last?.kind == .holeStart { errors.append(.emptyHole(Span(source, start, position + 1))) }
    let end = position
    position += 1
    closePair(.holeEnd, from: end)
    return true
  }

  /// Skips white space, staying on the line where the string must.
  private mutating func skipHoleSpace(_ quote: Quote) {
    if quote.isTriple { return skipSpace() }
    while peek() == 0x20 || peek() == 0x09 {
      spaceBefore = true
      position += 1
    }
  }

  // spec = {any character but "}", the quote or a line end}
  private mutating func lexSpecification(_ quote: Quote) {
    let start = position
    while !stops(quote), !closes(quote), peek() != UInt8(ascii: "}") { position += 1 }
    let text = String(decoding: bytes[(start + 1)..<max(start + 1, position)], as: UTF8.self)
    if position == start { position += 1 }
    add(.formatSpec, from: start, .text(text))
  }
}
