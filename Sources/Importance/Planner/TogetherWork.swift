import Engine

/// The reductions of all parameters whose gradients come from passes over many samples.
final class TogetherWork {
  private let planned: Planned
  private var work: [SampleReductions?]
  /// Gradients of the only batch that a second look may be taken at.
  private var kept: [Int: SampleGradients] = [:]
  private var values: [Int: [Formula: Tensor]] = [:]
  private var doubtful: [Int: [DoubtfulElements]] = [:]

  init(_ planned: Planned) {
    self.planned = planned
    work = planned.targets.map { SampleReductions($0, planned.computed) }
  }

  /// What is done so far, in memory of its own.
  func state() throws -> [SampleReductions?] { try work.map { try $0?.copied() } }

  /// Goes on from what `state` gave.
  func restore(_ state: [SampleReductions?]) throws { work = try state.map { try $0?.copied() } }

  func add(_ i: Int, _ gradients: SampleGradients) throws {
    try Recording.with(.none) { try work[i]?.add(gradients) }
    if planned.batches.count == 1, work[i]?.mayDoubt ?? false { kept[i] = gradients }
  }

  /// Sums that a pass back through plain layers makes at once; false where more is asked for than it makes.
  func addSums(_ request: Scoring, _ rows: Range<Int>) throws -> Bool {
    guard let stack = try StackSums(request, rows, work) else { return false }
    for i in work.indices {
      guard let target = work[i]?.target else { continue }
      try work[i]?.add(samples: rows.count) { stack.sum($0, of: target.parameter) }
    }
    return true
  }

  func finish() throws {
    try Recording.with(.none) {
      for i in work.indices {
        guard let (values, elements) = try work[i]?.finished() else { continue }
        self.values[i] = values
        if !elements.isEmpty { doubtful[i] = elements }
        work[i] = nil
      }
    }
  }

  /// Whether another pass is needed to work out elements whose closed form lost its digits: not where the gradients are
  /// still at hand.
  func doubts() throws -> Bool {
    guard !doubtful.isEmpty, !kept.isEmpty else { return !doubtful.isEmpty }
    for (i, gradients) in kept { try refine(i, gradients) }
    return false
  }

  func refine(_ i: Int, _ gradients: SampleGradients) throws {
    guard let elements = doubtful[i] else { return }
    try Recording.with(.none) {
      doubtful[i] = try elements.map { some in
        var some = some
        try some.add(gradients, planned.targets[i], batch: planned.batch)
        return some
      }
    }
  }

  func results() throws -> [Int: [Formula: Tensor]] {
    try Recording.with(.none) {
      for (i, elements) in doubtful {
        for some in elements {
          guard let value = values[i]?[some.formula] else { continue }
          values[i]?[some.formula] = try some.write(into: value)
        }
      }
    }
    return values
  }
}
