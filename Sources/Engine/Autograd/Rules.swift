/// Backward rules that stand in for those of the operations: a table by type of operation, and by whose call it ran in.
///
/// LRP, DeepLIFT, guided backprop and the deconvnet are such tables. A rule reaches an operation wherever it runs, in a layer
/// or called by itself, and no model is edited. The forward pass runs under `Recording.everything`, which keeps what rules
/// may read and takes no fused path:
///
///     let rules = Rules.replacing(ReLUOp.self) { dy, x, _ in [try dy.relu() * x[0].step()] }
///     let y = try Recording.with(.everything) { try f(x) }
///     let dx = try y.gradients(with: [x], rules: rules)
public struct Rules {
  /// The gradient of each input, nil for one that has none, from the gradient that arrives, the inputs and the output.
  public typealias Rule = (_ dy: Tensor, _ inputs: [Tensor], _ output: Tensor) throws -> [Tensor?]
  /// As `Rule`, for those that ask what the operation's own rule would say.
  public typealias StepRule = (RuleStep) throws -> [Tensor?]

  private struct Key: Hashable {
    let operation: ObjectIdentifier, owner: ObjectIdentifier?
  }
  /// The owner is kept, so that nothing else can come to stand at its address.
  private var table: [Key: (owner: AnyObject?, body: StepRule)] = [:]
  private var hasOwners = false

  public init() {}

  /// These rules and one more, which goes before a rule for the same operation that was there.
  /// - Parameter owner: the module in whose own call the operation ran; nil for everywhere that no rule with an owner is for.
  public func replacing<P: Primitive>(_ type: P.Type, in owner: AnyObject? = nil, step body: @escaping StepRule) -> Rules {
    var rules = self
    rules.table[Key(operation: ObjectIdentifier(type), owner: owner.map(ObjectIdentifier.init))] = (owner, body)
    if owner != nil { rules.hasOwners = true }
    return rules
  }

  public func replacing<P: Primitive>(_ type: P.Type, in owner: AnyObject? = nil, _ body: @escaping Rule) -> Rules {
    replacing(type, in: owner, step: { try body($0.gradient, $0.inputs, $0.output) })
  }

  public static func replacing<P: Primitive>(_ type: P.Type, in owner: AnyObject? = nil, _ body: @escaping Rule) -> Rules {
    Rules().replacing(type, in: owner, body)
  }

  public static func replacing<P: Primitive>(_ type: P.Type, in owner: AnyObject? = nil, step body: @escaping StepRule) -> Rules {
    Rules().replacing(type, in: owner, step: body)
  }

  /// The rule for an operation that ran in the call of `owner`.
  func rule(for type: any Primitive.Type, in owner: ObjectIdentifier?) -> StepRule? {
    if hasOwners, let owner, let found = table[Key(operation: ObjectIdentifier(type), owner: owner)] { return found.body }
    return table[Key(operation: ObjectIdentifier(type), owner: nil)]?.body
  }

  /// Whether a rule is for this operation, wherever it runs.
  func concern(_ type: any Primitive.Type) -> Bool { table.keys.contains { $0.operation == ObjectIdentifier(type) } }
}

/// One operation of a backward pass, as a replaced rule sees it.
public struct RuleStep {
  /// The gradient that arrives.
  public let gradient: Tensor
  public let inputs: [Tensor]
  public let output: Tensor
  public let operation: any Primitive
  let pass: BackwardStep

  /// Whether the gradient of each input is wanted.
  public var wants: Wants { pass.wants }

  /// What the operation's own rule makes of a gradient: `standard(dy / output)` times the input is relevance.
  public func standard(_ dy: Tensor) throws -> [Tensor?] { try operation.vjp(dy, pass) }
}

extension Rules {
  /// What a rule makes of a step, checked: one gradient of the input's shape for each input.
  static func apply(_ rule: StepRule, _ operation: any Primitive, _ dy: Tensor, _ pass: BackwardStep, inputs count: Int) throws -> [Tensor?] {
    let name = type(of: operation).name
    guard pass.kept.isWhole, let output = pass.output else {
      throw TensorError.noGradient("a rule stands in for `\(name)`, and the forward pass did not keep what rules read (`Recording.everything` does)")
    }
    let inputs = (0..<count).map(pass.input)
    let found = try rule(RuleStep(gradient: dy, inputs: inputs, output: output, operation: operation, pass: pass))
    guard found.count == count else { throw TensorError.value("rules", "the rule for `\(name)` gave \(found.count) gradients for \(count) inputs") }
    return found
  }
}
