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

  public init(_ tables: [HookTable] = [], generator: Generator, journal: Journal = Journal()) {
    (self.tables, self.generator, self.journal) = (tables, generator, journal)
  }

  /// Calls a module of one tensor.
  public func callAsFunction(_ module: Module, _ x: Tensor) throws -> Tensor {
    if tables.allSatisfy(\.isEmpty) { return try module.forward(x, in: self) }
    let y = try callAsFunction(module, [x])
    guard let tensor = try Tensor.accept(y) else { throw TensorError.value(module.typeName, "gave \(type(of: y).aKind) where a tensor was expected") }
    return tensor
  }

  /// Calls a module: its pre hooks, itself, its hooks, in PyTorch's order.
  public func callAsFunction(_ module: Module, _ inputs: [any Value]) throws -> any Value {
    let hooks = tables.flatMap { $0.hooks(of: module) }
    guard !hooks.isEmpty else { return try module.call(inputs, in: self) }
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
    var output = try module.call(inputs, in: self)
    for hook in hooks {
      if case .forward(let body) = hook.body {
        hook.calls += 1
        output = try body(module, inputs, output) ?? output
      }
    }
    return try gate?.leave(output) ?? output
  }
}
