/// What a recurrent layer does at each step.
public enum Recurrence: Sendable {
  case tanh, relu, lstm, gru

  /// How many numbers a unit makes of its input and of the state, as multiples of the units.
  public var gates: Int {
    switch self {
    case .tanh, .relu: 1
    case .gru: 3
    case .lstm: 4
    }
  }

  /// Whether there is a second state, the cell.
  public var hasCell: Bool { self == .lstm }
}

/// The parameters of one direction of one recurrent layer, with PyTorch's shapes.
public struct RecurrentWeights {
  /// `[gates * hidden, in]` and `[gates * hidden, out]`, where `out` is `hidden` unless there is a projection.
  public let input: Tensor, hidden: Tensor
  /// Both `[gates * hidden]`, or neither.
  public let inputBias: Tensor?, hiddenBias: Tensor?
  /// `[out, hidden]` of an LSTM whose output is smaller than its cell.
  public let projection: Tensor?

  public init(input: Tensor, hidden: Tensor, inputBias: Tensor? = nil, hiddenBias: Tensor? = nil, projection: Tensor? = nil) {
    (self.input, self.hidden, self.inputBias, self.hiddenBias) = (input, hidden, inputBias, hiddenBias)
    self.projection = projection
  }
}

/// What a direction of a recurrent layer gives: its output at every step, and its last state.
public struct RecurrentResult {
  public let output: Tensor, state: Tensor, cell: Tensor?
}

extension Recurrence {
  /// Runs one direction over a sequence.
  /// - Shape: `x [time, batch, in]`, `state [batch, out]`, `cell [batch, hidden]` to `output [time, batch, out]`.
  /// - Source: PyTorch's `torch.nn.RNN`, `LSTM` and `GRU`. Shapes are those that the layers check.
  public func run(_ x: Tensor, _ w: RecurrentWeights, state: Tensor, cell: Tensor?, isReversed: Bool) throws -> RecurrentResult {
    let steps = x.shape[0]
    guard w.projection == nil, x.count > 0, w.hidden.count > 0 else { return try composed(x, w, state: state, cell: cell, isReversed: isReversed) }
    let op = RecurrentOp(kind: self, isReversed: isReversed, hasBias: w.inputBias != nil, trace: RecurrentTrace())
    let all = try op.apply([x, w.input, w.hidden, state] + (hasCell ? [cell ?? state] : []) + [w.inputBias, w.hiddenBias].compactMap { $0 })
    let last = isReversed ? 0 : steps - 1
    return RecurrentResult(
      output: try all.narrow(0, 0, steps), state: try all.select(0, last), cell: hasCell ? try all.select(0, steps) : nil)
  }

  /// The same in differentiable operations, a few for each step.
  func composed(_ x: Tensor, _ w: RecurrentWeights, state: Tensor, cell: Tensor?, isReversed: Bool) throws -> RecurrentResult {
    let steps = x.shape[0], fromInput = try x.linear(w.input, w.inputBias)
    var outputs: [Tensor] = [], h = state, c = cell
    for i in 0..<steps {
      (h, c) = try step(fromInput.select(0, isReversed ? steps - 1 - i : i), w, h, c)
      outputs.append(h)
    }
    if isReversed { outputs.reverse() }
    return RecurrentResult(output: try Tensor.stack(outputs, 0), state: h, cell: c)
  }

  /// One step, from `x W + b` and the states before it.
  private func step(_ fromInput: Tensor, _ w: RecurrentWeights, _ h: Tensor, _ c: Tensor?) throws -> (Tensor, Tensor?) {
    let fromState = try h.linear(w.hidden, w.hiddenBias), size = w.hidden.shape[0] / gates
    func part(_ t: Tensor, _ i: Int) throws -> Tensor { try t.narrow(1, i * size, size) }
    switch self {
    case .tanh: return (try (fromInput + fromState).tanh(), nil)
    case .relu: return (try (fromInput + fromState).relu(), nil)
    case .gru:
      let r = try (part(fromInput, 0) + part(fromState, 0)).sigmoid(), z = try (part(fromInput, 1) + part(fromState, 1)).sigmoid()
      let n = try (part(fromInput, 2) + r * part(fromState, 2)).tanh()
      return (try n + z * (h - n), nil)
    case .lstm:
      let sums = try fromInput + fromState
      let (i, f) = (try part(sums, 0).sigmoid(), try part(sums, 1).sigmoid())
      let (g, o) = (try part(sums, 2).tanh(), try part(sums, 3).sigmoid())
      let fresh = try c.map { try f * $0 + i * g } ?? i * g
      let output = try o * fresh.tanh()
      return (try w.projection.map { try output.linear($0) } ?? output, fresh)
    }
  }
}
