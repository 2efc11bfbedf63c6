import Engine

/// Keeps what is met of one element of some samples while scores of units or inputs are computed.
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
  private let rows: [Int]
  /// By formula, for each sample that is looked at.
  private(set) var values: [Formula: [Int: Double]] = [:]
  private(set) var nodes: [Formula: [Int: [Node]]] = [:]

  init(subject: Int, place: [Int], rows: [Int]) { (self.subject, self.place, self.rows) = (subject, place, rows) }

  /// Notes a formula of samples, and what it is made of.
  /// - Shape: `values [samples, *]`.
  func note(_ formula: Formula, _ values: Tensor, at point: SamplePoint, _ subject: Int, _ scoring: SampleScoring) throws {
    guard subject == self.subject, let start = point.start else { return }
    let here = rows.filter { start..<(start + point.count) ~= $0 }
    guard !here.isEmpty else { return }
    for row in here { self.values[formula, default: [:]][row] = try values.select(0, row - start).element(place) }
    for atom in formula.atoms where atom != formula && atom.isPerSample && !atom.hasEffect && !atom.hasTotal {
      let own = try scoring.samples(atom, at: point, subject)
      for row in here { self.values[atom, default: [:]][row] = try own.select(0, row - start).element(place) }
    }
  }

  /// - Shape: `values [nodes, samples, *]`.
  func note(_ formula: Formula, nodes values: Tensor, _ places: [(t: Double?, weight: Double)], at point: SamplePoint, _ subject: Int) throws {
    guard subject == self.subject, let start = point.start else { return }
    for row in rows where start..<(start + point.count) ~= row {
      let numbers = try (0..<places.count).map { try values.select(0, $0).select(0, row - start).element(place) }
      self.nodes[formula, default: [:]][row, default: []] += zip(places, numbers).map { Node(t: $0.t, weight: $0.weight, value: $1) }
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
