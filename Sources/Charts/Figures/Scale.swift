/// A range of numbers laid along an axis, with round numbers to mark.
struct Scale: Equatable {
  let low: Double, high: Double
  let ticks: [Double]
  private let decimals: Int

  /// - Parameters:
  ///   - about: how many marks there should be.
  ///   - startsAtZero: whether 0 belongs to the axis in any case, as it does for bars.
  ///   - padding: the part of the range left free at both ends; 0 is not passed by it.
  ///   - whole: only whole numbers are marked, as for epochs.
  init(_ values: [Double], about count: Int, startsAtZero: Bool = false, padding: Double = 0, whole: Bool = false) {
    // Above this the range itself would overflow; such values are drawn at the edge.
    let largest = 1e300
    let finite = values.filter(\.isFinite).map { min(max($0, -largest), largest) } + (startsAtZero ? [0] : [])
    var (low, high) = (finite.min() ?? 0, finite.max() ?? 1)
    if !startsAtZero, low > 0, high > 0, low < high * 0.3, padding > 0 { low = 0 }
    if low == high {
      let half = low == 0 ? 1 : max(low.magnitude / 2, .leastNormalMagnitude)
      (low, high) = (startsAtZero && low == 0 ? 0 : low - half, high + half)
    }
    let space = (high - low) * padding
    self.low = low == 0 || (startsAtZero && low > 0) ? low : low - space
    self.high = high == 0 ? high : high + space
    var step = Scale.roundStep((self.high - self.low) / Double(max(1, count)))
    if whole { step = max(1, step) }
    // A range too small beside its place for the step to change anything has no marks between.
    let first = (self.low / step).rounded(.up), last = (self.high / step).rounded(.down)
    if first.isFinite, last >= first, last - first <= 100, first.magnitude < 1e15, last.magnitude < 1e15 {
      ticks = stride(from: first, through: last, by: 1).map { $0 == 0 ? 0 : $0 * step }
    } else {
      ticks = [self.low, self.high]
    }
    let digits = DecimalDigits(shortest: step)
    decimals = digits.places
  }

  /// The next of 1, 2 and 5 times a power of ten.
  static func roundStep(_ step: Double) -> Double {
    guard step > 0, step.isFinite else { return 1 }
    let exponent = DecimalDigits(shortest: step).exponent
    for (digit, power) in [("1", exponent), ("2", exponent), ("5", exponent), ("1", exponent + 1)] {
      // The step is the number nearest to its decimal text, so that its multiples are written as expected.
      if let round = Double("\(digit)e\(power)"), round >= step * 0.999 { return round }
    }
    return step
  }

  /// All marks written alike.
  func text(_ tick: Double) -> String {
    let largest = max(low.magnitude, high.magnitude)
    guard decimals <= 5, largest < 1e6, ticks.count > 1 else { return number(tick, significant: 3) }
    return (tick < 0 ? "-" : "") + DecimalDigits(exactly: tick).rounded(places: decimals).fixedText(places: decimals)
  }

  /// Where a value lies, 0 at the lower end and 1 at the upper.
  func part(_ value: Double) -> Double { min(1, max(0, (value - low) / (high - low))) }
}
