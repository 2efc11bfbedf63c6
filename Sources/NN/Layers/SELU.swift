import Builtins
import Engine

extension Builtin<Generator> {
  static let selu = Builtin(
    "SELU", "The ELU that keeps mean 0 and variance 1 from layer to layer.",
    formula: "1.0507 elu(x, 1.6733)",
    source: Source("Klambauer, Unterthiner, Mayr and Hochreiter 2017", arXiv: "1706.02515"),
    examples: [Example("SELU()", gives: "SELU()")]
  ) { (_: Generator) in SELU() }
}

/// `1.0507 elu(x, 1.6733)`, elementwise.
public final class SELU: Module {
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.selu() }
}
