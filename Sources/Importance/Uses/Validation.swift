import Builtins
import Engine

/// What the removal of weights is measured by.
public enum ValidationMetric: String, Choice {
  case loss, accuracy
}

/// How a model does while more and more of its weights are removed: the most important first, the least important first,
/// and in random order.
public struct Validation: Value {
  public let title: String
  public let metric: ValidationMetric
  /// The shares that are removed, 0 to 1.
  public let fractions: [Double]
  /// The metric at each share.
  public let first: [Double], reverse: [Double]
  /// One curve for each draw.
  public let random: [[Double]]

  public static let kind = "validation"

  public var draws: Int { random.count }
  public var randomMean: [Double] { fractions.indices.map { i in mean(random.map { $0[i] }) } }
  /// The standard deviation over the draws.
  public var randomSpread: [Double] { fractions.indices.map { i in spread(random.map { $0[i] }) } }

  /// How much worse the model does than whole: how far the loss rose, or how far the accuracy fell.
  public func damage(_ curve: [Double]) -> [Double] {
    guard let whole = curve.first else { return [] }
    return curve.map { metric == .loss ? $0 - whole : whole - $0 }
  }

  /// The area under the damage, over shares from 0 to 1, by trapezoids.
  public func area(_ curve: [Double]) -> Double {
    let heights = damage(curve)
    var sum = 0.0
    for i in heights.indices.dropFirst() {
      let width = fractions[i] - fractions[i - 1]
      sum += width * (heights[i] + heights[i - 1]) / 2
    }
    return sum
  }

  /// The area between removal by the ranking and random removal: above 0, the ranking finds what matters.
  public var areaOverRandom: Double { area(first) - mean(random.map(area)) }
  /// The area between removal from the top and removal from the bottom.
  public var areaOverReverse: Double { area(first) - area(reverse) }
  /// How many standard deviations of the draws lie between.
  public var deviations: Double {
    let deviation = spread(random.map(area))
    return deviation > 0 ? areaOverRandom / deviation : areaOverRandom == 0 ? 0 : areaOverRandom > 0 ? .infinity : -.infinity
  }

  /// What the curves say, in one sentence.
  public var verdict: String {
    let at = fractions.indices.min { abs(fractions[$0] - 0.3) < abs(fractions[$1] - 0.3) } ?? 0
    guard fractions.count > 1 else { return "nothing was removed" }
    let what = metric == .loss ? ("raises", "loss") : ("lowers", "accuracy")
    let chance = random.map { damage($0)[at] }
    let judgement = deviations > 2 ? "the ranking finds what matters" : deviations < -2 ? "the ranking is worse than chance: what it puts first matters less" : "the ranking is no better than chance"
    return "removing the top \(Int((fractions[at] * 100).rounded())) % \(what.0) the \(what.1) by \(short(damage(first)[at])), "
      + "as many at random by \(short(mean(chance))) ± \(short(spread(chance))), from the bottom by \(short(damage(reverse)[at])): \(judgement)"
  }

  private func short(_ value: Double) -> String {
    guard value.isFinite else { return value.shortText }
    let unit = abs(value) >= 100 ? 1.0 : abs(value) >= 0.1 ? 100.0 : 10_000.0
    guard abs(value) < 1e9 else { return value.shortText }
    return ((value * unit).rounded() / unit + 0).formulaText
  }

  public func field(_ name: String) -> (any Value)? {
    switch name {
    case "metric": metric.rawValue
    case "fractions": List(fractions)
    case "first": List(first)
    case "reverse": List(reverse)
    case "random": List(randomMean)
    case "spread": List(randomSpread)
    case "area": areaOverRandom
    case "deviations": deviations
    case "verdict": verdict
    default: nil
    }
  }
  public var fields: [String] { ["metric", "fractions", "first", "reverse", "random", "spread", "area", "deviations", "verdict"] }

  public var shown: Shown {
    let (harm, chance, spread) = (damage(first), randomMean, randomSpread)
    let largest = (harm + damage(chance)).reduce(0) { max($0, $1.isFinite ? abs($1) : 0) }
    let rows: [[Cell]] = fractions.indices.map { i in
      let bar = { (height: Double) -> Cell in largest > 0 && height.isFinite ? .bar(height / largest) : .empty }
      return [
        .share(fractions[i]), .number(first[i]), bar(harm[i]), .number(chance[i]), .number(spread[i]), bar(damage(chance)[i]), .number(reverse[i]),
      ]
    }
    let columns = ["removed", "top first", "", "random", "±", "", "bottom first"]
    return .several([.table(Table(columns, rows, title: "\(metric.rawValue) without the weights that \(title) ranks")), .text(verdict)])
  }

  public var json: JSON {
    func numbers(_ list: [Double]) -> JSON { .array(list.map(JSON.number)) }
    return .object([
      "importance": .string(title), "metric": .string(metric.rawValue), "fractions": numbers(fractions), "first": numbers(first),
      "reverse": numbers(reverse), "random": .array(random.map(numbers)), "area_over_random": .number(areaOverRandom),
      "area_over_reverse": .number(areaOverReverse), "deviations": .number(deviations), "verdict": .string(verdict),
    ])
  }
}

private func mean(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }

/// The standard deviation, over n - 1; 0 for a single value.
private func spread(_ values: [Double]) -> Double {
  // Rounding of the mean would make equal values differ from it.
  guard values.count > 1, values.contains(where: { $0 != values[0] }) else { return 0 }
  let center = mean(values)
  return (values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(values.count - 1)).squareRoot()
}
