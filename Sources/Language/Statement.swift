/// A statement and the place it was written at.
public final class Statement: Sendable {
  public let kind: Kind
  public let span: Span
  /// Whether it ends with `;`, so that its value is not printed.
  public let isMuted: Bool
  let height: Int

  public init(_ kind: Kind, _ span: Span, isMuted: Bool = false) {
    self.kind = kind
    self.span = span
    self.isMuted = isMuted
    height = 1 + kind.heightBelow
  }

  public enum Kind: Sendable {
    case expression(Expression)
    /// `target = value`. A target is a name, a member, an index, or a tuple of targets.
    case assignment(target: Expression, value: Expression)
    /// `target += value`; the target is a name, a member or an index.
    case update(target: Expression, BinaryOperator, value: Expression)
    case function(FunctionDeclaration)
    case model(ModelDeclaration)
    /// `if … { } elif … { } else { }`
    case choice([Branch], otherwise: Block?)
    /// `for target in sequence { }`; the target is a name or a tuple of targets.
    case loop(target: Expression, sequence: Expression, Block)
    /// `while condition { }`
    case repetition(condition: Expression, Block)
    case `break`
    case `continue`
    /// `return`, `return a`, `return a, b` (a tuple)
    case `return`(Expression?)
    /// `del a, b`
    case delete([Identifier])
  }
}

/// `if condition { … }`, or an `elif`.
public struct Branch: Sendable {
  public let condition: Expression
  public let body: Block
}

/// `def name(parameters) = e`, or with a block.
public struct FunctionDeclaration: Sendable {
  public let name: Identifier
  public let function: Function
}

/// `model Name(parameters) { … }`
public struct ModelDeclaration: Sendable {
  public let name: Identifier
  public let parameters: [Parameter]
  /// `name = e`, in the order written: children and parameters of the model, made with `parameters` in scope.
  public let fields: [Field]
  /// `forward(x) = e` and every `def`, in the order written.
  public let methods: [FunctionDeclaration]
  public let span: Span

  /// The method called `name`.
  public func method(_ name: String) -> Function? { methods.first { $0.name.text == name }?.function }
}

extension Statement.Kind {
  var heightBelow: Int {
    switch self {
    case .break, .continue, .delete, .return(nil): 0
    case .expression(let value), .return(let value?): value.height
    case .assignment(let target, let value), .update(let target, _, let value): max(target.height, value.height)
    case .function(let declaration): declaration.function.height
    case .model(let declaration): declaration.height
    case .choice(let branches, let otherwise):
      branches.reduce(otherwise?.height ?? 0) { max($0, $1.condition.height, $1.body.height) }
    case .loop(let target, let sequence, let body): max(target.height, sequence.height, body.height)
    case .repetition(let condition, let body): max(condition.height, body.height)
    }
  }
}

extension ModelDeclaration {
  fileprivate var height: Int {
    let fromFields = fields.reduce(0) { max($0, $1.value.height) }
    let fromMethods = methods.reduce(fromFields) { max($0, $1.function.height) }
    return parameters.reduce(fromMethods) { max($0, $1.defaultValue?.height ?? 0) }
  }
}
