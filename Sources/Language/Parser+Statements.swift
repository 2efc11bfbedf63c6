extension Parser {
  // statements = {statement (";" | end of line)}
  mutating func statements() -> [Statement] {
    var all: [Statement] = []
    while current.kind != .end, current.kind != .rightBrace, !isFull {
      if accept(.semicolon) { continue }
      recovering { (parser) throws(SyntaxError) in all.append(try parser.statement()) }
    }
    if isFull { index = tokens.count - 1 }
    return all
  }

  // statement = bare statement [";"]
  private mutating func statement() throws(SyntaxError) -> Statement {
    let start = index
    let kind = try bareStatement()
    guard atStatementEnd else { throw leftover(from: start) }
    return Statement(kind, span(from: start), isMuted: current.kind == .semicolon)
  }

  // bare statement = def | model | if | for | while | "break" | "continue" | return | del | assignment
  mutating func bareStatement() throws(SyntaxError) -> Statement.Kind {
    switch current.kind {
    case .def: return .function(try definition())
    case .model: return .model(try model())
    case .if: return try choice()
    case .for: return try loop()
    case .while: return try repetition()
    case .break: return try jump(.break)
    case .continue: return try jump(.continue)
    case .return: return try returning()
    case .del: return try deletion()
    case .else, .elif:
      throw .misplaced(
        span(current), needs: "an `if` before it",
        help: "put it behind the `}` of the `if`: `if a { … } \(text(current)) …`")
    default: return try assignment()
    }
  }

  // assignment = targets "=" values | target ("+=" | "-=" | …) values | values
  private mutating func assignment() throws(SyntaxError) -> Statement.Kind {
    let start = index
    let target = try values()
    guard continues else { return .expression(target) }
    let operation = current.kind.updateOperator
    guard operation != nil || current.kind == .assign else { return .expression(target) }
    try checkLine(from: start)
    try checkAssignable(target, allowsTuple: operation == nil)
    advance()
    let value = try values()
    if current.kind == .assign, continues {
      try checkLine(from: start)
      throw .repeatedAssignment(span(current))
    }
    return operation.map { .update(target: target, $0, value: value) } ?? .assignment(target: target, value: value)
  }

  /// Throws if the `=` here belongs to a new statement, which an operator at the end of the line before it swallowed.
  private mutating func checkLine(from start: Int) throws(SyntaxError) {
    guard !context.ignoresNewlines, let line = lastLine(from: start) else { return }
    index = line
    let end = tokens[line - 1]
    throw .expected(
      "a value", met: "the end of the line", at: span(end).after, help: "write a value behind `\(text(end))`, or delete it")
  }

  /// The last token before the current one that starts a line outside the brackets behind `start`.
  private func lastLine(from start: Int) -> Int? {
    var line: Int?
    var next = start
    while next < index {
      if next > start, tokens[next].startsLine { line = next }
      next = max(next, tokens[next].match) + 1
    }
    return line
  }

  // values = command | expression {"," expression}
  mutating func values() throws(SyntaxError) -> Expression {
    if startsCommand(allowsBare: true) { return try command(.statement) }
    let start = index
    let first = try expression()
    guard current.kind == .comma, continues else { return first }
    var items = [first]
    while continues, accept(.comma) { items.append(try expression()) }
    return try node(.tuple(items), span(from: start))
  }

  private func checkAssignable(_ target: Expression, allowsTuple: Bool) throws(SyntaxError) {
    switch target.kind {
    case .name, .member, .index: return
    case .tuple(let items) where allowsTuple && !items.isEmpty, .list(let items) where allowsTuple && !items.isEmpty:
      for item in items { try checkAssignable(item, allowsTuple: true) }
    case .call(let call) where call.isCommand: throw .notAssignable(target.span, what: "a command")
    case .call: throw .notAssignable(target.span, what: "the value of a call")
    case .integer, .real, .string, .format, .boolean, .none: throw .notAssignable(target.span, what: "a value")
    case .comparison: throw .notAssignable(target.span, what: "a comparison")
    default: throw .notAssignable(target.span, what: "this expression")
    }
  }

  // choice = "if" expression block {"elif" expression block} ["else" block]
  private mutating func choice() throws(SyntaxError) -> Statement.Kind {
    var branches: [Branch] = []
    repeat {
      let keyword = text(current)
      advance()
      let condition = try expression()
      branches.append(Branch(condition: condition, body: try block("`\(keyword)`")))
    } while current.kind == .elif
    guard accept(.else) else { return .choice(branches, otherwise: nil) }
    if current.kind == .if { throw expectedHere("`{`", help: "write `elif`") }
    return .choice(branches, otherwise: try block("`else`"))
  }

  // loop = "for" target {"," target} "in" expression block
  private mutating func loop() throws(SyntaxError) -> Statement.Kind {
    advance()
    let target = try loopTargets()
    guard accept(.in) else { throw expected("`in`", help: "write `for x in xs { … }`") }
    let sequence = try expression()
    return .loop(target: target, sequence: sequence, try loopBlock("`for`"))
  }

  private mutating func loopTargets() throws(SyntaxError) -> Expression {
    let start = index
    let first = try loopTarget()
    guard current.kind == .comma else { return first }
    var items = [first]
    while accept(.comma) { items.append(try loopTarget()) }
    return try node(.tuple(items), span(from: start))
  }

  // target = name | "(" target {"," target} ")"
  private mutating func loopTarget() throws(SyntaxError) -> Expression {
    guard current.kind == .leftParenthesis else {
      let name = try name("the name of a variable")
      return try node(.name(name.text), name.span)
    }
    try enter()
    defer { leave() }
    let bracket = open(.rightParenthesis)
    let targets = try loopTargets()
    try close(bracket)
    return targets
  }

  // repetition = "while" expression block
  private mutating func repetition() throws(SyntaxError) -> Statement.Kind {
    advance()
    let condition = try expression()
    return .repetition(condition: condition, try loopBlock("`while`"))
  }

  private mutating func loopBlock(_ header: String) throws(SyntaxError) -> Block {
    context.loops += 1
    let body = try block(header)
    context.loops -= 1
    return body
  }

  private mutating func jump(_ kind: Statement.Kind) throws(SyntaxError) -> Statement.Kind {
    if context.loops == 0 {
      throw .misplaced(span(current), needs: "a loop around it", help: "delete it, or put it inside `for` or `while`")
    }
    advance()
    return kind
  }

  // return = "return" [values]
  private mutating func returning() throws(SyntaxError) -> Statement.Kind {
    if context.functions == 0 {
      throw .misplaced(span(current), needs: "a function around it", help: "delete it, or put it inside `def`")
    }
    advance()
    return .return(atStatementEnd ? nil : try values())
  }

  // del = "del" name {"," name}
  private mutating func deletion() throws(SyntaxError) -> Statement.Kind {
    advance()
    var names: [Identifier] = []
    repeat { names.append(try name("the name of a variable")) } while accept(.comma)
    return .delete(names)
  }

  // block = "{" statements "}"
  mutating func block(_ header: String) throws(SyntaxError) -> Block {
    guard current.kind == .leftBrace else { throw missingBlock(header) }
    try enter()
    let outer = context
    context.ignoresNewlines = false
    let start = index
    advance()
    let body = statements()
    guard accept(.rightBrace) else { throw missing(.rightBrace, of: start, or: nil) }
    context = outer
    leave()
    return Block(statements: body, span: span(from: start))
  }

  private mutating func missingBlock(_ header: String) -> SyntaxError {
    if current.kind == .assign, continues { return .assignmentInCondition(span(current)) }
    let help =
      current.kind == .colon ? "blocks stand in braces: write `{ … }` instead of `:`" : "write `{ … }` behind \(header)"
    return expected("`{`", help: help)
  }

  /// The error for what is left on the line behind a statement.
  private func leftover(from start: Int) -> SyntaxError {
    if current.kind == .assign { return .assignmentInCondition(span(current)) }
    if let entry = commandEntry(at: start), startsCommand(at: start, allowsBare: false) {
      return commandLeftover(text(tokens[start]), entry)
    }
    let first = text(tokens[start])
    guard index == start + 1, tokens[start].kind == .name, current.category == .name || current.category == .number
    else { return expectedHere("the end of the statement", help: adjacency) }
    let help = Parser.foreignWords[first] ?? commands.nearest(first).map { "did you mean `\($0)`?" }
    return expectedHere(
      "the end of the statement", help: help ?? "`\(first)` is not a command; write `\(first)(…)` for a call")
  }

  /// What to do about two values side by side.
  private var adjacency: String? {
    switch current.category {
    case .name, .number, .string: "put an operator, `;` or a new line before `\(text(current))`"
    default: nil
    }
  }

  private static let foreignWords: [String: String] = [
    "import": "nothing has to be imported; delete the line", "from": "nothing has to be imported; delete the line",
    "lambda": "write `x -> e`", "let": "write `name = value`", "var": "write `name = value`",
    "const": "write `name = value`", "func": "write `def`", "function": "write `def`", "fn": "write `def`",
    "class": "write `model Name(…) { … }`", "elseif": "write `elif`", "elsif": "write `elif`",
    "foreach": "write `for x in xs { … }`",
  ]
}
