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

  /// Draws and elements that are shown.
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
  mutating func addNodes(_ atom: Formula, _ average: FormulaAverage, _ nodes: [SampleWitness.Node], of sample: String) throws {
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
