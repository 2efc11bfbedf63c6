import Builtins
import Engine

extension Builtin<Generator> {
  static let relu = Builtin(
    "ReLU", "The larger of x and 0.",
    formula: "max(x, 0)",
    examples: [Example("ReLU()", gives: "ReLU()")]
  ) { (_: Generator) in ReLU() }
}

/// `max(x, 0)`, elementwise.
public final class ReLU: Module {
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.relu() }
}
