import Builtins
import Engine

/// Where a training writes what it needs to go on, and what it goes on from. Files are the caller's.
public struct CheckpointPlan {
  /// Epochs between two checkpoints; the last epoch is always written.
  public let every: Int
  /// Writes tensors by name, whole or not at all.
  public let write: (Record) throws -> Void
  public init(every: Int, write: @escaping (Record) throws -> Void) { (self.every, self.write) = (every, write) }
}

/// Everything that a training needs to go on with the same numbers: parameters and buffers (`model.…`), what the optimiser
/// remembers (`optimizer.…`), the random stream, the epochs so far, the best epoch (`best.…`) and what is tracked (`track.…`).
struct Checkpoint {
  let tensors: [String: Tensor]

  /// - Throws: `value` where a record is no checkpoint.
  init(_ record: Record) throws {
    var tensors: [String: Tensor] = [:]
    for (name, value) in record.members { tensors[name] = value as? Tensor }
    guard tensors["history"] != nil, tensors["generator"] != nil, tensors["optimizer"] != nil else {
      throw TensorError.value("resume", "this file is no checkpoint of a training: it holds \(record.keys.prefix(3).joined(separator: ", ")); `load_state_dict(load(…))` reads a model's parameters")
    }
    self.tensors = tensors
  }

  /// The tensors whose names begin with a word, without it.
  func under(_ word: String) -> [String: Tensor] {
    var out: [String: Tensor] = [:]
    for (name, tensor) in tensors where name.hasPrefix(word + ".") { out[String(name.dropFirst(word.count + 1))] = tensor }
    return out
  }

  /// A text that `encoded` made a tensor of.
  static func text(_ tensor: Tensor?) throws -> String {
    String(decoding: try tensor?.ints().compactMap { UInt8(exactly: $0) } ?? [], as: UTF8.self)
  }
  static func encoded(_ text: String) throws -> Tensor { try Tensor(text.utf8.map { Int($0) }) }
}

extension History {
  /// One row an epoch: loss, metric, test loss, test metric, seconds, rate; what is missing is NaN.
  func rows() throws -> Tensor {
    let numbers = epochs.flatMap { [$0.loss, $0.metric, $0.testLoss ?? .nan, $0.testMetric ?? .nan, $0.seconds, $0.lr] }
    return try Tensor(numbers, [epochs.count, 6])
  }

  /// - Throws: `value` where the rows are not what `rows` gave.
  mutating func take(_ rows: Tensor) throws {
    guard rows.rank == 2, rows.shape[1] == 6 else { throw TensorError.value("resume", "the history of the checkpoint is \(rows.shape), not [epochs, 6]") }
    let numbers = try rows.doubles()
    epochs = (0..<rows.shape[0]).map { i in
      let row = numbers[(6 * i)..<(6 * i + 6)].map { $0 }
      return Epoch(
        loss: row[0], metric: row[1], testLoss: row[2].isNaN && row[3].isNaN ? nil : row[2], testMetric: row[2].isNaN && row[3].isNaN ? nil : row[3], seconds: row[4],
        lr: row[5])
    }
  }
}
