import Builtins
import Engine

extension Builtin<Generator> {
  static let dropout = Builtin(
    "Dropout", "In training, sets each number to 0 with probability p and scales the others up.",
    .option("p", 0.5, in: 0...1, "How likely a number is to be dropped."),
    formula: "y = x m / (1 - p), m = 1 with probability 1 - p, else 0",
    source: Source("Srivastava et al. 2014, Journal of Machine Learning Research 15"),
    examples: [Example("Dropout(0.2)", gives: "Dropout(p=0.2, inplace=False)")]
  ) { (_: Generator, p: Double) in Dropout(p) }
}

/// `y = x m / (1 - p)` in training, where each `m` is 1 with probability `1 - p` and else 0; `y = x` otherwise.
/// - Source: the mask is drawn as PyTorch draws it on a CPU.
public final class Dropout: Module {
  public let p: Double

  /// - Parameter p: the probability to be dropped, 0 to 1.
  public init(_ p: Double = 0.5) { self.p = p }

  public override var details: String { "p=\(p.shortText), inplace=False" }
  public override var attributes: [(name: String, value: any Value)] { [("p", p)] }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    guard isTraining, p > 0 else { return x }
    guard p < 1 else { return try x * 0 }
    let mask = try Recording.with(.none) { try run.generator.bernoulli(x.shape, p: 1 - p, x.dtype) / (1 - p) }
    return try x * mask
  }
}
