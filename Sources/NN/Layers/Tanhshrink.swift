import Builtins
import Engine

extension Builtin<Generator> {
  static let tanhshrink = Builtin(
    "Tanhshrink", "x minus its hyperbolic tangent.",
    formula: "x - tanh(x)",
    examples: [Example("Tanhshrink()", gives: "Tanhshrink()")]
  ) { (_: Generator) in Tanhshrink() }
}

/// `x - tanh(x)`, elementwise.
public final class Tanhshrink: Module {
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x - x.tanh() }
}
