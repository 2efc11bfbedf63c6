import Builtins
import Engine
import NN

/// A model without some of its weights, units or features: weights are written, units and features are taken out by a hook
/// and before the first layer. Its journal puts the weights back.
final class Removal {
  let model: Module
  let elements: Removable
  private let fill: RemovalFill
  private let changes: Journal
  private let table = HookTable()
  private let base: Run
  /// The numbers of the parameters as they were.
  private var whole: [Int: Tensor] = [:]
  /// What stands in for removed units and features: of one sample, or of all.
  private var stand: [Int: Tensor] = [:]
  /// Which elements stay, by slot, and the first sample of the batch that runs.
  private var masks: [Tensor] = []
  private var firstRow = 0

  init(_ elements: Removable, _ model: Module, fill: RemovalFill, on x: Tensor, run: Run, changes: Journal) throws {
    (self.elements, self.model, self.fill, self.changes, base) = (elements, model, fill, changes, run)
    for (i, slot) in elements.slots.enumerated() {
      switch slot.place {
      case .parameter(let parameter):
        guard fill == .zero else { throw UseError.option("fill=\(fill.rawValue)", "is for units and features: removed weights are 0") }
        whole[i] = try parameter.value.detached().copied()
      case .units(let module, let side): hook(module, side, i)
      case .input: break
      }
    }
    if fill != .zero { try fillIn(x) }
  }

  /// The run in which removed units are out.
  var run: Run { Run(base.tables + [table], generator: base.generator, journal: base.journal) }

  /// Removes the elements whose place is below `count`; `places` are those of each slot.
  func remove(_ count: Int, _ places: [Tensor], journal: Journal? = nil) throws {
    try remove(try places.map { try $0.ge(Tensor.number(count)) }, journal: journal)
  }

  /// Leaves the elements that the masks hold.
  func remove(_ stay: [Tensor], journal: Journal? = nil) throws {
    masks = stay
    for (i, slot) in elements.slots.enumerated() {
      guard case .parameter(let parameter) = slot.place, let numbers = whole[i] else { continue }
      let left = try stay[i].selecting(numbers, Tensor.zeros([], numbers.dtype))
      let journal = journal ?? changes
      try journal.write(parameter.value) { try parameter.value.copyNumbers(of: left) }
    }
  }

  /// Which elements of a slot stay.
  func stay(_ slot: Int) throws -> Tensor {
    masks.indices.contains(slot) ? masks[slot] : try Tensor.ones(elements.slots[slot].shape, .bool)
  }

  /// The input of these samples without the removed features.
  func input(_ x: Tensor, from row: Int) throws -> Tensor {
    firstRow = row
    for (i, slot) in elements.slots.enumerated() {
      if case .input = slot.place { return try without(x, i) }
    }
    return x
  }

  private func hook(_ module: Module, _ side: UnitSide, _ i: Int) {
    guard side == .input else {
      table.onForward(module) { [unowned self] _, _, output in try masks.indices.contains(i) ? replaced(output, i) : nil }
      return
    }
    table.add(Hook(module, .pre { [unowned self] _, inputs in
      guard masks.indices.contains(i), let first = inputs.first else { return nil }
      return [try replaced(first, i)] + inputs.dropFirst()
    }))
  }

  private func replaced(_ value: any Value, _ i: Int) throws -> any Value {
    guard let changed = try changingLeadingTensor(of: value, { try without($0, i) }) else { throw UseError.noUnits(elements.slots[i].name, met: type(of: value).aKind) }
    return changed
  }

