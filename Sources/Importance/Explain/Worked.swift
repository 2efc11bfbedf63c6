import Builtins
import Engine
import NN

/// One element of the scores, worked out from the parts of the formula, line by line.
struct Worked {
  let request: Scoring
  let element: WorkedElement
  let numbers: NumberText
  /// What the parts of the formula come to, for the tensor that the element stands in.
  private let parts: [Formula: Tensor]
  private(set) var lines: [String] = []

  /// Samples that are shown.
  static let shown = 3

  init(_ request: Scoring, _ element: WorkedElement, _ parts: [Formula: Tensor], _ numbers: NumberText) throws {
    (self.request, self.element, self.parts, self.numbers) = (request, element, parts, numbers)
    let formula = request.formula
    guard !request.isGrouped || formula.extent != .element else {
      try explainSum()
      return
    }
    for atom in formula.atoms { try explain(atom) }
    for part in formula.composites { lines.append("  \(part) = \(try substituted(part)) = \(try text(part))") }
  }

  var rows: Range<Int> { 0..<min(request.sampleCount, Self.shown) }

  /// What a part of the formula comes to.
  func value(_ part: Formula) throws -> Double {
    if let constant = part.constant { return constant }
    guard let tensor = parts[part] else { throw ScoringError.unplanned("\(part)") }
    return try tensor.element(element.index)
  }

  func text(_ part: Formula) throws -> String { numbers.one(try value(part)) }

  mutating func add(_ line: String) { lines.append("  " + line) }
  mutating func add(_ grid: Grid) { lines += grid.lines(numbers).map { "      " + $0 } }

  /// The parts of a node in place of their names.
  private func substituted(_ formula: Formula) throws -> String {
    func operand(_ part: Formula, _ inBrackets: Bool = true) throws -> String {
      if part.constant != nil { return part.description }
      let text = try text(part)
      return inBrackets && text.hasPrefix("-") ? "(\(text))" : text
    }
    switch formula.kind {
    case .negated(let a): return "-" + (try operand(a))
    case .magnitude(let a): return "|" + (try operand(a, false)) + "|"
    case .binary(.power, let a, let b): return try operand(a) + "^" + operand(b)
    case .binary(let operation, let a, let b): return try operand(a, operation != .add) + " \(operation.rawValue) " + operand(b)
    case .call(let call):
      let arguments = try call.arguments.map { ($0.name.map { "\($0)=" } ?? "") + (try operand($0.value, false)) }
      return "\(call.name)(\(arguments.joined(separator: ", ")))"
    default: return try text(formula)
    }
  }

  private mutating func explain(_ atom: Formula) throws {
    switch atom.kind {
    case .symbol(.w): add("w = \(try text(atom))")
    case .symbol(.w0): add("w0 = \(try text(atom)), the number that w was when it was first seen, or before the last training")
    case .symbol(.g): try explainGradient(atom)
    case .symbol(.h): try explainCurvature(atom)
    case .symbol(let symbol): add("\(atom) = \(try text(atom)), \(symbol.meaning)\(place)")
    case .reduced(let reducer, let inner): try explainReduction(atom, reducer, inner)
    case .grouped(.total, let inner): try explainTotal(atom, inner)
    case .grouped(.matrix_rank, _): add("\(atom) = \(try text(atom))")
    case .averaged(let average, let inner): try explainAverage(atom, average, inner)
    case .effect(let effect): try explainEffect(atom, effect)
    case .method(let call): try explainMethod(atom, call)
    default: break
    }
  }

  /// Where a number that belongs to a sample stands.
  private var place: String {
    guard request.formula.isPerSample, let sample = element.index.first else { return "" }
    return ", of sample \(sample)"
  }

  private mutating func explainGradient(_ atom: Formula) throws {
    let n = request.sampleCount
    add("g = \(try text(atom)), the mean over \(n) sample\(n == 1 ? "" : "s") of each one's own:")
    try addSamples(of: atom, .mean)
  }

  private mutating func explainReduction(_ atom: Formula, _ reducer: FormulaReducer, _ inner: Formula) throws {
    let n = request.sampleCount
    if request.subject.place == .parameters, inner.side != nil { return try explainStatistics(atom, reducer, inner) }
    add("\(atom) = \(try text(atom)), over \(n) sample\(n == 1 ? "" : "s"):")
    try addSamples(of: inner, reducer)
    add("  " + reducer.conclusion(try value(atom), n, numbers))
  }

  /// The first samples' own numbers of a formula, with the columns that it is made of.
  private mutating func addSamples(of inner: Formula, _ reducer: FormulaReducer) throws {
    guard var grid = try request.subject.place == .parameters || inner.hasEffect ? sampleGrid(inner) : witnessed(inner) else { return }
    let rest = request.sampleCount - rows.count
    if rest > 0 { grid.note = "… and \(rest) more" }
    add(grid)
  }

  /// The numbers of single samples, each scored alone. Nil where one alone says nothing, as of what is drawn.
  private func sampleGrid(_ inner: Formula) throws -> Grid? {
    guard !inner.effects.contains(where: { $0.draws > 1 }), inner.firstAverage == nil else { return nil }
    let varying = inner.atoms.filter { $0 != .symbol(.w) && $0 != .symbol(.w0) && $0 != inner && !(request.isGrouped && $0.extent == .element) }, columns = varying + [inner]
    let factors = try inner.contains(.g) ? GradientFactors(self) : nil
    var grid = Grid(["sample"] + (factors?.names ?? []) + columns.map(\.description))
    for row in rows {
      let means = columns.map { Formula(.reduced(.mean, $0), tag: 0) }
      var part = try request.part(means.reduce(means[0]) { .binary(.add, $0, $1) }, rows: row..<(row + 1), subject: element.subject)
      part.progress = nil
      let found = try part.scores(of: means).map { try $0.scores[0].tensor.element(element.index) }
      grid.rows.append((label: "\(row)", numbers: (factors?.numbers[row] ?? []) + found))
    }
    return grid
  }

