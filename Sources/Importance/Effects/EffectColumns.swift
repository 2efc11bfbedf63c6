import Engine
import NN

/// Changes that each move one column of a matrix `[samples, width]` before a linear layer: what the layer gives then moves
/// along one row of its transposed weight, and only for the samples whose number in that column changes at all.
///
/// So it is for a feature or a unit before a linear layer, and for the weights of a linear layer, each of which moves one unit.
struct EffectColumns {
  private let runner: EffectRunner
  /// The linear layer whose weight or bias is changed; nil where the column itself is.
  private let changed: Linear?
  /// The columns before element-wise layers, and after them.
  private let before: Tensor, after: Tensor
  private let activations: [Module]
  /// What the next linear layer gives, or the columns themselves where there is none, and how each column moves that.
  let rows: Tensor
  private let directions: Tensor
  private let hasReLU: Bool
  /// The layers that run for the moved rows.
  let rest: Range<Int>
  /// The column that each group moves.
  private let columns: [Int]

  /// Numbers in a block of steps.
  private static let blockSize = 1 << 20
  /// Columns without a layer behind them of which each is its own direction, at most.
  private static let mostOwn = 2048

  /// Nil where the changes are not of this kind.
  init?(_ runner: EffectRunner) throws {
    guard let layout = Layout(runner.chain, runner.spot, runner.site), runner.chain.isBatchable, runner.input.dtype.isFloating,
      let columns = layout.columns(runner.groups, runner.site)
    else { return nil }
    let chain = runner.chain
    (self.runner, self.columns, changed) = (runner, columns, layout.changed)
    before = try layout.changed.map { try chain.run($0, runner.input) } ?? runner.input
    activations = Array(chain.layers[layout.activations])
    after = try Self.apply(activations, before, chain.run)
    if let next = layout.next {
      rows = try chain.run(next, after)
      directions = try next.weight.value.detached().transpose(0, 1).copied()
    } else {
      rows = after
      directions = try Tensor.eye(after.shape[1], after.shape[1], after.dtype)
    }
    (hasReLU, rest) = (layout.hasReLU, layout.rest)
  }

  /// Where such changes stand in a chain.
  struct Layout {
    let changed: Linear?, next: Linear?
    let activations: Range<Int>, rest: Range<Int>
    let hasReLU: Bool

    init?(_ chain: EffectChain, _ spot: EffectRunner.Spot, _ site: EffectSite) {
      guard let shapes = chain.shapes else { return nil }
      let first: Int
      switch (spot, site) {
      case (.between(let layer), _): (first, changed) = (layer, nil)
      case (.weight(let layers), .parameter(_, let parameter)):
        guard layers.count == 1, let linear = chain.layers[layers.lowerBound] as? Linear, shapes[layers.lowerBound].count == 1,
          linear.weight === parameter || linear.bias === parameter
        else { return nil }
        (first, changed) = (layers.lowerBound + 1, linear)
      default: return nil
      }
      guard shapes[first].count == 1 else { return nil }
      var next = first
      while next < chain.layers.count, chain.layers[next].isElementwise { next += 1 }
      activations = first..<next
      guard next < chain.layers.count else {
        (self.next, rest, hasReLU) = (nil, next..<next, false)
        if shapes[next].count != 1 || shapes[next][0] > EffectColumns.mostOwn { return nil }
        return
      }
      guard let linear = chain.layers[next] as? Linear else { return nil }
      self.next = linear
      hasReLU = next + 1 < chain.layers.count && chain.layers[next + 1] is ReLU
      rest = (next + (hasReLU ? 2 : 1))..<chain.layers.count
    }

    /// The column that each group moves; nil where one moves several.
    func columns(_ groups: ElementGroups, _ site: EffectSite) -> [Int]? {
      let width: Int
      if case .parameter(_, let parameter) = site, let changed, changed.weight === parameter { width = max(1, changed.inputs) } else { width = 1 }
      if groups.areElements { return (0..<groups.count).map { $0 / width } }
      var columns: [Int] = []
      for i in 0..<groups.count {
        let places = groups.places(i)
        guard let first = places.first, places.allSatisfy({ $0 / width == first / width }) else { return nil }
        columns.append(first / width)
      }
      return columns
    }
  }

