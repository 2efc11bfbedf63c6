import Builtins
import Engine

extension Builtin<Generator> {
  static let elu = Builtin(
    "ELU", "x above 0, alpha (e^x - 1) below.",
    .option("alpha", 1.0, "The limit below is -alpha."),
    formula: "x > 0 ? x : α (e^x - 1)",
    source: Source("Clevert, Unterthiner and Hochreiter 2015", arXiv: "1511.07289"),
    examples: [Example("ELU()", gives: "ELU(alpha=1.0)")]
  ) { (_: Generator, alpha: Double) in ELU(alpha) }
}

/// `x > 0 ? x : α (e^x - 1)`, elementwise.
public final class ELU: Module {
  public let alpha: Double
  public init(_ alpha: Double = 1) { self.alpha = alpha }

  public override var details: String { "alpha=\(alpha.shortText)" }
  public override var attributes: [(name: String, value: any Value)] { [("alpha", alpha)] }
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.elu(alpha) }
}
