import Builtins
import Engine
import NN

/// What is taken out as a whole.
public enum PruneStructure: String, Choice {
  /// Units of linear layers.
  case unit
  /// Channels of convolutions.
  case channel
  /// Heads of attention.
  case head
}

/// Takes the units of the lowest scores out of a model and makes its layers smaller: their rows, the normalisations behind
/// them, and the columns that read them, over additions and concatenations. A group of units that can only go together, such
/// as those of a group of `GroupNorm`, counts by the sum of its scores. What is left computes what the whole model does where
/// the columns that went read 0, but for normalisations that are over all units of a sample.
/// - Parameters:
///   - keep: the share of the groups that stay; of each layer one at least.
///   - x: some samples that the model takes; the first is run on made-up numbers to see which units meet, and what the smaller
///     model puts out for it is held against what the whole one does.
/// - Throws: `cannotResize` with the reason where no unit that is scored can go.
/// - Source: Li et al. 2017 for filters; Fang et al. 2023 for groups that go together.
public func pruneUnits(
  _ model: Module, by importance: ImportanceValue, keep: Double, scope: PruneScope, structure: PruneStructure, on x: Tensor, journal: Journal
) throws -> Table {
  guard x.rank > 0, x.shape[0] > 0 else { throw ScoringError.noSamples(x.shape) }
  let structureOfUnits = try UnitGroups(model, x)
  var plan = try UnitPlan(structureOfUnits, importance, model, structure, keep: keep, scope: scope)
  let before = model.parameterCount.total, gone = plan.gone
  let proof = try SmallerModel(model, x, without: gone.read, isSame: gone.isSame)
  try plan.apply(journal)
  try proof.check()
  return plan.table(before: before, after: model.parameterCount.total)
}

/// Which groups of units go.
private struct UnitPlan {
  let structure: UnitGroups
  /// The groups of each set of layers that go together, and which of them stay.
  private(set) var families: [(layers: [Int], groups: [Int], stay: Set<Int>)] = []
  private var refused: [(name: String, reason: String)] = []
  /// Normalisations over all units, which give something else where some are gone.
  private var changed: [String] = []

  init(_ structure: UnitGroups, _ importance: ImportanceValue, _ model: Module, _ kind: PruneStructure, keep: Double, scope: PruneScope) throws {
    self.structure = structure
    let scores = try UnitScores(structure, importance, model)
    var byLayers: [[Int]: [Int]] = [:], order: [[Int]] = []
    for (i, group) in structure.groups.enumerated() {
      let makers = group.units.filter { !((structure.layers[$0.layer].module as? any Resizable)?.isUnitByUnit ?? false) }
      guard !makers.isEmpty, makers.allSatisfy({ structure.layers[$0.layer].module is Linear == (kind == .unit) }), scores.isScored(group) else { continue }
      let layers = Array(Set(makers.map(\.layer))).sorted()
      if let reason = group.reason {
        for layer in layers where !refused.contains(where: { $0.name == structure.layers[layer].name }) { refused.append((structure.layers[layer].name, reason)) }
        continue
      }
      if byLayers[layers] == nil { order.append(layers) }
      byLayers[layers, default: []].append(i)
    }
    for layers in order { families.append((layers, byLayers[layers] ?? [], [])) }
    guard !families.isEmpty else {
      if let first = refused.first { throw UseError.cannotResize(first.name, first.reason) }
      throw UseError.option("structured=\(kind.rawValue)", kind == .unit ? "needs scores of a linear layer" : "needs scores of a convolution")
    }
    let values = structure.groups.map(scores.score)
    for (i, stay) in chosen(families.map { $0.groups.map { values[$0] } }, keep: keep, scope: scope).enumerated() {
      families[i].stay = Set(stay.map { families[i].groups[$0] })
    }
  }

  /// By layer, the units and the inputs that go.
  private var places: (units: [Int: Set<Int>], inputs: [Int: Set<Int>]) {
    var units: [Int: Set<Int>] = [:], inputs: [Int: Set<Int>] = [:]
    for family in families {
      for i in family.groups where !family.stay.contains(i) {
        for (layer, unit) in structure.groups[i].units { units[layer, default: []].insert(unit) }
        for (layer, input) in structure.groups[i].inputs { inputs[layer, default: []].insert(input) }
      }
    }
    return (units, inputs)
  }

  /// What the layers that mix their inputs will read no more, and whether all else stays what it was: a normalisation over
  /// all units is then over those that are left.
  var gone: (read: [SmallerModel.Gone], isSame: Bool) {
    let (units, inputs) = places
    var read: [SmallerModel.Gone] = []
    for (layer, gone) in inputs {
      if let module = structure.layers[layer].module as? any Resizable, !module.isUnitByUnit { read.append((module, module.unitAxis, gone)) }
    }
    return (read, !units.keys.contains { structure.layers[$0].module.isOverAllUnits })
  }

