extension Parser {
  /// Where a command stands, which decides what a comma means.
  enum CommandPlace {
    /// At the start of a statement, or behind `=`, `return` or `->`: commas between arguments are optional.
    case statement
    /// First in parentheses: a comma goes on only to an argument by name.
    case enclosed
    /// As an argument of a call: a comma ends the command unless a little word and its value follow.
    case argument
  }

  /// The entry of the command that the token at `index` names.
  func commandEntry(at index: Int) -> CommandTable.Entry? {
    tokens[index].kind == .name ? commands.entries[text(tokens[index])] : nil
  }

  /// Whether a command is written here; without arguments only where `allowsBare`.
  func startsCommand(allowsBare: Bool) -> Bool { startsCommand(at: index, allowsBare: allowsBare) }

  func startsCommand(at index: Int, allowsBare: Bool) -> Bool {
    guard let entry = commandEntry(at: index) else { return false }
    let next = tokens[min(index + 1, tokens.count - 1)]
    if next.startsLine && !context.ignoresNewlines { return allowsBare }
    switch next.kind {
    case .end, .semicolon, .rightParenthesis, .rightBrace: return allowsBare
    case .minus:
      return next.hasSpaceBefore && !tokens[min(index + 2, tokens.count - 1)].hasSpaceBefore
    case .leftParenthesis, .leftBracket, .leftBrace: return next.hasSpaceBefore
    case .not: return tokens[min(index + 2, tokens.count - 1)].kind != .in
    case .name, .integer, .real, .string, .formatStart, .bar, .ellipsis, .error, .true, .false, .none: return true
    default: return startsWithKeyword(entry.form, at: index + 1)
    }
  }

  /// Whether the keyword at `index` starts an argument of a command of this form: `time for …`, `help for`, `importance for …`.
  private func startsWithKeyword(_ form: CommandTable.Form, at index: Int) -> Bool {
    let kind = tokens[index].kind
    guard kind.isKeyword else { return false }
    switch form {
    case .statement: return ![.in, .and, .or, .else, .elif].contains(kind) && (kind != .if || isChoice(index))
    case .command, .names: return isLast(index + 1)
    case .definition: return tokens[min(index + 1, tokens.count - 1)].kind == .assign
    case .ordinary, .values: return kind == .for && startsNamed(at: index, isFirst: true)
    }
  }

  /// Whether the `if` at `index` has a block, and is no `a if c else b`.
  private func isChoice(_ index: Int) -> Bool {
    tokens[index...].prefix { !$0.startsLine && $0.kind != .semicolon && $0.kind != .end }.contains { $0.kind == .leftBrace }
  }

  /// Whether the statement or bracket ends before the token at `index`.
  private func isLast(_ index: Int) -> Bool {
    let token = tokens[min(index, tokens.count - 1)]
    return token.kind == .end || token.kind == .semicolon || token.kind.isCloser || (token.startsLine && !context.ignoresNewlines)
  }

  // command = name (ordinary | values | names | statement | definition | nested)
  mutating func command(_ place: CommandPlace) throws(SyntaxError) -> Expression {
    let start = index
    let name = word()
    let callee = try node(.name(name.text), name.span)
    let entry = commands.entries[name.text] ?? CommandTable.Entry()
    var arguments: [Argument] = []
    if !isLast(index) {
      switch entry.form {
      case .ordinary: try first(into: &arguments, entry)
      case .values: try valueList(into: &arguments, place)
      case .names: try nameList(into: &arguments)
      case .statement: arguments.append(Argument(nil, try quoted()))
      case .definition: try definitions(name.text)
      case .command: try nested(into: &arguments, place)
      }
      try named(into: &arguments, place)
    }
    return try node(.call(Call(callee, arguments, isCommand: true)), span(from: start))
  }

  // ordinary = [expression] {flag} {[","] named}
  private mutating func first(into arguments: inout [Argument], _ entry: CommandTable.Entry) throws(SyntaxError) {
    if startsNamed(at: index, isFirst: true) { return }
    arguments.append(Argument(nil, try expression()))
    while continues, current.kind == .name, peek().kind != .assign, entry.flags.contains(text(current)) {
      let flag = word()
      arguments.append(Argument(nil, try node(.name(flag.text), flag.span)))
    }
  }

