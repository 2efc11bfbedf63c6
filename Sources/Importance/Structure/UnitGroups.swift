import Builtins
import Engine
import NN

/// The units of a model that can only go together, because they are added to each other or are one unit at several layers.
struct UnitGroups {
  /// Units of layers that go together.
  struct Group {
    /// The units of layers that put them out.
    var units: [(layer: Int, unit: Int)] = []
    /// The inputs of layers that they arrive at.
    var inputs: [(layer: Int, input: Int)] = []
    /// Why it must stay; nil where it may go.
    var reason: String?
  }

  let layers: [(name: String, module: Module)]
  let groups: [Group]

  /// - Parameter x: some samples that the model takes.
  init(_ model: Module, _ x: Tensor) throws {
    let layers = UnitGroups.layers(of: model)
    self.layers = layers
    let modules = layers.map(\.module), probe = try UnitProbe(model, x)
    var numbers = UnitNumbers(layers.map { ($0.module as? any Resizable).map { ($0.unitCount, $0.inputCount) } ?? (0, 0) })
    let tied = UnitGroups.tied(model)
    var reasons: [Int: String] = [:], called: Set<ObjectIdentifier> = []
    func spread(_ arrivals: UnitProbe.Arrivals, from source: Int?) {
      for (place, (name, module)) in layers.enumerated() {
        guard let inputs = arrivals.inputs[ObjectIdentifier(module)] else { continue }
        for (i, arrival) in inputs.enumerated() where arrival != .nothing {
          let node = module is any Resizable ? numbers.input(place, i) : nil
          switch (arrival, source) {
          case (.unit(let unit), let source?):
            guard let node, unit < numbers.unitCount(source) else { fallthrough }
            numbers.join(numbers.unit(source, unit), node)
          case (_, let source?):
            let words = node == nil ? UnitGroups.unresizable(name, module) : "they come together before `\(name)`"
            for unit in 0..<numbers.unitCount(source) where reasons[numbers.unit(source, unit)] == nil { reasons[numbers.unit(source, unit)] = words }
            if let node { reasons[node] = "other units of `\(layers[source].name)` arrive with them at `\(name)`" }
          case (_, nil):
            if let node { reasons[node] = "the input of the model arrives with them at `\(name)`" }
          }
        }
      }
    }
    spread(try probe.arrivals(of: nil, units: 1, axis: 1, layers: modules), from: nil)
    for (place, (name, module)) in layers.enumerated() {
      guard !Interrupt.isSet else { throw TensorError.interrupted }
      let resizable = module as? any Resizable
      if let resizable, resizable.isUnitByUnit {
        // Its units are those that arrive.
        for unit in 0..<resizable.unitCount { numbers.join(numbers.unit(place, unit), numbers.input(place, unit)) }
        numbers.joinBlocks(place, resizable.blocks)
        continue
      }
      if let resizable { numbers.joinBlocks(place, resizable.blocks) }
      let arrivals = try probe.arrivals(of: module, units: resizable?.unitCount ?? 1, axis: resizable?.unitAxis ?? 1, layers: modules)
      called.formUnion(arrivals.called)
      spread(arrivals, from: resizable == nil ? nil : place)
      let whole = UnitGroups.reason(module, isTied: tied.contains(ObjectIdentifier(module)), isCalled: arrivals.called.contains(ObjectIdentifier(module)))
      let words = arrivals.reachesOutput ? "they are what the model puts out" : whole
      if let words, resizable != nil {
        for unit in 0..<numbers.unitCount(place) { reasons[numbers.unit(place, unit)] = words }
      }
      if let whole, let resizable, !resizable.isResizable || tied.contains(ObjectIdentifier(module)) {
        for input in 0..<resizable.inputCount { reasons[numbers.input(place, input)] = "`\(name)` reads them, and \(whole)" }
      }
    }
    groups = numbers.groups(reasons)
  }

  /// Why what a layer reads must stay.
  private static func unresizable(_ name: String, _ module: Module) -> String {
    let why = switch module {
    case is MultiheadAttention: "its heads share them out: `structured=head` takes whole heads"
    case is RecurrentLayer: "its steps hand them on to each other"
    default: "it cannot be made smaller"
    }
    return "`\(name)` (\(module.typeName)) reads them, and \(why)"
  }

