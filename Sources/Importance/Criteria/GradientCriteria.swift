import Builtins

/// Criteria of first and second derivatives with respect to parameters.
extension Criterion {
  static let fisher = Criterion(
    name: "fisher", formula: .mean(.g ^ 2),
    summary: "How much the objective of a typical sample answers to the weight: the diagonal of the empirical Fisher information.",
    source: Source("Kirkpatrick et al. 2017, with the labels of the data where the paper draws them from the model", arXiv: "1612.00796"),
    cost: "one forward and one backward pass where the layers are linear", isInvariantToRescaling: false,
    misleads: "It takes the labels of the data, not labels drawn from the model (`true_fisher`): where the model is wrong, the two differ, and near a perfect fit it goes to 0.")

  static let fisherPruning = Criterion(
    name: "fisher_pruning", formula: (.w ^ 2) * .mean(.g ^ 2) / 2,
    summary: "How much the loss rises, to second order, when the weight is set to 0, with the empirical Fisher information for the Hessian.",
    source: Source("Theis et al. 2018, eq. 6, weight by weight", arXiv: "1801.05787"), cost: "that of `fisher`", isInvariantToRescaling: true,
    misleads: "The Fisher information is the Hessian only for a model that fits, with labels drawn from it; first-order terms are left out.")

  static let gradient = Criterion(
    name: "gradient", formula: .magnitude(.g), summary: "How fast the objective over all data changes with the weight.",
    source: Source("Mozer and Smolensky 1989"), cost: "one forward and one backward pass", isInvariantToRescaling: false,
    misleads: "At the end of training it goes to 0 for every weight, and the gradients of samples that disagree cancel.")

  static let obd = Criterion(
    name: "obd", formula: .h * (.w ^ 2) / 2, summary: "How much the objective rises, to second order, when the weight alone is set to 0 at a minimum.",
    source: Source("LeCun, Denker and Solla 1989, eq. 5, with the exact diagonal of the Hessian"),
    cost: "one pass for stacks of linear layers, one way back for each output of piecewise linear models, else products with the Hessian",
    isInvariantToRescaling: true,
    misleads: "It supposes a minimum and leaves out how weights act together; away from one the diagonal is often below 0, and so are the scores.")

  static let rigl = Criterion(
    name: "rigl", formula: .magnitude(.g) * .binary(.equal, .w, .number(0)),
    summary: "Which of the weights that are 0 the loss asks for most: where to grow a sparse network.",
    source: Source("Evci et al. 2020, the criterion to grow", arXiv: "1911.11134"), cost: "one forward and one backward pass", isInvariantToRescaling: false,
    misleads: "A weight that is not 0 scores 0: it ranks what is missing, not what is there; one batch gives a noisy order.")

  static let snip = Criterion(
    name: "snip", formula: .magnitude(.w * .g), summary: "How much the objective changes, to first order, when the weight is set to 0.",
    source: Source("Lee, Ajanthan and Torr 2019, without the division by the sum", arXiv: "1810.02340"), cost: "one forward and one backward pass",
    isInvariantToRescaling: true,
    misleads: "It was made for networks before training; near a minimum the gradient, and so every score, goes to 0, and the order is noise.")

  static let taylor = Criterion(
    name: "taylor", formula: .magnitude(.w * .g), summary: "How much the objective changes, to first order, when the weight is set to 0.",
    source: Source("Molchanov et al. 2019, the root of eq. 8", arXiv: "1906.10771"), cost: "one forward and one backward pass", isInvariantToRescaling: true,
    misleads: "First order only: far from 0 the objective bends, and the gradients of samples that disagree cancel before the absolute value is taken; `mean(|w * g|)` keeps them.")

  static let taylorSecondOrder = Criterion(
    name: "taylor_second_order", formula: (.w * .g - .w * .product(.w) / 2) ^ 2,
    summary: "How much the objective changes, to second order, when the weight is set to 0, with its share of what weights do together.",
    source: Source("Molchanov et al. 2019, eq. 6", arXiv: "1906.10771"), cost: "a gradient and one Hessian-vector product over the data",
    isInvariantToRescaling: true,
    misleads: "The product with the Hessian counts all weights as removed at once, half for each of a pair; far from 0 two terms are still few.")
}

extension Formula {
  /// `hvp(v)`.
  static func product(_ v: Formula) -> Formula {
    Formula(.method(FormulaMethod(name: "hvp", arguments: [FormulaArgument(nil, v)], method: .hvp)), tag: 0)
  }
}
