/// How the gradients of single samples come out of one backward pass over many of them.
///
/// Nothing is asked of layers: the history of a computation is looked at, once of two samples and once of three. What has
/// the same size in both is shared by the samples, above all parameters, and where it enters a step that grew, the step's
/// operation says what each sample contributes: two factors for a product, patches for a convolution, a row for a table.
/// So no sample needs a pass of its own, and no gradient of the size of all samples is formed.
public final class SamplePlan {
  public enum Route {
    /// Nothing depends on it.
    case none
    /// From one pass over many samples.
    case together
    /// Only a pass for each sample tells.
    case alone
  }

  /// What is done with the last sample of a pass.
  public enum Look {
    case none, remember, compare
  }

  /// For each tensor that was asked for.
  public private(set) var routes: [Route]
  /// What one sample takes: bytes for all that a backward pass keeps, and multiplications of a forward pass.
  public let bytes: Double, multiplications: Double

  private let targets: [Tensor]
  private let outlines: (two: SampleOutline, three: SampleOutline)?
  private var edges: [Int: [SampleEdge]] = [:]
  private var held: [Held] = []
  /// By step and operand, what the first pass met of its last sample, which other passes must meet again.
  private var seen: [Int: [Int: Tensor]] = [:]

  /// - Parameters:
  ///   - two: the number that is differentiated, summed over two samples.
  ///   - three: the outline of the same, summed over three.
  public init(_ two: Tensor, _ three: SampleOutline, with targets: [Tensor]) throws {
    self.targets = targets
    let first = Backward.Plan(two.node.map { [$0] } ?? [], targets: [], leaves: false), outline = SampleOutline(first)
    let slots = Self.slots(targets, first)
    let cost = Self.cost(first, two.dtype.size)
    (bytes, multiplications) = (cost.bytes / 2, cost.multiplications / 2)
    routes = slots.map { $0 == nil ? .none : .alone }
    guard outline.isLike(three) else {
      outlines = nil
      return
    }
    outlines = (outline, three)
    held = outline.held(three)
    let found = SampleEdges(outline, held, slots, first)
    edges = found.edges
    for (i, slot) in slots.enumerated() where slot != nil && !found.mixed.contains(i) { routes[i] = .together }
  }

  /// For rows that go through layers one after the other, of which nothing need be tried.
  public init(ofRowsWith targets: [Tensor], bytes: Double, multiplications: Double) {
    self.targets = targets
    (self.bytes, self.multiplications, outlines) = (bytes, multiplications, nil)
    routes = targets.map { _ in .together }
  }

  /// Takes a pass for each sample for a tensor after all.
  public func isolate(_ target: Int) { if routes[target] == .together { routes[target] = .alone } }

  /// Goes back once, and hands over the gradients for each tensor as soon as they are complete.
  /// - Parameters:
  ///   - total: the number that is differentiated, summed over `n` samples.
  ///   - look: whether the last sample is to be remembered, or to be held against the one that was.
  /// - Throws: `SamplesDiffer` where the samples do not go through as those did that the plan was made with.
  public func run(_ total: Tensor, samples n: Int, _ look: Look = .none, visit: @escaping (Int, SampleGradients) throws -> Void) throws {
    var plan = Backward.Plan(total.node.map { [$0] } ?? [], targets: [], leaves: false)
    let slots = Self.slots(targets, plan)
    var held = self.held, edges = self.edges
    if let outlines {
      guard outlines.two.fits(SampleOutline(plan), three: outlines.three, samples: n) else { throw SamplesDiffer() }
    } else {
      let outline = SampleOutline(plan)
      held = outline.entries.map { $0.operation == nil ? .shared : $0.shape.first == n ? .samples(SampleAxis(before: 1, after: $0.shape.dropFirst().reduce(1, *))) : .unclear }
      edges = SampleEdges(outline, held, slots, plan).edges
    }
    let gathered = Gathered(self, n, edges, held, look, visit)
    plan.watch(gathered.watch(plan, slots))
    try plan.run([total], [Tensor.full(total.shape, 1, total.dtype)], keepsHistory: false) { _, _ in }
    try gathered.finish()
  }

  private static func slots(_ targets: [Tensor], _ plan: Backward.Plan) -> [Int?] {
    targets.map { t in t.node.flatMap { $0.pass == plan.pass ? $0.slot : nil } }
  }

  /// What one sample takes, from a number that was made of it: bytes for all that a backward pass keeps, and
  /// multiplications of a forward pass.
  public static func cost(_ alone: Tensor) -> (bytes: Double, multiplications: Double) {
    cost(Backward.Plan(alone.node.map { [$0] } ?? [], targets: [], leaves: false), alone.dtype.size)
  }

  private static func cost(_ plan: Backward.Plan, _ size: Int) -> (bytes: Double, multiplications: Double) {
    var all = 0.0, largest = 0.0, work = 0.0
    for slot in plan.steps.indices {
      let node = plan.steps[slot].node
      guard let operation = node.operation, !(operation is ReshapeOp || operation is PermuteOp || operation is SliceOp || operation is ExpandOp) else { continue }
      let elements = node.shape.reduce(1.0) { $0 * Double($1) }
      all += elements
      largest = max(largest, elements)
      let shapes = plan.inputs(of: slot).map { $0 < 0 ? [] : plan.steps[$0].node.shape }
      // Any other step is one for each number; two of them count as a multiplication and an addition.
      work += max((operation as? any CountedWork)?.multiplications(shapes, node.shape) ?? 0, elements / 2)
    }
    // Outputs are kept for the way back, where two gradients stand at a time.
    return (Double(size) * (all + 3 * largest), work)
  }

