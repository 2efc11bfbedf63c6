/// The steps of a history in their order, without the numbers: what one run of a computation has in common with the next.
public struct SampleOutline {
  struct Entry {
    let operation: ObjectIdentifier?
    let shape: [Int]
    let inputs: [Int]
    /// Whether the step only reads memory in another shape.
    let isReshape: Bool
  }
  let entries: [Entry]

  /// Of a number and all that it was made of.
  public init(of total: Tensor) { self.init(Backward.Plan(total.node.map { [$0] } ?? [], targets: [], leaves: false)) }

  init(_ plan: Backward.Plan) {
    entries = plan.steps.indices.map { slot in
      let node = plan.steps[slot].node
      return Entry(
        operation: node.operation.map { ObjectIdentifier(type(of: $0)) }, shape: node.shape, inputs: Array(plan.inputs(of: slot)),
        isReshape: node.operation is ReshapeOp)
    }
  }

  /// Whether a history of `n` samples has the steps of this one of two, where `three` has three.
  func fits(_ other: SampleOutline, three: SampleOutline, samples n: Int) -> Bool {
    isLike(other) && entries.indices.allSatisfy { slot in
      let (two, next, some) = (entries[slot].shape, three.entries[slot].shape, other.entries[slot].shape)
      return two.indices.allSatisfy { some[$0] == (two[$0] == next[$0] ? two[$0] : two[$0] / 2 * n) }
    }
  }

  /// Whether both have the same steps.
  func isLike(_ other: SampleOutline) -> Bool {
    entries.count == other.entries.count && zip(entries, other.entries).allSatisfy { $0.operation == $1.operation && $0.inputs == $1.inputs && $0.shape.count == $1.shape.count }
  }

  /// What each step holds, from this outline of two samples and from one of three. One sample would tell less: what is
  /// stretched over several is not where there is one.
  func held(_ three: SampleOutline) -> [Held] {
    var held = entries.indices.map { Self.held(entries[$0].shape, three.entries[$0].shape) }
    let open = Set(entries.indices.filter { held[$0] == .unclear && Self.grows(entries[$0].shape, three.entries[$0].shape) })
    var isChanged = !open.isEmpty
    while isChanged {
      isChanged = false
      for slot in entries.indices where held[slot] == .unclear && open.contains(slot) {
        guard let axis = derived(slot, held) else { continue }
        held[slot] = .samples(axis)
        isChanged = true
      }
      // What is made of a tensor tells how that lies, where it is only read in another shape or element by element.
      for slot in entries.indices.reversed() {
        guard case .samples = held[slot] else { continue }
        for input in entries[slot].inputs where input >= 0 && held[input] == .unclear && open.contains(input) {
          guard entries[slot].isReshape || entries[slot].shape == entries[input].shape else { continue }
          held[input] = held[slot]
          isChanged = true
        }
      }
    }
    return held
  }

  /// From the sizes alone: a dimension of size 2 that became one of 3.
  private static func held(_ two: [Int], _ three: [Int]) -> Held {
    if two == three { return .shared }
    guard grows(two, three), let d = two.indices.first(where: { two[$0] != three[$0] }), two[d] == 2 else { return .unclear }
    return .samples(SampleAxis(before: two[..<d].reduce(1, *), after: two[(d + 1)...].reduce(1, *)))
  }

  /// Whether one dimension grew with the samples, and no other.
  private static func grows(_ two: [Int], _ three: [Int]) -> Bool {
    guard two.count == three.count else { return false }
    let changed = two.indices.filter { two[$0] != three[$0] }
    return changed.count == 1 && two[changed[0]] % 2 == 0 && three[changed[0]] == two[changed[0]] / 2 * 3
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
      guard width > 0, axis.after % width == 0, axis.before * 2 * (axis.after / width) == rows else { continue }
      return SampleAxis(before: axis.before, after: axis.after / width * shape.dropFirst().reduce(1, *))
    }
    return nil
  }
}
