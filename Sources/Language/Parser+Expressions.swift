extension Parser {
  // expression = lambda | binary ["if" binary "else" expression]
  mutating func expression() throws(SyntaxError) -> Expression {
    try enter()
    defer { leave() }
    if startsLambda { return try lambda() }
    let start = index
    let value = try binary(1)
    guard current.kind == .if, continues else { return value }
    advance()
    let condition = try binary(1)
    guard current.kind == .else, continues else {
      throw expectedHere("`else`", help: "a choice between values is written `a if condition else b`")
    }
    advance()
    let otherwise = try expression()
    return try node(.conditional(value: value, condition: condition, otherwise: otherwise), span(from: start))
  }

  /// How an operator between two values is read.
  private enum Infix {
    case logical(LogicalOperator)
    case comparison(ComparisonOperator)
    case binary(BinaryOperator)

    var precedence: Int {
      switch self {
      case .logical(.or): 1
      case .logical(.and): 2
      case .comparison: 3
      case .binary(.add), .binary(.subtract): 4
      case .binary(.matrixMultiply): 6
      case .binary: 5
      }
    }
  }

  /// The operator here, and how many tokens it has.
  private var infix: (Infix, Int)? {
    guard continues else { return nil }
    switch current.kind {
    case .or: return (.logical(.or), 1)
    case .and: return (.logical(.and), 1)
    case .plus: return (.binary(.add), 1)
    case .minus: return (.binary(.subtract), 1)
    case .star: return (.binary(.multiply), 1)
    case .slash: return (.binary(.divide), 1)
    case .doubleSlash: return (.binary(.floorDivide), 1)
    case .percent: return (.binary(.remainder), 1)
    case .at: return (.binary(.matrixMultiply), 1)
    default: return comparison.map { (.comparison($0.0), $0.1) }
    }
  }

  private var comparison: (ComparisonOperator, Int)? {
    switch current.kind {
    case .equal: (.equal, 1)
    case .notEqual: (.notEqual, 1)
    case .less: (.less, 1)
    case .lessOrEqual: (.lessOrEqual, 1)
    case .greater: (.greater, 1)
    case .greaterOrEqual: (.greaterOrEqual, 1)
    case .in: (.contained, 1)
    case .not where peek().kind == .in: (.notContained, 2)
    default: nil
    }
  }

  // or = and {"or" and};   and = chain {"and" chain};   chain = sum {("==" | "<" | "in" | "not" "in" | …) sum}
  // sum = product {("+" | "-") product};   product = matrix {("*" | "/" | "//" | "%") matrix};   matrix = unary {"@" unary}
  private mutating func binary(_ lowest: Int) throws(SyntaxError) -> Expression {
    let start = index
    var left = try unary()
    while let (operation, length) = infix, operation.precedence >= lowest {
      if case .comparison = operation {
        left = try chain(left, from: start)
        continue
      }
      for _ in 0..<length { advance() }
      let right = try binary(operation.precedence + 1)
      left = try node(join(operation, left, right), span(from: start))
    }
    return left
  }

  private func join(_ operation: Infix, _ left: Expression, _ right: Expression) -> Expression.Kind {
    switch operation {
    case .logical(let operation): .logical(operation, left, right)
    case .binary(let operation): .binary(operation, left, right)
    case .comparison(let operation): .comparison(left, [Comparison(operation, right)])
    }
  }

  private mutating func chain(_ first: Expression, from start: Int) throws(SyntaxError) -> Expression {
    var rest: [Comparison] = []
    while continues, let (operation, length) = comparison {
      for _ in 0..<length { advance() }
      rest.append(Comparison(operation, try binary(4)))
    }
    return try node(.comparison(first, rest), span(from: start))
  }

  // unary = ("-" | "+" | "not") unary | postfix [("^" | "**") unary]
  private mutating func unary() throws(SyntaxError) -> Expression {
    let start = index
    switch current.kind {
    case .minus, .plus, .not:
      let kind = current.kind
      try enter()
      defer { leave() }
      advance()
      let operand = try unary()
      let span = span(from: start)
      if kind == .plus { return Expression(operand.kind, span) }
      return try node(.unary(kind == .minus ? .minus : .not, operand), span)
    default:
      let base = try postfix()
      guard current.kind == .power, continues else { return base }
      try enter()
      defer { leave() }
      advance()
      let exponent = try unary()
      return try node(.binary(.power, base, exponent), span(from: start))
    }
  }

  // postfix = primary {"." member | "(" arguments ")" | "[" subscripts "]"}
  private mutating func postfix() throws(SyntaxError) -> Expression {
    let start = index
    var value = try primary()
    while continues {
      switch current.kind {
      case .dot:
        advance()
        let member = try member()
        value = try node(.member(value, member), span(from: start))
      case .leftParenthesis:
        let arguments = try arguments()
        value = try node(.call(Call(value, arguments)), span(from: start))
      case .leftBracket:
        let subscripts = try subscripts()
        value = try node(.index(value, subscripts), span(from: start))
      default: return value
      }
    }
    return value
  }

  // member = word | digits
  private mutating func member() throws(SyntaxError) -> Identifier {
    guard isWord(current) || current.kind == .integer else {
      throw expected("the name of a member", help: "write `x.name`; a path counts unnamed layers: `net.0.weight`")
    }
    return word()
  }

  // subscripts = "[" subscript {"," subscript} [","] "]"
  private mutating func subscripts() throws(SyntaxError) -> [Subscript] {
    let bracket = open(.rightBracket)
    var subscripts: [Subscript] = []
    repeat { subscripts.append(try subscriptEntry()) } while acceptComma(before: .rightBracket)
    try close(bracket, or: "`,`, `:`")
    return subscripts
  }

  // subscript = expression | [expression] ":" [expression] [":" [expression]]
  private mutating func subscriptEntry() throws(SyntaxError) -> Subscript {
    let first = index
    let start = current.kind == .colon ? nil : try expression()
    guard accept(.colon) else { return start.map { .at($0) } ?? .slice(start: nil, stop: nil, step: nil, span(from: first)) }
    let stop = try sliceBound()
    let step = accept(.colon) ? try sliceBound() : nil
    return .slice(start: start, stop: stop, step: step, span(from: first))
  }

  private mutating func sliceBound() throws(SyntaxError) -> Expression? {
    switch current.kind {
    case .colon, .comma, .rightBracket: nil
    default: try expression()
    }
  }
}