  mutating func apply(_ journal: Journal) throws {
    let (units, inputs) = places
    for (place, (name, module)) in structure.layers.enumerated() where units[place] != nil || inputs[place] != nil {
      if module.isOverAllUnits { changed.append("`\(name)` (\(module.typeName))") }
      guard let layer = module as? any Resizable else { continue }
      func left(_ count: Int, _ gone: Set<Int>?) -> [Int]? { gone.map { gone in (0..<count).filter { !gone.contains($0) } } }
      try layer.keep(units: left(layer.unitCount, units[place]), inputs: left(layer.inputCount, inputs[place]), journal: journal)
    }
  }

  func table(before: Int, after: Int) -> Table {
    let rows: [[Cell]] = families.map { family in
      let names = family.layers.map { structure.layers[$0].name }.joined(separator: " + ")
      // Of the layer that makes most of them.
      func count(_ groups: [Int]) -> Int {
        family.layers.map { layer in groups.reduce(0) { $0 + structure.groups[$1].units.count { $0.layer == layer } } }.max() ?? 0
      }
      let all = count(family.groups), stay = count(family.groups.filter(family.stay.contains))
      return [.text(names), .integer(all), .integer(stay), .share(Double(stay) / Double(max(all, 1)))]
    }
    let left = refused.prefix(3).map { "`\($0.name)` stays: \($0.reason)" }.joined(separator: "; ")
    var notes = ["\(after) of \(before) parameters stay"] + (left.isEmpty ? [] : [left])
    if !changed.isEmpty { notes.append("\(changed.prefix(3).joined(separator: ", ")) \(changed.count == 1 ? "is" : "are") now over the units that are left") }
    if families.contains(where: { $0.groups.count >= 8 && $0.stay.count == 1 }) { notes.append("`scope=layer` keeps the share within each layer") }
    return Table(["layers", "units", "kept", "share"], rows, note: notes.joined(separator: "; "))
  }
}

extension Module {
  /// Whether it brings all units of a sample to one scale, so that what it gives for some depends on which others there are.
  fileprivate var isOverAllUnits: Bool { self is LayerNorm || self is RMSNorm || (self as? GroupNorm)?.groups == 1 }
}

/// The score of a group of units: the sum of what is scored of them. A score of a unit counts as it is, those of its weights
/// and of its places by their sizes.
private struct UnitScores {
  /// By layer, for each unit; nil where nothing of the layer is scored.
  private var sums: [[Double]?]

  init(_ structure: UnitGroups, _ importance: ImportanceValue, _ model: Module) throws {
    sums = Array(repeating: nil, count: structure.layers.count)
    for (name, tensor) in importance.scores {
      let place: Int
      var isOfUnits = false
      let numbers = try tensor.doubles()
      switch try Place(name, importance.formula.unitSide, in: model) {
      case .input: throw UseError.option("structured", "needs scores of weights or units, and these are of the input")
      case .parameter(let parameter):
        guard let owner = structure.layers.firstIndex(where: { $0.module.parts.contains { if case .parameter(_, let own?) = $0 { own === parameter } else { false } } }) else { continue }
        // With `each=unit` there is one for each unit.
        isOfUnits = parameter.value.shape != tensor.shape && tensor.shape == [(structure.layers[owner].module as? any Resizable)?.unitCount ?? -1]
        guard isOfUnits || parameter.value.shape == tensor.shape else { throw ScoringError.shapesDiffer(name, score: tensor.shape, parameter: parameter.value.shape) }
        place = owner
      case .units(let module, _):
        guard let own = structure.layers.firstIndex(where: { $0.module === module }) else {
          throw UseError.option("structured", "needs scores of layers that have weights; `\(name)` has none: score the layer before it")
        }
        (place, isOfUnits) = (own, tensor.rank == 1)
      }
      guard let layer = structure.layers[place].module as? any Resizable else { continue }
      let units = layer.unitCount
      // A linear layer that works at several places has its units last.
      let isLast = layer is Linear && tensor.rank > 1 && tensor.shape.last == units && tensor.shape.first != units
      guard units > 0, numbers.count % units == 0, isLast || tensor.shape.first == units else {
        throw UseError.unitsDiffer(name, scores: tensor.shape, output: [units])
      }
      var own = sums[place] ?? Array(repeating: 0, count: units)
      let size = numbers.count / units
      for (i, number) in numbers.enumerated() where number.isFinite { own[isLast ? i % units : i / size] += isOfUnits ? number : abs(number) }
      sums[place] = own
    }
  }

  func isScored(_ group: UnitGroups.Group) -> Bool { group.units.contains { sums[$0.layer] != nil } }
  func score(_ group: UnitGroups.Group) -> Double { group.units.reduce(0) { $0 + (sums[$1.layer]?[$1.unit] ?? 0) } }
}
