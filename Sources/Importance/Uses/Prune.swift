import Builtins
import Engine
import NN

/// Whether scores compete over the whole model or within each parameter.
public enum PruneScope: String, Choice { case global, layer }

extension ImportanceValue {
  /// The parameters of a model that these are the scores of. Weights only, which are those with two dimensions or more,
  /// unless biases are asked for too.
  func pairs(in model: Module, includeBias: Bool) throws -> [(name: String, parameter: NN.Parameter, scores: [Double])] {
    let parameters = model.namedParameters
    var out: [(name: String, parameter: NN.Parameter, scores: [Double])] = []
    for (name, tensor) in scores {
      guard let there = parameters.first(where: { $0.name == name }) else {
        throw ScoringError.notInModel(name, nearest: nearest(to: name, among: parameters.map(\.name)))
      }
      guard there.parameter.value.shape == tensor.shape else {
        throw ScoringError.shapesDiffer(name, score: tensor.shape, parameter: there.parameter.value.shape)
      }
      if includeBias || tensor.rank > 1 { out.append((name, there.parameter, try tensor.doubles())) }
    }
    guard !out.isEmpty else { throw ScoringError.noWeights }
    return out
  }
}

/// Sets the weights of the lowest scores to exactly 0. Of equal scores the earlier ones stay, so that the share is exact.
/// - Parameters:
///   - keep: the share of the weights that stay, 0 to 1; their number is rounded to the nearest.
///   - includeBias: whether parameters of one dimension compete too.
/// - Throws: `ScoringError` where the scores are not of this model.
public func prune(
  _ model: Module, by importance: ImportanceValue, keep: Double, scope: PruneScope = .global, includeBias: Bool = false, journal: Journal
) throws -> Table {
  let pairs = try importance.pairs(in: model, includeBias: includeBias)
  let masks: [[Bool]]
  switch scope {
  case .layer: masks = pairs.map { stays($0.scores, keep: keep) }
  case .global:
    let all = stays(pairs.flatMap(\.scores), keep: keep)
    var start = 0
    masks = pairs.map { pair in
      defer { start += pair.scores.count }
      return Array(all[start..<(start + pair.scores.count)])
    }
  }
  var rows: [[Cell]] = []
  for (pair, mask) in zip(pairs, masks) {
    let value = pair.parameter.value
    let kept = mask.count { $0 }
    let numbers = try Recording.with(.none) {
      try Tensor(mask, value.shape).selecting(value.detached(), Tensor.zeros([], value.dtype))
    }
    try pair.parameter.write(journal) { try value.copyNumbers(of: numbers) }
    rows.append([.text(pair.name), .integer(mask.count), .integer(kept), .share(mask.isEmpty ? 1 : Double(kept) / Double(mask.count))])
  }
  let (all, kept) = (masks.reduce(0) { $0 + $1.count }, masks.reduce(0) { $0 + $1.count { $0 } })
  return Table(["parameter", "weights", "kept", "share"], rows, note: "\(kept) of \(all) weights stay; the others are 0")
}

/// Which of the scores are among the highest share.
private func stays(_ scores: [Double], keep: Double) -> [Bool] {
  let count = Int((min(max(keep, 0), 1) * Double(scores.count)).rounded())
  return Ranking(scores).places.map { $0 < count }
}
