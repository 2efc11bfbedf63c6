import CKernels

/// One direction of one recurrent layer over a whole sequence. A primitive for speed: one product for all inputs, at each
/// step one product and one pass over the gates, and one product for each weight's gradient.
///
/// Its output has a row for each step, and for an LSTM one more: the last cell.
struct RecurrentOp: Primitive {
  let kind: Recurrence
  let isReversed: Bool, hasBias: Bool
  /// What the forward pass leaves for the backward pass.
  let trace: RecurrentTrace
  static var name: String { "recurrent" }
  var saves: Saves { [.inputs, .output] }

  /// Where the first bias stands among the inputs: after x, both weights and the states.
  var biasAt: Int { kind.hasCell ? 5 : 4 }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let isKept = x.contains(where: \.isRecorded)
    return try RecurrentForward(self, x, inputBias: hasBias ? x[biasAt] : nil, hiddenBias: hasBias ? x[biasAt + 1] : nil).run(keeping: isKept)
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let count = biasAt + (hasBias ? 2 : 0)
    guard Recording.current == .none else { return try pass.gradients(through: composed, inputs: count, seed: dy) }
    guard let (back, walk) = try walked(dy, pass) else { return Array(repeating: nil, count: count) }
    trace.walk = nil
    return try back.gradients(walk, pass.wants, biasAt: biasAt, hasBias: hasBias)
  }

  /// The way back, from a forward pass that kept its gates or is made again.
  func walked(_ dy: Tensor, _ pass: BackwardStep) throws -> (RecurrentBackward, RecurrentBackward.Walk)? {
    let x = (0..<(biasAt + (hasBias ? 2 : 0))).map { pass.input($0) }
    if trace.gates == nil {
      _ = try RecurrentForward(self, x, inputBias: hasBias ? x[biasAt] : nil, hiddenBias: hasBias ? x[biasAt + 1] : nil).run(keeping: true)
    }
    guard let gates = trace.gates else { return nil }
    let back = try RecurrentBackward(self, x, y: pass.result, dy: dy.contiguous(), gates: gates)
    if let (seed, walk) = trace.walk, seed === dy { return (back, walk) }
    return (back, try back.walked())
  }

  private func composed(_ x: [Tensor]) throws -> Tensor {
    let w = RecurrentWeights(input: x[1], hidden: x[2], inputBias: hasBias ? x[biasAt] : nil, hiddenBias: hasBias ? x[biasAt + 1] : nil)
    let result = try kind.composed(x[0], w, state: x[3], cell: kind.hasCell ? x[4] : nil, isReversed: isReversed)
    guard let cell = result.cell else { return result.output }
    return try Tensor.cat([result.output, cell.unsqueeze(0)], 0)
  }
}

/// What steps leave behind: the gates after their functions, the cells of an LSTM, and what the reset gate of a GRU scales.
final class RecurrentTrace {
  var gates: Tensor?, cells: Tensor?, inner: Tensor?
  /// The way back, and the gradient that it began with, where the operands of one pass are asked for one by one.
  var walk: (seed: Tensor, walk: RecurrentBackward.Walk)?
}
