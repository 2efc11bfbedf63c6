import Engine

extension EffectWork {
  /// The coefficients of a straight line through the metric of random sets of groups: how much more it is with a group than
  /// without it, while others come and go.
  ///
  /// Each group is dropped from a set with the same probability and by itself. Then the coefficient of least squares tends to
  /// the difference of the two means; with few players it is that difference over all sets, and nothing is left to chance.
  /// - Source: Ribeiro et al. 2016 for the line, with all sets as near; Hammer and Holzman 1992 for what it tends to.
  func lime(_ absence: EffectAbsence, dropping p: Double, keepsSamples: Bool) throws -> EffectResult {
    let game = try EffectGame(self, absence, keepsSamples: keepsSamples)
    guard game.isCountedOut else {
      let line = try game.line(dropping: p)
      var result = try game.result((line.slopes, line.error))
      result.explained = line.explained
      return result
    }
    return try game.result((game.sumOverAllSets { set in
      let chance = set.reduce(1) { $0 * ($1 ? 1 - p : p) }
      return set.map { chance * ($0 ? 1 / (1 - p) : -1 / p) }
    }, nil))
  }
}

extension EffectGame {
  /// The metric of sets of players that were drawn.
  private struct Drawn {
    /// - Shape: bool `[sets, players]`, and float64 `[rows, sets]`.
    let mask: Tensor, values: Tensor

    /// Whether each player takes part, less how often it does.
    /// - Shape: float64 `[sets, 1 + players]`, the first column of ones.
    func design(_ often: Double) throws(TensorError) -> Tensor {
      try Tensor.cat([Tensor.ones([mask.shape[0], 1], .float64), mask.to(.float64) - often], 1)
    }
  }

  /// By least squares, with errors that hold whether or not the metric is such a line (White's, for few sets).
  fileprivate func line(dropping p: Double) throws -> (slopes: Tensor, error: Tensor, explained: Double?) {
    let count = work.request.effect.draws, m = players, often = 1 - p
    guard count >= m + 2 else { throw EffectError.fewSets(players: m, met: count, needed: 2 * (m + 1)) }
    // The matrix of the line, its factor and its inverse; the sets themselves.
    let bytes = 24 * Double(m + 1) * Double(m + 1) + Double(count) * Double(m + 8 * rows)
    guard bytes <= work.request.memory else { throw EffectError.fitTooLarge(players: m, bytes: bytes, limit: work.request.memory) }
    let sets = try drawn(count, dropping: p)
    var square = try Tensor.zeros([m + 1, m + 1], .float64), product = try Tensor.zeros([m + 1, rows], .float64)
    for some in sets {
      let x = try some.design(often), turned = try x.transpose(0, 1)
      square = try square + turned.matmul(x)
      product = try product + turned.matmul(some.values.transpose(0, 1))
    }
    guard !Interrupt.isSet else { throw TensorError.interrupted }
    guard let inverse = try? square.solve(Tensor.eye(m + 1, m + 1, .float64)), try square.isDefinite() else {
      // A stop while it is solved is no word on the sets.
      throw Interrupt.isSet ? TensorError.interrupted : EffectError.setsAlike(count)
    }
    let line = try inverse.matmul(product)
    var spread = try Tensor.zeros([rows, m + 1], .float64), left = 0.0, all = 0.0
    let means = try product.narrow(0, 0, 1).transpose(0, 1) / Double(count)
    for some in sets {
      let x = try some.design(often), rest = try some.values - x.matmul(line).transpose(0, 1)
      spread = try spread + rest.square().matmul(x.matmul(inverse).square())
      left += try rest.square().sum().item()
      all += try (some.values - means).square().sum().item()
    }
    let error = try (spread * (Double(count) / Double(count - m - 1))).sqrt()
    return (try line.transpose(0, 1).narrow(1, 1, m), try error.narrow(1, 1, m), all > 0 ? 1 - left / all : nil)
  }

  private func drawn(_ count: Int, dropping p: Double) throws -> [Drawn] {
    let generator = work.request.run.generator, step = work.setsAtOnce
    var sets: [Drawn] = []
    if let there = try work.kept([Drawn].self) { sets = there }
    var first = sets.reduce(0) { $0 + $1.mask.shape[0] }
    while first < count {
      if first > 0 { try work.keep { sets } }
      let next = min(first + step, count)
      let mask = try generator.uniform([next - first, players], from: 0, to: 1, .float64).ge(p)
      let share = Share().part(Double(first) / Double(count), Double(next) / Double(count))
      sets.append(Drawn(mask: mask, values: try values(mask.rows(), share)))
      first = next
    }
    return sets
  }
}

extension Tensor {
  /// Whether a symmetric matrix has an inverse of which some digits hold.
  fileprivate func isDefinite() throws -> Bool {
    guard let factor = try? cholesky() else { return false }
    let pivots = try factor.diagonal().doubles()
    return (pivots.min() ?? 0) > 1e-6 * (pivots.max() ?? 0)
  }

  /// - Shape: bool `[rows, columns]`.
  func rows() throws -> [[Bool]] {
    let all = try bools(), width = shape[1]
    return (0..<shape[0]).map { row in (0..<width).map { all[row * width + $0] } }
  }
}
