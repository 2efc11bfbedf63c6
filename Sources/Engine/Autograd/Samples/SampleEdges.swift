/// Where in a history tensors that the samples share enter what each of them is.
struct SampleEdges {
  /// By the step that they enter.
  private(set) var edges: [Int: [SampleEdge]] = [:]
  /// The tensors whose contributions cannot be told apart.
  private(set) var mixed: Set<Int> = []

  private let outline: SampleOutline, held: [Held]
  /// The tensors that a shared step is made of, and whether samples went into it.
  private var reach: [[Int]], isMix: [Bool]

  /// - Parameter slots: where the tensors asked for stand; nil for those that are not in the history.
  init(_ outline: SampleOutline, _ held: [Held], _ slots: [Int?], _ plan: Backward.Plan) {
    (self.outline, self.held) = (outline, held)
    reach = Array(repeating: [], count: held.count)
    isMix = Array(repeating: false, count: held.count)
    for (i, slot) in slots.enumerated() { if let slot { reach[slot].append(i) } }
    for slot in held.indices {
      let inputs = outline.entries[slot].inputs.filter { $0 >= 0 }
      if held[slot] == .shared {
        isMix[slot] = inputs.contains { held[$0] != .shared || isMix[$0] }
        if !isMix[slot] { reach[slot] = Array(Set(inputs.reduce(into: reach[slot]) { $0 += reach[$1] })).sorted() }
      }
      enter(slot, plan.steps[slot].node)
    }
    for slot in edges.keys { edges[slot] = edges[slot]?.filter { !mixed.isSuperset(of: $0.targets) } }
    edges = edges.filter { !$0.value.isEmpty }
  }

  private mutating func enter(_ slot: Int, _ node: Node) {
    for (operand, from) in outline.entries[slot].inputs.enumerated() where from >= 0 && held[from] == .shared {
      if isMix[from] {
        // What all samples made enters each of them.
        if held[slot] != .shared { mixed.formUnion(ancestors(from)) }
        continue
      }
      guard !reach[from].isEmpty, held[slot] != .shared || isMix[slot] else { continue }
      if held[slot].axis != nil, Self.splits(node, operand) {
        edges[slot, default: []].append(SampleEdge(operand: operand, from: from, targets: reach[from]))
      } else {
        mixed.formUnion(reach[from])
      }
    }
  }

  private static func splits(_ node: Node, _ operand: Int) -> Bool {
    guard let operation = node.operation, let input = node.inputs[operand] else { return false }
    if let known = operation as? any SampleSplit { return known.splits(operand, input.shape) }
    return node.inputShapes != nil
  }

  private func ancestors(_ slot: Int) -> Set<Int> {
    var found: Set<Int> = [], seen: Set<Int> = [slot], stack = [slot]
    while let next = stack.popLast() {
      if outline.entries[next].operation == nil { found.formUnion(reach[next]) }
      for input in outline.entries[next].inputs where input >= 0 && seen.insert(input).inserted { stack.append(input) }
    }
    return found
  }
}