  /// `[n, *]` with what is removed replaced.
  private func without(_ y: Tensor, _ i: Int) throws -> Tensor {
    guard masks.indices.contains(i) else { return y }
    var mask = masks[i], shape = elements.slots[i].shape
    let rest = y.rank - 1 - shape.count
    guard rest >= 0 else { throw UseError.unitsDiffer(elements.slots[i].name, scores: shape, output: Array(y.shape.dropFirst())) }
    shape += Array(repeating: 1, count: rest)
    if elements.samples != nil {
      mask = try mask.narrow(0, firstRow, y.shape[0]).reshape([y.shape[0]] + shape)
    } else {
      mask = try mask.reshape([1] + shape)
    }
    guard let stand = stand[i] else { return try mask.selecting(y, Tensor.zeros([], y.dtype)) }
    let other = stand.shape[0] == 1 ? stand : try stand.narrow(0, firstRow, y.shape[0])
    return try mask.selecting(y, other.to(y.dtype))
  }

  /// Means over the data, or the numbers of other samples in an order that is the same for all elements.
  private func fillIn(_ x: Tensor) throws {
    let n = x.shape[0]
    let order = fill == .shuffle ? try base.generator.permutation(n) : nil
    for (i, slot) in elements.slots.enumerated() {
      let numbers: Tensor
      switch slot.place {
      case .parameter: continue
      case .input: numbers = x.detached()
      case .units(let module, let side): numbers = try values(of: module, side, x)
      }
      stand[i] = try order.map { try numbers.indexSelect(0, $0) } ?? numbers.to(.float64).mean([0], keepdim: true).to(numbers.dtype)
    }
  }

  /// What a module puts out, or is given, for all samples.
  func values(of module: Module, _ side: UnitSide, _ x: Tensor) throws -> Tensor {
    var pieces: [Tensor] = []
    let watch = HookTable()
    watch.onForward(module) { _, inputs, output in
      if let y = leadingTensor(of: side == .input ? inputs.first : output) { pieces.append(y.detached()) }
      return nil
    }
    let run = Run(base.tables + [watch], generator: base.generator, journal: base.journal)
    for start in stride(from: 0, to: x.shape[0], by: Self.batch) {
      guard !Interrupt.isSet else { throw TensorError.interrupted }
      _ = try run(model, [x.narrow(0, start, min(Self.batch, x.shape[0] - start))])
    }
    return pieces.count == 1 ? pieces[0] : try Tensor.cat(pieces, 0)
  }

  static let batch = 4096
}

/// What is measured while something is removed.
struct Measuring {
  let metrics: [ValidationMetric]
  let loss: LossName

  /// The means over the samples, which the model is run on in batches.
  func callAsFunction(_ removal: Removal, _ x: Tensor, _ y: Tensor?) throws -> [Double] {
    let n = x.shape[0], run = removal.run
    var sums = metrics.map { _ in 0.0 }
    for start in stride(from: 0, to: n, by: Removal.batch) {
      guard !Interrupt.isSet else { throw TensorError.interrupted }
      let rows = min(Removal.batch, n - start)
      let part = rows == n ? x : try x.narrow(0, start, rows), targets = rows == n ? y : try y?.narrow(0, start, rows)
      let out = try run(removal.model, removal.input(part, from: start))
      guard out.shape.first == rows else { throw ScoringError.outputRows(expected: rows, met: out.shape) }
      for (i, metric) in metrics.enumerated() { sums[i] += try metric.total(out, targets, loss) }
    }
    return sums.map { $0 / Double(max(n, 1)) }
  }
}

extension ValidationMetric {
  /// The sum over the samples.
  fileprivate func total(_ out: Tensor, _ y: Tensor?, _ loss: LossName) throws -> Double {
    switch self {
    case .loss: return try Objective.loss(loss).perSample(out, y).to(.float64).sum().item()
    case .logit: return try Objective.logit.perSample(out, y).to(.float64).sum().item()
    case .prob: return try Objective.prob.perSample(out, y).to(.float64).sum().item()
    case .margin: return try Objective.margin.perSample(out, y).to(.float64).sum().item()
    case .accuracy:
      guard out.rank == 2, out.shape[1] > 0 else { throw ObjectiveError.output("accuracy", expected: "[n, classes]", met: out.shape) }
      guard let y else { throw ObjectiveError.needsTargets("accuracy") }
      return try out.argmax(1).eq(checkedLabels(y, out.shape, "accuracy")).to(.float64).sum().item()
    }
  }
}
