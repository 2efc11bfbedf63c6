import Engine
import NN

/// The numbers that stand where something is changed: each element has one to take, and a change lets some of them take it.
struct EffectReplacement {
  let action: EffectAction
  let request: EffectRequest
  let site: EffectSite
  let groups: ElementGroups

  /// - Parameters:
  ///   - old: a parameter, or the activations of some samples, all if nothing else is said.
  ///   - rows: which samples they are.
  /// - Shape: that of `old`.
  func numbers(for old: Tensor, rows: Range<Int>? = nil) throws -> Tensor {
    if !old.dtype.isFloating { try checkWhole(old.dtype) }
    switch action {
    case .zero: return try Tensor.zeros(old.shape, old.dtype)
    case .mean: return try (site.isWeight ? old.mean() : old.mean([0], keepdim: true)).expand(old.shape)
    case .set(let operand): return try self.operand(operand, old, rows)
    case .noise(let std): return try old + request.run.generator.normal(old.shape, std: std, old.dtype)
    case .shuffle: return try site.isWeight ? shuffledWeight(old) : shuffled(old, rows: 0..<old.shape[0], as: old)
    case .dropout(let p):
      // Dropping everything leaves nothing to scale.
      guard p < 1 else { return try Tensor.zeros(old.shape, old.dtype) }
      return try old * request.run.generator.bernoulli(old.shape, p: 1 - p, old.dtype) / (1 - p)
    case .reinit: return try fresh(old)
    }
  }

  private func checkWhole(_ dtype: DType) throws(EffectError) {
    switch action {
    case .zero, .set, .shuffle: return
    case .mean, .noise, .dropout, .reinit: throw .wholeNumbers(action.text(.x), dtype)
    }
  }

  private func operand(_ operand: EffectOperand, _ old: Tensor, _ rows: Range<Int>?) throws -> Tensor {
    switch operand {
    case .baseline:
      guard let baseline = request.baseline else { return try Tensor.zeros(old.shape, old.dtype) }
      return try own(baseline.to(old.dtype), old, rows).expand(old.shape)
    case .number(let value): return try Tensor.full(old.shape, value, old.dtype)
    case .value(let text):
      guard let given = request.values[text] else { throw EffectError.unknownValue(text) }
      guard let stretched = try? own(given.to(old.dtype), old, rows).expand(old.shape) else {
        throw EffectError.operandShape(text, met: given.shape, expected: site.isWeight ? old.shape : Array(old.shape.dropFirst()))
      }
      return stretched
    }
  }

  /// Within each group the numbers change places; a single element takes one that a permutation of all puts there.
  private func shuffledWeight(_ old: Tensor) throws -> Tensor {
    let generator = request.run.generator
    guard !groups.areElements else { return try old.reshape([old.count]).indexSelect(0, generator.permutation(old.count)).reshape(old.shape) }
    var from = Array(0..<old.count)
    for i in 0..<groups.count {
      let places = groups.places(i)
      for (to, source) in zip(places, try generator.permutation(places.count).ints()) { from[to] = places[source] }
    }
    return try old.reshape([old.count]).indexSelect(0, Tensor(from)).reshape(old.shape)
  }

  /// The part of given numbers that is of some samples, where they have a row for each.
  private func own(_ given: Tensor, _ old: Tensor, _ rows: Range<Int>?) throws(TensorError) -> Tensor {
    guard let rows, !site.isWeight, given.rank == old.rank, given.shape[0] == request.x.shape[0], given.shape[0] > 1 else { return given }
    return try given.narrow(0, rows.lowerBound, rows.count)
  }

  /// The samples of each group change places, all its elements together; another order for each group.
  /// - Parameter rows: the samples whose new numbers are asked for, whose own are `old`.
  func shuffled(_ all: Tensor, rows: Range<Int>, as old: Tensor) throws -> Tensor {
    let n = all.shape[0], width = groups.elementCount
    guard n > 1 else { throw EffectError.oneSample(action.text(.x)) }
    var from = [Int](repeating: 0, count: rows.count * width)
    for (i, row) in rows.enumerated() { for place in 0..<width { from[i * width + place] = row } }
    for i in 0..<groups.count {
      let order = try request.run.generator.permutation(n).ints(), places = groups.places(i)
      for (i, row) in rows.enumerated() { for place in places { from[i * width + place] = order[row] } }
    }
    return try all.reshape([n, width]).gather(0, Tensor(from, [rows.count, width])).reshape(old.shape)
  }

  /// What the parameter would start from: its layer is started anew and put back.
  private func fresh(_ old: Tensor) throws -> Tensor {
    guard case .parameter(_, let parameter) = site else { throw EffectError.onlyWeights("reinit") }
    let owner = request.model.namedModules.first { _, module in
      module.parts.contains { if case .parameter(_, let p?) = $0 { p === parameter } else { false } }
    }
    let journal = Journal()
    defer { journal.rollBack() }
    try owner?.module.restart(using: request.run.generator, journal)
    return try parameter.value.detached().copied()
  }
}
