import Builtins
import Engine

/// A formula or an algorithm that has a name in the field, with what is known of it.
public struct Criterion: Sendable {
  public let name: String
  /// What it computes; of an algorithm, its own name.
  public let formula: Formula
  /// What a high score says, in one sentence.
  public let summary: String
  public let source: Source
  /// What it takes beside a pass over the data.
  public let cost: String
  /// Whether the score stays when a layer is scaled up and the next one down so that the network computes the same.
  public let isInvariantToRescaling: Bool
  /// Where it leads astray, in one sentence.
  public let misleads: String
  /// What an algorithm computes, as text.
  public let algorithm: String?
  /// The settings of an algorithm.
  public let parameters: [Parameter]
  /// What one score is of where nothing else is asked for; nil for one element.
  public var each: ScoreEach? { eachWord.flatMap(ScoreEach.init(word:)) }
  private let eachWord: String?

  init(
    name: String, formula: Formula, summary: String, source: Source, cost: String, isInvariantToRescaling: Bool, misleads: String,
    each: String? = nil
  ) {
    eachWord = each
    (self.name, self.formula, self.summary, self.source, self.cost) = (name, formula, summary, source, cost)
    (self.isInvariantToRescaling, self.misleads, algorithm, parameters) = (isInvariantToRescaling, misleads, nil, [])
  }

  init(_ method: CriterionMethod) {
    eachWord = nil
    let builtin = method.builtin
    (name, summary, cost, misleads) = (builtin.name, builtin.summary, method.cost, method.misleads)
    source = builtin.source ?? Source("Pith")
    formula = Formula(.method(FormulaMethod(name: builtin.name, arguments: [], method: method)), tag: 0)
    (isInvariantToRescaling, algorithm, parameters) = (method.isInvariantToRescaling, builtin.formula, builtin.parameters)
  }

  /// All of it, as `help` and `explain` show it.
  /// - Parameter words: what the symbols of the formula stand for.
  public func page(_ words: String) -> String {
    var lines = ["\(name): \(algorithm ?? formula.description)", summary, ""]
    if algorithm == nil { lines += [words, ""] }
    if !parameters.isEmpty {
      lines.append("Settings: " + parameters.map { "\($0.name)=\($0.standardText ?? "") \($0.help)" }.joined(separator: " "))
    }
    if let eachWord { lines.append("Scores: one for each \(eachWord), unless `each=` says otherwise.") }
    lines += [
      "Cost: \(cost)", "Rescaling a layer and the next one the other way \(isInvariantToRescaling ? "leaves its scores as they are" : "changes its scores").",
      "When it misleads: \(misleads)", "Source: \(source.text)\(source.arXiv.map { ", arXiv:\($0)" } ?? "")",
    ]
    return lines.joined(separator: "\n")
  }
}

/// The formulas and algorithms that have a name, which `importance NAME of …` uses and `explain` describes.
public enum Criteria {
  public static let all: [Criterion] = [
    .ablation, .activationImpact, .apoz, .bnScale, .conductance, .cumulativeAblation, .dropoutAnalysis, .dropoutSensitivity, .fisher, .fisherPruning, .gradient,
    .groupFisher, .groupMagnitude, .groupTaylor, .hrank, .inputTimesGradient, .integratedGradients, .internalInfluence, .layerReinit, .layerShuffle,
    .leaveOneOut, .magnitude, .magnitudeChange, .meanAblation, .movement, .neuronShapley, .obd, .permutationImportance, .rigl, .saliency,
    .sensitivity, .smoothGrad, .snip, .taylor, .taylorSecondOrder, .unitFisher, .unitTaylor, .wanda,
  ].merged(with: methods.filter { !$0.takesFormula }.map { Criterion($0) })

  static let methods: [CriterionMethod] = [
    .force, .fpgm, .grasp, .hvp, .iterativeSnip, .lamp, .mas, .movementPruning, .obs, .parameterIntegratedGradients, .rwalk,
    .sparsegpt, .synapticIntelligence, .synflow, .trueFisher, .woodfisher,
  ]

  /// The criterion of that name.
  public static func named(_ name: String) -> Criterion? { all.first { $0.name == name } }

  static func method(named name: String) -> CriterionMethod? { methods.first { $0.builtin.name == name } }
}

extension [Criterion] {
  fileprivate func merged(with others: [Criterion]) -> [Criterion] { (self + others).sorted { $0.name < $1.name } }
}

/// How the formulas of the criteria are written.
extension Formula {
  static let w = Formula.symbol(.w), g = Formula.symbol(.g), h = Formula.symbol(.h), w0 = Formula.symbol(.w0)
  static let a = Formula.symbol(.a), da = Formula.symbol(.da), z = Formula.symbol(.z)
  static let x = Formula.symbol(.x), dx = Formula.symbol(.dx), x0 = Formula.symbol(.x0)

  static func mean(_ a: Formula) -> Formula { Formula(.reduced(.mean, a), tag: 0) }
  static func norm(_ a: Formula) -> Formula { Formula(.reduced(.norm, a), tag: 0) }
  static func rise(_ metric: EffectMetric, _ action: EffectAction, _ place: EffectPlace) -> Formula {
    .effect(FormulaEffect(.rise(action, place), of: metric))
  }
  static func path(_ a: Formula) -> Formula { Formula(.averaged(.path(steps: 50, .gausslegendre), a), tag: 0) }

  static func * (a: Formula, b: Formula) -> Formula { .binary(.multiply, a, b) }
  static func - (a: Formula, b: Formula) -> Formula { .binary(.subtract, a, b) }
  static func ^ (a: Formula, b: Double) -> Formula { .binary(.power, a, .number(b)) }
  static func / (a: Formula, b: Double) -> Formula { .binary(.divide, a, .number(b)) }
}
