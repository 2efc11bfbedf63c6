import Builtins
import Engine
import NN

/// Takes the heads of the lowest scores out of every attention that is scored, and makes its projections smaller: their rows
/// of queries, keys and values, and the columns of the output that read them. What is left computes what it did.
/// - Parameters:
///   - keep: the share of the heads that stay; of each attention one at least.
///   - x: some samples that the model takes, which the smaller one is then tried on.
/// - Throws: `option` where no attention is scored.
/// - Source: Michel, Levy and Neubig 2019.
public func pruneHeads(_ model: Module, by importance: ImportanceValue, keep: Double, scope: PruneScope, on x: Tensor?, journal: Journal) throws -> Table {
  let attentions = try HeadScores(importance, model).attentions
  let stay = chosen(attentions.map(\.scores), keep: keep, scope: scope)
  let before = model.parameterCount.total
  let gone = zip(attentions, stay).map { attention, stay -> SmallerModel.Gone in
    let size = attention.module.headSize
    return (attention.module.output, -1, Set((0..<attention.module.width).filter { !stay.contains($0 / size) }))
  }
  let proof = try x.map { try SmallerModel(model, $0, without: gone, isSame: true) }
  var rows: [[Cell]] = []
  for (attention, stay) in zip(attentions, stay) {
    let all = attention.module.heads
    if stay.count < all { try attention.module.keep(heads: stay.sorted(), journal: journal) }
    rows.append([.text(attention.name), .integer(all), .integer(stay.count), .share(Double(stay.count) / Double(max(all, 1)))])
  }
  try proof?.check()
  return Table(["attention", "heads", "kept", "share"], rows, note: "\(model.parameterCount.total) of \(before) parameters stay")
}

/// Of each family the positions of the highest scores: a share of all together, or of each. One stays at least, because a
/// layer without any lets nothing through.
func chosen(_ families: [[Double]], keep: Double, scope: PruneScope) -> [Set<Int>] {
  func count(_ n: Int) -> Int { Int((keep * Double(n)).rounded()) }
  let all = families.flatMap { $0 }, best = Ranking(all).largest(scope == .global ? count(all.count) : 0)
  var start = 0, out: [Set<Int>] = []
  for family in families {
    let range = start..<(start + family.count)
    let own = scope == .global ? Set(best.filter(range.contains).map { $0 - range.lowerBound }) : Set(Ranking(family).largest(count(family.count)))
    out.append(own.isEmpty ? Set(Ranking(family).largest(1)) : own)
    start = range.upperBound
  }
  return out
}

/// One score for each head of the attentions that are scored: a score of a head counts as it is, those of its weights or of
/// what it puts out by the sum of their sizes.
private struct HeadScores {
  private(set) var attentions: [(name: String, module: any HeadedAttention, scores: [Double])] = []

  init(_ importance: ImportanceValue, _ model: Module) throws {
    let all = model.namedModules.compactMap { name, module in (module as? any HeadedAttention).map { (name: name, module: $0) } }
    let tied = UnitGroups.tied(model)
    var sums: [ObjectIdentifier: [Double]] = [:]
    for (name, tensor) in importance.scores {
      guard let (attention, site) = try Self.site(name, importance.formula.unitSide, all.map(\.module), model) else { continue }
      guard !attention.holders.contains(where: { tied.contains(ObjectIdentifier($0)) }) else {
        throw UseError.cannotResize(name, "another layer has the same weight")
      }
      let own: [Double]
      if tensor.shape == [attention.heads], !site.hasShape(tensor.shape) {
        own = try tensor.doubles()
      } else {
        if case .parameter(_, let parameter) = site, parameter.value.shape != tensor.shape {
          throw ScoringError.shapesDiffer(name, score: tensor.shape, parameter: parameter.value.shape)
        }
        guard let last = tensor.shape.last, site.isWeight || last == attention.width else { throw UseError.unitsDiffer(name, scores: tensor.shape, output: [attention.width]) }
        own = try Recording.with(.none) { try site.groups(.head, tensor.shape, in: model).sums(tensor.abs()).doubles() }
      }
      let sum = sums[ObjectIdentifier(attention)] ?? Array(repeating: 0, count: attention.heads)
      sums[ObjectIdentifier(attention)] = zip(sum, own).map(+)
    }
    var seen: Set<ObjectIdentifier> = []
    for (name, module) in all where seen.insert(ObjectIdentifier(module)).inserted {
      if let scores = sums[ObjectIdentifier(module)] { attentions.append((name, module, scores)) }
    }
    guard !attentions.isEmpty else {
      throw UseError.option("structured=head", "needs scores of the projections of an attention, or of what the last of them is given")
    }
  }

  /// The attention that a score is about; nil where it is about something else, or not about its heads.
  private static func site(_ name: String, _ side: UnitSide, _ all: [any HeadedAttention], _ model: Module) throws -> (any HeadedAttention, EffectSite)? {
    switch try Place(name, side, in: model) {
    case .input: return nil
    case .parameter(let parameter):
      let own = all.first { $0.output.weight === parameter || $0.headParts(of: parameter) != nil }
      return own.map { ($0, .parameter(name, parameter)) }
    case .units(let module, let side):
      guard side == .input, let own = all.first(where: { $0.output === module }) else { return nil }
      return (own, .input(name, module))
    }
  }
}

extension EffectSite {
  fileprivate func hasShape(_ shape: [Int]) -> Bool {
    if case .parameter(_, let parameter) = self { parameter.value.shape == shape } else { false }
  }
}
