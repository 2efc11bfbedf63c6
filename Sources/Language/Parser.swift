/// Reads tokens into a tree: recursive descent, one function for each rule of the grammar.
///
/// A mistake ends its statement, and reading goes on at the next line, so that all mistakes are found at once.
public struct Parser {
  /// How deep brackets, blocks and prefix operators may nest.
  public static let nestingLimit = 200
  /// How high the tree of a statement may be: the length of `a + a + …` or of `x.y.z…`.
  public static let heightLimit = 500
  /// How many mistakes are reported.
  public static let problemLimit = 20

  struct Problem {
    let diagnostic: Diagnostic
    /// Whether the text only stopped too soon.
    let ranOut: Bool
  }

  let source: SourceText
  let commands: CommandTable
  let tokens: [Token]
  var index = 0
  var problems: [Problem] = []
  /// What `enclosed` text changes, and a failed statement puts back.
  var context = Context()
  /// The indices of the brackets that are open in the expression being read.
  var openers: [Int] = []
  /// Whether the error being thrown is that the text ended.
  var ranOut = false

  struct Context {
    /// Whether a bracket is open, so that line ends mean nothing.
    var ignoresNewlines = false
    var nesting = 0
    var loops = 0
    var functions = 0
  }

  /// Reads `source`, taking the names in `commands` for commands where the language allows one.
  /// - Cost: linear in the length of the text.
  public static func parse(_ source: SourceText, commands: CommandTable) -> ParseResult {
    var lexer = Lexer(source)
    lexer.run()
    var parser = Parser(source: source, commands: commands, tokens: lexer.tokens)
    let statements = parser.program()
    return ParseResult(statements, lexer.errors, parser.problems, in: source)
  }

  private init(source: SourceText, commands: CommandTable, tokens: [Token]) {
    self.source = source
    self.commands = commands
    self.tokens = tokens
  }

  // program = statements end of text
  private mutating func program() -> [Statement] {
    var all = statements()
    while current.kind != .end {
      report(.strayCloser(current.span(in: source)))
      advance()
      all += statements()
    }
    return all
  }
}

/// Looking at tokens and passing them.
extension Parser {
  var current: Token { tokens[index] }

  /// The token `distance` behind the current one, the end of the text standing for all beyond.
  func peek(_ distance: Int = 1) -> Token { tokens[min(index + distance, tokens.count - 1)] }

  mutating func advance() {
    if index < tokens.count - 1 { index += 1 }
  }

  /// Whether the token at hand may still belong to what was read so far: it stands on the same line, or a bracket is open.
  var continues: Bool { context.ignoresNewlines || !current.startsLine }

  /// Whether a statement may end here.
  var atStatementEnd: Bool {
    switch current.kind {
    case .end, .semicolon, .rightBrace: true
    default: !continues
    }
  }

  /// Passes a token of this kind, on whatever line.
  mutating func accept(_ kind: Token.Kind) -> Bool {
    guard current.kind == kind else { return false }
    advance()
    return true
  }

  func text(_ token: Token) -> String { source.text(from: token.start, to: token.end) }
  func span(_ token: Token) -> Span { token.span(in: source) }

  /// From the start of the token at `start` to the end of the last token read.
  func span(from start: Int) -> Span {
    Span(source, tokens[start].start, index > start ? tokens[index - 1].end : tokens[start].end)
  }

  /// Whether `token` is a word: a name, a keyword, or `inf` and `nan`, all of which may name arguments and members.
  func isWord(_ token: Token) -> Bool {
    token.kind == .name || token.kind.isKeyword
      || (token.kind == .real && source.bytes[token.start].isNameStart)
  }

  /// Passes a name, and says what it should name if there is none.
  mutating func name(_ what: String) throws(SyntaxError) -> Identifier {
    guard current.kind == .name else { throw expected(what) }
    return word()
  }

  /// Passes the word here, keywords included.
  mutating func word() -> Identifier {
    let token = current
    advance()
    return Identifier(text(token), span(token))
  }

  /// A node, if the tree does not grow too high.
  func node(_ kind: Expression.Kind, _ span: Span) throws(SyntaxError) -> Expression {
    let expression = Expression(kind, span)
    if expression.height > Parser.heightLimit { throw .tooDeep(self.span(tokens[max(index - 1, 0)])) }
    return expression
  }

  /// Goes one level down; `leave` comes back.
  mutating func enter() throws(SyntaxError) {
    if context.nesting >= Parser.nestingLimit { throw .tooDeep(span(current)) }
    context.nesting += 1
  }

  mutating func leave() { context.nesting -= 1 }
}

/// Brackets.
extension Parser {
  struct Bracket {
    let index: Int
    let closer: Token.Kind
    let ignoredNewlines: Bool
  }

  /// Passes the opening bracket here.
  mutating func open(_ closer: Token.Kind) -> Bracket {
    let bracket = Bracket(index: index, closer: closer, ignoredNewlines: context.ignoresNewlines)
    openers.append(index)
    advance()
    context.ignoresNewlines = true
    return bracket
  }

  /// Passes the closing bracket, and says what else could stand there if it does not.
  mutating func close(_ bracket: Bracket, or others: String? = "`,`") throws(SyntaxError) {
    guard current.kind == bracket.closer else { throw missing(bracket.closer, of: bracket.index, or: others) }
    advance()
    openers.removeLast()
    context.ignoresNewlines = bracket.ignoredNewlines
  }

  /// Whether the list inside `bracket` goes on: passes a comma that is not the last thing in it.
  mutating func acceptComma(before closer: Token.Kind) -> Bool { accept(.comma) && current.kind != closer }
}
