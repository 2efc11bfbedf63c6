import Builtins
import Engine

extension Builtin<Generator> {
  static let sigmoid = Builtin(
    "Sigmoid", "The logistic function, between 0 and 1.",
    formula: "1 / (1 + e^-x)",
    examples: [Example("Sigmoid()", gives: "Sigmoid()")]
  ) { (_: Generator) in Sigmoid() }
}

/// `1 / (1 + e^-x)`, elementwise.
public final class Sigmoid: Module {
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.sigmoid() }
}
