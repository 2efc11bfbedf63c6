import CKernels

/// Reverse mode: the vector-Jacobian product along the history of a tensor.
enum Backward {
  /// The gradients of `y` times `seed` with respect to tensors that lie in its history.
  /// - Parameters:
  ///   - keepsHistory: whether the gradients can be differentiated again.
  ///   - rules: what stands in for the rules of the operations.
  /// - Returns: for each target its gradient, nil where `y` does not depend on it.
  static func gradients(of y: [Tensor], seeds: [Tensor], with targets: [Tensor], keepsHistory: Bool, rules: Rules? = nil) throws -> [Tensor?] {
    var plan = Plan(y.compactMap(\.node), targets: targets.compactMap(\.node), leaves: false)
    let slots = targets.map { t in t.node.flatMap { $0.pass == plan.pass ? $0.slot : nil } }
    plan.rules = rules
    try plan.run(y, seeds, keepsHistory: keepsHistory) { _, _ in }
    return slots.map { $0.flatMap { plan.found($0) } }
  }

  /// As `.backward()`: hands the gradient of each leaf that requires one to `leaf`.
  static func accumulate(_ y: Tensor, seed: Tensor, keepsHistory: Bool, leaf: (Node, Tensor) throws -> Void) throws {
    guard let node = y.node, node.isRequired else {
      throw TensorError.noGradient("nothing that it was made of requires a gradient")
    }
    var plan = Plan([node], targets: [], leaves: true)
    try plan.run([y], [seed], keepsHistory: keepsHistory, leaf: leaf)
  }

  /// A node of a pass, the gradient that waits at it, and where the nodes of its inputs stand.
  struct Step {
    let node: Node
    /// The first of its entries in `inputSlots`.
    let firstInput: Int
    var isTarget = false, isNeeded = false
    /// True where the waiting sum is ours alone and may be added to in place.
    var isOwned = false
    var waiting: Tensor?
    var found: Tensor?
  }

  /// The nodes of a pass in the order in which they ran. Numbers of the nodes are copied out, since a hook may start a
  /// pass of its own in between.
  struct Plan {
    let pass = pith_next_sequence()
    private(set) var steps: [Step] = []
    /// For each input of each step, in order: the step that made it, -1 for a constant.
    private(set) var inputSlots: [Int] = []
    private var rootSlots: [Int] = []
    private let leaves: Bool
    var rules: Rules?
    /// What gradients of single samples are taken from on the way.
    private var watch: SampleWatch?

    init(_ roots: [Node], targets: [Node], leaves: Bool) {
      self.leaves = leaves
      steps.reserveCapacity(32)
      inputSlots.reserveCapacity(64)
      for root in roots { number(root) }
      for target in targets where target.pass == pass { steps[target.slot].isTarget = true }
      for slot in steps.indices {
        let step = steps[slot]
        var isNeeded = step.isTarget || (leaves && step.node.operation == nil && step.node.isRequired)
        for i in step.firstInput..<(step.firstInput + step.node.inputs.count) where inputSlots[i] >= 0 && steps[inputSlots[i]].isNeeded {
          isNeeded = true
        }
        steps[slot].isNeeded = isNeeded
      }
      for root in roots { rootSlots.append(root.slot) }
    }

    /// Numbers the ancestors of a node and then itself, with a stack of its own: a history may be a million steps long.
    private mutating func number(_ root: Node) {
      guard root.pass != pass else { return }
      root.pass = pass
      var stack: [(node: Node, next: Int)] = [(root, 0)]
      while let (node, next) = stack.last {
        guard next < node.inputs.count else {
          stack.removeLast()
          node.slot = steps.count
          steps.append(Step(node: node, firstInput: inputSlots.count))
          for i in 0..<next { inputSlots.append(node.inputs[i]?.slot ?? -1) }
          continue
        }
        stack[stack.count - 1].next = next + 1
        if let input = node.inputs[next], input.pass != pass {
          input.pass = pass
          stack.append((input, 0))
        }
      }
    }

    func found(_ slot: Int) -> Tensor? { steps[slot].found }

    /// Goes to the watched steps, and to nothing that only others need.
    mutating func watch(_ watch: SampleWatch) {
      self.watch = watch
      for slot in steps.indices {
        steps[slot].isNeeded = watch.edges[slot] != nil || inputs(of: slot).contains { $0 >= 0 && steps[$0].isNeeded }
      }
    }

    /// Where the inputs of a step come from.
    func inputs(of slot: Int) -> ArraySlice<Int> {
      let first = steps[slot].firstInput
      return inputSlots[first..<(first + steps[slot].node.inputs.count)]
    }

