extension Parser {
  // def = "def" function
  mutating func definition() throws(SyntaxError) -> FunctionDeclaration {
    advance()
    return try function()
  }

  // function = name "(" [parameters] ")" ("=" values | block)
  private mutating func function() throws(SyntaxError) -> FunctionDeclaration {
    let start = index
    let name = try name("the name of the function")
    guard current.kind == .leftParenthesis else {
      throw expected("`(`", help: "write `def \(name.text)(x) = …`, or `def \(name.text)() { … }`")
    }
    let parameters = try parameters()
    let outer = context
    context.functions += 1
    context.loops = 0
    let body: Function.Body
    if accept(.assign) {
      body = .expression(try values())
    } else if current.kind == .leftBrace {
      body = .block(try block("the parameters"))
    } else {
      let help =
        current.kind == .colon
        ? "blocks stand in braces: write `{ … }` instead of `:`" : "write `= …` or `{ … }` behind the parameters"
      throw expected("`=` or `{`", help: help)
    }
    context = outer
    return FunctionDeclaration(name: name, function: Function(parameters, body, span(from: start)))
  }

  // parameters = "(" [parameter {"," parameter} [","]] ")";   parameter = name ["=" expression]
  mutating func parameters() throws(SyntaxError) -> [Parameter] {
    let bracket = open(.rightParenthesis)
    var parameters: [Parameter] = []
    if current.kind != .rightParenthesis {
      repeat { parameters.append(try parameter(after: parameters)) } while acceptComma(before: .rightParenthesis)
    }
    try close(bracket)
    return parameters
  }

  private mutating func parameter(after others: [Parameter]) throws(SyntaxError) -> Parameter {
    let name = try name("the name of a parameter")
    if let twin = others.first(where: { $0.name.text == name.text }) {
      throw .duplicate(what: "parameter", name, first: twin.name.span)
    }
    guard accept(.assign) else {
      if others.last?.defaultValue != nil {
        throw expectedHere("a default value", help: "parameters without a default come first; write `\(name.text)=…`")
      }
      return Parameter(name: name, defaultValue: nil)
    }
    return Parameter(name: name, defaultValue: try expression())
  }

  // model = "model" name [parameters] "{" {member (";" | end of line)} "}"
  mutating func model() throws(SyntaxError) -> ModelDeclaration {
    let start = index
    advance()
    guard current.kind == .name else {
      throw expected("the name of the model", help: "`model` is a keyword, as in `model Name(…) { … }`; call a variable `net`")
    }
    let name = word()
    let parameters = current.kind == .leftParenthesis ? try parameters() : []
    guard current.kind == .leftBrace else { throw expected("`{`", help: "write `model \(name.text)(…) { … }`") }
    let outer = context
    context.ignoresNewlines = false
    let brace = index
    advance()
    var fields: [Field] = []
    var methods: [FunctionDeclaration] = []
    while current.kind != .end, current.kind != .rightBrace, !isFull {
      if accept(.semicolon) { continue }
      recovering { (parser) throws(SyntaxError) in try parser.member(&fields, &methods) }
    }
    guard accept(.rightBrace) else { throw missing(.rightBrace, of: brace, or: nil) }
    context = outer
    return ModelDeclaration(name: name, parameters: parameters, fields: fields, methods: methods, span: span(from: start))
  }

  // member = name "=" values | ["def"] function
  private mutating func member(_ fields: inout [Field], _ methods: inout [FunctionDeclaration]) throws(SyntaxError) {
    if current.kind == .def {
      methods.append(try definition())
    } else if current.kind == .name, peek().kind == .leftParenthesis {
      methods.append(try function())
    } else if current.kind == .name, peek().kind == .assign {
      let key = word()
      advance()
      fields.append(Field(key: key, value: try values()))
    } else {
      throw expectedHere(
        "`name = layer` or `forward(x) = …`",
        help: "a model holds its layers and its functions; other statements go into a function")
    }
    guard atStatementEnd else { throw expectedHere("the end of the line") }
  }
}