  /// The numbers that move for each row.
  var width: Int { rows.shape[1] }

  /// What is done for each change, in words.
  func manner(keepsSamples: Bool) throws -> String {
    let isWeight = changed.map(isWeight) ?? false
    if isWeight, !keepsSamples, runner.groups.areElements, try losses() != nil {
      return "each moves the sum of one unit, and one kernel works out the losses from the scores that the unit moves"
    }
    let moves = directions.shape[0] == directions.shape[1] && rest.isEmpty && !hasReLU ? "one number before the end" : "one column before a linear layer, whose output moves along one row of its weight"
    let then = try !keepsSamples && movedLosses() != nil ? "one kernel works out the losses" : rest.isEmpty ? "the metric is taken" : "what follows runs"
    return "each moves \(moves), and \(then) for the samples that move"
  }

  private static func apply(_ activations: [Module], _ x: Tensor, _ run: Run) throws -> Tensor {
    try activations.reduce(x) { try run($1, $0) }
  }

  /// Adds the effects of each group's taking its new numbers.
  func add(_ new: [Tensor], to totals: inout EffectTotals, _ share: Share) throws {
    guard let new = new.first else { return }
    guard let changed, isWeight(changed) else { return try addColumns(new, to: &totals, share) }
    let steps = try new - runner.old[0]
    if runner.groups.areElements, totals.matrix == nil, let (losses, sign) = try losses() {
      try addLosses(losses, sign, steps, to: &totals, share)
    } else {
      try addWeights(steps, to: &totals, share)
    }
  }

  private func isWeight(_ linear: Linear) -> Bool {
    if case .parameter(_, let parameter) = runner.site { linear.weight === parameter } else { false }
  }

  // MARK: a column that is changed itself

  private func addColumns(_ new: Tensor, to totals: inout EffectTotals, _ share: Share) throws {
    let moved = changed == nil ? new : try before + (new - runner.old[0])
    let steps = try Self.apply(activations, moved, runner.chain.run) - after
    let width = max(1, Self.blockSize / max(1, runner.samples))
    for start in stride(from: 0, to: columns.count, by: width) {
      let block = start..<min(start + width, columns.count)
      let isInOrder = columns[block].elementsEqual(block)
      let (some, along): (Tensor, Tensor)
      if isInOrder {
        (some, along) = (try steps.narrow(1, start, block.count), try directions.narrow(0, start, block.count))
      } else {
        let places = try Tensor(Array(columns[block]))
        (some, along) = (try steps.indexSelect(1, places), try directions.indexSelect(0, places))
      }
      try add(some, along, block, to: &totals)
      runner.request.progress?(share.at(Double(block.upperBound) / Double(columns.count)))
    }
  }

  // MARK: weights, each of which moves its unit

  private func addWeights(_ steps: Tensor, to totals: inout EffectTotals, _ share: Share) throws {
    let width = max(1, Self.blockSize / max(1, runner.samples))
    var start = 0
    while start < columns.count {
      // A block of single weights is of one unit, so that it has one direction.
      var end = min(start + width, columns.count)
      if runner.groups.areElements { end = columns[start..<end].firstIndex { $0 != columns[start] } ?? end }
      let block = start..<end
      let units = runner.groups.areElements ? [columns[start]] : Array(columns[block])
      let places = try Tensor(units)
      let sums = try before.indexSelect(1, places) + sumSteps(steps, block)
      let some = try Self.apply(activations, sums, runner.chain.run) - after.indexSelect(1, places)
      try add(some, directions.indexSelect(0, places), block, to: &totals)
      runner.request.progress?(share.at(Double(end) / Double(columns.count)))
      start = end
    }
  }

  /// How far each group's change moves the sum of its unit.
  /// - Shape: `steps [out, in]` to `[samples, block]`.
  private func sumSteps(_ steps: Tensor, _ block: Range<Int>) throws -> Tensor {
    let width = steps.shape[1]
    if runner.groups.areElements {
      let start = block.lowerBound % width
      return try runner.input.narrow(1, start, block.count) * steps.select(0, block.lowerBound / width).narrow(0, start, block.count)
    }
    let mask = try runner.groups.mask(block).reshape([block.count, steps.shape[0], width])
    let some = try steps.unsqueeze(0) * mask.to(steps.dtype)
    return try runner.input.matmul(some.sum([1]).transpose(0, 1))
  }

