/// A name as it was written.
public struct Identifier: Sendable, Hashable {
  public let text: String
  public let span: Span

  public init(_ text: String, _ span: Span) {
    self.text = text
    self.span = span
  }
}

/// An expression and the place it was written at.
///
/// Immutable and shared freely. Parentheses leave no node: they widen the span of what they enclose.
public final class Expression: Sendable {
  public let kind: Kind
  public let span: Span
  /// The number of nodes on the longest way down, which the parser keeps under `Parser.heightLimit`: whatever walks
  /// or frees a tree recursively does not run out of stack.
  public let height: Int

  public init(_ kind: Kind, _ span: Span) {
    self.kind = kind
    self.span = span
    height = 1 + kind.heightBelow
  }

  public enum Kind: Sendable {
    /// `3`
    case integer(Int)
    /// `0.5`, `1e-3`, `inf`, `nan`
    case real(Double)
    /// `"text"`, escapes resolved.
    case string(String)
    /// `f"loss {l:.3f}"`
    case format([FormatPiece])
    /// `true`, `false`
    case boolean(Bool)
    /// `none`
    case none
    /// `...`, as in `x[..., 0]`
    case ellipsis
    /// `x`
    case name(String)
    /// `[a, b]`
    case list([Expression])
    /// `(a, b)`, and `a, b` where a statement allows it.
    case tuple([Expression])
    /// `{lr: 0.1, "name": 2}`, in the order written.
    case record([Field])
    /// `x.name` and `net.0`, whose member is the text `0`.
    case member(Expression, Identifier)
    /// `f(a, k=b)` and every command form.
    case call(Call)
    /// `x[1:3, ..., mask]`
    case index(Expression, [Subscript])
    /// `-x`, `not x`
    case unary(UnaryOperator, Expression)
    /// `a + b`; evaluates both sides.
    case binary(BinaryOperator, Expression, Expression)
    /// `a and b`, `a or b`; may leave the right side out.
    case logical(LogicalOperator, Expression, Expression)
    /// `a < b <= c`, `x in xs`: never empty on the right.
    case comparison(Expression, [Comparison])
    /// `value if condition else otherwise`
    case conditional(value: Expression, condition: Expression, otherwise: Expression)
    /// `(x, y) -> e`, `g -> { … }`
    case lambda(Function)
    /// `|e|`
    case absolute(Expression)
    /// `no_grad { … }`, worth its last statement if that is an expression.
    case noGrad(Block)
    /// A statement handed over unevaluated: the argument of `time STATEMENT`.
    case quote(Statement)
  }
}

/// One piece of an f-string.
public enum FormatPiece: Sendable {
  /// Text as it stands, escapes resolved.
  case text(String)
  /// `{value}` or `{value:spec}`; the specification is the raw text behind the colon.
  case value(Expression, spec: String?)
}

/// `key: value` of a record.
public struct Field: Sendable {
  public let key: Identifier
  public let value: Expression

  public init(key: Identifier, value: Expression) {
    self.key = key
    self.value = value
  }
}

/// A call, written `f(a, k=b)` or as a command `f a k=b`: the same either way.
public struct Call: Sendable {
  public let callee: Expression
  /// Positional arguments first, as the parser makes sure.
  public let arguments: [Argument]
  /// Whether it was written without parentheses. A bare `hooks` is such a call without arguments, and so is a bare
  /// `train`, which may name a variable: whoever runs the call looks for one first.
  public let isCommand: Bool

  public init(_ callee: Expression, _ arguments: [Argument], isCommand: Bool = false) {
    self.callee = callee
    self.arguments = arguments
    self.isCommand = isCommand
  }
}

/// An argument by place, or by name: `name=value`, or in a command a little word and a value, `on value`.
public struct Argument: Sendable {
  public let name: Identifier?
  public let value: Expression

  public init(_ name: Identifier? = nil, _ value: Expression) {
    self.name = name
    self.value = value
  }

  /// The argument with its name.
  public var span: Span { name.map { $0.span.through(value.span) } ?? value.span }
}

