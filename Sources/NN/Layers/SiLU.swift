import Builtins
import Engine

extension Builtin<Generator> {
  static let silu = Builtin(
    "SiLU", "x times its sigmoid, also called swish.",
    formula: "x / (1 + e^-x)",
    examples: [Example("SiLU()", gives: "SiLU()")]
  ) { (_: Generator) in SiLU() }
}

/// `x / (1 + e^-x)`, elementwise.
public final class SiLU: Module {
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.silu() }
}
