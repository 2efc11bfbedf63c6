extension Parser {
  // primary = number | string | f-string | name | "true" | "false" | "none" | "..." | "no_grad" block
  //         | parentheses | list | record | bars
  mutating func primary() throws(SyntaxError) -> Expression {
    let token = current
    switch (token.kind, token.value) {
    case (.integer, .integer(let value)): return try literal(.integer(value))
    case (.real, .real(let value)): return try literal(.real(value))
    case (.string, .text(let text)): return try literal(.string(text))
    case (.formatStart, _): return try format()
    case (.name, _): return try nameOrBlock()
    case (.true, _): return try literal(.boolean(true))
    case (.false, _): return try literal(.boolean(false))
    case (.none, _): return try literal(.none)
    case (.ellipsis, _): return try literal(.ellipsis)
    case (.error, _): return try literal(.none)  // reported by the lexer: read on as if a value stood here
    case (.leftParenthesis, _): return try parentheses()
    case (.leftBracket, _): return try list()
    case (.leftBrace, _): return try record()
    case (.bar, _): return try bars()
    default: throw expected("a value")
    }
  }

  private mutating func literal(_ kind: Expression.Kind) throws(SyntaxError) -> Expression {
    let span = span(current)
    advance()
    return try node(kind, span)
  }

  private mutating func nameOrBlock() throws(SyntaxError) -> Expression {
    let start = index
    let name = word()
    guard name.text == "no_grad", current.kind == .leftBrace, continues else { return try node(.name(name.text), name.span) }
    let body = try block("`no_grad`")
    return try node(.noGrad(body), span(from: start))
  }

  // parentheses = "(" ")" | "(" (command | expression) ")" | "(" expression "," [expression {"," expression} [","]] ")"
  private mutating func parentheses() throws(SyntaxError) -> Expression {
    let start = index
    let bracket = open(.rightParenthesis)
    if current.kind == .rightParenthesis {
      try close(bracket)
      return try node(.tuple([]), span(from: start))
    }
    let first = startsCommand(allowsBare: true) ? try command(.enclosed) : try expression()
    guard current.kind == .comma else {
      try close(bracket)
      return Expression(first.kind, span(from: start))
    }
    var items = [first]
    while acceptComma(before: .rightParenthesis) { items.append(try expression()) }
    try close(bracket)
    return try node(.tuple(items), span(from: start))
  }

  // list = "[" [expression {"," expression} [","]] "]"
  private mutating func list() throws(SyntaxError) -> Expression {
    let start = index
    let bracket = open(.rightBracket)
    var items: [Expression] = []
    if current.kind != .rightBracket {
      repeat { items.append(try expression()) } while acceptComma(before: .rightBracket)
    }
    try close(bracket)
    return try node(.list(items), span(from: start))
  }

  // record = "{" [field {"," field} [","]] "}"
  private mutating func record() throws(SyntaxError) -> Expression {
    let start = index
    let bracket = open(.rightBrace)
    var fields: [Field] = []
    if current.kind != .rightBrace {
      repeat { fields.append(try field()) } while acceptComma(before: .rightBrace)
    }
    try close(bracket)
    return try node(.record(fields), span(from: start))
  }

  // field = (word | string) ":" expression
  private mutating func field() throws(SyntaxError) -> Field {
    let key: Identifier
    if case .text(let text) = current.value, current.kind == .string {
      key = Identifier(text, span(current))
      advance()
    } else if isWord(current) {
      key = word()
    } else {
      throw expected("the name of a field", help: "a record is written `{name: value}`")
    }
    guard accept(.colon) else { throw expected("`:`", help: "a record is written `{name: value}`") }
    return Field(key: key, value: try expression())
  }

  // bars = "|" expression "|"
  private mutating func bars() throws(SyntaxError) -> Expression {
    let start = index
    advance()
    let value = try expression()
    guard current.kind == .bar, continues else {
      if current.kind == .error { throw .reported }
      let missed = index > start ? span(tokens[index - 1]).after : span(current)
      throw .unclosedBar(opener: span(tokens[start]), missed: missed)
    }
    advance()
    return try node(.absolute(value), span(from: start))
  }

  // f-string = start {text | "{" expression [spec] "}"} end
  private mutating func format() throws(SyntaxError) -> Expression {
    let start = index
    advance()
    var pieces: [FormatPiece] = []
    while current.kind != .formatEnd {
      if current.kind == .holeStart {
        pieces.append(try hole())
      } else if case .text(let text) = current.value, current.kind == .formatText {
        pieces.append(.text(text))
        advance()
      } else {
        throw expectedHere("`}`")
      }
    }
    advance()
    return try node(.format(pieces), span(from: start))
  }

  private mutating func hole() throws(SyntaxError) -> FormatPiece {
    if current.match < 0 || peek().kind == .holeEnd { throw .reported }
    let bracket = open(.holeEnd)
    let value = try expression()
    var specification: String?
    if case .text(let text) = current.value, current.kind == .formatSpec {
      specification = text
      advance()
    }
    try close(bracket, or: "`:`")
    return .value(value, spec: specification)
  }
}