  /// The numbers of single samples of units or inputs.
  private mutating func witnessed(_ inner: Formula) throws -> Grid? {
    let witness = try witness(rows: Array(rows), place: element.index)
    let all = witness.values[inner] ?? [:]
    let parts = inner.atoms.filter { $0 != inner && witness.values[$0] != nil }
    var grid = Grid(["sample"] + parts.map(\.description) + [inner.description])
    for row in rows { grid.rows.append((label: "\(row)", numbers: parts.compactMap { witness.values[$0]?[row] } + (all[row].map { [$0] } ?? []))) }
    for atom in inner.atoms {
      if case .averaged(let average, let over) = atom.kind { try addNodes(atom, average, witness.nodes[over]?[0] ?? [], of: "sample 0") }
    }
    return grid
  }

  /// Runs the whole request once more, with somebody who looks at one element.
  private func witness(rows: [Int], place: [Int]) throws -> SampleWitness {
    let position = request.run.generator.position
    defer { request.run.generator.position = position }
    let witness = SampleWitness(subject: element.subject, place: place, rows: rows)
    var quiet = request
    quiet.progress = nil
    try quiet.evaluating {
      var scoring = try SampleScoring(quiet)
      scoring.witness = witness
      _ = try scoring.scores(of: [request.formula])
    }
    return witness
  }

  private mutating func explainAverage(_ atom: Formula, _ average: FormulaAverage, _ inner: Formula) throws {
    if request.wholeAverages.contains(atom) || request.isGrouped {
      return add("\(atom) = \(try text(atom)), the average of \(inner) over all samples, \(average.isPath ? "point by point of the line" : "draw by draw")")
    }
    let sample = element.index.first ?? 0
    let witness = try witness(rows: [sample], place: Array(element.index.dropFirst()))
    try addNodes(atom, average, witness.nodes[inner]?[sample] ?? [], of: "sample \(sample)")
    add("\(atom) = \(try text(atom)), the sum of weight times \(inner)")
  }

  /// The first, the middle and the last points of a path, or the first draws.
  private mutating func addNodes(_ atom: Formula, _ average: FormulaAverage, _ nodes: [SampleWitness.Node], of sample: String) throws {
    guard case .averaged(_, let inner) = atom.kind, !nodes.isEmpty else { return }
    add("\(atom) of \(sample): \(inner) at \(nodes.count) \(average.isPath ? "points t of the line from x0 to x" : "draws")")
    let places = nodes.count <= 5 ? Array(nodes.indices) : average.isPath ? [0, 1, nodes.count / 2, nodes.count - 2, nodes.count - 1] : [0, 1, 2]
    var grid = Grid((average.isPath ? ["point", "t"] : ["draw"]) + ["weight", inner.description])
    for i in places { grid.rows.append((label: "\(i + 1)", numbers: (average.isPath ? [nodes[i].t ?? 0] : []) + [nodes[i].weight, nodes[i].value])) }
    let sum = nodes.reduce(0) { $0 + $1.weight * $1.value }
    grid.note = "weight times \(inner), added up over all \(nodes.count): \(numbers.one(sum))"
    add(grid)
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

/// Numbers under names, right-aligned.
struct Grid {
  let names: [String]
  var rows: [(label: String, numbers: [Double])] = []
  var note: String?

  init(_ names: [String]) { self.names = names }

  func lines(_ text: NumberText) -> [String] {
    let count = names.count - 1
    let columns = (0..<count).map { i in text.column(rows.map { i < $0.numbers.count ? $0.numbers[i] : .nan }) }
    let cells = [names] + rows.indices.map { row in [rows[row].label] + columns.map { $0[row] } }
    let widths = names.indices.map { i in cells.map { $0[i].count }.max() ?? 0 }
    let lines = cells.map { row in zip(row, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }.joined(separator: "  ") }
    return lines + (note.map { [$0] } ?? [])
  }
}

extension Scoring {
  /// The same for another formula, for some samples, and for one of what is scored.
  func part(_ formula: Formula, rows: Range<Int>, subject place: Int? = nil) throws -> Scoring {
    let own: Subject = switch (subject, place) {
    case (.parameters(let list), let i?): .parameters([list[i]])
    case (.modules(let list), let i?): .modules([list[i]])
    default: subject
    }
    return try part(formula, of: own, rows: rows)
  }

  func part(_ formula: Formula, of subject: Subject, rows: Range<Int>) throws -> Scoring {
    let (x, y) = try self.x == nil ? (nil, nil) : samples(rows)
    var other = try Scoring(formula, of: model, subject, on: x, y, for: objective, in: run)
    if let baseline, let x = self.x, baseline.rank == x.rank, baseline.shape[0] == x.shape[0], x.shape[0] > 1 {
      other.baseline = try baseline.narrow(0, rows.lowerBound, rows.count)
    } else {
      other.baseline = baseline
    }
    (other.each, other.functions, other.values, other.memory) = (each, functions, values, memory)
    return other
  }
}
