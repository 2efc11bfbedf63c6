import Builtins
import Engine
import NN

extension Scoring {
  /// What the formula means for this model, how it is computed and what it takes for granted, and one of its numbers worked
  /// out from its parts: that of the named element, or the highest. Randomness is left where it was, so that the numbers are
  /// those that `scores` would give next.
  /// - Throws: what `scores` does; `unknownScore` and `noElement` for an element that is not scored.
  public func explanation(of wanted: ElementName? = nil, numbers: NumberText) throws -> Explanation {
    let position = run.generator.position
    defer { run.generator.position = position }
    // Of groups the parts that have one number a group.
    let isWhole = isGrouped && formula.extent == .element
    let parts = [formula] + (isWhole ? [] : (formula.atoms + formula.composites).filter { $0 != formula })
    let all = try Scoring(parts.dropFirst().reduce(formula) { .binary(.add, $0, $1) }, like: self)
    let found = try all.scores(of: parts)
    run.generator.position = position
    var value = found[0]
    value.check = WarningCheck(self, value)
    let element = try WorkedElement(value, wanted)
    let tensors = Dictionary(uniqueKeysWithValues: zip(parts, found.map { $0.scores[element.subject].tensor }))
    var quiet = self
    (quiet.progress, quiet.clock) = (nil, nil)
    let worked = try Worked(quiet, element, tensors, numbers)
    let score = try tensors[formula]?.element(element.index) ?? .nan
    let last = try "  score of \(element.name) = " + printed(score, value, numbers)
    return Explanation(
      sections: [
        Explanation.Section(heading: value.title, lines: meaning), Explanation.Section(heading: "How it comes about", lines: try Derivation(self, self.plan()).lines),
        Explanation.Section(heading: "What it assumes", lines: Assumptions(self, value).lines),
        Explanation.Section(heading: "One number: \(element.name)\(element.how)", lines: worked.lines + [last]),
      ], element: element.name, score: score, allWarnings: value.allWarnings)
  }

  /// The same request for another formula.
  public func asking(_ formula: Formula) throws -> Scoring { try Scoring(formula, like: self) }

  /// The samples of the first group that has any, as a request of their own.
  public func part(of groups: SampleGroups) throws -> Scoring {
    guard let group = groups.rows.indices.first(where: { !groups.rows[$0].isEmpty }), let x else { return self }
    let chosen = try Tensor(groups.rows[group])
    var part = try Scoring(formula, of: model, subject, on: x.indexSelect(0, chosen), y?.indexSelect(0, chosen), for: objective, in: run)
    part.take(from: self)
    part.data = "\(data), \(groups.name) \(group)"
    if let baseline, baseline.rank == x.rank, baseline.shape[0] == x.shape[0], x.shape[0] > 1 { part.baseline = try baseline.indexSelect(0, chosen) }
    return part
  }

  private mutating func take(from other: Scoring) {
    (baseline, each, functions, values, remarks) = (other.baseline, other.each, other.functions, other.values, other.remarks)
    (data, provenance, memory, progress, clock) = (other.data, other.provenance, other.memory, other.progress, other.clock)
  }

  private init(_ formula: Formula, like other: Scoring) throws {
    try self.init(formula, of: other.model, other.subject, on: other.x, other.y, for: other.objective, in: other.run)
    take(from: other)
  }

  /// The formula in words and in signs, and what its letters stand for.
  private var meaning: [String] {
    let noun = objective.noun(hasLabels: y?.dtype == .int64)
    var lines = ["  In words: \(formula.words(noun)).", "  In signs: \(formula.mathematics())"]
    let known = Criteria.all.filter { $0.formula == formula && $0.algorithm == nil }.map { "\($0.name) (\($0.source.text))" }
    if !known.isEmpty { lines.append("  Known as: \(known.joined(separator: "; "))") }
    let symbols = FormulaSymbol.allCases.filter(formula.contains)
    let width = symbols.map(\.rawValue.count).max() ?? 0
    for symbol in symbols {
      lines.append("  \(symbol.rawValue)\(String(repeating: " ", count: width - symbol.rawValue.count))  \(symbol.meaning)")
    }
    if let scored { lines.append("  Scored: \(scored)") }
    return lines
  }

  /// What has scores, with its size.
  private var scored: String? {
    switch subject {
    case .parameters(let list):
      let count = list.reduce(0) { $0 + $1.parameter.value.count }
      let names = list.prefix(3).map { "\($0.name) \($0.parameter.value.shape)" }.joined(separator: ", ")
      return "\(count) numbers of \(names)\(list.count > 3 ? " and \(list.count - 3) more" : "")"
    case .modules(let list):
      let names = list.prefix(3).map { "\($0.name) (\($0.module.typeName))" }.joined(separator: ", ")
      return "the units of \(names)\(list.count > 3 ? " and \(list.count - 3) more" : "")"
    case .input: return x.map { "the features of the input, \($0.shape.dropFirst().map(String.init).joined(separator: " × ")) a sample" }
    }
  }

  /// The score as the ranking prints it: beside the highest, whose form it takes.
  private func printed(_ score: Double, _ value: ImportanceValue, _ numbers: NumberText) throws -> String {
    var column = try value.topRows(10).map(\.score)
    if let there = column.firstIndex(where: { $0 == score }) { return numbers.column(column)[there] }
    column.append(score)
    return numbers.column(column).last ?? ""
  }
}