  // MARK: rows that move

  /// Runs what follows for every sample that a step moves.
  /// - Shape: `steps [samples, block]`, `along [block or 1, width]`.
  private func add(_ steps: Tensor, _ along: Tensor, _ block: Range<Int>, to totals: inout EffectTotals) throws {
    if totals.matrix == nil, let (losses, sign) = try movedLosses() {
      return totals.add(try losses.rises(steps, along: along), changes: block, sign: sign)
    }
    let moves = try Moves(steps), n = runner.samples, chain = runner.chain
    var sums = [Double](repeating: 0, count: block.count)
    let matrix = totals.matrix == nil ? nil : try Tensor.zeros([n, block.count], runner.dtype)
    for start in stride(from: 0, to: moves.count, by: runner.rowLimit) {
      guard !Interrupt.isSet else { throw TensorError.interrupted }
      let some = start..<min(start + runner.rowLimit, moves.count)
      let moved = try moves.rows(some, from: rows, along: along, relu: hasReLU)
      let out = rest.isEmpty ? moved : try chain.run(chain.tail(rest), moved)
      let targets = try runner.measure.targets.map { try $0.indexSelect(0, moves.samples(some)) }
      let numbers = try runner.measure.perSample(out, targets)
      if let matrix { try moves.put(numbers, some, over: runner.base, into: matrix) } else { try moves.add(numbers, some, over: runner.base, to: &sums) }
    }
    if let matrix { try totals.put(matrix, changes: block, rows: runner.rows) } else { totals.add(sums, changes: block) }
  }

  /// The kernel for rows that one linear layer turns into the scores of a cross-entropy, and the sign of that.
  private func movedLosses() throws -> (MovedLosses, sign: Double)? {
    guard rest.count == 1, let last = runner.chain.layers[rest.lowerBound] as? Linear,
      let (labels, sign) = try runner.measure.crossEntropy([runner.samples, last.outputs], runner.dtype),
      let losses = try MovedLosses(
        rows, hasReLU: hasReLU, LinearLayer(last.weight.value.detached(), last.bias?.value.detached(), hasReLU: false), labels: labels,
        losses: runner.base * sign)
    else { return nil }
    return (losses, sign)
  }

  // MARK: the cross-entropy of scores that move

  /// The kernel that gives the losses outright, where the scores are the very rows that move.
  private func losses() throws -> (WeightLosses, sign: Double)? {
    guard rest.isEmpty, !hasReLU, let activation, [runner.input, before, directions].allSatisfy({ $0.dtype == .float32 }),
      let (labels, sign) = try runner.measure.crossEntropy(rows.shape, rows.dtype)
    else { return nil }
    let losses = try WeightLosses(input: runner.input, sums: before, activation, directions: directions, scores: rows, labels: labels)
    return (losses, sign)
  }

  /// What the element-wise layers do together, where a kernel knows it.
  private var activation: UnitActivation? {
    let known = activations.map(\.unitActivation)
    let bends = known.filter { $0 != .identity }
    return bends.isEmpty ? .identity : bends.count == 1 ? bends[0] : nil
  }

  private func addLosses(_ losses: WeightLosses, _ sign: Double, _ steps: Tensor, to totals: inout EffectTotals, _ share: Share) throws {
    let (units, width) = (steps.shape[0], steps.shape[1])
    // Some units at a time, so that an interruption is soon seen.
    let work = Double(runner.samples) * Double(width) * Double(rows.shape[1])
    let some = max(2, Int(min(1e9, 2e7 / max(work, 1))))
    for start in stride(from: 0, to: units, by: some) {
      let range = start..<min(start + some, units)
      totals.add(try losses.rises(steps, units: range), changes: (start * width)..<(range.upperBound * width), sign: sign)
      runner.request.progress?(share.at(Double(range.upperBound) / Double(units)))
    }
  }
}
