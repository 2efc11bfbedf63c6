import CKernels

/// Reverse mode: the vector-Jacobian product along the history of a tensor.
enum Backward {
  /// The gradients of `y` times `seed` with respect to tensors that lie in its history.
  /// - Parameters:
  ///   - keepsHistory: whether the gradients can be differentiated again.
  /// - Returns: for each target its gradient, nil where `y` does not depend on it.
  static func gradients(of y: [Tensor], seeds: [Tensor], with targets: [Tensor], keepsHistory: Bool) throws -> [Tensor?] {
    var plan = Plan(y.compactMap(\.node), targets: targets.compactMap(\.node), leaves: false)
    let slots = targets.map { t in t.node.flatMap { $0.pass == plan.pass ? $0.slot : nil } }
    try plan.run(y, seeds, keepsHistory: keepsHistory) { _, _ in }
    return slots.map { $0.flatMap { plan.found[$0] } }
  }

  /// As `.backward()`: hands the gradient of each leaf that requires one to `leaf`.
  static func accumulate(_ y: Tensor, seed: Tensor, keepsHistory: Bool, leaf: (Node, Tensor) throws -> Void) throws {
    guard let node = y.node, node.isRequired else {
      throw TensorError.noGradient("nothing that it was made of requires a gradient")
    }
    var plan = Plan([node], targets: [], leaves: true)
    try plan.run([y], [seed], keepsHistory: keepsHistory, leaf: leaf)
  }

  /// The nodes of a pass in the order in which they ran. Numbers of the nodes are copied out, since a hook may start a
  /// pass of its own in between.
  private struct Plan {
    let pass = pith_next_sequence()
    private var nodes: [Node] = []
    private var isTarget: [Bool] = []
    private var isNeeded: [Bool] = []
    private var inputSlots: [[Int]] = []
    private var rootSlots: [Int] = []
    private(set) var found: [Tensor?] = []
    private let leaves: Bool

    init(_ roots: [Node], targets: [Node], leaves: Bool) {
      self.leaves = leaves
      var stack: [(node: Node, next: Int)] = []
      for root in roots where root.pass != pass {
        root.pass = pass
        stack.append((root, 0))
        while let top = stack.last {
          let node = top.node
          if top.next < node.inputs.count {
            stack[stack.count - 1].next += 1
            if let input = node.inputs[top.next], input.pass != pass {
              input.pass = pass
              stack.append((input, 0))
            }
          } else {
            stack.removeLast()
            node.slot = nodes.count
            nodes.append(node)
          }
        }
      }
      isTarget = Array(repeating: false, count: nodes.count)
      for target in targets where target.pass == pass { isTarget[target.slot] = true }
      isNeeded.reserveCapacity(nodes.count)
      inputSlots.reserveCapacity(nodes.count)
      for (slot, node) in nodes.enumerated() {
        let slots = node.inputs.map { $0.map(\.slot) ?? -1 }
        inputSlots.append(slots)
        let isWanted = isTarget[slot] || (leaves && node.operation == nil && node.isRequired)
        isNeeded.append(isWanted || slots.contains { $0 >= 0 && isNeeded[$0] })
      }
      rootSlots = roots.map(\.slot)
      found = Array(repeating: nil, count: nodes.count)
    }

    mutating func run(_ y: [Tensor], _ seeds: [Tensor], keepsHistory: Bool, leaf: (Node, Tensor) throws -> Void) throws {
      let before = Recording.current
      let mode: Recording = keepsHistory ? (before == .none ? .all : before) : .none
      try Recording.with(mode) {
        var arrived = Gradients(count: nodes.count, mayOverwrite: !keepsHistory)
        var next = 0
        for (t, seed) in zip(y, seeds) where t.node != nil {
          try arrived.add(seed, at: rootSlots[next])
          next += 1
        }
        for slot in nodes.indices.reversed() where isNeeded[slot] {
          guard var dy = arrived.take(slot) else { continue }
          guard pith_interrupted() == 0 else { throw TensorError.interrupted }
          let node = nodes[slot]
          for hook in node.hooks { dy = try hook.body(dy) ?? dy }
          if isTarget[slot] { found[slot] = dy }
          if node.operation == nil {
            if leaves, node.isRequired { try leaf(node, dy) }
          } else {
            try spread(dy, slot, into: &arrived)
          }
        }
      }
    }

    private func spread(_ dy: Tensor, _ slot: Int, into arrived: inout Gradients) throws {
      let node = nodes[slot], slots = inputSlots[slot]
      guard let operation = node.operation, slots.contains(where: { $0 >= 0 && isNeeded[$0] }) else { return }
      try node.kept.checkVersions(type(of: operation).name)
      let output = node.kept.output.map { kept in
        let t = kept.detached()
        t.node = node
        return t
      }
      let step = BackwardStep(kept: node.kept, output: output, wants: slots.map { $0 >= 0 && isNeeded[$0] })
      let gradients = try operation.vjp(dy, step)
      for (i, gradient) in gradients.enumerated() where slots[i] >= 0 && isNeeded[slots[i]] {
        guard var gradient else { continue }
        if let shape = node.inputShapes?[i], shape != gradient.shape { gradient = try gradient.summed(to: shape) }
        try arrived.add(gradient, at: slots[i])
      }
    }
  }

  /// The gradients that wait at each node, summed as they come.
  private struct Gradients {
    private var waiting: [Tensor?]
    /// True where the sum is ours alone and may be added to in place.
    private var isOwned: [Bool]
    private let mayOverwrite: Bool

    init(count: Int, mayOverwrite: Bool) {
      (waiting, isOwned) = (Array(repeating: nil, count: count), Array(repeating: false, count: count))
      self.mayOverwrite = mayOverwrite
    }

    mutating func add(_ gradient: Tensor, at slot: Int) throws(TensorError) {
      guard let there = waiting[slot] else {
        waiting[slot] = gradient
        return
      }
      if isOwned[slot], there.addInPlace(gradient) { return }
      waiting[slot] = try there + gradient
      isOwned[slot] = mayOverwrite
    }

    mutating func take(_ slot: Int) -> Tensor? {
      defer { waiting[slot] = nil }
      return waiting[slot]
    }
  }
}

extension Tensor {
  /// Adds a contiguous gradient of the same shape and dtype; false where it is another.
  fileprivate func addInPlace(_ other: Tensor) -> Bool {
    guard isContiguous, other.isContiguous, shape == other.shape, dtype == other.dtype else { return false }
    switch dtype {
    case .float32: pith_add_inplace_f32(other.f32, f32, count)
    case .float64: pith_add_inplace_f64(other.f64, f64, count)
    case .int64, .bool: return false
    }
    return true
  }
}