/// One entry between the brackets of an index.
public enum Subscript: Sendable {
  /// `x[i]`, `x[mask]`, `x[[0, 2]]`, `x[...]`, `x[none]`
  case at(Expression)
  /// `x[start:stop:step]`, each part optional.
  case slice(start: Expression?, stop: Expression?, step: Expression?, Span)

  public var span: Span {
    switch self {
    case .at(let expression): expression.span
    case .slice(_, _, _, let span): span
    }
  }
}

public enum UnaryOperator: String, Sendable {
  case minus = "-"
  case not
}

public enum BinaryOperator: String, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case floorDivide = "//"
  case remainder = "%"
  case matrixMultiply = "@"
  case power = "^"
}

public enum LogicalOperator: String, Sendable { case and, or }

public enum ComparisonOperator: String, Sendable {
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case contained = "in"
  case notContained = "not in"
}

/// `< b` of `a < b < c`.
public struct Comparison: Sendable {
  public let operation: ComparisonOperator
  public let operand: Expression

  public init(_ operation: ComparisonOperator, _ operand: Expression) {
    self.operation = operation
    self.operand = operand
  }
}

/// Parameters and a body: a lambda, a `def`, or a method of a `model`.
public final class Function: Sendable {
  public let parameters: [Parameter]
  public let body: Body
  public let span: Span
  let height: Int

  public init(_ parameters: [Parameter], _ body: Body, _ span: Span) {
    self.parameters = parameters
    self.body = body
    self.span = span
    let defaults = parameters.reduce(0) { max($0, $1.defaultValue?.height ?? 0) }
    switch body {
    case .expression(let expression): height = 1 + max(defaults, expression.height)
    case .block(let block): height = 1 + max(defaults, block.height)
    }
  }

  public enum Body: Sendable {
    /// `= e`, or `-> e`
    case expression(Expression)
    /// `{ … }`
    case block(Block)
  }
}

/// `name` or `name=default`.
public struct Parameter: Sendable {
  public let name: Identifier
  public let defaultValue: Expression?
}

/// `{ … }`, with the braces in its span.
public struct Block: Sendable {
  public let statements: [Statement]
  public let span: Span

  var height: Int { statements.reduce(0) { max($0, $1.height) } }
}

extension Expression {
  /// Calls `visit` with every expression directly inside this one, in the order written; statements of blocks and
  /// quoted statements are not entered.
  public func forEachChild(_ visit: (Expression) -> Void) { kind.forEachChild(visit) }
}

extension Expression.Kind {
  var heightBelow: Int {
    switch self {
    case .lambda(let function): return function.height
    case .noGrad(let block): return block.height
    case .quote(let statement): return statement.height
    default:
      var height = 0
      forEachChild { height = max(height, $0.height) }
      return height
    }
  }

  func forEachChild(_ visit: (Expression) -> Void) {
    switch self {
    case .integer, .real, .string, .boolean, .none, .ellipsis, .name, .noGrad, .quote: break
    case .format(let pieces):
      for case .value(let value, _) in pieces { visit(value) }
    case .list(let items), .tuple(let items): items.forEach(visit)
    case .record(let fields): for field in fields { visit(field.value) }
    case .member(let value, _), .unary(_, let value), .absolute(let value): visit(value)
    case .call(let call):
      visit(call.callee)
      for argument in call.arguments { visit(argument.value) }
    case .index(let value, let subscripts):
      visit(value)
      for entry in subscripts { entry.forEachChild(visit) }
    case .binary(_, let left, let right), .logical(_, let left, let right):
      visit(left)
      visit(right)
    case .comparison(let first, let rest):
      visit(first)
      for comparison in rest { visit(comparison.operand) }
    case .conditional(let value, let condition, let otherwise):
      visit(value)
      visit(condition)
      visit(otherwise)
    case .lambda(let function):
      for parameter in function.parameters { parameter.defaultValue.map(visit) }
      if case .expression(let body) = function.body { visit(body) }
    }
  }
}

extension Subscript {
  fileprivate func forEachChild(_ visit: (Expression) -> Void) {
    switch self {
    case .at(let expression): visit(expression)
    case .slice(let start, let stop, let step, _):
      start.map(visit)
      stop.map(visit)
      step.map(visit)
    }
  }
}
