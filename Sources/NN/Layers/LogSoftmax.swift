import Builtins
import Engine

extension Builtin<Generator> {
  static let logSoftmax = Builtin(
    "LogSoftmax", "The logarithms of the shares that the exponentials have of their sum.",
    .optional("dim", Int.self, "The dimension that adds up to 1."),
    formula: "log e^xᵢ / Σⱼ e^xⱼ",
    examples: [Example("LogSoftmax(dim=1)", gives: "LogSoftmax(dim=1)")]
  ) { (_: Generator, dim: Int?) in LogSoftmax(dim) }
}

/// `log e^xᵢ / Σⱼ e^xⱼ` over one dimension.
/// - Source: without `dim`, PyTorch's old rule: the first dimension of 0, 1 or 3, else the second.
public final class LogSoftmax: Module {
  public let dim: Int?
  public init(_ dim: Int? = nil) { self.dim = dim }

  public override var details: String { "dim=" + (dim.map(String.init) ?? "None") }
  public override var attributes: [(name: String, value: any Value)] { [("dim", dim ?? None())] }
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    try x.logSoftmax(dim ?? ([0, 1, 3].contains(x.rank) ? 0 : 1))
  }
}
