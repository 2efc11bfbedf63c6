import Builtins

/// A formula that has a name in the field, with what is known of it.
public struct Criterion: Sendable {
  public let name: String
  public let formula: Formula
  /// What a high score says, in one sentence.
  public let summary: String
  public let source: Source
  /// Whether the score stays when a layer is scaled up and the next one down so that the network computes the same.
  public let isInvariantToRescaling: Bool
  /// Where it leads astray, in one sentence.
  public let misleads: String
}

/// The formulas that have a name, which `importance NAME of …` uses and `explain` describes.
public enum Criteria {
  public static let all: [Criterion] = [.fisher, .gradient, .magnitude, .movement, .snip, .taylor]

  /// The criterion of that name.
  public static func named(_ name: String) -> Criterion? { all.first { $0.name == name } }
}

extension Criterion {
  static let fisher = Criterion(
    name: "fisher", formula: Formula(.reduced(.mean, g ^ 2), tag: 0),
    summary: "How much the objective of a typical sample answers to the weight: the diagonal of the empirical Fisher information.",
    source: Source("Kirkpatrick et al. 2017, with the labels of the data where the paper draws them from the model", arXiv: "1612.00796"),
    isInvariantToRescaling: false,
    misleads: "It takes the labels of the data, not labels drawn from the model: where the model is wrong, the two differ, and near a perfect fit it goes to 0.")

  static let gradient = Criterion(
    name: "gradient", formula: .magnitude(g), summary: "How fast the objective over all data changes with the weight.",
    source: Source("Mozer and Smolensky 1989"), isInvariantToRescaling: false,
    misleads: "At the end of training it goes to 0 for every weight, and the gradients of samples that disagree cancel.")

  static let magnitude = Criterion(
    name: "magnitude", formula: .magnitude(w), summary: "How far the weight is from 0.",
    source: Source("Han et al. 2015", arXiv: "1506.02626"), isInvariantToRescaling: false,
    misleads: "Layers of different scale do not compare: scaling one up and the next one down changes every score and nothing that the network does.")

  static let movement = Criterion(
    name: "movement", formula: .magnitude(w - .symbol(.w0)), summary: "How far the last training moved the weight.",
    source: Source("Zhou et al. 2019, magnitude of the change", arXiv: "1905.01067"), isInvariantToRescaling: false,
    misleads: "A weight that was right from the start does not move; one under a high learning rate moves for nothing.")

  static let snip = Criterion(
    name: "snip", formula: .magnitude(w * g), summary: "How much the objective changes, to first order, when the weight is set to 0.",
    source: Source("Lee, Ajanthan and Torr 2019, without the division by the sum", arXiv: "1810.02340"), isInvariantToRescaling: true,
    misleads: "It was made for networks before training; near a minimum the gradient, and so every score, goes to 0, and the order is noise.")

  static let taylor = Criterion(
    name: "taylor", formula: .magnitude(w * g), summary: "How much the objective changes, to first order, when the weight is set to 0.",
    source: Source("Molchanov et al. 2019, the root of eq. 8", arXiv: "1906.10771"), isInvariantToRescaling: true,
    misleads: "First order only: far from 0 the objective bends, and the gradients of samples that disagree cancel before the absolute value is taken; `mean(|w * g|)` keeps them.")

  private static let w = Formula.symbol(.w)
  private static let g = Formula.symbol(.g)
}

extension Formula {
  fileprivate static func * (a: Formula, b: Formula) -> Formula { .binary(.multiply, a, b) }
  fileprivate static func - (a: Formula, b: Formula) -> Formula { .binary(.subtract, a, b) }
  fileprivate static func ^ (a: Formula, b: Double) -> Formula { .binary(.power, a, .number(b)) }
}
