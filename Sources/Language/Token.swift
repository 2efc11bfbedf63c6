/// The smallest piece of a text with a meaning of its own. White space lies between tokens.
public struct Token: Sendable {
  public let kind: Kind
  /// The offset of the first byte, and the one behind the last.
  public let start: Int
  public let end: Int
  /// Whether white space stands before it.
  public let hasSpaceBefore: Bool
  /// Whether it is the first of its line; a line continued by `\` counts as one.
  public let startsLine: Bool
  let value: Value
  /// The index of the other bracket of the pair, or -1.
  var match = -1

  public func span(in source: SourceText) -> Span { Span(source, start, end) }

  /// What is wrong with an `.error` token.
  public var error: LexicalError? {
    if case .error(let error) = value { error } else { nil }
  }

  enum Value: Sendable {
    case nothing
    case integer(Int)
    case real(Double)
    case text(String)
    case error(LexicalError)
  }

  public enum Kind: UInt8, Sendable {
    case end, error, comment
    case name, integer, real, string
    /// `f"`, text, `{`, `:spec`, `}` and `"` of an f-string; tokens of expressions stand between `{` and `}`.
    case formatStart, formatText, holeStart, formatSpec, holeEnd, formatEnd
    case def, model, `for`, `in`, `if`, elif, `else`, `while`, `break`, `continue`, `return`
    case and, or, not, `true`, `false`, none, del
    case leftParenthesis, rightParenthesis, leftBracket, rightBracket, leftBrace, rightBrace
    case comma, colon, semicolon, dot, twoDots, ellipsis, bar, arrow
    case assign, addAssign, subtractAssign, multiplyAssign, divideAssign
    case powerAssign, floorAssign, remainderAssign, matrixAssign
    case plus, minus, star, slash, doubleSlash, percent, at, power
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
  }

  /// What a token is to the eye: one colour each.
  public enum Category: Sendable { case name, keyword, number, string, comment, symbol, bracket, error, end }

  public var category: Category {
    switch kind {
    case .end: .end
    case .error: .error
    case .comment: .comment
    case .name: .name
    case .integer, .real: .number
    case .string, .formatStart, .formatText, .formatSpec, .formatEnd: .string
    case .leftParenthesis, .rightParenthesis, .leftBracket, .rightBracket, .leftBrace, .rightBrace, .holeStart, .holeEnd:
      .bracket
    default: kind.isKeyword ? .keyword : .symbol
    }
  }
}

extension Token.Kind {
  /// The reserved words.
  public static let keywords: [String: Token.Kind] = [
    "def": .def, "model": .model, "for": .for, "in": .in, "if": .if, "elif": .elif, "else": .else, "while": .while,
    "break": .break, "continue": .continue, "return": .return, "and": .and, "or": .or, "not": .not, "true": .true,
    "True": .true, "false": .false, "False": .false, "none": .none, "None": .none, "del": .del,
  ]

  public var isKeyword: Bool { rawValue >= Token.Kind.def.rawValue && rawValue <= Token.Kind.del.rawValue }

  /// The operator that `+=` and its like apply.
  var updateOperator: BinaryOperator? {
    switch self {
    case .addAssign: .add
    case .subtractAssign: .subtract
    case .multiplyAssign: .multiply
    case .divideAssign: .divide
    case .powerAssign: .power
    case .floorAssign: .floorDivide
    case .remainderAssign: .remainder
    case .matrixAssign: .matrixMultiply
    default: nil
    }
  }

  /// Whether the token closes a bracket.
  var isCloser: Bool {
    switch self {
    case .rightParenthesis, .rightBracket, .rightBrace, .holeEnd: true
    default: false
    }
  }
}
