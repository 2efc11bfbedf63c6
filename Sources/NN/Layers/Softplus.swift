import Builtins
import Engine

extension Builtin<Generator> {
  static let softplus = Builtin(
    "Softplus", "A smooth ReLU.",
    .option("beta", 1.0, "How sharp the bend is."),
    .option("threshold", 20.0, "Above it, beta x counts as a straight line."),
    formula: "log(1 + e^(βx)) / β",
    examples: [Example("Softplus()", gives: "Softplus(beta=1.0, threshold=20.0)")]
  ) { (_: Generator, beta: Double, threshold: Double) in Softplus(beta, threshold: threshold) }
}

/// `log(1 + e^(βx)) / β`, elementwise.
public final class Softplus: Module {
  public let beta: Double, threshold: Double
  public init(_ beta: Double = 1, threshold: Double = 20) { (self.beta, self.threshold) = (beta, threshold) }

  public override var details: String { "beta=\(beta.shortText), threshold=\(threshold.shortText)" }
  public override var attributes: [(name: String, value: any Value)] { [("beta", beta), ("threshold", threshold)] }
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.softplus(beta, threshold: threshold) }
}
