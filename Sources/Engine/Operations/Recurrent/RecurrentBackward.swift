import CKernels

/// Back through the steps of a recurrent layer, against the direction of its time.
struct RecurrentBackward {
  private let op: RecurrentOp
  private let x: Tensor, input: Tensor, hidden: Tensor, state: Tensor, cell: Tensor?
  private let y: Tensor, dy: Tensor, gates: Tensor
  private let steps: Int, rows: Int, size: Int

  init(_ op: RecurrentOp, _ x: [Tensor], y: Tensor, dy: Tensor, gates: Tensor) throws(TensorError) {
    (self.op, self.y, self.dy, self.gates) = (op, y, dy, gates)
    (self.x, input, hidden, state) = (try x[0].contiguous(), x[1], x[2], try x[3].contiguous())
    cell = op.kind.hasCell ? try x[4].contiguous() : nil
    (steps, rows, size) = (x[0].shape[0], x[0].shape[1], x[2].shape[1])
  }

  /// The gradients of the sums that went into the gates, and of the first states.
  struct Walk {
    /// Of `x W + b`, `[time * batch, gates * hidden]`, and of `h U + b`: the same but for a GRU.
    let input: Tensor, hidden: Tensor
    let state: Tensor, cell: Tensor?
  }

  func gradients(_ walk: Walk, _ wants: Wants, biasAt: Int, hasBias: Bool) throws(TensorError) -> [Tensor?] {
    var out: [Tensor?] = []
    out.append(wants[0] ? try Kernel.matmul(walk.input, input).reshape(x.shape) : nil)
    let flat = x.viewed([steps * rows, x.shape[2]], strides: [x.shape[2], 1], offset: x.offset)
    out.append(wants[1] ? try Kernel.matmul(walk.input.transpose(0, 1), flat) : nil)
    out.append(wants[2] ? try hiddenGradient(walk.hidden) : nil)
    out.append(wants[3] ? walk.state : nil)
    if op.kind.hasCell { out.append(wants[4] ? walk.cell : nil) }
    guard hasBias else { return out }
    let first = wants[biasAt] ? try Kernel.reduce(PITH_REDUCE_SUM, walk.input, [0], keepdim: false) : nil
    out.append(first)
    guard wants[biasAt + 1] else { return out + [nil] }
    // The same numbers where the sums are the same, but in memory of their own: each may be written to.
    if let first, op.kind != .gru { return out + [try first.copied()] }
    return out + [try Kernel.reduce(PITH_REDUCE_SUM, walk.hidden, [0], keepdim: false)]
  }

  func walked() throws(TensorError) -> Walk {
    let kind = op.kind, width = rows * size, wide = kind.gates * width
    let dInput = try Tensor.empty(gates.shape, x.dtype), dHidden = kind == .gru ? try Tensor.empty(gates.shape, x.dtype) : dInput
    let product = try StepProduct(hidden, isTurned: false, rows: rows, adds: kind == .gru)
    let carry = try Tensor.zeros([rows, size], x.dtype)
    let dCell = kind.hasCell ? try dy.select(0, steps).copied() : nil
    for i in 0..<steps {
      guard pith_interrupted() == 0 else { throw .interrupted }
      let t = op.isReversed ? i : steps - 1 - i, isFirst = i == steps - 1
      let before = (op.isReversed ? t + 1 : t - 1) * width
      let h = isFirst ? (state, 0) : (y, before)
      switch kind {
      case .lstm:
        if let cells = op.trace.cells, let cell, let dCell {
          lstm(t, isFirst ? (cell, 0) : (cells, before), cells, carry, dCell, dInput)
        }
      case .gru: if let inner = op.trace.inner { gru(t, h, inner, carry, dInput, dHidden) }
      case .tanh, .relu: plain(t, carry, dInput)
      }
      try product.run(dHidden, t * wide, into: carry, 0)
    }
    return Walk(input: dInput, hidden: dHidden, state: carry, cell: dCell)
  }

  private func lstm(_ t: Int, _ before: (Tensor, Int), _ cells: Tensor, _ carry: Tensor, _ dCell: Tensor, _ dInput: Tensor) {
    let at = t * rows * size
    if dy.dtype == .float32 {
      pith_lstm_step_backward_f32(
        gates.f32 + 4 * at, before.0.f32 + before.1, cells.f32 + at, dy.f32 + at, carry.f32, dCell.f32, dInput.f32 + 4 * at, rows, size)
    } else {
      pith_lstm_step_backward_f64(
        gates.f64 + 4 * at, before.0.f64 + before.1, cells.f64 + at, dy.f64 + at, carry.f64, dCell.f64, dInput.f64 + 4 * at, rows, size)
    }
  }

  private func gru(_ t: Int, _ before: (Tensor, Int), _ inner: Tensor, _ carry: Tensor, _ dInput: Tensor, _ dHidden: Tensor) {
    let at = t * rows * size
    if dy.dtype == .float32 {
      pith_gru_step_backward_f32(
        gates.f32 + 3 * at, inner.f32 + at, before.0.f32 + before.1, dy.f32 + at, carry.f32, dInput.f32 + 3 * at, dHidden.f32 + 3 * at, rows, size)
    } else {
      pith_gru_step_backward_f64(
        gates.f64 + 3 * at, inner.f64 + at, before.0.f64 + before.1, dy.f64 + at, carry.f64, dInput.f64 + 3 * at, dHidden.f64 + 3 * at, rows, size)
    }
  }

  private func plain(_ t: Int, _ carry: Tensor, _ dInput: Tensor) {
    let count = rows * size, at = t * count, isReLU: Int32 = op.kind == .relu ? 1 : 0
    if dy.dtype == .float32 {
      pith_rnn_step_backward_f32(y.f32 + at, dy.f32 + at, carry.f32, dInput.f32 + at, count, isReLU)
    } else {
      pith_rnn_step_backward_f64(y.f64 + at, dy.f64 + at, carry.f64, dInput.f64 + at, count, isReLU)
    }
  }

  /// `Σ dsumsᵀ h` over the steps, where h is the state before each: the output one step earlier, and the first state.
  private func hiddenGradient(_ sums: Tensor) throws(TensorError) -> Tensor {
    let wide = op.kind.gates * size
    if Kernel.rounds, x.dtype == .float32 { return try roundedHiddenGradient(sums, wide) }
    let dw = try Tensor.empty([wide, size], x.dtype), first = op.isReversed ? steps - 1 : 0
    try Kernel.multiply(
      sums, first * rows * wide, turned: true, state, 0, turned: false, into: dw, 0, m: wide, n: size, k: rows, adds: false)
    guard steps > 1 else { return dw }
    let (from, with) = op.isReversed ? (0, rows * size) : (rows * wide, 0)
    try Kernel.multiply(
      sums, from, turned: true, y, with, turned: false, into: dw, 0, m: wide, n: size, k: (steps - 1) * rows, adds: true)
    return dw
  }

  /// The same as one product, of what is rounded to bfloat16.
  private func roundedHiddenGradient(_ sums: Tensor, _ wide: Int) throws(TensorError) -> Tensor {
    let rest = try y.narrow(0, op.isReversed ? 1 : 0, steps - 1), first = try state.unsqueeze(0)
    let before = try Tensor.cat(op.isReversed ? [rest, first] : [first, rest], 0).reshape([steps * rows, size])
    return try Kernel.matmul(sums.reshape([steps * rows, wide]).transpose(0, 1), before)
  }
}
