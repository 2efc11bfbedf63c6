import Builtins
import Engine

extension Builtin<Generator> {
  static let hardsigmoid = Builtin(
    "Hardsigmoid", "A sigmoid of three straight lines.",
    formula: "min(max(x / 6 + 1/2, 0), 1)",
    examples: [Example("Hardsigmoid()", gives: "Hardsigmoid()")]
  ) { (_: Generator) in Hardsigmoid() }
}

/// `min(max(x / 6 + 1/2, 0), 1)`, elementwise.
public final class Hardsigmoid: Module {
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try (x / 6 + 0.5).clamp(Tensor.number(0), Tensor.number(1)) }
}
