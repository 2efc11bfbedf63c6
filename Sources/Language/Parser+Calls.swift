extension Parser {
  // arguments = "(" [argument {"," argument} [","]] ")"
  mutating func arguments() throws(SyntaxError) -> [Argument] {
    let bracket = open(.rightParenthesis)
    var arguments: [Argument] = []
    if current.kind != .rightParenthesis {
      repeat { try argument(into: &arguments) } while acceptComma(before: .rightParenthesis)
    }
    try close(bracket)
    return arguments
  }

  // argument = [word "="] (command | expression)
  private mutating func argument(into arguments: inout [Argument]) throws(SyntaxError) {
    if isWord(current), peek().kind == .assign {
      let name = word()
      advance()
      try add(name, try argumentValue(), to: &arguments)
      return
    }
    let value = try argumentValue()
    if arguments.last?.name != nil { throw .positionalAfterNamed(value.span) }
    arguments.append(Argument(nil, value))
  }

  private mutating func argumentValue() throws(SyntaxError) -> Expression {
    startsCommand(allowsBare: false) ? try command(.argument) : try expression()
  }

  /// Adds a named argument unless there is one of that name.
  func add(_ name: Identifier, _ value: Expression, to arguments: inout [Argument]) throws(SyntaxError) {
    for case let other? in arguments.lazy.map(\.name) where other.text == name.text {
      throw .duplicate(what: "argument", name, first: other.span)
    }
    arguments.append(Argument(name, value))
  }

  /// Whether `x ->` or `(…) ->` stands here.
  var startsLambda: Bool {
    switch current.kind {
    case .name: peek().kind == .arrow
    case .leftParenthesis: current.match > index && tokens[min(current.match + 1, tokens.count - 1)].kind == .arrow
    default: false
    }
  }

  // lambda = (name | parameters) "->" (block | command | expression)
  mutating func lambda() throws(SyntaxError) -> Expression {
    let start = index
    let parameters =
      current.kind == .leftParenthesis ? try parameters() : [Parameter(name: word(), defaultValue: nil)]
    guard accept(.arrow) else { throw expected("`->`") }
    let outer = context
    context.functions += 1
    context.loops = 0
    let body: Function.Body
    if current.kind == .leftBrace, !startsRecord {
      body = .block(try block("`->`"))
    } else if startsCommand(allowsBare: true) {
      body = .expression(try command(context.ignoresNewlines ? .argument : .statement))
    } else {
      body = .expression(try expression())
    }
    context = outer
    let span = span(from: start)
    return try node(.lambda(Function(parameters, body, span)), span)
  }

  /// Whether the `{` here opens a record rather than a block: `{}` and `{name: …`.
  private var startsRecord: Bool {
    let next = peek()
    return next.kind == .rightBrace || ((isWord(next) || next.kind == .string) && peek(2).kind == .colon)
  }
}
