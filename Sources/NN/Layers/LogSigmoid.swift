import Builtins
import Engine

extension Builtin<Generator> {
  static let logSigmoid = Builtin(
    "LogSigmoid", "The logarithm of the logistic function.",
    formula: "-log(1 + e^-x)",
    examples: [Example("LogSigmoid()", gives: "LogSigmoid()")]
  ) { (_: Generator) in LogSigmoid() }
}

/// `-log(1 + e^-x)`, elementwise.
public final class LogSigmoid: Module {
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.logsigmoid() }
}
