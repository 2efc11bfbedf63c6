import Builtins
import Engine

extension Builtin<Generator> {
  static let hardtanh = Builtin(
    "Hardtanh", "Numbers kept between two bounds.",
    .option("min_val", -1.0, "The least result."),
    .option("max_val", 1.0, "The greatest result."),
    formula: "min(max(x, min_val), max_val)",
    examples: [Example("Hardtanh()", gives: "Hardtanh(min_val=-1.0, max_val=1.0)")]
  ) { (_: Generator, low: Double, high: Double) in Hardtanh(low, high: high) }
}

/// `min(max(x, min_val), max_val)`, elementwise.
public final class Hardtanh: Module {
  public let low: Double, high: Double
  public init(_ low: Double = -1, high: Double = 1) { (self.low, self.high) = (low, high) }

  public override var details: String { "min_val=\(low.shortText), max_val=\(high.shortText)" }
  public override var attributes: [(name: String, value: any Value)] { [("min_val", low), ("max_val", high)] }
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.clamp(Tensor.number(low), Tensor.number(high)) }
}
