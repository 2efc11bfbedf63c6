import Builtins
import Engine

extension Builtin<Generator> {
  static let softsign = Builtin(
    "Softsign", "x over 1 + |x|.",
    formula: "x / (1 + |x|)",
    examples: [Example("Softsign()", gives: "Softsign()")]
  ) { (_: Generator) in Softsign() }
}

/// `x / (1 + |x|)`, elementwise.
public final class Softsign: Module {
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x / (x.abs() + 1) }
}
