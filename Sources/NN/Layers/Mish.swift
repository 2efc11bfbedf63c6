import Builtins
import Engine

extension Builtin<Generator> {
  static let mish = Builtin(
    "Mish", "x times the hyperbolic tangent of softplus.",
    formula: "x tanh(log(1 + e^x))",
    source: Source("Misra 2019", arXiv: "1908.08681"),
    examples: [Example("Mish()", gives: "Mish()")]
  ) { (_: Generator) in Mish() }
}

/// `x tanh(log(1 + e^x))`, elementwise.
public final class Mish: Module {
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.mish() }
}
