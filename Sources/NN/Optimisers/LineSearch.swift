import Builtins
import Engine

/// A place on a line through the parameters: the loss there and its gradient, as one row.
struct Point {
  let loss: Double, gradient: Tensor
  var largest: Double { get throws { try gradient.abs().amax().item() } }
}

/// The parameters as one row of numbers that is moved along directions.
struct Line {
  private let parameters: [Parameter], journal: Journal
  private let again: () throws -> (Double, [Tensor?])

  init(_ parameters: [Parameter], _ journal: Journal, _ again: @escaping () throws -> (Double, [Tensor?])) {
    (self.parameters, self.journal, self.again) = (parameters, journal, again)
  }

  /// Gradients as one row; that of a parameter without one is 0.
  func flat(_ gradients: [Tensor?]) throws -> Tensor {
    try Tensor.cat(zip(parameters, gradients).map { p, g in try (g?.detached() ?? Tensor.zeros(p.value.shape, p.value.dtype)).reshape([p.value.count]) }, 0)
  }

  /// Loss and gradient at the parameters as they are.
  func here() throws -> Point {
    let (loss, gradients) = try again()
    return Point(loss: loss, gradient: try flat(gradients))
  }

  /// Moves the parameters.
  func go(along d: Tensor, _ length: Double) throws {
    var start = 0
    for parameter in parameters {
      let part = try d.indexed([.slice(from: start, to: start + parameter.value.count, step: 1)]).reshape(parameter.value.shape)
      start += parameter.value.count
      let moved = try parameter.value.detached() + part * length
      try parameter.write(journal) { try parameter.value.copyNumbers(of: moved) }
    }
  }

  /// One end of the bracket around a good length.
  private struct End {
    var length: Double, point: Point, slope: Double
  }

  /// A length at which the loss has fallen enough and its slope is flat enough. The parameters are afterwards where they were.
  /// - Source: Nocedal and Wright 2006, algorithms 3.5 and 3.6, with the constants of PyTorch's `strong_wolfe`.
  func search(
    from start: Point, along d: Tensor, _ first: Double, _ slope: Double, tolerance: Double
  ) throws -> (length: Double, point: Point, evaluations: Int) {
    let origin = try parameters.map { try $0.value.detached().copied() }
    let (fall, flat, most) = (1e-4, 0.9, 25)
    var evaluations = 0
    func tried(_ length: Double) throws -> End {
      guard !Interrupt.isSet else { throw TensorError.interrupted }
      try go(along: d, length)
      let point = try here()
      for (parameter, numbers) in zip(parameters, origin) { try parameter.write(journal) { try parameter.value.copyNumbers(of: numbers) } }
      evaluations += 1
      return End(length: length, point: point, slope: try (point.gradient * d).sum().item())
    }
    func isTooHigh(_ end: End) -> Bool { end.point.loss > start.loss + fall * end.length * slope }

    // Forward until two lengths lie on either side of a good one.
    let none = End(length: 0, point: start, slope: slope)
    var last = none, end = try tried(first), rounds = 0
    var bracket: (End, End)?
    while rounds < most {
      if isTooHigh(end) || (rounds > 1 && end.point.loss >= last.point.loss) || abs(end.slope) > -flat * slope && end.slope >= 0 {
        bracket = (last, end)
        break
      }
      if abs(end.slope) <= -flat * slope { return (end.length, end.point, evaluations) }
      let next = cubic(last, end, from: end.length + 0.01 * (end.length - last.length), to: end.length * 10)
      last = end
      end = try tried(next)
      rounds += 1
    }
    return try narrowed(bracket ?? (none, end), rounds, most, try d.abs().amax().item(), tolerance, slope, flat, isTooHigh, tried) { evaluations }
  }

  /// Draws the ends together until one is good.
  private func narrowed(
    _ bracket: (End, End), _ rounds: Int, _ most: Int, _ size: Double, _ tolerance: Double, _ slope: Double, _ flat: Double, _ isTooHigh: (End) -> Bool,
    _ tried: (Double) throws -> End, _ evaluations: () -> Int
  ) throws -> (length: Double, point: Point, evaluations: Int) {
    // `low` has the lower loss; which of the two is the shorter length does not matter.
    var (low, high) = bracket.0.point.loss <= bracket.1.point.loss ? bracket : (bracket.1, bracket.0)
    var isStuck = false, round = rounds
    while round < most, abs(high.length - low.length) * size >= tolerance {
      let (least, largest) = (min(low.length, high.length), max(low.length, high.length)), margin = 0.1 * (largest - least)
      var length = cubic(low, high, from: least, to: largest)
      let isNear = min(largest - length, length - least) < margin
      if isNear, isStuck || length >= largest || length <= least {
        length = abs(length - largest) < abs(length - least) ? largest - margin : least + margin
        isStuck = false
      } else {
        isStuck = isNear
      }
      let end = try tried(length)
      round += 1
      if isTooHigh(end) || end.point.loss >= low.point.loss {
        high = end
        if high.point.loss < low.point.loss { (low, high) = (high, low) }
        continue
      }
      if abs(end.slope) <= -flat * slope { return (end.length, end.point, evaluations()) }
      if end.slope * (high.length - low.length) >= 0 { high = low }
      low = end
    }
    return (low.length, low.point, evaluations())
  }

  /// Where a cubic through both ends, with their slopes, is least; the middle where it has no such place.
  private func cubic(_ a: End, _ b: End, from low: Double, to high: Double) -> Double {
    let (x, y) = a.length <= b.length ? (a, b) : (b, a)
    let d1 = x.slope + y.slope - 3 * (x.point.loss - y.point.loss) / (x.length - y.length), square = d1 * d1 - x.slope * y.slope
    guard square >= 0 else { return (low + high) / 2 }
    let d2 = square.squareRoot()
    let least = y.length - (y.length - x.length) * ((y.slope + d2 - d1) / (y.slope - x.slope + 2 * d2))
    return least.isNaN ? (low + high) / 2 : min(max(least, low), high)
  }
}
