/// How the removal of one end of a ranking does beside removal at random.
enum Standing: Equatable {
  /// Beyond the 95 % interval of the mean over the random orders, and whether by more than two of their deviations.
  case more(clearly: Bool), less
  /// Within the interval.
  case alike
}

extension Validation {
  /// The area between removal from the bottom and random removal: below 0, the bottom can go.
  var areaOfBottom: Double { -areaKept }

  /// What the curves say, in one line: the numbers at about 30 % removed, and what the areas of both ends come to.
  public var verdict: String {
    let at = fractions.indices.min { abs(fractions[$0] - 0.3) < abs(fractions[$1] - 0.3) } ?? 0
    guard fractions.count > 2 else { return "all orders begin and end alike: more steps tell them apart" }
    let what = (metric == .loss ? "raises" : "lowers", metric.rawValue)
    let chance = random.map { damage($0)[at] }
    let largest = magnitude.map { ", the largest by \(short(damage($0)[at]))" } ?? ""
    return "removing the top \(Int((fractions[at] * 100).rounded())) % \(what.0) the \(what.1) by \(short(damage(first)[at])), "
      + "as many at random by \(short(mean(chance))) ± \(short(spread(chance))), from the bottom by \(short(damage(reverse)[at]))\(largest): \(judgement)"
  }

  /// The top and the bottom, each held against random removal by its area.
  /// - Numerics: a difference of less than 1e-9 of the largest damage is rounding.
  var standings: (top: Standing, bottom: Standing) {
    let largest = ([first, reverse] + random).flatMap(damage).map(abs).max() ?? 0
    let error = areaError + 1e-9 * largest
    func standing(_ over: Double, _ deviations: Double) -> Standing {
      over > error ? .more(clearly: deviations > 2) : over < -error ? .less : .alike
    }
    return (standing(areaOverRandom, deviations), standing(areaOfBottom, 0))
  }

  private var judgement: String {
    guard ([first, reverse] + random).allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      return "the \(metric.rawValue) is no number somewhere on the way, so the areas say nothing"
    }
    let (top, bottom) = standings
    return switch (top, bottom) {
    case (.more, .more): "both ends of the ranking matter more than random" + (remedy ?? ": its order does not hold")
    case (.more(clearly: true), .less): "the ranking finds what matters"
    case (.more(clearly: true), .alike): "the ranking finds what matters at its top; its bottom matters as much as any"
    case (.more(clearly: false), _): "the ranking is better than random on average, but within two deviations of it"
    case (.alike, .less): "its bottom can go, but its top matters no more than random"
    case (.alike, .alike): "the ranking is no better than random"
    case (.alike, .more): "its top matters no more than random, and its bottom more"
    case (.less, .more): "the ranking is the wrong way round: its bottom matters more than random, its top less"
    case (.less, .alike): "the ranking is worse than random: what it puts first matters less"
    case (.less, .less): "both ends of the ranking matter less than random: what matters is in its middle"
    }
  }

  /// What to rank by where the scores have signs, so that the most negative stand last.
  private var remedy: String? { unsigned.isEmpty ? nil : ": its scores have signs, rank by \(unsigned.joined(separator: " or "))" }

  func short(_ value: Double) -> String {
    guard value.isFinite else { return value.shortText }
    let unit = abs(value) >= 100 ? 1.0 : abs(value) >= 0.1 ? 100.0 : 10_000.0
    guard abs(value) < 1e9 else { return value.shortText }
    return ((value * unit).rounded() / unit + 0).formulaText
  }
}

extension Formula {
  /// The formulas that rank by size what this one ranks by sign.
  var unsignedForms: [String] {
    guard case .reduced(.mean, let inner) = kind else { return ["|\(self)|"] }
    return ["|\(self)|", "mean(|\(inner)|)"]
  }
}
