import Builtins
import Engine

/// One use of modules: the hooks that fire in it and the randomness that it draws on.
///
/// The session has one for all that a user calls; a method that needs hooks of its own makes a run for itself, and they are
/// gone with it.
public final class Run {
  /// The tables whose hooks fire, the user's first.
  public let tables: [HookTable]
  public let generator: Generator

  /// Where what modules write keeps what was there: running statistics.
  public var journal: Journal

  /// Whether each layer is a step of its own in what is recorded, for whoever reads the history layer by layer; where it
  /// is not, several may be one.
  public var keepsLayersApart = false

  public init(_ tables: [HookTable] = [], generator: Generator, journal: Journal = Journal()) {
    (self.tables, self.generator, self.journal) = (tables, generator, journal)
  }

  /// Whether nothing can look between modules, no hook and no backward rule: then several may run as one.
  public var isUnwatched: Bool { tables.allSatisfy(\.isEmpty) && Recording.current != .everything }

  /// Calls a module of one tensor.
  public func callAsFunction(_ module: Module, _ x: Tensor) throws -> Tensor {
    if isUnwatched { return try module.forward(x, in: self) }
    let y = try callAsFunction(module, [x])
    guard let tensor = try Tensor.accept(y) else { throw TensorError.value(module.typeName, "gave \(type(of: y).aKind) where a tensor was expected") }
    return tensor
  }

  /// Calls a module: its pre hooks, itself, its hooks, in PyTorch's order.
  public func callAsFunction(_ module: Module, _ inputs: [any Value]) throws -> any Value {
    let hooks = tables.flatMap { $0.hooks(of: module) }
    guard !hooks.isEmpty else { return try noted(module, inputs) }
    var inputs = inputs
    for hook in hooks {
      if case .pre(let body) = hook.body {
        hook.calls += 1
        inputs = try body(module, inputs) ?? inputs
      }
    }
    let backward = hooks.filter { if case .backward = $0.body { true } else { false } }
    let gate = backward.isEmpty ? nil : BackwardGate(module, backward)
    if let gate { inputs = try gate.enter(inputs) }
    var output = try noted(module, inputs)
    for hook in hooks {
      if case .forward(let body) = hook.body {
        hook.calls += 1
        output = try body(module, inputs, output) ?? output
      }
    }
    return try gate?.leave(output) ?? output
  }

  /// Calls a module, and where everything is recorded notes whose operations these are and that they are one call.
  private func noted(_ module: Module, _ inputs: [any Value]) throws -> any Value {
    guard Recording.current == .everything else { return try module.call(inputs, in: self) }
    let output = try Recording.owned(by: module) { try module.call(inputs, in: self) }
    guard let y = output as? Tensor, y.dtype.isFloating else { return output }
    return try Recording.owned(by: module) { try ModuleCallOp().apply([y] + inputs.compactMap { $0 as? Tensor }) }
  }
}

/// The call of a module as one step: its output, and beside it the inputs, whose gradients a rule for the module gives.
struct ModuleCallOp: Primitive {
  static var name: String { "module" }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { x[0].detached() }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [dy] + pass.wants.dropFirst().map { _ in nil } }
}

extension Rules {
  /// These rules and one for the calls of a module as a whole: what happens inside is not asked.
  /// - Parameter body: gives the gradient of each tensor that the module was called with.
  public func replacing(_ module: Module, _ body: @escaping Rule) -> Rules {
    replacing(ModuleCallOp.self, in: module) { dy, operands, output in [nil] + (try body(dy, Array(operands.dropFirst()), output)) }
  }

  public static func replacing(_ module: Module, _ body: @escaping Rule) -> Rules { Rules().replacing(module, body) }
}
