import Builtins
import Engine

extension Builtin<Generator> {
  static let gru = Builtin(
    "GRU", "A recurrent layer whose gates say how much of the state stays.",
    RecurrentArguments.inputs, RecurrentArguments.hidden, RecurrentArguments.layers, RecurrentArguments.bias, RecurrentArguments.batchFirst,
    RecurrentArguments.dropout, RecurrentArguments.bidirectional, RecurrentArguments.dtype,
    formula: "n = tanh(W x + b + r (U h + c)), h' = (1 - z) n + z h",
    source: Source("Cho et al. 2014", arXiv: "1406.1078"),
    examples: [Example("GRU(10, 20, 2)", gives: "GRU(10, 20, num_layers=2)")],
    run: built)
}

private func built(
  _ generator: Generator, inputs: Int, hidden: Int, layers: Int, bias: Bool, batchFirst: Bool, dropout: Double, bidirectional: Bool, dtype: DType
) throws -> GRU {
  try GRU(
    inputs, hidden, layers: layers, bias: bias, batchFirst: batchFirst, dropout: dropout, bidirectional: bidirectional,
    dtype: dtype, using: generator)
}

/// `n = tanh(W x + b + r (U h + c)), h' = (1 - z) n + z h`, for each layer and direction.
/// - Shape: `x [time, batch, in]` to `[output, h_n]`, where the output is `[time, batch, directions * hidden]`.
/// - Source: the parameters are PyTorch's, and start from U(±1/√hidden).
public final class GRU: RecurrentLayer {
  public init(
    _ inputs: Int, _ hidden: Int, layers: Int = 1, bias: Bool = true, batchFirst: Bool = false, dropout: Double = 0,
    bidirectional: Bool = false, dtype: DType = .float32, using generator: Generator
  ) throws {
    let settings = try RecurrentSettings(
      "GRU", inputs, hidden, layers: layers, bias: bias, batchFirst: batchFirst, dropout: dropout, bidirectional: bidirectional)
    try super.init(.gru, settings, dtype: dtype, using: generator)
  }
}
