import Builtins
import Engine

/// How alike two importances of different models, or of the weights and of the units of a model, spread over their layers and
/// over their scores: each is brought to shares of its own sum, and layers to their place between the input and the output.
public struct ProfileComparison: Value {
  public struct Side {
    public let title: String
    /// The share of the sum that falls to each layer.
    public let layers: [(name: String, share: Double)]
    /// The share of the sum in each part of the depth.
    public let depth: [Double]
    /// The share of the sum that the highest 1, 5, 10, 25 and 50 per cent of the scores hold.
    public let held: [Double]
  }

  public let first: Side, second: Side
  /// Why single scores are not compared.
  let note: String
  static let portions = [0.01, 0.05, 0.1, 0.25, 0.5]

  public static let kind = "comparison"

  /// Of the shares by depth.
  public var spearman: Double { RankCorrelation.spearman(first.depth, second.depth) }
  /// How much of the sum would have to move to another depth, 0 to 1.
  public var moved: Double { zip(first.depth, second.depth).reduce(0) { $0 + abs($1.0 - $1.1) } / 2 }

  public func field(_ name: String) -> (any Value)? {
    switch name {
    case "spearman": spearman
    case "moved": moved
    case "depth": depthTable
    case "held": heldTable
    default: nil
    }
  }
  public var fields: [String] { ["spearman", "moved", "depth", "held"] }

  private var depthTable: Table {
    let parts = first.depth.count, isLayers = first.layers.count == parts && second.layers.count == parts
    let rows: [[Cell]] = (0..<parts).map { i in
      let place = isLayers ? first.layers[i].name + (first.layers[i].name == second.layers[i].name ? "" : " / " + second.layers[i].name)
        : "\(100 * i / parts) to \(100 * (i + 1) / parts) %"
      return [.text(place), .share(first.depth[i]), .bar(first.depth[i]), .share(second.depth[i]), .bar(second.depth[i])]
    }
    return Table(
      [isLayers ? "layer" : "depth", "first", "", "second", ""], rows, title: "shares by layer: \(first.title)  against  \(second.title)",
      note: note)
  }

  private var heldTable: Table {
    let rows: [[Cell]] = Self.portions.indices.map { i in
      [.share(Self.portions[i]), .share(first.held[i]), .share(second.held[i])]
    }
    return Table(["highest", "first holds", "second holds"], rows)
  }

  public var shown: Shown {
    let words = "Spearman of the shares \(text(spearman)), and \(text(100 * moved)) % of the sum lies at another depth"
    return .several([.table(depthTable), .table(heldTable), .text(words)])
  }

  private func text(_ value: Double) -> String { value.isNaN ? "none" : ((value * 100).rounded() / 100 + 0).formulaText }

  public var json: JSON {
    func side(_ side: Side) -> JSON {
      .object([
        "title": .string(side.title), "layers": .object(side.layers.map { JSON.Member($0.name, .number($0.share)) }),
        "depth": .array(side.depth.map(JSON.number)), "held": .array(side.held.map(JSON.number)),
      ])
    }
    return .object(["first": side(first), "second": side(second), "spearman": .number(spearman), "moved": .number(moved)])
  }
}

/// Compares importances of models that differ in shape, or of the weights and the units of layers that both score.
/// - Throws: `nothingToCompare` where all scores of one are 0, and `kindsDiffer` where they have no layers to put side by side.
public func compareProfiles(_ a: ImportanceValue, with b: ImportanceValue) throws -> ProfileComparison {
  if a.place == b.place, a.formula.isPerSample != b.formula.isPerSample {
    let one = a.formula.isPerSample ? a : b
    throw UseError.nothingToCompare("\(one.title) has a row for each sample: compare its mean over the samples, `mean(\(one.formula))`")
  }
  var note = "the two are of different shapes: shares are compared, not single scores"
  var shared: Set<String>?
  if a.place != b.place {
    let common = Set(a.layerNames).intersection(b.layerNames)
    guard a.place != .inputs, b.place != .inputs, common.count > 1 else { throw UseError.kindsDiffer(a.scored, b.scored) }
    shared = common
    note = "one is of \(a.scored), the other of \(b.scored): shares of the \(common.count) layers that both score"
  }
  let (x, y) = (try a.layerShares(shared), try b.layerShares(shared))
  let parts = x.count == y.count ? x.count : 10
  return ProfileComparison(first: try side(a, x, parts, shared), second: try side(b, y, parts, shared), note: note)
}

extension ImportanceValue {
  fileprivate var scored: String {
    switch place {
    case .parameters: "weights"
    case .units: "units"
    case .inputs: "features of the input"
    }
  }

  fileprivate var layerNames: [String] { names.map(layerName) }

  /// - Parameter shared: the layers that count; nil for all.
  fileprivate func layerShares(_ shared: Set<String>?) throws -> [(name: String, share: Double)] {
    try Importance.layerShares(scores.map { (layerName($0.name), $0.tensor) }.filter { shared?.contains($0.0) ?? true }, title)
  }
}

private func layerShares(_ scores: [(layer: String, tensor: Tensor)], _ title: String) throws -> [(name: String, share: Double)] {
  var layers: [(name: String, share: Double)] = []
  for (owner, tensor) in scores {
    let sum = try tensor.doubles().reduce(0) { $0 + ($1.isFinite ? abs($1) : 0) }
    if let i = layers.firstIndex(where: { $0.name == owner }) { layers[i].share += sum } else { layers.append((owner, sum)) }
  }
  let total = layers.reduce(0) { $0 + $1.share }
  guard total > 0, total.isFinite else { throw UseError.nothingToCompare("the scores of \(title) sum to \(total.shortText)") }
  return layers.map { ($0.name, $0.share / total) }
}

/// Layer `i` of `n` stands for the depth from `i / n` to `(i + 1) / n`, over which its share is spread evenly.
private func side(_ value: ImportanceValue, _ layers: [(name: String, share: Double)], _ parts: Int, _ shared: Set<String>?) throws -> ProfileComparison.Side {
  var depth = [Double](repeating: 0, count: parts)
  let (n, m) = (Double(layers.count), Double(parts))
  for (i, layer) in layers.enumerated() {
    for j in 0..<parts {
      let low = max(Double(i) / n, Double(j) / m), high = min(Double(i + 1) / n, Double(j + 1) / m)
      if high > low { depth[j] += layer.share * (high - low) * n }
    }
  }
  let counted = value.scores.filter { score in shared?.contains(value.layerName(score.name)) ?? true }
  let sizes = try counted.flatMap { try $0.tensor.doubles() }.map { $0.isFinite ? abs($0) : 0 }.sorted(by: >)
  let total = sizes.reduce(0, +)
  let held = ProfileComparison.portions.map { sizes.prefix(max(1, Int(($0 * Double(sizes.count)).rounded()))).reduce(0, +) / total }
  return ProfileComparison.Side(title: value.title, layers: layers, depth: depth, held: held)
}

extension ImportanceValue {
  /// Whether all that one of the two scores is scored by the other too, in the same shape.
  public func isComparable(with other: ImportanceValue) -> Bool {
    func holds(_ a: ImportanceValue, _ b: ImportanceValue) -> Bool {
      a.scores.allSatisfy { score in b.scores.contains { $0.name == score.name && $0.tensor.shape == score.tensor.shape } }
    }
    return holds(self, other) || holds(other, self)
  }
}
