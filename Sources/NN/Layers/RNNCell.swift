import Builtins
import Engine

extension Builtin<Generator> {
  static let rnnCell = Builtin(
    "RNNCell", "One step of a plain recurrent layer.",
    RecurrentArguments.inputs, RecurrentArguments.hidden, RecurrentArguments.bias,
    .option("nonlinearity", RecurrentFunction.tanh, "What bends the sum."),
    RecurrentArguments.dtype,
    formula: "h' = tanh(W x + b + U h + c)",
    source: Source("Elman 1990"),
    examples: [Example("RNNCell(10, 20)", gives: "RNNCell(10, 20)")]
  ) { (g: Generator, inputs: Int, hidden: Int, bias: Bool, function: RecurrentFunction, dtype: DType) in
    try RNNCell(inputs, hidden, bias: bias, function: function, dtype: dtype, using: g)
  }
}

/// One step of `RNN`: `h' = tanh(W x + b + U h + c)`.
/// - Shape: `x [batch, in]` and `h` `[batch, hidden]`, to `h`.
public final class RNNCell: RecurrentCell {
  public init(
    _ inputs: Int, _ hidden: Int, bias: Bool = true, function: RecurrentFunction = .tanh, dtype: DType = .float32, using generator: Generator
  ) throws {
    try super.init(function.kind, RecurrentSettings("RNNCell", inputs, hidden, bias: bias), dtype: dtype, using: generator)
  }
}
