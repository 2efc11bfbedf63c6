import Builtins
import Engine

extension Builtin<Generator> {
  static let celu = Builtin(
    "CELU", "x above 0, below it an exponential that bends smoothly.",
    .option("alpha", 1.0, "The limit below is -alpha."),
    formula: "max(0, x) + min(0, α (e^(x/α) - 1))",
    source: Source("Barron 2017", arXiv: "1704.07483"),
    examples: [Example("CELU()", gives: "CELU(alpha=1.0)")]
  ) { (_: Generator, alpha: Double) in CELU(alpha) }
}

/// `max(0, x) + min(0, α (e^(x/α) - 1))`, elementwise.
public final class CELU: Module {
  public let alpha: Double
  public init(_ alpha: Double = 1) { self.alpha = alpha }

  public override var details: String { "alpha=\(alpha.shortText)" }
  public override var attributes: [(name: String, value: any Value)] { [("alpha", alpha)] }
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.celu(alpha) }
}
