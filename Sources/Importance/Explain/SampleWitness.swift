import Engine

/// Keeps what is met of one element of some samples, or of all, while scores of units or inputs are computed.
final class SampleWitness {
  /// A point of a path, or a draw, and what the formula is there.
  struct Node {
    /// Where on the path; nil for a draw.
    let t: Double?
    let weight: Double, value: Double
  }

  private let subject: Int
  /// Where the element stands in a sample.
  private let place: [Int]
  /// Nil for all.
  private let rows: [Int]?
  /// By formula, for each sample that is looked at.
  private(set) var values: [Formula: [Int: Double]] = [:]
  private(set) var nodes: [Formula: [Int: [Node]]] = [:]

  init(subject: Int, place: [Int], rows: [Int]?) { (self.subject, self.place, self.rows) = (subject, place, rows) }

  /// Notes a formula of samples, and what it is made of.
  /// - Shape: `values [samples, *]`.
  func note(_ formula: Formula, _ values: Tensor, at point: SamplePoint, _ subject: Int, _ scoring: SampleScoring) throws {
    guard subject == self.subject, let start = point.start else { return }
    let here = looked(at: start..<(start + point.count))
    guard !here.isEmpty else { return }
    func keep(_ formula: Formula, _ tensor: Tensor) throws {
      let column = try tensor.column(at: place, after: 1)
      for row in here { self.values[formula, default: [:]][row] = column[row - start] }
    }
    try keep(formula, values)
    for atom in formula.atoms where atom != formula && atom.isPerSample && !atom.hasEffect && !atom.hasTotal {
      try keep(atom, scoring.samples(atom, at: point, subject))
    }
  }

  private func looked(at range: Range<Int>) -> [Int] { rows.map { $0.filter(range.contains) } ?? Array(range) }

  /// - Shape: `values [nodes, samples, *]`.
  func note(_ formula: Formula, nodes values: Tensor, _ places: [(t: Double?, weight: Double)], at point: SamplePoint, _ subject: Int) throws {
    guard subject == self.subject, let start = point.start else { return }
    let here = looked(at: start..<(start + point.count))
    guard !here.isEmpty else { return }
    let numbers = try values.column(at: place, after: 2)
    for row in here {
      self.nodes[formula, default: [:]][row, default: []] += places.indices.map { i in
        Node(t: places[i].t, weight: places[i].weight, value: numbers[i * point.count + row - start])
      }
    }
  }
}

extension Tensor {
  /// The number at an index, whose last dimensions are those of the tensor; a dimension of size 1 stands for any.
  func element(_ index: [Int]) throws -> Double {
    var t = detached()
    for i in index.suffix(rank) { t = try t.select(0, t.shape[0] == 1 ? 0 : i) }
    return try t.item()
  }
}

extension Tensor {
  /// The numbers at an index of the dimensions after the first few, whatever the index of these, row by row.
  fileprivate func column(at index: [Int], after leading: Int) throws -> [Double] {
    var t = detached()
    for i in index.suffix(max(rank - leading, 0)) { t = try t.select(leading, t.shape[leading] == 1 ? 0 : i) }
    return try t.doubles()
  }
}

extension Formula {
  /// What its operators and functions work on, each once: symbols, reductions, averages, effects, methods.
  var atoms: [Formula] {
    switch kind {
    case .number: []
    case .symbol, .reduced, .grouped, .averaged, .step, .effect, .method: [self]
    case .negated, .magnitude, .binary, .call: parts.flatMap(\.atoms).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
  }

  /// What operators and functions in it make, the inner before the outer, each once.
  var composites: [Formula] {
    switch kind {
    case .negated, .magnitude, .binary, .call:
      guard !atoms.isEmpty else { return [] }
      return parts.flatMap(\.composites).reduce(into: []) { if !$0.contains($1) { $0.append($1) } } + [self]
    default: return []
    }
  }
}
