import Engine

extension EffectWork {
  /// Sets of elements that go through at a time: so many, or as many as have room.
  var setsAtOnce: Int { max(1, min(256, Int(min(1e9, request.memory / 4 / (8 * Double(max(1, groups.elementCount))))))) }

  /// How far the metric rises when something is done to each group and to all those that raise it more by themselves.
  /// - Source: Morcos et al. 2018, the curves of cumulative ablation.
  func cumulated(_ action: EffectAction, keepsSamples: Bool) throws -> EffectResult {
    let draws = request.effect.draws
    let rows = keepsSamples ? samples : 1
    var mean = try Tensor.zeros([rows, groups.count], .float64), squares = mean
    var first = 0
    if let state = try kept((Int, Tensor, Tensor).self) { (first, mean, squares) = state }
    for draw in first..<draws {
      if draw > first { try keep { [mean, squares] in (draw, mean, squares) } }
      let share = Share(from: Double(draw), of: Double(draws)), new = try numbers(action)
      let values = try cumulated(new, keepsSamples, share), distance = try values - mean
      mean = try mean + distance / Double(draw + 1)
      squares = try squares + distance * (values - mean)
    }
    let shape = keepsSamples ? [samples] + groups.shape : groups.shape
    let error = draws > 1 && !keepsSamples ? try (squares / (Double(draws - 1) * Double(draws))).sqrt().reshape(shape).to(dtype) : nil
    return EffectResult(value: try mean.reshape(shape).to(dtype), error: error)
  }

  /// - Shape: float64 `[1 or samples, groups]`.
  private func cumulated(_ new: EffectNumbers, _ keepsSamples: Bool, _ share: Share) throws -> Tensor {
    var alone = try totals(groups.count, keepsSamples: false)
    try add(nil, new, to: &alone, share.part(0, 0.5))
    let order = Ranking(alone.means).order, step = setsAtOnce
    var parts: [Tensor] = []
    for first in stride(from: 0, to: order.count, by: step) {
      let range = first..<min(first + step, order.count)
      var done = order[..<first].flatMap(groups.places)
      let sets = range.map { place in
        done += groups.places(order[place])
        return done
      }
      var totals = try totals(sets.count, keepsSamples: keepsSamples)
      let from = 0.5 + 0.5 * Double(first) / Double(order.count), to = 0.5 + 0.5 * Double(range.upperBound) / Double(order.count)
      try add(ElementGroups(sets, shape: [sets.count], of: groups.elementShape), new, to: &totals, share.part(from, to))
      parts.append(try totals.values())
    }
    guard let one = parts.first else { return try Tensor.zeros([keepsSamples ? samples : 1, 0], .float64) }
    var places = order
    for (i, group) in order.enumerated() { places[group] = i }
    return try (parts.count == 1 ? one : Tensor.cat(parts, 1)).indexSelect(1, Tensor(places))
  }
}
