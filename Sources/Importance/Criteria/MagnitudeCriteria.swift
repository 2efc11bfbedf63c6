import Builtins

/// Criteria of the weights alone.
extension Criterion {
  static let bnScale = Criterion(
    name: "bn_scale", formula: .magnitude(.w), summary: "How much of a channel a normalisation lets through: of the scales of normalisation layers, such as `\"bn*.weight\"`.",
    source: Source("Liu et al. 2017, network slimming", arXiv: "1708.06519"), cost: "nothing: no data is read", isInvariantToRescaling: false,
    misleads: "A scale of a few thousandths may be made up for by the next layer, unless training was made to keep scales small; on other parameters it is plain magnitude.")

  static let magnitude = Criterion(
    name: "magnitude", formula: .magnitude(.w), summary: "How far the weight is from 0.",
    source: Source("Han et al. 2015", arXiv: "1506.02626"), cost: "nothing: no data is read", isInvariantToRescaling: false,
    misleads: "Layers of different scale do not compare: scaling one up and the next one down changes every score and nothing that the network does.")

  static let magnitudeChange = Criterion(
    name: "magnitude_change", formula: .magnitude(.w) - .magnitude(.w0), summary: "How much larger the last training made the weight.",
    source: Source("Zhou et al. 2019, magnitude increase", arXiv: "1905.01067"), cost: "nothing: no data is read", isInvariantToRescaling: false,
    misleads: "Weight decay shrinks what is large and used as it shrinks the rest; a weight that changed its sign may look still.")

  static let movement = Criterion(
    name: "movement", formula: .magnitude(.w - .w0), summary: "How far the last training moved the weight.",
    source: Source("Zhou et al. 2019, magnitude of the change", arXiv: "1905.01067"), cost: "nothing: no data is read", isInvariantToRescaling: false,
    misleads: "A weight that was right from the start does not move; one under a high learning rate moves for nothing.")
}
