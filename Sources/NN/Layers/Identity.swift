import Builtins
import Engine

extension Builtin<Generator> {
  static let identity = Builtin(
    "Identity", "Gives back what it is given.",
    examples: [Example("Identity()", gives: "Identity()")]
  ) { (_: Generator) in Identity() }
}

/// `y = x`.
public final class Identity: Module {
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { x }
}