  // values = expression {"," expression} {[","] named}
  private mutating func valueList(into arguments: inout [Argument], _ place: CommandPlace) throws(SyntaxError) {
    if isWord(current), peek().kind == .assign, peek().hasSpaceBefore { throw .assignmentInCondition(span(peek())) }
    if startsNamed(at: index, isFirst: true) { return }
    arguments.append(Argument(nil, try expression()))
    while continues, current.kind == .comma, place != .argument, !startsNamed(at: index + 1, isFirst: false) {
      advance()
      arguments.append(Argument(nil, try expression()))
    }
  }

  // names = word {"," word}
  private mutating func nameList(into arguments: inout [Argument]) throws(SyntaxError) {
    repeat {
      guard isWord(current) else { throw expected("a name") }
      let name = word()
      arguments.append(Argument(nil, try node(.name(name.text), name.span)))
    } while continues && accept(.comma)
  }

  // statement = bare statement
  private mutating func quoted() throws(SyntaxError) -> Expression {
    try enter()
    defer { leave() }
    let start = index
    let kind = try bareStatement()
    let span = span(from: start)
    return try node(.quote(Statement(kind, span)), span)
  }

  // definition = named {[","] named}, each as `name = value`
  private func definitions(_ command: String) throws(SyntaxError) {
    guard isWord(current), peek().kind == .assign else {
      if current.kind == .error { throw .reported }
      throw .definitionWithoutName(span(current), command: command)
    }
  }

  // nested = command | word | expression, then {[","] named}
  private mutating func nested(into arguments: inout [Argument], _ place: CommandPlace) throws(SyntaxError) {
    if startsNamed(at: index, isFirst: true) { return }
    try enter()
    defer { leave() }
    if startsCommand(allowsBare: false) {
      arguments.append(Argument(nil, try command(place)))
    } else if current.kind.isKeyword, isLast(index + 1) {
      let name = word()
      arguments.append(Argument(nil, try node(.name(name.text), name.span)))
    } else {
      arguments.append(Argument(nil, try expression()))
    }
  }

  // named = word "=" expression | littleWord expression
  private mutating func named(into arguments: inout [Argument], _ place: CommandPlace) throws(SyntaxError) {
    while continues {
      if current.kind == .comma, startsNamed(at: index + 1, isFirst: false) {
        let isOfCall = place == .argument && peek(2).kind == .assign
        if isOfCall { return }
        advance()
      }
      guard startsNamed(at: index, isFirst: false) else { return }
      let name = word()
      _ = accept(.assign)
      try add(name, try expression(), to: &arguments)
    }
  }

  /// Whether `name=` or a little word with a value stands at `index`. A little word that comes first and is followed
  /// by a bracket without a blank is a name: `plot by(x)`.
  private func startsNamed(at index: Int, isFirst: Bool) -> Bool {
    let token = tokens[min(index, tokens.count - 1)]
    guard isWord(token) else { return false }
    let next = tokens[min(index + 1, tokens.count - 1)]
    if next.kind == .assign { return true }
    guard CommandTable.littleWords.contains(text(token)), !isLast(index + 1) else { return false }
    switch next.kind {
    case .leftParenthesis, .leftBracket: return !isFirst || next.hasSpaceBefore
    case .minus: return !isFirst || (next.hasSpaceBefore && !tokens[min(index + 2, tokens.count - 1)].hasSpaceBefore)
    case .name, .integer, .real, .string, .formatStart, .bar, .ellipsis, .error, .true, .false, .none, .leftBrace, .not:
      return true
    default: return false
    }
  }

  /// The error for what is left behind the arguments of a command.
  func commandLeftover(_ name: String, _ entry: CommandTable.Entry) -> SyntaxError {
    if CommandTable.littleWords.contains(text(current)) {
      return expectedHere("the end of the statement", help: "write a value behind `\(text(current))`, as in `\(text(current)) x`")
    }
    let isArgument = [.name, .integer, .real, .string, .formatStart, .comma, .leftBrace].contains(current.kind)
    guard isArgument, entry.form != .names else { return expectedHere("the end of the statement") }
    return .unnamedArgument(span(current.kind == .comma ? peek() : current), command: name)
  }
}
