import Builtins

/// How alike each two of several importances rank the same things.
public struct ComparisonMatrix: Value {
  public let titles: [String]
  public let spearman: [[Double]], kendall: [[Double]]
  /// Of the highest tenth.
  public let overlap: [[Double]]

  public static let kind = "comparison"

  public func field(_ name: String) -> (any Value)? {
    func rows(_ m: [[Double]]) -> List { List(m.map { List($0) }) }
    return switch name {
    case "spearman": rows(spearman)
    case "kendall": rows(kendall)
    case "overlap": rows(overlap)
    case "titles": List(titles)
    default: nil
    }
  }
  public var fields: [String] { ["spearman", "kendall", "overlap", "titles"] }

  private func table(_ title: String, _ numbers: [[Double]]) -> Table {
    let marks = titles.indices.map { String($0 + 1) }
    let rows: [[Cell]] = numbers.enumerated().map { i, row in
      [.integer(i + 1), .text(titles[i])] + row.map { $0.isNaN ? .text("none") : .number($0) }
    }
    return Table(["", "importance"] + marks, rows, title: title)
  }

  public var shown: Shown {
    .several([
      .table(table("Spearman", spearman)), .table(table("Kendall", kendall)), .table(table("share of the highest tenth in common", overlap)),
    ])
  }

  public var json: JSON {
    func rows(_ m: [[Double]]) -> JSON { .array(m.map { .array($0.map(JSON.number)) }) }
    return .object([
      "titles": .array(titles.map(JSON.string)), "spearman": rows(spearman), "kendall": rows(kendall), "overlap": rows(overlap),
    ])
  }
}

/// Compares each two of several importances of the same things.
public func compareAll(_ values: [ImportanceValue]) throws -> ComparisonMatrix {
  guard values.count > 1 else { throw UseError.nothingToCompare("one importance is given; name two or more") }
  let n = values.count
  let ones = [[Double]](repeating: [Double](repeating: 1, count: n), count: n)
  var (spearman, kendall, overlap) = (ones, ones, ones)
  for i in 0..<n {
    for j in (i + 1)..<max(n, i + 1) {
      let row = try compare(values[i], with: values[j], top: [0.1]).all
      (spearman[i][j], spearman[j][i]) = (row.spearman, row.spearman)
      (kendall[i][j], kendall[j][i]) = (row.kendall, row.kendall)
      let share = row.overlaps.first?.share ?? .nan
      (overlap[i][j], overlap[j][i]) = (share, share)
    }
  }
  return ComparisonMatrix(titles: values.map(\.title), spearman: spearman, kendall: kendall, overlap: overlap)
}
