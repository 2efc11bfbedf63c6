import Builtins

/// Criteria of the units of modules.
extension Criterion {
  static let activationImpact = Criterion(
    name: "activation_impact", formula: .mean(.magnitude(.a * .da)),
    summary: "How much the objective of a typical sample changes, to first order, when the unit is silenced.",
    source: Source("Molchanov et al. 2017, eq. 7, without the mean over the places of a map", arXiv: "1611.06440"),
    cost: "one forward and one backward pass", isInvariantToRescaling: true,
    misleads: "First order only: a unit whose effect is saturated scores 0, and a redundant one as high as one that nothing stands in for.")

  static let apoz = Criterion(
    name: "apoz", formula: .mean(.binary(.equal, .a, .number(0))), summary: "The share of samples for which the unit is silent: here high means of little use.",
    source: Source("Hu et al. 2016", arXiv: "1607.03250"), cost: "one forward pass", isInvariantToRescaling: true,
    misleads: "It asks for exact zeros, which only ReLU and its like give; a unit that speaks for one rare class alone is silent nearly always and may matter most.")

  static let conductance = Criterion(
    name: "conductance", formula: .path(.da * Formula(.step(.a), tag: 0)),
    summary: "How much of the difference between the objective at the input and at the baseline flows through the unit.",
    source: Source("Dhamdhere, Sundararajan and Yan 2018, eq. 3", arXiv: "1805.12233"), cost: "50 forward and backward passes", isInvariantToRescaling: true,
    misleads: "It depends on the baseline; its sum over the units of a layer is right only where all paths lead through the layer.")

  static let internalInfluence = Criterion(
    name: "internal_influence", formula: .path(.da), summary: "How fast the objective changes with the unit, on average between the baseline and the input.",
    source: Source("Leino et al. 2018", arXiv: "1802.03788"), cost: "50 forward and backward passes", isInvariantToRescaling: false,
    misleads: "It says how the objective would answer, not how far the unit moves: a unit that is always 0 may score high.")
}

/// Criteria of the features of an input.
extension Criterion {
  static let inputTimesGradient = Criterion(
    name: "input_x_gradient", formula: .x * .dx, summary: "How much the feature adds to the objective, to first order.",
    source: Source("Shrikumar et al. 2016", arXiv: "1605.01713"), cost: "one forward and one backward pass", isInvariantToRescaling: true,
    misleads: "A feature that is 0 scores 0 whatever it means; where the model saturates the gradient vanishes and important features with it.")

  static let integratedGradients = Criterion(
    name: "integrated_gradients", formula: (.x - .x0) * .path(.dx), summary: "The feature's share of the difference between the objective at the input and at the baseline.",
    source: Source("Sundararajan, Taly and Yan 2017, eq. 1", arXiv: "1703.01365"), cost: "50 forward and backward passes", isInvariantToRescaling: true,
    misleads: "It depends on the baseline: a feature that equals its baseline scores 0 however much it matters.")

  static let saliency = Criterion(
    name: "saliency", formula: .magnitude(.dx), summary: "How fast the objective changes with the feature.",
    source: Source("Simonyan, Vedaldi and Zisserman 2013", arXiv: "1312.6034"), cost: "one forward and one backward pass", isInvariantToRescaling: true,
    misleads: "It is what the model answers to next, not what it used; it is noisy from pixel to pixel, and 0 where the model is saturated.")

  static let smoothGrad = Criterion(
    name: "smooth_grad", formula: Formula(.averaged(.smooth(draws: 50, std: 0.15), .magnitude(.dx)), tag: 0),
    summary: "How fast the objective changes with the feature, on average around the input.",
    source: Source("Smilkov et al. 2017, of absolute gradients, with noise in the units of the input", arXiv: "1706.03825"), cost: "50 forward and backward passes",
    isInvariantToRescaling: true, misleads: "The noise takes the model where it was not trained; its size decides what is seen, and fits features of one scale only.")
}
