import Builtins

/// Criteria that change the network, or what it is given, and run it again.
extension Criterion {
  static let ablation = Criterion(
    name: "ablation", formula: .rise(.loss, .zero, .a), summary: "How much the loss rises when the unit alone is set to 0.",
    source: Source("Morcos et al. 2018, single-direction ablation", arXiv: "1803.06959"), cost: "the layers after the unit, once for each unit",
    isInvariantToRescaling: true,
    misleads: "Of two units that stand in for each other neither seems to matter; 0 may be a value that the unit never has: `mean_ablation`.")

  static let cumulativeAblation = Criterion(
    name: "cumulative_ablation", formula: .effect(FormulaEffect(.cumulative(.zero, .a), of: .loss)),
    summary: "How far the loss has risen when the unit and all that matter more by themselves are set to 0, one after the other.",
    source: Source("Morcos et al. 2018, the curves of cumulative ablation", arXiv: "1803.06959"), cost: "the layers after the units, twice for each unit",
    isInvariantToRescaling: true,
    misleads: "It is a curve in the order of single ablations, not a share of each unit: late units score high for what went before them.")

  static let dropoutAnalysis = Criterion(
    name: "dropout_analysis", formula: .rise(.loss, .dropout(0.5), .a),
    summary: "How much the loss rises, on average over draws, when the unit is dropped half of the time and doubled the other half.",
    source: Source("after Srivastava et al. 2014, unit by unit"), cost: "the layers after the unit, ten times for each unit", isInvariantToRescaling: true,
    misleads: "The doubling counts as much as the loss of the unit: a unit of great range scores high though the network could do without it.")

  static let dropoutSensitivity = Criterion(
    name: "dropout_sensitivity", formula: .negated(.effect(FormulaEffect(.lime(.zero, drop: FormulaEffect.standardDrop), of: .loss))),
    summary: "How much the loss rises with the unit gone, by a line through 1000 networks from which each unit was dropped with probability one half.",
    source: Source("after Srivastava et al. 2014; the line as in LIME, Ribeiro, Singh and Guestrin 2016", arXiv: "1602.04938"),
    cost: "the layers after the units, 1000 times for all of them; of at most 12 units all sets", isInvariantToRescaling: true,
    misleads: "It tells of networks with half of their units gone, which nobody uses unless they were trained with dropout; see in `.plan` how much the line explains.")

  static let layerReinit = Criterion(
    name: "layer_reinit", formula: .rise(.loss, .reinit, .w), summary: "How much the loss rises when the tensor starts anew: critical layers break, ambient ones do not.",
    source: Source("Zhang, Bengio and Singer 2019, re-initialisation with new numbers", arXiv: "1902.01996"), cost: "ten passes over the data for each tensor",
    isInvariantToRescaling: false,
    misleads: "A new start has the scale of the start: a layer that training made larger suffers from the scale alone.", each: "tensor")

  static let layerShuffle = Criterion(
    name: "layer_shuffle", formula: .rise(.loss, .shuffle, .w), summary: "How much the loss rises when the numbers of the tensor change places: what their order carries.",
    source: Source("after Zhang, Bengio and Singer 2019", arXiv: "1902.01996"), cost: "ten passes over the data for each tensor", isInvariantToRescaling: true,
    misleads: "It keeps the scale and breaks the order of all numbers at once: layers of few inputs break sooner than wide ones.", each: "tensor")

  static let leaveOneOut = Criterion(
    name: "leave_one_out", formula: .rise(.loss, .zero, .w), summary: "How much the loss rises when the weight alone is set to 0: what all approximations aim at.",
    source: Source("LeCun, Denker and Solla 1989, section 2, computed in full"), cost: "a pass over what the weight moves, for each weight", isInvariantToRescaling: true,
    misleads: "One weight at a time: of weights that stand in for each other each alone can go, and all together cannot.")

  static let meanAblation = Criterion(
    name: "mean_ablation", formula: .rise(.loss, .mean, .a), summary: "How much the loss rises when the unit alone is held at its mean over the data.",
    source: Source("Morcos et al. 2018, appendix", arXiv: "1803.06959"), cost: "that of `ablation`", isInvariantToRescaling: true,
    misleads: "What the unit adds on average, as a bias does, is kept, and may be what it is there for; the mean depends on the data.")

  static let neuronShapley = Criterion(
    name: "neuron_shapley", formula: .effect(FormulaEffect(.shapley(.mean), of: .accuracy)),
    summary: "The unit's fair share of the accuracy: what it adds on average when units join in random order, the absent ones held at their means.",
    source: Source("Ghorbani and Zou 2020", arXiv: "2002.09815"), cost: "50 orders, 25 random ones and their reverses, each with a pass for each unit; of at most 12 units all sets",
    isInvariantToRescaling: true,
    misleads: "It averages over networks with half of their units gone, which nobody uses; with few orders the standard error is as large as most shares.")

  static let permutationImportance = Criterion(
    name: "permutation_importance", formula: .effect(FormulaEffect(.drop(.shuffle, .x), of: .accuracy)),
    summary: "How much the accuracy drops when the feature is exchanged among the samples.",
    source: Source("Breiman 2001; Fisher, Rudin and Dominici 2019", arXiv: "1801.01489"), cost: "ten passes over the data for each feature", isInvariantToRescaling: true,
    misleads: "Features that go together are pulled apart into samples that cannot exist, and share what each could tell alone.")

  static let sensitivity = Criterion(
    name: "sensitivity", formula: .rise(.loss, .noise(0.1), .w), summary: "How much the loss rises, on average over draws, when noise of 0.1 is added to the weight.",
    source: Source("after Choi and Choi 1992"), cost: "ten passes over what the weight moves, for each weight", isInvariantToRescaling: false,
    misleads: "The noise has one size for all weights: where weights are small it is all that is left of them.")
}
