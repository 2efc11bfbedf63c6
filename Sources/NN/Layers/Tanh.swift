import Builtins
import Engine

extension Builtin<Generator> {
  static let tanh = Builtin(
    "Tanh", "The hyperbolic tangent, between -1 and 1.",
    examples: [Example("Tanh()", gives: "Tanh()")]
  ) { (_: Generator) in Tanh() }
}

/// `tanh(x)`, elementwise.
public final class Tanh: Module {
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.tanh() }
}