  fileprivate func look(_ look: Look, _ step: SampleStep, _ held: [Held], _ inputs: [Int], _ n: Int) throws {
    guard look != .none else { return }
    for (operand, slot) in inputs.enumerated() where slot >= 0 {
      guard let axis = held[slot].axis, let x = step.pass.kept.input(operand) else { continue }
      let last = try axis.sample(n - 1, of: x.detached(), n)
      if look == .remember {
        // In memory of its own: the samples around it are let go.
        seen[step.slot, default: [:]][operand] = try last.copied()
      } else if let other = seen[step.slot]?[operand], try !last.isNear(other) {
        throw SamplesDiffer()
      }
    }
  }
}

/// The parts of one pass, until those of a tensor are together.
private final class Gathered {
  private let plan: SamplePlan, samples: Int, edges: [Int: [SampleEdge]], held: [Held], look: SamplePlan.Look
  private let visit: (Int, SampleGradients) throws -> Void
  private var waiting: [Int: Int] = [:]
  private var parts: [Int: [any SamplePart]] = [:]

  init(_ plan: SamplePlan, _ samples: Int, _ edges: [Int: [SampleEdge]], _ held: [Held], _ look: SamplePlan.Look, _ visit: @escaping (Int, SampleGradients) throws -> Void) {
    (self.plan, self.samples, self.held, self.look, self.visit) = (plan, samples, held, look, visit)
    self.edges = edges.mapValues { $0.filter { $0.targets.contains { plan.routes[$0] == .together } } }.filter { !$0.value.isEmpty }
    for edge in self.edges.values.joined() { for target in edge.targets { waiting[target, default: 0] += 1 } }
  }

  func watch(_ pass: Backward.Plan, _ slots: [Int?]) -> SampleWatch {
    let inputs = edges.keys.reduce(into: [:]) { $0[$1] = Array(pass.inputs(of: $1)) }
    let nodes = edges.values.joined().reduce(into: [:]) { $0[$1.from] = pass.steps[$1.from].node }
    let goals = slots.map { slot in slot.map { pass.steps[$0].node } }
    return SampleWatch(edges) { [self] step, edge in
      try plan.look(look, step, held, inputs[step.slot] ?? [], samples)
      guard let axis = held[step.slot].axis, let node = nodes[edge.from] else { throw SamplesDiffer() }
      var alone = step.node.shape
      if let d = plan.grown(step.slot) { alone[d] /= max(samples, 1) }
      return SplitStep(pass: step.pass, samples: samples, axis: axis, alone: alone, shape: node.shape)
    } visit: { [self] edge, part, step in
      for target in edge.targets where plan.routes[target] == .together {
        guard let goal = goals[target], let node = nodes[edge.from] else { continue }
        try add(part.pulled(from: node, to: goal), target, goal)
      }
    }
  }

  private func add(_ part: any SamplePart, _ target: Int, _ node: Node) throws {
    parts[target, default: []].append(part)
    waiting[target, default: 0] -= 1
    if waiting[target] == 0 { try hand(target) }
  }

  private func hand(_ target: Int) throws {
    waiting[target] = nil
    let tensor = plan.target(target)
    try visit(target, SampleGradients(samples, tensor.shape, tensor.dtype, parts.removeValue(forKey: target) ?? []))
  }

  /// Hands over what no gradient reached.
  func finish() throws { for target in waiting.keys.sorted() where plan.routes[target] == .together { try hand(target) } }
}

extension SamplePlan {
  fileprivate func target(_ i: Int) -> Tensor { targets[i] }

  /// The dimension of a step's output that the samples are in.
  fileprivate func grown(_ slot: Int) -> Int? {
    guard let outlines else { return 0 }
    let (two, three) = (outlines.two.entries[slot].shape, outlines.three.entries[slot].shape)
    return two.indices.first { two[$0] != three[$0] }
  }
}

extension SamplePart {
  /// The same for what the operand was made of.
  func pulled(from made: Node, to target: Node) -> any SamplePart {
    if made === target { return self }
    if let outer = self as? OuterPart, made.hooks.isEmpty, let op = made.operation as? PermuteOp, op.order == [1, 0], let input = made.inputs[0] {
      return OuterPart(d: outer.a, a: outer.d).pulled(from: input, to: target)
    }
    return PulledPart(part: self, made: made, target: target)
  }
}

extension Tensor {
  /// Whether the numbers are the same but for rounding that many layers may have made larger.
  /// - Parameter rest: what is near 0 anyway.
  public func isNear(_ other: Tensor, rest: Double = 0) throws(TensorError) -> Bool {
    guard shape == other.shape else { return false }
    if count == 0 { return true }
    let size = try other.abs().amax().item(), distance = try (self - other).abs().amax().item()
    return distance <= 1e-3 * size || distance <= rest || distance.isNaN || distance == 0
  }
}
