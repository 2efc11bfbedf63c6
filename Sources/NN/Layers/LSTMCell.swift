import Builtins
import Engine

extension Builtin<Generator> {
  static let lstmCell = Builtin(
    "LSTMCell", "One step of an LSTM.",
    RecurrentArguments.inputs, RecurrentArguments.hidden, RecurrentArguments.bias, RecurrentArguments.dtype,
    formula: "c' = σ(f) c + σ(i) tanh(g), h' = σ(o) tanh(c')",
    source: Source("Hochreiter and Schmidhuber 1997, Neural Computation 9"),
    examples: [Example("LSTMCell(10, 20)", gives: "LSTMCell(10, 20)")]
  ) { (g: Generator, inputs: Int, hidden: Int, bias: Bool, dtype: DType) in
    try LSTMCell(inputs, hidden, bias: bias, dtype: dtype, using: g)
  }
}

/// One step of `LSTM`: `c' = σ(f) c + σ(i) tanh(g), h' = σ(o) tanh(c')`.
/// - Shape: `x [batch, in]` and `[h, c]`, both `[batch, hidden]`, to `[h, c]`.
public final class LSTMCell: RecurrentCell {
  public init(
    _ inputs: Int, _ hidden: Int, bias: Bool = true, dtype: DType = .float32, using generator: Generator
  ) throws {
    try super.init(.lstm, RecurrentSettings("LSTMCell", inputs, hidden, bias: bias), dtype: dtype, using: generator)
  }
}
