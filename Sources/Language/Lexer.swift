/// Cuts a text into tokens. It never fails: what it cannot read becomes an `.error` token and an entry of `errors`.
public struct Lexer {
  /// How many f-strings may stand inside each other.
  static let formatLimit = 20

  let source: SourceText
  let bytes: [UInt8]
  let keepsComments: Bool
  var position = 0
  var tokens: [Token] = []
  var errors: [LexicalError] = []
  var spaceBefore = true
  var startsLine = true
  var formatDepth = 0
  /// Open brackets as indices of tokens, and how many of each kind belong to the innermost f-string hole.
  var open: [Int] = []
  var counts = BracketCounts()

  struct BracketCounts {
    var parentheses = 0
    var brackets = 0
    var braces = 0
  }

  init(_ source: SourceText, keepsComments: Bool = false) {
    self.source = source
    bytes = source.bytes
    self.keepsComments = keepsComments
    tokens.reserveCapacity(bytes.count / 4 + 2)
  }

  /// Every token of `source` in order, comments included, with one `.end` token last: what colours and completes text.
  public static func tokens(of source: SourceText) -> [Token] {
    var lexer = Lexer(source, keepsComments: true)
    lexer.run()
    return lexer.tokens
  }

  mutating func run() {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    skipSpace()
    while position < bytes.count {
      lexToken()
      skipSpace()
    }
    add(.end, from: position)
  }

  /// The byte at `offset` from here, 0 beyond the end.
  @inline(__always)
  func peek(_ offset: Int = 0) -> UInt8 {
    let index = position + offset
    return index < bytes.count ? bytes[index] : 0
  }

  func span(from start: Int) -> Span { Span(source, start, position) }

  /// Adds the token from `start` to here.
  mutating func add(_ kind: Token.Kind, from start: Int, _ value: Token.Value = .nothing) {
    tokens.append(
      Token(kind: kind, start: start, end: position, hasSpaceBefore: spaceBefore, startsLine: startsLine, value: value))
    spaceBefore = false
    startsLine = false
  }

  /// Adds an error token from `start` to here.
  mutating func fail(_ error: LexicalError, from start: Int) {
    errors.append(error)
    add(.error, from: start, .error(error))
  }

  // token = word | number | string | f-string | operator | bracket
  mutating func lexToken() {
    let start = position
    let byte = peek()
    if byte.isDigit || (byte == UInt8(ascii: ".") && peek(1).isDigit && !followsValue) { return lexNumber() }
    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { return lexString() }
    if byte | 0x20 == UInt8(ascii: "f"), peek(1) == UInt8(ascii: "\"") || peek(1) == UInt8(ascii: "'") {
      return lexFormat()
    }
    if byte.isNameStart { return lexWord(from: start) }
    if byte >= 0x80 { return lexUnicode() }
    if lexBracket() { return }
    lexOperator()
  }

  /// Whether a `.` here, without white space before it, reaches into the value that the last token ends.
  private var followsValue: Bool {
    guard !spaceBefore, let last = tokens.last else { return false }
    switch last.kind {
    case .name, .string, .formatEnd, .rightParenthesis, .rightBracket, .rightBrace: return true
    case .integer: return isMember(tokens.count - 1)
    default: return false
    }
  }

  /// Whether the token at `index` stands directly behind the dot of a member.
  func isMember(_ index: Int) -> Bool {
    index > 0 && tokens[index - 1].kind == .dot && tokens[index - 1].end == tokens[index].start
  }

  /// Skips blanks, line ends, comments and `\` at the end of a line.
  mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x0A, 0x0D:
        startsLine = true
        spaceBefore = true
        position += 1
      case 0x20, 0x09, 0x0B, 0x0C:
        spaceBefore = true
        position += 1
      case UInt8(ascii: "#"): skipComment()
      case UInt8(ascii: "\\"): if !skipContinuation() { return }
      case 0xC2 where peek(1) == 0xA0: skipBlank(2)  // no-break space
      case 0xE2 where peek(1) == 0x80 && peek(2) == 0x8B: skipBlank(3)  // zero-width space
      case 0xEF where peek(1) == 0xBB && peek(2) == 0xBF: skipBlank(3)  // byte order mark
      default: return
      }
    }
  }

  private mutating func skipBlank(_ count: Int) {
    spaceBefore = true
    position += count
  }

  // comment = "#" {any character of the line}
  private mutating func skipComment() {
    let start = position
    while position < bytes.count, bytes[position] != 0x0A, bytes[position] != 0x0D { position += 1 }
    guard keepsComments else { return }
    let starts = startsLine
    add(.comment, from: start)
    spaceBefore = true
    startsLine = starts
  }

  /// Skips `\` with the blanks behind it and the end of the line; leaves anything else to `lexOperator`.
  private mutating func skipContinuation() -> Bool {
    var index = position + 1
    while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
    if index == bytes.count {
      let start = position
      position = index
      errors.append(.trailingBackslash(Span(source, start, start + 1)))
      return true
    }
    guard bytes[index] == 0x0A || bytes[index] == 0x0D else { return false }
    if bytes[index] == 0x0D, index + 1 < bytes.count, bytes[index + 1] == 0x0A { index += 1 }
    position = index + 1
    spaceBefore = true
    if position == bytes.count { errors.append(.trailingBackslash(Span(source, index, index))) }
    return true
  }
}

extension UInt8 {
  var isDigit: Bool { self &- 0x30 < 10 }
  var isNameStart: Bool { (self | 0x20) &- 0x61 < 26 || self == 0x5F }
  var isNamePart: Bool { isNameStart || isDigit }
  var isHexDigit: Bool { isDigit || (self | 0x20) &- 0x61 < 6 }
}
