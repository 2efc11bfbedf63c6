import CKernels

/// The steps of a recurrent layer in the direction of its time.
struct RecurrentForward {
  private let op: RecurrentOp
  private let x: Tensor, input: Tensor, hidden: Tensor, state: Tensor, cell: Tensor?
  private let inputBias: Tensor?, hiddenBias: Tensor?
  private let steps: Int, rows: Int, size: Int

  init(_ op: RecurrentOp, _ x: [Tensor], inputBias: Tensor?, hiddenBias: Tensor?) throws(TensorError) {
    self.op = op
    (self.x, input, hidden, state) = (try x[0].contiguous(), try x[1].contiguous(), x[2], try x[3].contiguous())
    cell = op.kind.hasCell ? try x[4].contiguous() : nil
    (self.inputBias, self.hiddenBias) = (inputBias, try hiddenBias?.contiguous())
    (steps, rows, size) = (x[0].shape[0], x[0].shape[1], x[2].shape[1])
  }

  func run(keeping isKept: Bool) throws(TensorError) -> Tensor {
    let kind = op.kind, width = rows * size
    let gates = try gatesOfInput(), y = try Tensor.empty([steps + (kind.hasCell ? 1 : 0), rows, size], x.dtype)
    let product = try StepProduct(hidden, isTurned: true, rows: rows, adds: kind != .gru)
    let fromState = kind == .gru ? try Tensor.empty([rows, 3 * size], x.dtype) : gates
    let kept = isKept ? steps : 1
    let cells = kind.hasCell ? try Tensor.empty([kept, rows, size], x.dtype) : nil
    let inner = kind == .gru ? try Tensor.empty([kept, rows, size], x.dtype) : nil
    var before: (h: (Tensor, Int), c: (Tensor, Int)) = ((state, 0), (cell ?? state, 0))
    for i in 0..<steps {
      guard pith_interrupted() == 0 else { throw .interrupted }
      let t = op.isReversed ? steps - 1 - i : i, at = t * kind.gates * width, place = isKept ? t * width : 0
      try product.run(before.h.0, before.h.1, into: fromState, kind == .gru ? 0 : at)
      switch kind {
      case .lstm:
        if let cells {
          Self.lstm(gates, at, before.c, cells, place, y, t * width, rows, size)
          before.c = (cells, place)
        }
      case .gru: if let inner { gru(gates, at, fromState, before.h, y, t * width, inner, place) }
      case .tanh, .relu: Self.plain(gates, at, y, t * width, width, isReLU: kind == .relu)
      }
      before.h = (y, t * width)
    }
    if kind.hasCell { Self.copy(before.c, to: y, steps * width, width) }
    if isKept { (op.trace.gates, op.trace.cells, op.trace.inner) = (gates, cells, inner) }
    return y
  }

  /// `x W + b` of every step. Both biases are added here, but for a GRU, whose reset gate scales the second.
  private func gatesOfInput() throws(TensorError) -> Tensor {
    let flat = x.viewed([steps * rows, x.shape[2]], strides: [x.shape[2], 1], offset: x.offset)
    var bias = inputBias
    if op.kind != .gru, let first = inputBias, let second = hiddenBias {
      bias = try Recording.with(.none) { () throws(TensorError) -> Tensor in try first + second }
    }
    return try Kernel.linear([flat, input, bias].compactMap { $0 }, relu: false)
  }

  private static func lstm(
    _ gates: Tensor, _ at: Int, _ before: (Tensor, Int), _ cells: Tensor, _ place: Int, _ y: Tensor, _ to: Int, _ rows: Int, _ size: Int
  ) {
    if y.dtype == .float32 {
      pith_lstm_step_f32(gates.f32 + at, before.0.f32 + before.1, cells.f32 + place, y.f32 + to, rows, size)
    } else {
      pith_lstm_step_f64(gates.f64 + at, before.0.f64 + before.1, cells.f64 + place, y.f64 + to, rows, size)
    }
  }

  private func gru(
    _ gates: Tensor, _ at: Int, _ fromState: Tensor, _ before: (Tensor, Int), _ y: Tensor, _ to: Int, _ inner: Tensor, _ place: Int
  ) {
    if y.dtype == .float32 {
      pith_gru_step_f32(
        gates.f32 + at, fromState.f32, hiddenBias?.f32, before.0.f32 + before.1, y.f32 + to, inner.f32 + place, rows, size)
    } else {
      pith_gru_step_f64(
        gates.f64 + at, fromState.f64, hiddenBias?.f64, before.0.f64 + before.1, y.f64 + to, inner.f64 + place, rows, size)
    }
  }

  private static func plain(_ sums: Tensor, _ at: Int, _ y: Tensor, _ to: Int, _ count: Int, isReLU: Bool) {
    if y.dtype == .float32 {
      pith_rnn_step_f32(sums.f32 + at, y.f32 + to, count, isReLU ? 1 : 0)
    } else {
      pith_rnn_step_f64(sums.f64 + at, y.f64 + to, count, isReLU ? 1 : 0)
    }
  }

  private static func copy(_ source: (Tensor, Int), to y: Tensor, _ at: Int, _ count: Int) {
    let size = y.dtype.size
    (y.raw + at * size).copyMemory(from: source.0.raw + source.1 * size, byteCount: count * size)
  }
}
