import Builtins
import Engine

extension Builtin<Generator> {
  static let flatten = Builtin(
    "Flatten", "Makes one dimension of several.",
    .option("start_dim", 1, "The first of them."),
    .option("end_dim", -1, "The last of them."),
    examples: [Example("Flatten()", gives: "Flatten(start_dim=1, end_dim=-1)")]
  ) { (_: Generator, start: Int, end: Int) in Flatten(from: start, to: end) }
}

/// The dimensions `start` to `end` as one.
public final class Flatten: Module {
  public let start: Int, end: Int
  public init(from start: Int = 1, to end: Int = -1) { (self.start, self.end) = (start, end) }

  public override var details: String { "start_dim=\(start), end_dim=\(end)" }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    if x.rank == 0 { return try x.reshape([1]) }
    let (first, last) = (start < 0 ? start + x.rank : start, end < 0 ? end + x.rank : end)
    guard first >= 0, first <= last, last < x.rank else {
      throw TensorError.shape("Flatten(\(start), \(end))", expected: "dimensions \(start) to \(end)", met: x.shape, operand: 0)
    }
    return try x.reshape(Array(x.shape[..<first]) + [x.shape[first...last].reduce(1, *)] + Array(x.shape[(last + 1)...]))
  }
}
