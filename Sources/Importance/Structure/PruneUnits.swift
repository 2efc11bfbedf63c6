import Builtins
import Engine
import NN

/// What is taken out as a whole.
public enum PruneStructure: String, Choice {
  /// Units of linear layers.
  case unit
  /// Channels of convolutions.
  case channel
}

/// Takes the units of the lowest scores out of a model and makes its layers smaller: their rows, the normalisations behind
/// them, and the columns that read them, over additions and concatenations. A group of units that can only go together counts
/// by the sum of its scores.
/// - Parameters:
///   - keep: the share of the groups that stay; of each layer one at least.
///   - x: some samples that the model takes; the first is run on made-up numbers to see which units meet.
/// - Throws: `cannotResize` with the reason where no unit that is scored can go.
/// - Source: Li et al. 2017 for filters; Fang et al. 2023 for groups that go together.
public func pruneUnits(
  _ model: Module, by importance: ImportanceValue, keep: Double, scope: PruneScope, structure: PruneStructure, on x: Tensor, journal: Journal
) throws -> Table {
  guard x.rank > 0, x.shape[0] > 0 else { throw ScoringError.noSamples(x.shape) }
  let structureOfUnits = try UnitGroups(model, x)
  var plan = try UnitPlan(structureOfUnits, importance, model, structure, keep: keep, scope: scope)
  let before = model.parameterCount.total
  try plan.apply(journal)
  // What is written into the model itself, such as a fixed shape, shows only when it runs.
  do { _ = try model.evaluating { try Run(generator: Generator(seed: 0))(model, [x.detached().narrow(0, 0, 1)]) } } catch {
    throw UseError.cannotResize(model.typeName, "its forward pass does not take the smaller layers: \(error)")
  }
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
      let reason = group.reason ?? (Set(makers.map(\.layer)).count < makers.count ? "several of its units are added to each other" : nil)
      if let reason {
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
    choose(values, keep: keep, scope: scope)
  }

  private mutating func choose(_ values: [Double], keep: Double, scope: PruneScope) {
    func most(_ groups: [Int], _ count: Int) -> Set<Int> { Set(Ranking(groups.map { values[$0] }).largest(count).map { groups[$0] }) }
    let all = families.flatMap(\.groups)
    let global = most(all, Int((keep * Double(all.count)).rounded()))
    for i in families.indices {
      let groups = families[i].groups
      let stay = scope == .global ? global.intersection(groups) : most(groups, Int((keep * Double(groups.count)).rounded()))
      // A layer without units lets nothing through.
      families[i].stay = stay.isEmpty ? most(groups, 1) : stay
    }
  }

  mutating func apply(_ journal: Journal) throws {
    var units: [Int: Set<Int>] = [:], inputs: [Int: Set<Int>] = [:]
    for family in families {
      for i in family.groups where !family.stay.contains(i) {
        for (layer, unit) in structure.groups[i].units { units[layer, default: []].insert(unit) }
        for (layer, input) in structure.groups[i].inputs { inputs[layer, default: []].insert(input) }
      }
    }
    for (place, (name, module)) in structure.layers.enumerated() where units[place] != nil || inputs[place] != nil {
      if module is LayerNorm || module is RMSNorm { changed.append("`\(name)` (\(module.typeName))") }
      guard let layer = module as? any Resizable else { continue }
      func left(_ count: Int, _ gone: Set<Int>?) -> [Int]? { gone.map { gone in (0..<count).filter { !gone.contains($0) } } }
      try layer.keep(units: left(layer.unitCount, units[place]), inputs: left(layer.inputCount, inputs[place]), journal: journal)
    }
  }

  func table(before: Int, after: Int) -> Table {
    let rows: [[Cell]] = families.map { family in
      let names = family.layers.map { structure.layers[$0].name }.joined(separator: " + ")
      return [.text(names), .integer(family.groups.count), .integer(family.stay.count), .share(Double(family.stay.count) / Double(max(family.groups.count, 1)))]
    }
    let left = refused.prefix(3).map { "`\($0.name)` stays: \($0.reason)" }.joined(separator: "; ")
    var notes = ["\(after) of \(before) parameters stay"] + (left.isEmpty ? [] : [left])
    if !changed.isEmpty { notes.append("\(changed.prefix(3).joined(separator: ", ")) \(changed.count == 1 ? "is" : "are") now over the units that are left") }
    if families.contains(where: { $0.groups.count >= 8 && $0.stay.count == 1 }) { notes.append("`scope=layer` keeps the share within each layer") }
    return Table(["layers", "units", "kept", "share"], rows, note: notes.joined(separator: "; "))
  }
}

/// The score of a group of units: the sum of the sizes of all that is scored of them.
private struct UnitScores {
  /// By layer, for each unit; nil where nothing of the layer is scored.
  private var sums: [[Double]?]

  init(_ structure: UnitGroups, _ importance: ImportanceValue, _ model: Module) throws {
    sums = Array(repeating: nil, count: structure.layers.count)
    for (name, tensor) in importance.scores {
      let place: Int
      let numbers = try tensor.doubles().map(abs)
      switch try Place(name, importance.formula.unitSide, in: model) {
      case .input: throw UseError.option("structured", "needs scores of weights or units, and these are of the input")
      case .parameter(let parameter):
        guard let owner = structure.layers.firstIndex(where: { $0.module.parts.contains { if case .parameter(_, let own?) = $0 { own === parameter } else { false } } }) else { continue }
        guard parameter.value.shape == tensor.shape else { throw ScoringError.shapesDiffer(name, score: tensor.shape, parameter: parameter.value.shape) }
        place = owner
      case .units(let module, _):
        guard let own = structure.layers.firstIndex(where: { $0.module === module }) else {
          throw UseError.option("structured", "needs scores of layers that have weights; `\(name)` has none: score the layer before it")
        }
        place = own
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
      for (i, number) in numbers.enumerated() where number.isFinite { own[isLast ? i % units : i / size] += number }
      sums[place] = own
    }
  }

  func isScored(_ group: UnitGroups.Group) -> Bool { group.units.contains { sums[$0.layer] != nil } }
  func score(_ group: UnitGroups.Group) -> Double { group.units.reduce(0) { $0 + (sums[$1.layer]?[$1.unit] ?? 0) } }
}
