import Builtins
import Engine

extension Builtin<Generator> {
  static let leakyReLU = Builtin(
    "LeakyReLU", "x above 0, a small multiple of x below.",
    .option("negative_slope", 0.01, "The slope below 0."),
    formula: "x > 0 ? x : negative_slope x",
    examples: [Example("LeakyReLU()", gives: "LeakyReLU(negative_slope=0.01)")]
  ) { (_: Generator, slope: Double) in LeakyReLU(slope) }
}

/// `x > 0 ? x : negative_slope x`, elementwise.
public final class LeakyReLU: Module {
  public let slope: Double
  public init(_ slope: Double = 0.01) { self.slope = slope }

  public override var details: String { "negative_slope=\(slope.shortText)" }
  public override var attributes: [(name: String, value: any Value)] { [("negative_slope", slope)] }
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.leakyReLU(slope) }
}
