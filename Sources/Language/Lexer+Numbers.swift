extension Lexer {
  // number = digits ["." [digits]] [("e" | "E") ["+" | "-"] digits] | "." digits …;   digits = digit {["_"] digit}
  mutating func lexNumber() {
    let start = position
    if tokens.last?.kind == .dot, !spaceBefore { return lexMember() }
    if peek() == UInt8(ascii: "0"), "xXoObB".utf8.contains(peek(1)) { return lexRadix() }
    skipDigits()
    var isReal = false
    if peek() == UInt8(ascii: "."), continuesFraction {
      isReal = true
      position += 1
      skipDigits()
    }
    if peek() | 0x20 == UInt8(ascii: "e"), let count = exponentLead {
      isReal = true
      position += count
      skipDigits()
    }
    let end = position
    skipWord()
    guard position == end else { return failNumber(from: start, digitsEnd: end) }
    addNumber(from: start, isReal: isReal)
  }

  /// Whether the `.` here belongs to the number: `1.5`, `1.`, `1.e5`, and not `1.mean()` or `1...`.
  private var continuesFraction: Bool {
    let next = peek(1)
    if next.isDigit { return true }
    if next == UInt8(ascii: ".") || next == UInt8(ascii: "_") { return false }
    if next | 0x20 == UInt8(ascii: "e") {
      return peek(2).isDigit || ((peek(2) == UInt8(ascii: "-") || peek(2) == UInt8(ascii: "+")) && peek(3).isDigit)
    }
    return !next.isNameStart && next < 0x80
  }

  /// The length of `e`, `e+` or `e-` here if digits follow.
  private var exponentLead: Int? {
    if peek(1).isDigit { return 1 }
    let isSigned = peek(1) == UInt8(ascii: "-") || peek(1) == UInt8(ascii: "+")
    return isSigned && peek(2).isDigit ? 2 : nil
  }

  private mutating func skipDigits() {
    while peek().isDigit || peek() == UInt8(ascii: "_") { position += 1 }
  }

  // member = digits, behind the "." of a path such as net.0.weight
  private mutating func lexMember() {
    let start = position
    while peek().isDigit { position += 1 }
    let end = position
    skipWord()
    guard position == end else { return failNumber(from: start, digitsEnd: end) }
    guard let value = Int(String(decoding: bytes[start..<end], as: UTF8.self)) else {
      return fail(.integerTooLarge(span(from: start)), from: start)
    }
    add(.integer, from: start, .integer(value))
  }

  private mutating func addNumber(from start: Int, isReal: Bool) {
    let digits = bytes[start..<position]
    var text = String(decoding: digits, as: UTF8.self)
    if text.utf8.contains(UInt8(ascii: "_")) {
      guard hasGoodUnderscores(digits) else {
        return fail(.malformedNumber(span(from: start), .underscore), from: start)
      }
      text.removeAll { $0 == "_" }
    }
    if !isReal {
      guard let value = Int(text) else { return fail(.integerTooLarge(span(from: start)), from: start) }
      return add(.integer, from: start, .integer(value))
    }
    if text.hasPrefix(".") { text = "0" + text }
    if text.hasSuffix(".") { text += "0" }
    if let dot = text.utf8.firstIndex(of: UInt8(ascii: ".")), !text.utf8[text.utf8.index(after: dot)].isDigit {
      text.insert("0", at: text.utf8.index(after: dot))
    }
    add(.real, from: start, .real(Double(text) ?? .nan))
  }

  private func hasGoodUnderscores(_ digits: ArraySlice<UInt8>) -> Bool {
    digits.indices.allSatisfy { index in
      digits[index] != UInt8(ascii: "_")
        || (index > digits.startIndex && index + 1 < digits.endIndex && digits[index - 1].isDigit && digits[index + 1].isDigit)
    }
  }

  // 0x…, 0o… and 0b… are understood only to say how to write them.
  private mutating func lexRadix() {
    let start = position
    let radix = peek(1) | 0x20 == UInt8(ascii: "x") ? 16 : peek(1) | 0x20 == UInt8(ascii: "o") ? 8 : 2
    position += 2
    let digits = position
    skipWord()
    let value = Int(String(decoding: bytes[digits..<position], as: UTF8.self), radix: radix)
    fail(.malformedNumber(span(from: start), .radix(value)), from: start)
  }

  private mutating func failNumber(from start: Int, digitsEnd: Int) {
    let rest = String(decoding: bytes[digitsEnd..<position], as: UTF8.self)
    if rest.lowercased() == "e" { return fail(.malformedNumber(span(from: start), .exponent), from: start) }
    let number = String(decoding: bytes[start..<digitsEnd], as: UTF8.self)
    fail(.malformedNumber(span(from: start), .letters(number: number, rest: rest)), from: start)
  }
}
