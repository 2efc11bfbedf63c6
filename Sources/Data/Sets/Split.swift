import Builtins
import Engine

/// A data set in two parts: one to learn from, one to judge by. The whole is still there under `x`, `y` and the names.
public struct Split: Value {
  public let train: DataSet, test: DataSet, whole: DataSet

  init(_ whole: DataSet, train: Tensor, test: Tensor) throws {
    self.init(whole, try whole.rows(train), try whole.rows(test))
  }

  init(_ whole: DataSet, _ train: DataSet, _ test: DataSet) {
    (self.whole, self.train, self.test) = (whole, train, test)
  }

  /// The same change of both parts and the whole.
  func map(_ change: (DataSet) throws -> DataSet) rethrows -> Split {
    Split(try change(whole), try change(train), try change(test))
  }

  public static let kind = "split data set"
  public var fields: [String] { ["train", "test"] + whole.fields }
  public func field(_ name: String) throws -> (any Value)? {
    switch name {
    case "train": train
    case "test": test
    default: try whole.field(name)
    }
  }

  public var shown: Shown {
    let rows = [("train", train), ("test", test)].map { [Cell.text($0), .integer($1.count), .share(Double($1.count) / Double(max(whole.count, 1)))] }
    return .several([.text(whole.title), .table(Table(["part", "samples", "share"], rows))])
  }
  public var json: JSON { .object(["kind": .string(Split.kind), "train": train.json, "test": test.json]) }
}

extension DataSet {
  /// Some of the samples to learn from and the rest to judge by.
  /// - Parameters:
  ///   - fraction: the share of the first part, `floor(n * fraction)` samples.
  ///   - isStratified: each class has the same share of both parts, as nearly as whole samples allow.
  /// - Source: drawn as PyTorch's `random_split` with the lengths `[floor(n * fraction), rest]` does: one `randperm(n)`.
  public func split(_ fraction: Double = 0.8, isShuffled: Bool = true, isStratified: Bool = false, using generator: Generator) throws -> Split {
    let first = Int((Double(count) * min(max(fraction, 0), 1)).rounded(.down))
    guard first > 0 else { throw DataError.emptyPart("train", samples: count) }
    guard first < count else { throw DataError.emptyPart("test", samples: count) }
    let order = isShuffled ? try generator.permutation(count).ints() : Array(0..<count)
    guard isStratified else { return try Split(self, train: Tensor(Array(order[..<first])), test: Tensor(Array(order[first...]))) }
    let isFirst = try stratified(first, order)
    return try Split(self, train: Tensor(order.filter { isFirst[$0] }), test: Tensor(order.filter { !isFirst[$0] }))
  }

  /// For each sample whether it is among the first: of each class its share, the largest remainders rounded up.
  private func stratified(_ first: Int, _ order: [Int]) throws -> [Bool] {
    guard hasLabels, let y else { throw DataError.noLabels(for: "`stratify`") }
    let labels = try y.ints()
    var sizes: [Int: Int] = [:]
    for label in labels { sizes[label, default: 0] += 1 }
    var room: [Int: Int] = [:], rest: [(label: Int, share: Double)] = []
    for (label, size) in sizes.sorted(by: { $0.key < $1.key }) {
      let exact = Double(size) * Double(first) / Double(count)
      room[label] = Int(exact)
      rest.append((label, exact - exact.rounded(.down)))
    }
    let open = first - room.values.reduce(0, +)
    for (label, _) in rest.sorted(by: { ($1.share, $0.label) < ($0.share, $1.label) }).prefix(max(open, 0)) { room[label, default: 0] += 1 }
    var isFirst = [Bool](repeating: false, count: count)
    for place in order where room[labels[place], default: 0] > 0 {
      room[labels[place], default: 0] -= 1
      isFirst[place] = true
    }
    return isFirst
  }

  /// The samples in random order.
  public func shuffled(using generator: Generator) throws -> DataSet { try rows(generator.permutation(count)) }
}
