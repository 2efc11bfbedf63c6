import Builtins
import Engine

extension Builtin<Generator> {
  static let gruCell = Builtin(
    "GRUCell", "One step of a GRU.",
    RecurrentArguments.inputs, RecurrentArguments.hidden, RecurrentArguments.bias, RecurrentArguments.dtype,
    formula: "n = tanh(W x + b + r (U h + c)), h' = (1 - z) n + z h",
    source: Source("Cho et al. 2014", arXiv: "1406.1078"),
    examples: [Example("GRUCell(10, 20)", gives: "GRUCell(10, 20)")]
  ) { (g: Generator, inputs: Int, hidden: Int, bias: Bool, dtype: DType) in
    try GRUCell(inputs, hidden, bias: bias, dtype: dtype, using: g)
  }
}

/// One step of `GRU`: `n = tanh(W x + b + r (U h + c)), h' = (1 - z) n + z h`.
/// - Shape: `x [batch, in]` and `h` `[batch, hidden]`, to `h`.
public final class GRUCell: RecurrentCell {
  public init(
    _ inputs: Int, _ hidden: Int, bias: Bool = true, dtype: DType = .float32, using generator: Generator
  ) throws {
    try super.init(.gru, RecurrentSettings("GRUCell", inputs, hidden, bias: bias), dtype: dtype, using: generator)
  }
}
