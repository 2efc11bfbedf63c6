import Builtins
import Engine

/// What cannot be changed, measured or grouped.
public enum EffectError: Error, Equatable {
  /// The action, the place it acts on, what the scores are asked of.
  case placeAbsent(EffectPlace, subject: String)
  case onlyWeights(String)
  case wholeNumbers(String, DType)
  case oneSample(String)
  case unknownValue(String)
  case operandShape(String, met: [Int], expected: [Int])
  case functionMissing(String)
  case noLabels(String)
  case grouping(String, shape: [Int], of: String)
  case groupsDiffer(of: String, expected: [Int], met: [Int], DType)
  case noHeads(String)
  case noBaseline(String)
  case noPlayers
  /// Random sets through which a line goes that has one coefficient a player, and how many it needs.
  case fewSets(players: Int, met: Int, needed: Int)
  /// Some players were dropped from the same sets.
  case setsAlike(Int)
  case fitTooLarge(players: Int, bytes: Double, limit: Double)
  case notCalled(String)
  case noTensor(String, met: String)
  case callsDiffer(String)
  case tooLarge(bytes: Double, limit: Double)
  /// The numbers of all samples at a place, any of which may be asked for.
  case samplesTooLarge(String, bytes: Double, limit: Double)
}

extension EffectError: Described {
  public var label: String { "" }

  public var title: String {
    switch self {
    case .placeAbsent(let place, let subject): "`\(place.rawValue)` is \(place.words), and this is asked of \(subject)"
    case .onlyWeights(let action): "`\(action)` is done to weights, not to activations or inputs"
    case .wholeNumbers(let action, let dtype): "`\(action)` makes real numbers, and the inputs are \(dtype.name)"
    case .oneSample(let action): "`\(action)` exchanges samples, and there is one"
    case .unknownValue(let text): "`\(text)` is not known to this request"
    case .operandShape(let text, let met, let expected): "`\(text)` of \(met) does not stretch to \(expected)"
    case .functionMissing(let text): "`\(text)` is no function of this request"
    case .noLabels(let metric): "`\(metric)` needs a class for each sample, and the data has none"
    case .grouping(let each, let shape, let name): "`\(name)` of \(shape) has no \(each)"
    case .groupsDiffer(let name, let expected, let met, let dtype): "`\(name)` is \(expected), and the groups are \(dtype.name) of \(met)"
    case .noHeads(let name): "`\(name)` belongs to no attention head"
    case .noBaseline(let name): "`absent=baseline` sets features to the baseline, and this is asked of `\(name)`"
    case .noPlayers: "there is nothing to share the value among"
    case .fewSets(let players, let met, _): "`lime` fits one number to each of \(players) players, and \(met) random sets cannot tell them apart"
    case .setsAlike(let sets): "\(sets) random sets do not tell all players apart: some were dropped from the same ones"
    case .fitTooLarge(let players, let bytes, let limit): "a line through \(players) players takes \(memoryText(bytes)), more than the \(memoryText(limit)) allowed"
    case .notCalled(let name): "`\(name)` is not called when the model runs: nothing of it can be changed"
    case .noTensor(let name, let met): "`\(name)` works on \(met), and a tensor is needed"
    case .callsDiffer(let name): "`\(name)` is called another number of times, or with other shapes, when something is changed"
    case .samplesTooLarge(let name, let bytes, let limit):
      "`shuffle` takes the numbers of any sample, and those of `\(name)` take \(memoryText(bytes)), more than the \(memoryText(limit)) allowed"
    case .tooLarge(let bytes, let limit): "the effects on each sample take \(memoryText(bytes)), more than the \(memoryText(limit)) allowed"
    }
  }

  public var help: String? {
    switch self {
    case .placeAbsent(.w, _): "name a model or a layer: `of net`, `of net.fc1.weight`; or write `a`"
    case .placeAbsent(.x, _): "`of net.input` asks it of the inputs"
    case .placeAbsent: "name a module, as in `of net.act`; its parameters are `w`"
    case .onlyWeights: "`shuffle` exchanges samples, `noise` adds random numbers"
    case .wholeNumbers: "`zero`, `set` and `shuffle` keep them whole"
    case .oneSample: "give it more samples"
    case .operandShape: "give one number, or as many as there are elements"
    case .noLabels: "give `on` a data set with integer targets, or measure the loss"
    case .grouping: "each= takes tensor, row, unit, channel, feature, head, or groups of your own"
    case .groupsDiffer: "groups are int64 numbers, equal ones together, or a bool mask, of that shape"
    case .noHeads: "heads are of the projections of an attention, and of what the last of them, such as `out_proj`, is given"
    case .noBaseline: "`absent=mean` sets it to its mean over the data, `absent=zero` to 0"
    case .samplesTooLarge(_, let bytes, _): "`set memory=\(Int(min(bytes * 1.1, 1e18)))` allows it; `mean` needs no sample but the one that is changed"
    case .fewSets(_, _, let needed): "`n=\(needed)` or more, or fewer players: each=channel, each=unit, groups of your own"
    case .setsAlike(let sets): "`n=\(2 * sets)`, or a `p=` nearer to 0.5"
    case .fitTooLarge: "fewer players: each=channel, each=unit, groups of your own; `set memory=` allows more"
    case .tooLarge: "`set memory=` allows more; without `mean()` around it, one number an element is kept"
    case .unknownValue, .functionMissing, .notCalled, .noPlayers, .noTensor, .callsDiffer: nil
    }
  }
}
