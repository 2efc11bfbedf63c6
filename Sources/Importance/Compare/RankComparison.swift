import Builtins
import Engine

/// What the rows of a comparison are of.
public enum ComparisonGroup: String, Choice { case tensor, layer }

/// How alike two importances of the same things rank them.
public struct RankComparison: Value {
  public struct Row {
    public let name: String
    public let count: Int
    public let spearman: Double, kendall: Double
    /// For each number of the highest that was asked for, how many these are here, and the share of them that are among as
    /// many of the highest of the other.
    public let overlaps: [(k: Int, share: Double)]
  }

  public let first: String, second: String
  /// Over all scores together.
  public let all: Row
  public let parts: [Row]
  public let group: ComparisonGroup
  /// How many of the highest are held against each other; numbers below 1 are shares of all.
  public let tops: [Double]
  /// What was left out, if anything.
  let remark: String?

  public static let kind = "comparison"

  public func field(_ name: String) -> (any Value)? {
    switch name {
    case "spearman": all.spearman
    case "kendall": all.kendall
    case "overlap": Record(zip(tops, all.overlaps).map { ($0.formulaText, $1.share) })
    case "count": all.count
    case "table": table
    case "verdict": verdict
    default: nil
    }
  }
  public var fields: [String] { ["spearman", "kendall", "overlap", "count", "table", "verdict"] }

  /// What it comes to, in one sentence.
  public var verdict: String {
    guard !all.spearman.isNaN else { return "one of the two has a single value: there is no order to compare" }
    let size = abs(all.spearman)
    let words = all.spearman == 1 ? "the same order" : size > 0.95 ? "nearly the same order" : size > 0.7 ? "much the same order" : size > 0.3 ? "a related order" : "hardly a related order"
    let least = parts.count > 1 ? parts.filter { !$0.spearman.isNaN }.min { $0.spearman < $1.spearman } : nil
    let apart = least.flatMap { $0.spearman < 0.95 ? $0 : nil }.map { "; they differ most in \($0.name) (Spearman \(rounded($0.spearman)))" } ?? ""
    return (all.spearman < -0.3 ? "the second turns the first around" : words) + apart
  }

  private func rounded(_ value: Double) -> String { value.isNaN ? "none" : ((value * 100).rounded() / 100 + 0).formulaText }

  private var table: Table {
    let tops = tops.map { $0 < 1 ? "top \(percent($0))" : "top \($0.formulaText)" }
    let rows = (parts.count > 1 ? parts : []) + [all]
    return Table(
      [group.rawValue, "scores", "Spearman", "Kendall"] + tops,
      rows.map { row in
        let shares = (0..<tops.count).map { i in i < row.overlaps.count ? Cell.share(row.overlaps[i].share) : .empty }
        return [.text(row.name), .integer(row.count), cell(row.spearman), cell(row.kendall)] + shares
      }, title: "\(first)  against  \(second)", note: chance)
  }

  private func cell(_ value: Double) -> Cell { value.isNaN ? .text("none") : .number(value) }

  private var chance: String? {
    let text = all.overlaps.map { percent(Double($0.k) / Double(max(all.count, 1))) }.joined(separator: ", ")
    return [remark, all.overlaps.isEmpty ? nil : "by chance they would share \(text) of all"].compactMap { $0 }.joined(separator: "; ")
  }

  private func percent(_ share: Double) -> String { "\(((share * 1000).rounded() / 10).formulaText) %" }

  public var shown: Shown { .several([.table(table), .text(verdict)]) }

  public var json: JSON {
    func row(_ row: Row) -> JSON {
      .object([
        "name": .string(row.name), "scores": .integer(row.count), "spearman": .number(row.spearman), "kendall": .number(row.kendall),
        "overlap": .object(row.overlaps.map { JSON.Member(String($0.k), .number($0.share)) }),
      ])
    }
    return .object(["first": .string(first), "second": .string(second), "all": row(all), "parts": .array(parts.map(row)), "verdict": .string(verdict)])
  }
}

/// Compares the order in which two importances of the same things rank them.
/// - Parameter top: how many of the highest are held against each other; numbers below 1 are shares of all. Empty for
///   1, 5, 10 and 20 per cent.
/// - Throws: `UseError` where nothing in them is the same.
public func compare(_ a: ImportanceValue, with b: ImportanceValue, top: [Double] = [], by group: ComparisonGroup = .tensor) throws -> RankComparison {
  let common = a.scores.filter { score in b.scores.contains { $0.name == score.name && $0.tensor.shape == score.tensor.shape } }
  guard !common.isEmpty else { throw UseError.nothingToCompare("the two have no scores of the same name and shape") }
  let pairs = try common.map { name, tensor in (name: name, a: try tensor.doubles(), b: try b.scores(of: name).doubles()) }
  let (allA, allB) = (pairs.flatMap(\.a), pairs.flatMap(\.b))
  let sizes = top.isEmpty ? [0.01, 0.05, 0.1, 0.2] : top
  var parts: [(name: String, a: [Double], b: [Double])] = []
  for pair in pairs {
    let name = group == .layer ? a.layerName(pair.name) : pair.name
    if let i = parts.firstIndex(where: { $0.name == name }) {
      parts[i].a += pair.a
      parts[i].b += pair.b
    } else {
      parts.append((name, pair.a, pair.b))
    }
  }
  let left = a.scores.count + b.scores.count - 2 * common.count
  let remark = left == 0 ? nil : "only what both score is compared: \(common.map(\.name).joined(separator: ", "))"
  return RankComparison(
    first: a.title, second: b.title, all: row("all", allA, allB, sizes), parts: parts.map { row($0.name, $0.a, $0.b, sizes) }, group: group,
    tops: sizes, remark: remark)
}

extension ImportanceValue {
  /// What it is of, as its formula tells.
  var place: FormulaPlace { (try? formula.place()) ?? .parameters }

  /// The module that a parameter is of; units and inputs have its name.
  func layerName(_ name: String) -> String {
    guard place == .parameters, let point = name.lastIndex(of: ".") else { return name }
    return String(name[..<point])
  }
}

/// NaN has no place in an order: a pair in which it stands is left out.
private func row(_ name: String, _ a: [Double], _ b: [Double], _ sizes: [Double]) -> RankComparison.Row {
  let places = a.indices.filter { !a[$0].isNaN && !b[$0].isNaN }
  let (x, y) = places.count == a.count ? (a, b) : (places.map { a[$0] }, places.map { b[$0] })
  let (first, second) = (Ranking(x).places, Ranking(y).places)
  var overlaps: [(k: Int, share: Double)] = []
  for size in sizes where !x.isEmpty {
    let wanted = size < 1 ? (size * Double(x.count)).rounded() : size
    let k = Int(min(max(wanted, 1), Double(x.count)))
    let both = first.indices.count { first[$0] < k && second[$0] < k }
    overlaps.append((k, Double(both) / Double(k)))
  }
  return RankComparison.Row(
    name: name, count: x.count, spearman: RankCorrelation.spearman(x, y), kendall: RankCorrelation.kendall(x, y), overlaps: overlaps)
}