  /// Why the units of a layer must stay, whatever reads them.
  private static func reason(_ module: Module, isTied: Bool, isCalled: Bool) -> String? {
    if isTied { return "another layer has the same weight" }
    if !isCalled { return "the model reads its weight without calling it" }
    if let resizable = module as? any Resizable, !resizable.isResizable {
      return "it is over several axes at once"
    }
    return nil
  }

  /// Every module that has parameters of its own and no parts, and attention, whose output is a part of it. What a module
  /// does itself, with what its parts put out, is seen when it runs.
  private static func layers(of model: Module) -> [(name: String, module: Module)] {
    var out: [(name: String, module: Module)] = [], seen: Set<ObjectIdentifier> = []
    func walk(_ module: Module, _ path: String) {
      guard seen.insert(ObjectIdentifier(module)).inserted else { return }
      let isOne = (module as? PReLU)?.weight.value.count == 1
      let hasOwn = module.parts.contains { if case .child = $0 { false } else { $0.isThere } }
      if hasOwn || module is any Resizable, !isOne, module.children.isEmpty || module is MultiheadAttention { return out.append((path, module)) }
      for (name, child) in module.children { walk(child, path.isEmpty ? name : "\(path).\(name)") }
    }
    walk(model, "")
    return out
  }

  /// The modules that share a parameter with another.
  static func tied(_ model: Module) -> Set<ObjectIdentifier> {
    var owners: [ObjectIdentifier: [Module]] = [:]
    for (_, module) in model.namedModules {
      for case .parameter(_, let parameter?) in module.parts { owners[ObjectIdentifier(parameter), default: []].append(module) }
    }
    return Set(owners.values.filter { $0.count > 1 }.joined().map { ObjectIdentifier($0) })
  }
}

extension Part {
  fileprivate var isThere: Bool {
    switch self {
    case .parameter(_, let parameter): parameter != nil
    case .buffer(_, let buffer): buffer != nil
    case .child: true
    }
  }
}

/// Units and inputs of layers as numbers, joined where they must go together.
private struct UnitNumbers {
  private let counts: [(units: Int, inputs: Int)]
  private let starts: [Int]
  private var parents: [Int]

  init(_ counts: [(units: Int, inputs: Int)]) {
    self.counts = counts
    var starts: [Int] = [], next = 0
    for count in counts {
      starts.append(next)
      next += count.units + count.inputs
    }
    (self.starts, parents) = (starts, Array(0..<next))
  }

  func unitCount(_ layer: Int) -> Int { counts[layer].units }
  func unit(_ layer: Int, _ unit: Int) -> Int { starts[layer] + unit }
  func input(_ layer: Int, _ input: Int) -> Int { starts[layer] + counts[layer].units + input }

  private mutating func root(_ node: Int) -> Int {
    var node = node
    while parents[node] != node {
      parents[node] = parents[parents[node]]
      node = parents[node]
    }
    return node
  }

  mutating func join(_ a: Int, _ b: Int) { parents[root(b)] = root(a) }

  /// Where the units and inputs of a layer go in blocks only, those of each block together.
  mutating func joinBlocks(_ layer: Int, _ blocks: Int) {
    let (units, inputs) = counts[layer]
    guard blocks > 1, units > 0, inputs > 0 else { return }
    for i in 0..<units { join(unit(layer, i * blocks / units * units / blocks), unit(layer, i)) }
    for i in 0..<inputs { join(unit(layer, i * blocks / inputs * units / blocks), input(layer, i)) }
  }

  mutating func groups(_ reasons: [Int: String]) -> [UnitGroups.Group] {
    var places: [Int: Int] = [:], groups: [UnitGroups.Group] = []
    for layer in counts.indices {
      for i in 0..<(counts[layer].units + counts[layer].inputs) {
        let node = starts[layer] + i, root = root(node)
        let place = places[root] ?? groups.count
        if place == groups.count {
          places[root] = place
          groups.append(UnitGroups.Group())
        }
        if i < counts[layer].units { groups[place].units.append((layer, i)) } else { groups[place].inputs.append((layer, i - counts[layer].units)) }
        if let reason = reasons[node], groups[place].reason == nil { groups[place].reason = reason }
      }
    }
    return groups.filter { !$0.units.isEmpty }
  }
}
