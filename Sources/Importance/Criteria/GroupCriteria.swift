import Builtins

/// Criteria of filters, rows and units: sums over what goes together.
extension Criterion {
  static let groupFisher = Criterion(
    name: "group_fisher", formula: .mean(.total(.w * .g) ^ 2) / 2, summary: "How much the loss rises, to second order, when all weights of a unit go together.",
    source: Source("Theis et al. 2018, eq. 7, over the weights of a unit", arXiv: "1801.05787"), cost: "the gradients of single samples", isInvariantToRescaling: true,
    misleads: "The Fisher information stands for the Hessian, as in `fisher_pruning`; the bias of a unit is scored by itself.", each: "unit")

  static let groupMagnitude = Criterion(
    name: "group_magnitude", formula: .total(.w ^ 2) ^ 0.5, summary: "The length of the weights of a unit; `total(|w|)` is the sum of their sizes.",
    source: Source("Li et al. 2017, with the length for the sum", arXiv: "1608.08710"), cost: "nothing: no data is read", isInvariantToRescaling: false,
    misleads: "Filters of one layer compare, layers do not; a normalisation behind it takes any scale back.", each: "unit")

  static let groupTaylor = Criterion(
    name: "group_taylor", formula: .total(.w * .g) ^ 2, summary: "How much the objective changes, to first order and squared, when all weights of a unit go together.",
    source: Source("Molchanov et al. 2019, eq. 8", arXiv: "1906.10771"), cost: "one forward and one backward pass", isInvariantToRescaling: true,
    misleads: "Before a normalisation the weights of a unit have no first-order effect together: the sum is 0 whatever the unit does. The bias is scored by itself.",
    each: "unit")

  static let hrank = Criterion(
    name: "hrank", formula: .mean(Formula(.grouped(.matrix_rank, .a), tag: 0)), summary: "How many independent rows the map of a channel has, on average over the samples.",
    source: Source("Lin et al. 2020", arXiv: "2002.10179"), cost: "one forward pass, and the singular values of every map of every sample", isInvariantToRescaling: true,
    misleads: "A map of noise has full rank, a blank one none: it asks how varied a map is, not whether anything reads it. Layers with larger maps score higher; of a single number the rank is 1 or 0.",
    each: "channel")

  static let unitFisher = Criterion(
    name: "unit_fisher", formula: .mean(.total(.a * .da) ^ 2) / 2,
    summary: "How much the loss rises, to second order, when the map of a unit is silenced, with the empirical Fisher information for the Hessian.",
    source: Source("Theis et al. 2018, Fisher pruning of feature maps", arXiv: "1801.05787"), cost: "one forward and one backward pass", isInvariantToRescaling: true,
    misleads: "The Fisher information is the Hessian only for a model that fits: near a perfect fit it goes to 0, and first-order terms are left out.", each: "unit")

  static let unitTaylor = Criterion(
    name: "unit_taylor", formula: .binary(.divide, .mean(.magnitude(.total(.a * .da))), .total(.number(1))),
    summary: "How much the objective of a typical sample changes, to first order, when the map of a unit is silenced; per place of the map.",
    source: Source("Molchanov et al. 2017, eq. 7", arXiv: "1611.06440"), cost: "one forward and one backward pass", isInvariantToRescaling: true,
    misleads: "Layers do not compare as they are: the paper divides by the length of each layer's scores, as `.normalize(by=l2, per=layer)` does.", each: "unit")

  static let wanda = Criterion(
    name: "wanda", formula: .magnitude(.w) * .norm(.z), summary: "How large the weight is, times the length of what meets it over all samples and places.",
    source: Source("Sun et al. 2024, eq. 1", arXiv: "2306.11695"), cost: "one forward pass", isInvariantToRescaling: false,
    misleads: "The paper compares weights within each row: `scope` or a rank by row does so; over a whole model rows of large output win.")
}
