import Builtins
import Engine

extension Builtin<Generator> {
  static let rnn = Builtin(
    "RNN", "A recurrent layer: at each step the state is a bent sum of the input and of the state before.",
    RecurrentArguments.inputs, RecurrentArguments.hidden, RecurrentArguments.layers,
    .option("nonlinearity", RecurrentFunction.tanh, "What bends the sum."),
    RecurrentArguments.bias, RecurrentArguments.batchFirst, RecurrentArguments.dropout, RecurrentArguments.bidirectional,
    RecurrentArguments.dtype,
    formula: "h' = tanh(W x + b + U h + c)",
    source: Source("Elman 1990"),
    examples: [Example("RNN(10, 20, 2)", gives: "RNN(10, 20, num_layers=2)")],
    run: built)
}

private func built(
  _ generator: Generator, inputs: Int, hidden: Int, layers: Int, function: RecurrentFunction, bias: Bool, batchFirst: Bool, dropout: Double, bidirectional: Bool, dtype: DType
) throws -> RNN {
  try RNN(
    inputs, hidden, layers: layers, function: function, bias: bias, batchFirst: batchFirst, dropout: dropout, bidirectional: bidirectional,
    dtype: dtype, using: generator)
}

/// `h' = tanh(W x + b + U h + c)`, for each layer and direction.
/// - Shape: `x [time, batch, in]` to `[output, h_n]`, where the output is `[time, batch, directions * hidden]`.
/// - Source: the parameters are PyTorch's, and start from U(±1/√hidden).
public final class RNN: RecurrentLayer {
  public init(
    _ inputs: Int, _ hidden: Int, layers: Int = 1, function: RecurrentFunction = .tanh, bias: Bool = true, batchFirst: Bool = false, dropout: Double = 0,
    bidirectional: Bool = false, dtype: DType = .float32, using generator: Generator
  ) throws {
    let settings = try RecurrentSettings(
      "RNN", inputs, hidden, layers: layers, bias: bias, batchFirst: batchFirst, dropout: dropout, bidirectional: bidirectional)
    try super.init(function.kind, settings, dtype: dtype, using: generator)
  }
}

/// What bends the sum of a plain recurrent layer.
public enum RecurrentFunction: String, Choice {
  case tanh, relu
  var kind: Recurrence { self == .relu ? .relu : .tanh }
}
