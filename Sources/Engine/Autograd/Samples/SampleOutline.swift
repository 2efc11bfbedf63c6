/// The steps of a history in their order, without the numbers: what one run of a computation has in common with the next.
struct SampleOutline {
  struct Entry {
    let operation: ObjectIdentifier?
    let shape: [Int]
    let inputs: [Int]
    /// Whether the step only reads memory in another shape.
    let isReshape: Bool
  }
  let entries: [Entry]

  init(_ plan: Backward.Plan) {
    entries = plan.steps.indices.map { slot in
      let node = plan.steps[slot].node
      return Entry(
        operation: node.operation.map { ObjectIdentifier(type(of: $0)) }, shape: node.shape, inputs: Array(plan.inputs(of: slot)),
        isReshape: node.operation is ReshapeOp)
    }
  }

  /// Whether a history of `n` samples has these steps, where `pair` has two.
  func fits(_ other: SampleOutline, pair: SampleOutline, samples n: Int) -> Bool {
    isLike(other) && entries.indices.allSatisfy { slot in
      let (one, two, some) = (entries[slot].shape, pair.entries[slot].shape, other.entries[slot].shape)
      return one.indices.allSatisfy { some[$0] == (one[$0] == two[$0] ? one[$0] : one[$0] * n) }
    }
  }

  /// Whether both have the same steps.
  func isLike(_ other: SampleOutline) -> Bool {
    entries.count == other.entries.count && zip(entries, other.entries).allSatisfy { $0.operation == $1.operation && $0.inputs == $1.inputs && $0.shape.count == $1.shape.count }
  }

  /// What each step holds, from this outline of one sample and from one of `n`.
  func held(_ together: SampleOutline, samples n: Int) -> [Held] {
    var held = entries.indices.map { Self.held(entries[$0].shape, together.entries[$0].shape, n) }
    let open = entries.indices.filter { held[$0] == .unclear && Self.grows(entries[$0].shape, together.entries[$0].shape, n) }
    var isChanged = !open.isEmpty
    while isChanged {
      isChanged = false
      for slot in open where held[slot] == .unclear {
        guard let axis = derived(slot, held) else { continue }
        held[slot] = .samples(axis)
        isChanged = true
      }
      // What a reshape makes of a tensor tells how that lies.
      for slot in entries.indices where entries[slot].isReshape {
        guard case .samples = held[slot], let input = entries[slot].inputs.first, input >= 0, held[input] == .unclear else { continue }
        held[input] = held[slot]
        isChanged = true
      }
    }
    return held
  }

  /// From the sizes alone: a dimension of size 1 that became one of n.
  private static func held(_ alone: [Int], _ together: [Int], _ n: Int) -> Held {
    if alone == together { return .shared }
    guard grows(alone, together, n), let d = alone.indices.first(where: { alone[$0] != together[$0] }), alone[d] == 1 else { return .unclear }
    return .samples(SampleAxis(before: alone[..<d].reduce(1, *), after: alone[(d + 1)...].reduce(1, *)))
  }

  /// Whether one dimension grew with the samples, and no other.
  private static func grows(_ alone: [Int], _ together: [Int], _ n: Int) -> Bool {
    guard alone.count == together.count else { return false }
    let changed = alone.indices.filter { alone[$0] != together[$0] }
    return changed.count == 1 && together[changed[0]] == n * alone[changed[0]]
  }

  /// Places and samples in one dimension lie as in what the step was made of: rows stay rows.
  private func derived(_ slot: Int, _ held: [Held]) -> SampleAxis? {
    let shape = entries[slot].shape
    for input in entries[slot].inputs where input >= 0 {
      guard case .samples(let axis) = held[input] else { continue }
      if entries[slot].isReshape { return axis }
      let other = entries[input].shape
      guard let rows = other.first, rows == shape.first else { continue }
      let width = other.dropFirst().reduce(1, *)
      guard width > 0, axis.after % width == 0, axis.before * (axis.after / width) == rows else { continue }
      return SampleAxis(before: axis.before, after: axis.after / width * shape.dropFirst().reduce(1, *))
    }
    return nil
  }
}
