import Builtins
import Engine

/// Stands around one call of a module so that full backward hooks see the gradients of its outputs and inputs.
///
/// The inputs pass an identity on their way in and the output one on its way out; the backward pass meets the latter first.
/// - Source: PyTorch's `register_full_backward_hook`.
final class BackwardGate {
  private let module: Module
  private let hooks: [Hook]
  private var inputs: [Tensor?] = []
  private var gradOutputs: [Tensor?] = []
  private var gradInputs: [Tensor?] = []
  private var waiting = 0

  init(_ module: Module, _ hooks: [Hook]) { (self.module, self.hooks) = (module, hooks) }

  func enter(_ values: [any Value]) throws -> [any Value] {
    var out: [any Value] = []
    for (i, value) in values.enumerated() {
      guard let x = value as? Tensor, x.dtype.isFloating else {
        inputs.append(nil)
        out.append(value)
        continue
      }
      let passed = try EntryOp(gate: self, index: i).apply([x])
      inputs.append(passed)
      out.append(passed)
    }
    return out
  }

  func leave(_ output: any Value) throws -> any Value {
    guard let y = output as? Tensor else { return output }
    // The inputs are named as operands, so that the pass says whether their gradients are wanted.
    return try ExitOp(gate: self).apply([y] + inputs.compactMap { $0 })
  }

  fileprivate func arrive(output dy: Tensor, wants: [Bool]) throws -> Tensor {
    gradOutputs = [dy]
    gradInputs = Array(repeating: nil, count: inputs.count)
    waiting = wants.count { $0 }
    if waiting == 0 { _ = try fire() }
    return dy
  }

  fileprivate func arrive(input dx: Tensor, _ index: Int) throws -> Tensor {
    gradInputs[index] = dx
    waiting -= 1
    guard waiting == 0, let replaced = try fire() else { return dx }
    guard inputs.count == 1 else {
      throw TensorError.value("hook", "a backward hook replaces the gradient of a module with one input; \(module.typeName) was called with \(inputs.count)")
    }
    return replaced[0] ?? dx
  }

  private func fire() throws -> [Tensor?]? {
    var replaced: [Tensor?]?
    for hook in hooks {
      guard case .backward(let body) = hook.body else { continue }
      hook.calls += 1
      if let new = try body(module, replaced ?? gradInputs, gradOutputs) {
        guard new.count == gradInputs.count else { throw TensorError.value("hook", "a backward hook gave \(new.count) gradients for \(gradInputs.count) inputs") }
        for (given, there) in zip(new, gradInputs) {
          if let given, let there, given.shape != there.shape { throw TensorError.shape("the gradient that a backward hook gives back", expected: "\(there.shape)", met: given.shape, operand: 0) }
        }
        replaced = new
      }
    }
    return replaced
  }
}

private struct EntryOp: Primitive {
  let gate: BackwardGate, index: Int
  static var name: String { "hook" }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { x[0].detached() }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try gate.arrive(input: dy, index)] }
}

private struct ExitOp: Primitive {
  let gate: BackwardGate
  static var name: String { "hook" }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { x[0].detached() }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let wants = Array(pass.wants.dropFirst())
    return [try gate.arrive(output: dy, wants: wants)] + wants.map { _ in nil }
  }
}
