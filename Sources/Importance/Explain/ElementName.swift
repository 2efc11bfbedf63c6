import Builtins

/// An element of scores, as a user names it: `fc1.weight[3, 17]`.
public struct ElementName {
  /// Nil where the index is all that was said.
  let name: String?
  let index: [Int]
  public init(_ name: String?, _ index: [Int]) { (self.name, self.index) = (name, index) }
}

/// One element of the scores of a request.
struct WorkedElement {
  /// Which of the tensors it stands in.
  let subject: Int
  let index: [Int]
  let name: String
  /// How it was chosen, behind its name; empty where it was named.
  private(set) var how = ""

  /// The one that is named, or that of the highest score; where that is 0, of the score that is farthest from it.
  /// - Throws: `unknownScore`, and `noElement` where the index lies outside.
  init(_ value: ImportanceValue, _ wanted: ElementName?) throws {
    let position: (subject: Int, index: [Int])
    if let wanted {
      let tensor = try wanted.name.map { try value.scores(of: $0) } ?? value.scores[0].tensor
      let subject = value.scores.firstIndex { $0.tensor === tensor } ?? 0, shape = tensor.shape
      if wanted.name == nil, value.scores.count > 1 { throw ScoringError.unknownScore("", nearest: nil, known: value.names) }
      let index = zip(wanted.index, shape).map { $0 < 0 ? $0 + $1 : $0 }
      guard wanted.index.count == shape.count, zip(index, shape).allSatisfy({ $0 >= 0 && $0 < $1 }) else {
        throw ScoringError.noElement(value.scores[subject].name, index: wanted.index, shape: shape)
      }
      position = (subject, index)
    } else {
      let scores = try value.flatScores(), highest = Ranking(scores).largest(1).first ?? 0
      let isNothing = scores.indices.contains(highest) && scores[highest] == 0
      position = Self.position(isNothing ? Ranking(scores.map(abs)).largest(1).first ?? 0 : highest, value)
      how = value.elementCount > 1 ? ", the \(isNothing && scores.contains { $0 < 0 } ? "lowest" : "highest") of \(value.elementCount)" : ""
    }
    (subject, index) = position
    let (name, tensor) = value.scores[position.subject]
    self.name = name + (tensor.shape.isEmpty ? "" : "[" + position.index.map(String.init).joined(separator: ", ") + "]")
  }

  private static func position(_ flat: Int, _ value: ImportanceValue) -> (subject: Int, index: [Int]) {
    var rest = flat
    for (subject, (_, tensor)) in value.scores.enumerated() {
      if rest < tensor.count { return (subject, Self.index(rest, tensor.shape)) }
      rest -= tensor.count
    }
    return (0, [])
  }

  private static func index(_ flat: Int, _ shape: [Int]) -> [Int] {
    var rest = flat, index: [Int] = []
    for size in shape.reversed() {
      index.insert(rest % max(size, 1), at: 0)
      rest /= max(size, 1)
    }
    return index
  }
}

extension [Int] {
  /// Where an index lies among the elements of a shape, row by row.
  func flat(in shape: [Int]) -> Int { zip(self, shape).reduce(0) { $0 * $1.1 + $1.0 } }
}
