import Builtins
import Engine

extension Builtin<Generator> {
  static let rnnCell = Builtin(
    "RNNCell", "One step of a plain recurrent layer.",
    .required("input_size", Int.self, in: 0...1e9, "The size of an input."),
    .required("hidden_size", Int.self, in: 1...1e9, "The units of the state."),
    .option("bias", true, "Whether biases are added."),
    .option("nonlinearity", RecurrentFunction.tanh, "What bends the sum."),
    .option("dtype", DType.float32, "The type of its numbers."),
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
