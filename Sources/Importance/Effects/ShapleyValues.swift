import Engine

extension EffectWork {
  /// The Shapley value of each group: its share of what all of them change the metric by.
  ///
  /// With few players every set of them is tried, and nothing is left to chance. With many, players join in random orders; each
  /// order is followed by its reverse, whose error tends to be the opposite.
  /// - Source: Shapley 1953; Castro et al. 2009 for the orders, Mitchell et al. 2022 for pairs of them; for units Ghorbani and
  ///   Zou 2020, where an absent unit has its mean.
  func shapley(_ absence: EffectAbsence, keepsSamples: Bool) throws -> EffectResult {
    let game = try EffectGame(self, absence, keepsSamples: keepsSamples), m = game.players
    guard game.isCountedOut else { return try game.result(game.shareOfOrders()) }
    // weight[k]: of a set of k other players.
    var weight = [Double](repeating: 1 / Double(m), count: m)
    for k in stride(from: 1, to: m, by: 1) { weight[k] = weight[k - 1] * Double(k) / Double(m - k) }
    return try game.result((game.sumOverAllSets { set in
      let size = set.count { $0 }
      return set.map { $0 ? weight[size - 1] : -(size < m ? weight[size] : 0) }
    }, nil))
  }
}

extension EffectGame {
  /// Over random orders in pairs; the error is that of the mean over the pairs.
  fileprivate func shareOfOrders() throws -> (value: Tensor, error: Tensor?) {
    let m = players, pairs = max(1, (work.request.effect.draws + 1) / 2)
    var mean: Tensor?, squares: Tensor?, first = 0
    if let state = try work.kept((Int, Tensor?, Tensor?).self) { (first, mean, squares) = state }
    for pair in first..<pairs {
      if pair > first { try work.keep { (pair, mean, squares) } }
      let order = try work.request.run.generator.permutation(m).ints()
      let share = Share(from: Double(pair), of: Double(pairs))
      let gain = try (gains(order, share.part(0, 0.5)) + gains(order.reversed(), share.part(0.5, 1))) / 2
      guard let before = mean else {
        (mean, squares) = (gain, try gain * 0)
        continue
      }
      let distance = try gain - before, after = try before + distance / Double(pair + 1)
      squares = try squares.map { try $0 + distance * (gain - after) }
      mean = after
    }
    let n = Double(pairs)
    let error = pairs > 1 ? try squares.map { try ($0 / ((n - 1) * n)).sqrt() } : nil
    return (try mean ?? Tensor.zeros([1, m], .float64), error)
  }

  /// What each player adds when it joins those before it.
  fileprivate func gains(_ order: [Int], _ share: Share) throws -> Tensor {
    let m = order.count, step = work.setsAtOnce
    var set = [Bool](repeating: false, count: m), parts: [Tensor] = []
    for first in stride(from: 0, to: m, by: step) {
      let range = first..<min(first + step, m)
      let sets = range.map { joined in
        if joined > 0 { set[order[joined - 1]] = true }
        return set
      }
      parts.append(try values(sets, share.part(Double(first) / Double(m), Double(range.upperBound) / Double(m))))
    }
    let values = try parts.count == 1 ? parts[0] : Tensor.cat(parts, 1)
    // With all players the value, less that of all, is 0.
    let later = try Tensor.cat([values.narrow(1, 1, m - 1), Tensor.zeros([values.shape[0], 1], .float64)], 1)
    var place = [Int](repeating: 0, count: m)
    for (i, player) in order.enumerated() { place[player] = i }
    return try (later - values).indexSelect(1, Tensor(place))
  }
}
