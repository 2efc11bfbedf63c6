import Engine
import NN

extension Worked {
  /// `g`, the mean over the samples.
  mutating func explainGradient(_ atom: Formula) throws {
    let shown = try shownSamples(of: atom, .mean)
    add("g = \(try text(atom)), the mean of each sample's own \(shown.words):")
    if let grid = try sampleGrid(atom, shown.rows) { add(grid) }
  }

  mutating func explainReduction(_ atom: Formula, _ reducer: FormulaReducer, _ inner: Formula) throws {
    if request.subject.place == .parameters, inner.side != nil { return try explainStatistics(atom, reducer, inner) }
    if request.subject.place == .parameters || inner.hasEffect {
      let shown = try shownSamples(of: inner, reducer)
      add("\(atom) = \(try text(atom)), \(shown.words):")
      if let grid = try sampleGrid(inner, shown.rows) { add(grid) }
    } else {
      try addWitnessed(atom, reducer, inner)
    }
    add("  " + reducer.conclusion(try value(atom), request.sampleCount, numbers))
  }

  /// What is said under samples that are not all.
  func more(than rows: [Int]) -> String? {
    let rest = request.sampleCount - rows.count
    return rest > 0 ? "… and \(rest) more" : nil
  }

  /// The numbers of single samples, each scored alone. Nil where one alone says nothing, as of what is drawn.
  private func sampleGrid(_ inner: Formula, _ rows: [Int]) throws -> Grid? {
    guard !inner.effects.contains(where: { $0.draws > 1 }), inner.firstAverage == nil else { return nil }
    let varying = inner.atoms.filter { $0 != .symbol(.w) && $0 != .symbol(.w0) && $0 != inner && !(request.isGrouped && $0.extent == .element) }, columns = varying + [inner]
    let factors = try inner.contains(.g) ? GradientFactors(self, rows) : nil
    var grid = Grid(["sample"] + (factors?.names ?? []) + columns.map(\.description))
    for row in rows {
      let means = columns.map { Formula(.reduced(.mean, $0), tag: 0) }
      var part = try request.part(means.reduce(means[0]) { .binary(.add, $0, $1) }, rows: row..<(row + 1), subject: element.subject)
      part.progress = nil
      let found = try part.scores(of: means).map { try $0.scores[0].tensor.element(element.index) }
      grid.rows.append((label: "\(row)", numbers: (factors?.numbers[row] ?? []) + found))
    }
    grid.note = more(than: rows)
    return grid
  }

  /// The numbers of single samples of units or inputs.
  private mutating func addWitnessed(_ atom: Formula, _ reducer: FormulaReducer, _ inner: Formula) throws {
    let witness = try witness(rows: nil, place: element.index), all = witness.values[inner] ?? [:]
    let shown = ShownSamples((0..<request.sampleCount).map { all[$0] ?? .nan }, reducer)
    add("\(atom) = \(try text(atom)), \(shown.words):")
    let parts = inner.atoms.filter { $0 != inner && witness.values[$0] != nil }
    var grid = Grid(["sample"] + parts.map(\.description) + [inner.description])
    for row in shown.rows { grid.rows.append((label: "\(row)", numbers: parts.compactMap { witness.values[$0]?[row] } + (all[row].map { [$0] } ?? []))) }
    grid.note = more(than: shown.rows)
    add(grid)
    let first = shown.rows.first ?? 0
    for part in inner.atoms {
      if case .averaged(let average, let over) = part.kind { try addNodes(part, average, witness.nodes[over]?[first] ?? [], of: "sample \(first)") }
    }
  }

  /// Runs the whole request once more, with somebody who looks at one element of some samples, or of all.
  func witness(rows: [Int]?, place: [Int]) throws -> SampleWitness {
    let position = request.run.generator.position
    defer { request.run.generator.position = position }
    let witness = SampleWitness(subject: element.subject, place: place, rows: rows)
    var quiet = request
    quiet.progress = nil
    try quiet.evaluating {
      var scoring = try SampleScoring(quiet)
      scoring.witness = witness
      _ = try scoring.scores(of: [request.formula], scoring.effects())
    }
    return witness
  }
}

extension FormulaReducer {
  /// How the numbers of samples became one.
  fileprivate func conclusion(_ value: Double, _ n: Int, _ numbers: NumberText) -> String {
    let v = numbers.one(value)
    return switch self {
    case .mean: "all \(n) add up to \(numbers.one(value * Double(n))); divided by \(n) that is \(v)"
    case .sum: "all \(n) add up to \(v)"
    case .max: "the largest of all \(n) is \(v)"
    case .min: "the smallest of all \(n) is \(v)"
    case .std: "the squares of their distances from the mean, over \(n) - 1, come to \(numbers.one(value * value)); the root is \(v)"
    case .var: "the squares of their distances from the mean, over \(n) - 1, come to \(v)"
    case .norm: "the squares of all \(n) add up to \(numbers.one(value * value)); the root is \(v)"
    }
  }
}
