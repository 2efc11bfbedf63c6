import Builtins
import Engine

extension Builtin<Generator> {
  static let rrelu = Builtin(
    "RReLU", "x above 0, a small multiple of x below: in training one drawn for each number, else the mean.",
    .option("lower", 1.0 / 8, "The least slope."),
    .option("upper", 1.0 / 3, "The greatest slope."),
    source: Source("Xu and others 2015", arXiv: "1505.00853"),
    examples: [Example("RReLU()", gives: "RReLU(lower=0.125, upper=0.3333333333333333)")]
  ) { (_: Generator, lower: Double, upper: Double) in RReLU(lower, upper) }
}

/// `x > 0 ? x : slope x`, with slopes drawn in training.
public final class RReLU: Module {
  let lower: Double, upper: Double
  init(_ lower: Double, _ upper: Double) { (self.lower, self.upper) = (lower, upper) }

  public override var details: String { "lower=\(lower.shortText), upper=\(upper.shortText)" }
  public override var attributes: [(name: String, value: any Value)] { [("lower", lower), ("upper", upper)] }
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    try x.rrelu(lower: lower, upper: upper, isTraining: isTraining, using: run.generator)
  }
}
