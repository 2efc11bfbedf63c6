extension Parser {
  /// Whether there are more mistakes than are reported, so that reading on is of no use.
  var isFull: Bool { problems.count > Parser.problemLimit }

  mutating func report(_ error: SyntaxError) {
    defer { ranOut = false }
    guard error != .reported, !isFull else { return }
    let diagnostic = error.diagnostic
    if let last = problems.last, last.diagnostic.span?.start == diagnostic.span?.start || (last.ranOut && ranOut) { return }
    problems.append(Problem(diagnostic: diagnostic, ranOut: ranOut))
  }

  /// Reads one item by `read`; after a mistake reports it and goes to where the next item may start.
  mutating func recovering(_ read: (inout Parser) throws(SyntaxError) -> Void) {
    let start = index
    let context = context
    let depth = openers.count
    do {
      try read(&self)
    } catch {
      let inner = openers[depth...]
      let line = unclosedLine(inner.last)
      report(blame(error, inner.last, line))
      self.context = context
      skip(from: start, past: line == nil ? inner.first { tokens[$0].match > index } : nil, to: line)
      openers.removeSubrange(depth...)
    }
  }

  /// The first token of the line after a bracket that is never closed, if reading has come that far.
  private func unclosedLine(_ opener: Int?) -> Int? {
    guard let opener, tokens[opener].match < 0, opener < index else { return nil }
    return tokens[(opener + 1)...index].firstIndex { $0.startsLine || $0.kind == .end }
  }

  /// Lays a mistake behind an unclosed bracket at that bracket's door.
  private func blame(_ error: SyntaxError, _ opener: Int?, _ line: Int?) -> SyntaxError {
    guard let opener, let line, error != .reported else { return error }
    switch error {
    case .expected, .unclosed:
      let closer = closer(of: tokens[opener].kind)
      return .unclosed(opener: span(tokens[opener]), closer: closer.symbol, missed: span(tokens[line - 1]).after)
    default: return error
    }
  }

  private func closer(of kind: Token.Kind) -> Token.Kind {
    switch kind {
    case .leftParenthesis: .rightParenthesis
    case .leftBracket: .rightBracket
    default: .rightBrace
    }
  }

  /// Skips to the next line, `;` or closing brace, reading the blocks on the way for their own mistakes.
  private mutating func skip(from start: Int, past opener: Int?, to line: Int?) {
    if let line, line > start, current.kind != .end || tokens[line].kind != .end {
      index = line
      return
    }
    if let opener { index = tokens[opener].match + 1 }
    if index == start, current.kind != .rightBrace { advance() }
    while current.kind != .end, current.kind != .rightBrace, !current.startsLine {
      if accept(.semicolon) { return }
      skipPair()
    }
  }

  /// Passes one token, or a whole pair of brackets.
  private mutating func skipPair() {
    let match = current.match
    guard match > index else { return advance() }
    if current.kind == .leftBrace, peek().startsLine, context.nesting < Parser.nestingLimit {
      let outer = context
      context = Context(ignoresNewlines: false, nesting: outer.nesting + 1, loops: 1, functions: 1)
      advance()
      _ = statements()
      context = outer
      if index > match { return }
    }
    index = min(match + 1, tokens.count - 1)
  }
}

/// Making errors of what stands here.
extension Parser {
  /// Where the reader looks for what is missing, and what is met there.
  private var place: (span: Span, met: String) {
    if current.kind == .end { return (index > 0 ? span(tokens[index - 1]).after : span(current), "the end of the text") }
    if !continues, index > 0 { return (span(tokens[index - 1]).after, "the end of the line") }
    return (span(current), describe(current))
  }

  private func describe(_ token: Token) -> String {
    let text = span(token).excerpt
    return token.kind.isKeyword ? "the keyword `\(text)`" : "`\(text)`"
  }

  /// The error that `what` is missing here. More text would do where the text has ended.
  mutating func expected(_ what: String, help: String? = nil) -> SyntaxError {
    if current.kind == .end { ranOut = true }
    return expectedHere(what, help: help)
  }

  /// The error that `what` is missing on this line.
  func expectedHere(_ what: String, help: String? = nil) -> SyntaxError {
    if current.kind == .error { return .reported }
    if let error = strange { return error }
    let (span, met) = place
    return .expected(what, met: met, at: span, help: help ?? advice)
  }

  /// The error for a token that is wrong wherever an operator or the end of something is due.
  private var strange: SyntaxError? {
    guard continues else { return nil }
    let next = peek()
    if current.kind == .bar, next.kind == .bar, !next.hasSpaceBefore, current.hasSpaceBefore {
      return .doubleBar(Span(source, current.start, next.end))
    }
    if current.kind.isCloser, current.match < 0 { return .strayCloser(span(current)) }
    if current.kind == .formatEnd || current.kind == .formatSpec { return .reported }
    return nil
  }

  /// What someone meant who wrote this token or the one before it.
  private var advice: String? {
    guard current.kind != .end, continues else { return nil }
    let text = text(current)
    if current.kind == .model { return "`model` is a keyword; choose another name, such as `net`" }
    if current.kind.isKeyword { return "`\(text)` is a keyword and cannot be a value or a name" }
    switch current.kind {
    case .twoDots: return "a range in an index is written `a:b`; `...` stands for all other axes"
    case .arrow: return "a function is written `x -> e` or `(x, y) -> e`; put parentheses around it inside an expression"
    default: return nil
    }
  }

  /// The error that the bracket at `opener` is not closed here.
  mutating func missing(_ closer: Token.Kind, of opener: Int, or others: String?) -> SyntaxError {
    let symbol = closer.symbol
    if current.kind == .end {
      ranOut = true
      return .unclosed(opener: span(tokens[opener]), closer: symbol, missed: place.span)
    }
    if current.kind.isCloser {
      return .mismatched(opener: span(tokens[opener]), closer: symbol, met: span(current))
    }
    return expected([others, "`\(symbol)`"].compactMap { $0 }.joined(separator: " or "))
  }
}

extension Token.Kind {
  /// A closing bracket as it is written.
  var symbol: String {
    switch self {
    case .rightParenthesis: ")"
    case .rightBracket: "]"
    default: "}"
    }
  }
}
