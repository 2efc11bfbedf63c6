import Builtins
import Engine

extension Builtin<Generator> {
  static let hardswish = Builtin(
    "Hardswish", "x times its sigmoid of three straight lines.",
    formula: "x min(max(x / 6 + 1/2, 0), 1)",
    source: Source("Howard and others 2019", arXiv: "1905.02244"),
    examples: [Example("Hardswish()", gives: "Hardswish()")]
  ) { (_: Generator) in Hardswish() }
}

/// `x min(max(x / 6 + 1/2, 0), 1)`, elementwise.
public final class Hardswish: Module {
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x * (x / 6 + 0.5).clamp(Tensor.number(0), Tensor.number(1)) }
}
