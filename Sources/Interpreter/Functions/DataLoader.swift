import Builtins
import Data
import Engine
import NN

extension Builtin<Session> {
  static let dataLoader = Builtin(
    "DataLoader", "The rows of a data set in batches, to walk over with `for x, y in loader`; each walk draws its order anew.",
    .required("dataset", DataSet.self, "A data set."),
    .option("batch_size", 1, in: 1...1e12, "Rows a batch."),
    .option("shuffle", false, "A new order for each walk, as PyTorch's DataLoader draws it."),
    .option("drop_last", false, "Leave out a last batch that is smaller."),
    source: Source("PyTorch's torch.utils.data.DataLoader: the same order for a seed"),
    examples: [Example("for x, y in DataLoader(iris.test, batch_size=16) { print(x.shape) }", gives: "[14, 4]")]
  ) { (session, data: DataSet, size: Int, shuffle: Bool, dropLast: Bool) in
    DataLoader(
      batches: try Batches(data.x, data.y ?? data.x, size: size, shuffle: shuffle, dropLast: dropLast), hasTargets: data.y != nil,
      generator: session.generator)
  }
}

/// Batches of a data set, one walk after the other.
final class DataLoader: Indexed {
  private let batches: Batches, hasTargets: Bool, generator: Generator
  /// The order of the walk that is under way; nil where it is that of the rows.
  private var order: Tensor?

  init(batches: Batches, hasTargets: Bool, generator: Generator) {
    (self.batches, self.hasTargets, self.generator) = (batches, hasTargets, generator)
  }

  static let kind = "data loader"
  var count: Int { batches.count }
  var fields: [String] { ["batch_size", "batches"] }
  func field(_ name: String) -> (any Value)? {
    switch name {
    case "batch_size": batches.size ?? None()
    case "batches": batches.count
    default: nil
    }
  }

  /// The first batch begins a walk.
  func element(_ position: Int) throws -> any Value {
    if position == 0 { order = try batches.order(using: generator) }
    let (x, y) = try batches.batch(position, order)
    return hasTargets ? List([x, y]) : x
  }

  var shown: Shown { .text("DataLoader of \(count) batch\(count == 1 ? "" : "es") of \(batches.size ?? 0)") }
  var json: JSON { .object(["batches": .integer(count), "batch_size": .integer(batches.size ?? 0)]) }
}
