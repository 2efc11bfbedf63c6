import Builtins
import Engine
import NN

/// Something that a reader of a result should know before trusting it.
public struct ImportanceWarning: Sendable, Equatable {
  /// What is the matter, in one sentence.
  public let text: String
  /// The way out.
  public let help: String?
  public init(_ text: String, help: String? = nil) { (self.text, self.help) = (text, help) }
  /// Both on one line.
  public var line: String { text + (help.map { " (\($0))" } ?? "") }
}

/// The scores of a formula, one for each element of each parameter, module or input, and how they were made.
public struct ImportanceValue: Indexed {
  /// In the order of the model.
  public let scores: [(name: String, tensor: Tensor)]
  public let formula: Formula
  /// Nil where the formula asks for no gradient.
  public let objective: String?
  /// What the data was called; nil where none was needed.
  public let data: String?
  public let plan: Plan
  public let seconds: Double?
  /// The model whose parameters are scored, for uses that change it and measure.
  public internal(set) var model: Module?
  /// The standard errors of scores that were sampled, in their order; nil where nothing was.
  public internal(set) var errors: [Tensor]?
  public internal(set) var warnings: [ImportanceWarning] = []
  /// What else there is to warn of, found when it is asked for; nil for scores that were changed since.
  var check: WarningCheck?
  /// What was done to the scores since, in words.
  public let changes: [String]
  /// Of which model, under which seed and by which version; what a saved file tells.
  public var provenance = Provenance()

  public init(
    _ scores: [(name: String, tensor: Tensor)], formula: Formula, objective: String?, data: String?, plan: Plan, seconds: Double?, changes: [String] = []
  ) {
    (self.scores, self.formula, self.objective, self.data) = (scores, formula, objective, data)
    (self.plan, self.seconds, self.changes) = (plan, seconds, changes)
  }

  /// The same, with other scores.
  func changed(_ scores: [(name: String, tensor: Tensor)], _ change: String) -> ImportanceValue {
    var value = ImportanceValue(scores, formula: formula, objective: objective, data: data, plan: plan, seconds: seconds, changes: changes + [change])
    (value.model, value.provenance) = (model, provenance)
    return value
  }

  public static let kind = "importance"
  public var names: [String] { scores.map(\.name) }
  public var elementCount: Int { scores.reduce(0) { $0 + $1.tensor.count } }

  /// The scores of a parameter by its path, or by the end of its path where that names one alone.
  /// - Throws: `unknownScore`.
  public func scores(of name: String) throws(ScoringError) -> Tensor {
    if let there = scores.first(where: { $0.name == name }) { return there.tensor }
    let ends = scores.filter { $0.name.hasSuffix("." + name) }
    guard ends.count == 1 else { throw .unknownScore(name, nearest: nearest(to: name, among: names), known: names) }
    return ends[0].tensor
  }

  public var count: Int { scores.count }
  /// `for` meets the names.
  public func element(_ position: Int) -> any Value { scores[position].name }
  public func element(named name: String) throws -> (any Value)? { try scores(of: name) }

  public func field(_ name: String) -> (any Value)? {
    switch name {
    case "scores": scores.count == 1 ? scores[0].tensor : Record(scores.map { ($0.name, $0.tensor) })
    case "errors": errorValue
    case "formula": formula.description
    case "objective": objective ?? None()
    case "data": data ?? None()
    case "plan": plan
    case "seconds": seconds ?? None()
    case "names": List(names)
    case "warnings": List(allWarnings.map(\.line))
    case "model": provenance.model ?? None()
    case "seed": provenance.seed.map { Int(clamping: $0) } ?? None()
    case "versions": provenance.versions
    default: nil
    }
  }
  public var fields: [String] { ["scores", "errors", "formula", "objective", "data", "plan", "seconds", "names", "warnings", "model", "seed", "versions"] }

  /// What one score is of.
  var element: String {
    switch try? formula.place() {
    case .units: "unit"
    case .inputs: "feature"
    case .parameters, nil: "parameter"
    }
  }

  private var errorValue: any Value {
    guard let errors else { return None() }
    return errors.count == 1 ? errors[0] : Record(zip(names, errors).map { ($0, $1) })
  }

  /// The formula, the data and the objective in one line.
  public var title: String {
    var title = formula.description
    if let data { title += " on \(data)" }
    if let objective { title += " for \(objective)" }
    return ([title] + changes).joined(separator: ", ")
  }

  public var json: JSON {
    .object([
      "importance": .string(formula.description), "objective": objective.map(JSON.string) ?? .null, "data": data.map(JSON.string) ?? .null,
      "changes": .array(changes.map(JSON.string)), "seconds": seconds.map(JSON.number) ?? .null, "plan": plan.json,
      "scores": .object(scores.map { JSON.Member($0.name, $0.tensor.json) }),
      "warnings": .array(allWarnings.map { .string($0.line) }),
      "errors": errors.map { .object(zip(names, $0).map { JSON.Member($0, $1.json) }) } ?? .null,
    ])
  }
}