    mutating func run(_ y: [Tensor], _ seeds: [Tensor], keepsHistory: Bool, leaf: (Node, Tensor) throws -> Void) throws {
      let before = Recording.current
      let mode: Recording = keepsHistory ? (before == .none ? .all : before) : .none
      try Recording.with(mode) {
        var next = 0
        for (t, seed) in zip(y, seeds) where t.node != nil {
          try add(seed, at: rootSlots[next], mayOverwrite: !keepsHistory)
          next += 1
        }
        for slot in steps.indices.reversed() where steps[slot].isNeeded {
          guard var dy = steps[slot].waiting else { continue }
          steps[slot].waiting = nil
          guard pith_interrupted() == 0 else { throw TensorError.interrupted }
          let node = steps[slot].node
          if !node.hooks.isEmpty { for hook in node.hooks { dy = try hook.body(dy) ?? dy } }
          if steps[slot].isTarget { steps[slot].found = dy }
          if let operation = node.operation {
            try spread(dy, slot, node, operation, keepsHistory: keepsHistory)
          } else if leaves, node.isRequired {
            try leaf(node, dy)
          }
        }
      }
    }

    /// Hands on what arrived at an operation to its inputs.
    private mutating func spread(_ dy: Tensor, _ slot: Int, _ node: Node, _ operation: any Primitive, keepsHistory: Bool) throws {
      let first = steps[slot].firstInput
      var wants = Wants(), isAny = false
      for i in first..<(first + node.inputs.count) {
        let isWanted = inputSlots[i] >= 0 && steps[inputSlots[i]].isNeeded
        wants.append(isWanted)
        if isWanted { isAny = true }
      }
      guard isAny || watch?.edges[slot] != nil else { return }
      let rule = try rules.flatMap { try self.rule($0, node, operation) }
      try node.kept.checkVersions(operation, reading: node.kept.isWhole && rule == nil ? operation.saves : nil)
      var output = node.kept.output
      if keepsHistory, let kept = output {
        output = kept.detached()
        output?.node = node
      }
      let pass = BackwardStep(kept: node.kept, output: output, wants: wants)
      let gradients: [Tensor?]
      if let watch, let edges = watch.edges[slot] {
        gradients = try watch.spread(dy, SampleStep(slot: slot, node: node, pass: pass), edges, goesOn: isAny)
      } else if let rule {
        gradients = try Rules.apply(rule, operation, dy, pass, inputs: node.inputs.count)
      } else {
        gradients = try operation.vjp(dy, pass)
      }
      for (i, gradient) in gradients.enumerated() where wants[i] {
        guard var gradient else { continue }
        if let shape = node.inputShapes?[i], shape != gradient.shape { gradient = try gradient.summed(to: shape) }
        if rule != nil, let x = node.kept.input(i), x.shape != gradient.shape {
          throw TensorError.shape("the rule for `\(type(of: operation).name)`", expected: "a gradient of \(x.shape)", met: gradient.shape, operand: i)
        }
        try add(gradient, at: inputSlots[first + i], mayOverwrite: !keepsHistory)
      }
    }

    /// The rule that stands in for an operation's own.
    /// - Throws: `value` where a rule is for something that ran inside a fused operation, and would silently not be used.
    private func rule(_ rules: Rules, _ node: Node, _ operation: any Primitive) throws -> Rules.StepRule? {
      let kind = type(of: operation)
      if let part = kind.parts.first(where: rules.concern) {
        throw TensorError.value(
          "rules", "a rule for `\(part.name)` does not reach into `\(kind.name)`: the forward pass was not run under Recording.everything")
      }
      return rules.rule(for: kind, in: node.owner)
    }

    private mutating func add(_ gradient: Tensor, at slot: Int, mayOverwrite: Bool) throws(TensorError) {
      guard let there = steps[slot].waiting else {
        steps[slot].waiting = gradient
        return
      }
      if steps[slot].isOwned, there.addInPlace(gradient) { return }
      steps[slot].waiting = try there + gradient
      steps[slot].isOwned = mayOverwrite
    }
  }
}

extension Tensor {
  /// Adds a gradient of the same shape and dtype that lies as this does; false where it is another.
  fileprivate func addInPlace(_ other: Tensor) -> Bool {
    guard shape == other.shape, dtype == other.dtype else { return false }
    guard isContiguous ? other.isContiguous : isChannelsLast && other.isChannelsLast else { return false }
    switch dtype {
    case .float32: pith_add_inplace_f32(other.f32, f32, count)
    case .float64: pith_add_inplace_f64(other.f64, f64, count)
    case .int64, .bool: return false
    }
    return true
  }
}
