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

/// Of every so many weights in a row, how many stay: `2:4`.
public struct PrunePattern: Accepted, Equatable, Sendable {
  public let kept: Int, of: Int
  public static let expectation = "a pattern such as \"2:4\", how many stay of how many"
  public static func accept(_ value: any Value) -> PrunePattern? {
    guard let text = value as? String else { return nil }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let kept = parts[0], let of = parts[1], kept >= 0, of > 0, kept <= of else { return nil }
    return PrunePattern(kept: kept, of: of)
  }
}

/// Sets the weights of the lowest scores to exactly 0. Of equal scores the earlier ones stay, so that the share is exact.
/// - Parameters:
///   - keep: the share of the weights that stay, 0 to 1; their number is rounded to the nearest.
///   - pattern: where it is given, how many stay of each so many neighbours in a row of a weight, in place of a share.
///   - includeBias: whether parameters of one dimension compete too.
/// - Throws: `ScoringError` where the scores are not of this model.
public func prune(
  _ model: Module, by importance: ImportanceValue, keep: Double, scope: PruneScope = .global, pattern: PrunePattern? = nil, includeBias: Bool = false,
  journal: Journal
) throws -> Table {
  let pairs = try importance.pairs(in: model, includeBias: includeBias)
  let masks: [[Bool]]
  if let pattern {
    masks = try pairs.map { try stays($0.name, $0.scores, row: $0.parameter.value.shape.dropFirst().reduce(1, *), pattern) }
  } else if scope == .layer {
    masks = pairs.map { stays($0.scores, keep: keep) }
  } else {
    let all = stays(pairs.flatMap(\.scores), keep: keep)
    var start = 0
    masks = pairs.map { pair in
      defer { start += pair.scores.count }
      return Array(all[start..<(start + pair.scores.count)])
    }
  }
  return try zeroed(pairs.map { ($0.name, $0.parameter) }, masks, journal)
}

/// Writes 0 where a mask does not hold, and says how much is left.
private func zeroed(_ parameters: [(name: String, parameter: NN.Parameter)], _ masks: [[Bool]], _ journal: Journal) throws -> Table {
  var rows: [[Cell]] = []
  for ((name, parameter), mask) in zip(parameters, masks) {
    let value = parameter.value
    let kept = mask.count { $0 }
    let numbers = try Recording.with(.none) {
      try Tensor(mask, value.shape).selecting(value.detached(), Tensor.zeros([], value.dtype))
    }
    try parameter.write(journal) { try value.copyNumbers(of: numbers) }
    rows.append([.text(name), .integer(mask.count), .integer(kept), .share(mask.isEmpty ? 1 : Double(kept) / Double(mask.count))])
  }
  let (all, kept) = (masks.reduce(0) { $0 + $1.count }, masks.reduce(0) { $0 + $1.count { $0 } })
  let empty = zip(parameters, masks).filter { !$0.1.isEmpty && !$0.1.contains(true) }.map(\.0.name)
  // A layer without a weight lets nothing through.
  let warning = empty.isEmpty || kept == 0 ? "" : "; nothing is left of \(empty.joined(separator: ", ")): `scope=layer` keeps a share of each"
  return Table(["parameter", "weights", "kept", "share"], rows, note: "\(kept) of \(all) weights stay; the others are 0\(warning)")
}

/// Which of the scores are among the highest share.
private func stays(_ scores: [Double], keep: Double) -> [Bool] {
  let count = Int((min(max(keep, 0), 1) * Double(scores.count)).rounded())
  return Ranking(scores).places.map { $0 < count }
}

/// Which of the scores are among the highest of their group of neighbours.
/// - Source: Mishra et al. 2021, 2:4 sparsity along a row.
private func stays(_ name: String, _ scores: [Double], row: Int, _ pattern: PrunePattern) throws(UseError) -> [Bool] {
  guard row % pattern.of == 0 else {
    throw .option("pattern=\"\(pattern.kept):\(pattern.of)\"", "does not divide the rows of `\(name)`, which have \(row) weights")
  }
  var out = [Bool](repeating: false, count: scores.count)
  for start in stride(from: 0, to: scores.count, by: pattern.of) {
    for (i, place) in Ranking(Array(scores[start..<(start + pattern.of)])).places.enumerated() { out[start + i] = place < pattern.kept }
  }
  return out
}
