import Builtins
import Engine

extension Builtin<Generator> {
  static let lstm = Builtin(
    "LSTM", "A recurrent layer that keeps what it wants to remember in a cell.",
    RecurrentArguments.inputs, RecurrentArguments.hidden, RecurrentArguments.layers, RecurrentArguments.bias, RecurrentArguments.batchFirst,
    RecurrentArguments.dropout, RecurrentArguments.bidirectional,
    .option("proj_size", 0, in: 0...1e9, "The size that the output is brought to; 0 leaves it as it is."),
    RecurrentArguments.dtype,
    formula: "c' = σ(f) c + σ(i) tanh(g), h' = σ(o) tanh(c')",
    source: Source("Hochreiter and Schmidhuber 1997, Neural Computation 9"),
    examples: [Example("LSTM(10, 20, 2)", gives: "LSTM(10, 20, num_layers=2)")],
    run: built)
}

private func built(
  _ generator: Generator, inputs: Int, hidden: Int, layers: Int, bias: Bool, batchFirst: Bool, dropout: Double, bidirectional: Bool, projection: Int, dtype: DType
) throws -> LSTM {
  try LSTM(
    inputs, hidden, layers: layers, bias: bias, batchFirst: batchFirst, dropout: dropout, bidirectional: bidirectional, projection: projection,
    dtype: dtype, using: generator)
}

/// `c' = σ(f) c + σ(i) tanh(g), h' = σ(o) tanh(c')`, for each layer and direction.
/// - Shape: `x [time, batch, in]` to `[output, [h_n, c_n]]`, where the output is `[time, batch, directions * hidden]`.
/// - Source: the parameters are PyTorch's, and start from U(±1/√hidden).
public final class LSTM: RecurrentLayer {
  public init(
    _ inputs: Int, _ hidden: Int, layers: Int = 1, bias: Bool = true, batchFirst: Bool = false, dropout: Double = 0,
    bidirectional: Bool = false, projection: Int = 0, dtype: DType = .float32, using generator: Generator
  ) throws {
    let settings = try RecurrentSettings(
      "LSTM", inputs, hidden, layers: layers, bias: bias, batchFirst: batchFirst, dropout: dropout, bidirectional: bidirectional, projection: projection)
    try super.init(.lstm, settings, dtype: dtype, using: generator)
  }
}
