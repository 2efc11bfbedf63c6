extension Lexer {
  /// Takes a bracket if one stands here.
  mutating func lexBracket() -> Bool {
    let start = position
    let kind: Token.Kind
    switch peek() {
    case UInt8(ascii: "("): (kind, counts.parentheses) = (.leftParenthesis, counts.parentheses + 1)
    case UInt8(ascii: "["): (kind, counts.brackets) = (.leftBracket, counts.brackets + 1)
    case UInt8(ascii: "{"): (kind, counts.braces) = (.leftBrace, counts.braces + 1)
    case UInt8(ascii: ")"): return lexCloser(.rightParenthesis, has: counts.parentheses > 0)
    case UInt8(ascii: "]"): return lexCloser(.rightBracket, has: counts.brackets > 0)
    case UInt8(ascii: "}"): return lexCloser(.rightBrace, has: counts.braces > 0)
    default: return false
    }
    position += 1
    open.append(tokens.count)
    add(kind, from: start)
    return true
  }

  /// Takes a closing bracket. Brackets opened since its own, and never closed, stay without a match.
  private mutating func lexCloser(_ kind: Token.Kind, has opener: Bool) -> Bool {
    let start = position
    position += 1
    guard opener else {
      add(kind, from: start)
      return true
    }
    while let last = open.last {
      let isPair = drop(tokens[last].kind) == kind
      if isPair { break }
      open.removeLast()
    }
    closePair(kind, from: start)
    return true
  }

  /// Notes that a bracket of this kind is open no more, and gives the one that closes it.
  private mutating func drop(_ kind: Token.Kind) -> Token.Kind {
    switch kind {
    case .leftParenthesis:
      counts.parentheses -= 1
      return .rightParenthesis
    case .leftBracket:
      counts.brackets -= 1
      return .rightBracket
    case .leftBrace:
      counts.braces -= 1
      return .rightBrace
    default: return .holeEnd
    }
  }

  /// Adds the closing bracket of the innermost open one.
  mutating func closePair(_ kind: Token.Kind, from start: Int) {
    add(kind, from: start)
    guard let opener = open.popLast() else { return }
    tokens[opener].match = tokens.count - 1
    tokens[tokens.count - 1].match = opener
  }

  // operator = the longest of those below that stands here
  mutating func lexOperator() {
    let start = position
    let (first, second, third) = (peek(), peek(1), peek(2))
    if second == UInt8(ascii: "*") || second == UInt8(ascii: "/") || second == UInt8(ascii: "."), third != 0,
      let kind = Lexer.three(first, second, third)
    {
      position += 3
      return add(kind, from: start)
    }
    if second != 0, let kind = Lexer.two(first, second) {
      position += 2
      return add(kind, from: start)
    }
    if let kind = Lexer.one(first) {
      position += 1
      return add(kind, from: start)
    }
    lexForeign(from: start)
  }

  private static func three(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Token.Kind? {
    switch (first, second, third) {
    case (UInt8(ascii: "*"), UInt8(ascii: "*"), UInt8(ascii: "=")): .powerAssign
    case (UInt8(ascii: "/"), UInt8(ascii: "/"), UInt8(ascii: "=")): .floorAssign
    case (UInt8(ascii: "."), UInt8(ascii: "."), UInt8(ascii: ".")): .ellipsis
    default: nil
    }
  }

  private static func two(_ first: UInt8, _ second: UInt8) -> Token.Kind? {
    switch (first, second) {
    case (UInt8(ascii: "="), UInt8(ascii: "=")): .equal
    case (UInt8(ascii: "!"), UInt8(ascii: "=")): .notEqual
    case (UInt8(ascii: "<"), UInt8(ascii: "=")): .lessOrEqual
    case (UInt8(ascii: ">"), UInt8(ascii: "=")): .greaterOrEqual
    case (UInt8(ascii: "-"), UInt8(ascii: ">")): .arrow
    case (UInt8(ascii: "*"), UInt8(ascii: "*")): .power
    case (UInt8(ascii: "/"), UInt8(ascii: "/")): .doubleSlash
    case (UInt8(ascii: "."), UInt8(ascii: ".")): .twoDots
    case (let sign, UInt8(ascii: "=")): update(sign)
    default: nil
    }
  }

  private static func update(_ sign: UInt8) -> Token.Kind? {
    switch sign {
    case UInt8(ascii: "+"): .addAssign
    case UInt8(ascii: "-"): .subtractAssign
    case UInt8(ascii: "*"): .multiplyAssign
    case UInt8(ascii: "/"): .divideAssign
    case UInt8(ascii: "%"): .remainderAssign
    case UInt8(ascii: "@"): .matrixAssign
    case UInt8(ascii: "^"): .powerAssign
    default: nil
    }
  }

  private static func one(_ sign: UInt8) -> Token.Kind? {
    switch sign {
    case UInt8(ascii: ","): .comma
    case UInt8(ascii: ":"): .colon
    case UInt8(ascii: ";"): .semicolon
    case UInt8(ascii: "."): .dot
    case UInt8(ascii: "|"): .bar
    case UInt8(ascii: "="): .assign
    case UInt8(ascii: "+"): .plus
    case UInt8(ascii: "-"): .minus
    case UInt8(ascii: "*"): .star
    case UInt8(ascii: "/"): .slash
    case UInt8(ascii: "%"): .percent
    case UInt8(ascii: "@"): .at
    case UInt8(ascii: "^"): .power
    case UInt8(ascii: "<"): .less
    case UInt8(ascii: ">"): .greater
    default: nil
    }
  }

  /// Signs of other languages: taken for what they mean there, so that the rest of the line is still read.
  private mutating func lexForeign(from start: Int) {
    let sign = peek()
    position += 1
    let error = { (lexer: Lexer, use: String) in LexicalError.foreignSign(lexer.span(from: start), use: use) }
    switch sign {
    case UInt8(ascii: "&"):
      if peek() == sign { position += 1 }
      errors.append(error(self, "and"))
      add(.and, from: start)
    case UInt8(ascii: "!"), UInt8(ascii: "~"):
      errors.append(error(self, "not"))
      add(.not, from: start)
    case UInt8(ascii: "\\"): fail(.strayBackslash(span(from: start)), from: start)
    default: fail(.unknownCharacter(span(from: start)), from: start)
    }
  }
}
