import Builtins
import Engine

extension Builtin<Generator> {
  static let relu6 = Builtin(
    "ReLU6", "The larger of x and 0, at most 6.",
    formula: "min(max(x, 0), 6)",
    examples: [Example("ReLU6()", gives: "ReLU6()")]
  ) { (_: Generator) in ReLU6() }
}

/// `min(max(x, 0), 6)`, elementwise.
public final class ReLU6: Module {
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.clamp(Tensor.number(0), Tensor.number(6)) }
}
