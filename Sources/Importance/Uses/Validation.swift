import Builtins
import Engine

/// What the removal of weights is measured by.
public enum ValidationMetric: String, Choice {
  case loss, accuracy
  /// Of the label, or of the predicted class without labels.
  case logit, prob, margin
}

/// How a model does while more and more of its weights, units or features are removed: the most important first, the least
/// important first, the largest first, and in random order.
public struct Validation: Value {
  public let title: String
  /// What is removed: weights, units or features.
  public let noun: String
  public let metric: ValidationMetric
  /// The shares that are removed, 0 to 1.
  public let fractions: [Double]
  /// The metric at each share.
  public let first: [Double], reverse: [Double]
  /// The largest first; nil where that is the ranking itself.
  public let magnitude: [Double]?
  /// One curve for each draw.
  public let random: [[Double]]
  /// The epochs of training before each point, if any.
  public let retrained: Int?
  /// The formulas that rank by size, where the scores have both signs.
  public let unsigned: [String]

  public static let kind = "validation"

  public var draws: Int { random.count }
  public var randomMean: [Double] { fractions.indices.map { i in mean(random.map { $0[i] }) } }
  /// The standard deviation over the draws.
  public var randomSpread: [Double] { fractions.indices.map { i in spread(random.map { $0[i] }) } }

  /// How much worse the model does than whole: how far the loss rose, or how far the accuracy fell.
  public func damage(_ curve: [Double]) -> [Double] {
    guard let whole = curve.first else { return [] }
    return curve.map { (metric == .loss ? $0 - whole : whole - $0) + 0 }
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
  /// The area between keeping the top alone and keeping as many at random: above 0, the top carries the model. Removal from
  /// the bottom is keeping the top alone, read from the other end.
  public var areaKept: Double { mean(random.map(area)) - area(reverse) }
  /// The half width of the 95 % interval of the area over random, of the top as of the bottom, from the scatter of the draws.
  /// - Source: Student's t over the draws.
  public var areaError: Double { studentQuantile(draws - 1) * spread(random.map(area)) / Double(max(draws, 1)).squareRoot() }
  /// How many standard deviations of the draws lie between.
  public var deviations: Double {
    let deviation = spread(random.map(area))
    return deviation > 0 ? areaOverRandom / deviation : areaOverRandom == 0 ? 0 : areaOverRandom > 0 ? .infinity : -.infinity
  }

  public func field(_ name: String) -> (any Value)? {
    switch name {
    case "metric": metric.rawValue
    case "fractions": List(fractions)
    case "first": List(first)
    case "reverse": List(reverse)
    case "magnitude": magnitude.map { List($0) } ?? None()
    case "random": List(randomMean)
    case "spread": List(randomSpread)
    case "kept": Record([("first", List(reverse.reversed())), ("reverse", List(first.reversed())), ("random", List(randomMean.reversed()))])
    case "area": areaOverRandom
    case "area_error": areaError
    case "area_kept": areaKept
    case "area_reverse": areaOverReverse
    case "deviations": deviations
    case "verdict": verdict
    default: nil
    }
  }
  public var fields: [String] {
    [
      "metric", "fractions", "first", "reverse", "magnitude", "random", "spread", "kept", "area", "area_error", "area_kept", "area_reverse",
      "deviations", "verdict",
    ]
  }

  public var shown: Shown {
    let after = retrained.map { ", after \($0) epochs of training" } ?? ""
    return .several([
      .table(table("removed", first, reverse, magnitude, random, title: "\(metric.rawValue) without the \(noun) that \(title) ranks\(after)")),
      .table(table("kept alone", reverse.reversed(), first.reversed(), nil, random.map { $0.reversed() }, title: "and with them alone")),
      .text(areas), .text(verdict),
    ])
  }

  private var areas: String {
    "area over random \(short(areaOverRandom)) ± \(short(areaError)) (95 % over \(draws) draws), of keeping the top \(short(areaKept)), "
      + "top over bottom \(short(areaOverReverse))"
  }

  /// One row a share.
  private func table(_ share: String, _ top: [Double], _ bottom: [Double], _ largest: [Double]?, _ draws: [[Double]], title: String) -> Table {
    let rows: [[Cell]] = fractions.indices.map { i in
      let column = draws.map { $0[i] }
      let heights = (top + bottom).filter(\.isFinite), low = heights.min() ?? 0, high = heights.max() ?? 0
      let bar = { (value: Double) -> Cell in high > low && value.isFinite ? .bar(min(max((value - low) / (high - low), 0), 1)) : .empty }
      var cells: [Cell] = [.share(fractions[i]), .number(top[i]), bar(top[i]), .number(mean(column)), .number(spread(column)), bar(mean(column)), .number(bottom[i])]
      if let largest { cells.append(.number(largest[i])) }
      return cells
    }
    let columns = [share, "top", "", "random", "±", "", "bottom"] + (largest == nil ? [] : ["largest"])
    return Table(columns, rows, title: title)
  }

  public var json: JSON {
    func numbers(_ list: [Double]) -> JSON { .array(list.map(JSON.number)) }
    return .object([
      "importance": .string(title), "removed": .string(noun), "metric": .string(metric.rawValue), "fractions": numbers(fractions), "first": numbers(first),
      "reverse": numbers(reverse), "magnitude": magnitude.map(numbers) ?? .null, "random": .array(random.map(numbers)),
      "retrained": retrained.map(JSON.integer) ?? .null, "area_over_random": .number(areaOverRandom), "area_error": .number(areaError),
      "area_kept": .number(areaKept), "area_over_reverse": .number(areaOverReverse), "deviations": .number(deviations), "verdict": .string(verdict),
    ])
  }
}

/// The t that 95 % of Student's distribution lies within, on both sides; for more than 30 degrees of freedom by the first
/// terms of its series.
/// - Source: the usual tables; Abramowitz and Stegun 26.7.5.
func studentQuantile(_ freedom: Int) -> Double {
  let table = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
  ]
  guard freedom > 0 else { return .infinity }
  if freedom <= table.count { return table[freedom - 1] }
  let z = 1.959964, n = Double(freedom)
  return z + (z * z * z + z) / (4 * n) + (5 * z * z * z * z * z + 16 * z * z * z + 3 * z) / (96 * n * n)
}

func mean(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }

/// The standard deviation, over n - 1; 0 for a single value.
func spread(_ values: [Double]) -> Double {
  // Rounding of the mean would make equal values differ from it.
  guard values.count > 1, values.contains(where: { $0 != values[0] }) else { return 0 }
  let center = mean(values)
  return (values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(values.count - 1)).squareRoot()
}
