import Builtins
import Engine

/// What is wrong with a model, if anything, layer by layer.
public struct Health: Value {
  /// What stands out about a parameter or a module.
  public struct Finding: Sendable {
    public enum Level: String, Sendable { case bad, odd, note }
    public let level: Level
    /// `dead`, `exploding`, `all-zero`, ...
    public let kind: String
    /// Where, by path.
    public let place: String
    public let words: String
  }

  /// One parameter.
  public struct Row {
    public let name: String
    public let count: Int
    /// The root of the mean square of its numbers, and of its gradient where one is known.
    public let size: Double, gradient: Double?
    /// Its size as a multiple of what a fresh layer of its shape has.
    public let relative: Double?
    public let zeros: Double
  }

  /// One module that puts out activations.
  public struct Units {
    public let name: String
    public let count: Int
    public let dead: Int, saturated: Int
    /// The root of the mean square of what it puts out.
    public let size: Double
  }

  public let rows: [Row], units: [Units], findings: [Finding]
  let hasData: Bool

  public static let kind = "health"
  public var isHealthy: Bool { !findings.contains { $0.level != .note } }

  public func field(_ name: String) -> (any Value)? {
    switch name {
    case "healthy": isHealthy
    case "problems": findingsTable
    case "parameters": parameterTable
    case "units": unitTable
    case "verdict": verdict
    default: nil
    }
  }
  public var fields: [String] { ["healthy", "problems", "parameters", "units", "verdict"] }

  /// One sentence of judgement.
  public var verdict: String {
    let bad = findings.filter { $0.level == .bad }, odd = findings.filter { $0.level == .odd }
    let more = hasData ? "" : "; `health net on data` looks at activations and gradients too"
    if bad.isEmpty, odd.isEmpty { return "nothing is wrong with \(rows.count) parameter\(rows.count == 1 ? "" : "s")\(more)" }
    let list = (bad + odd).prefix(3).map { "\($0.place) is \($0.kind)" }.joined(separator: ", ")
    let rest = bad.count + odd.count > 3 ? " and \(bad.count + odd.count - 3) more" : ""
    return "\(bad.isEmpty ? "odd, if not wrong" : "something is wrong"): \(list)\(rest)\(more)"
  }

  private var findingsTable: Table {
    Table(["what", "where", ""], findings.map { [.text($0.kind), .text($0.place), .text($0.words)] })
  }

  private var parameterTable: Table {
    let most = rows.compactMap(\.gradient).filter(\.isFinite).max() ?? 0
    let cells: [[Cell]] = rows.map { row in
      let bar: Cell = row.gradient.map { most > 0 && $0.isFinite ? .bar($0 / most) : .empty } ?? .empty
      let marks = findings.filter { $0.place == row.name }.map(\.kind).joined(separator: ", ")
      return [
        .text(row.name), .integer(row.count), .number(row.size), row.relative.map(Cell.number) ?? .empty, .share(row.zeros),
        row.gradient.map(Cell.number) ?? .empty, bar, .text(marks.isEmpty ? "fine" : marks),
      ]
    }
    return Table(["parameter", "count", "size", "to fresh", "zeros", "gradient", "", "health"], cells)
  }

  private var unitTable: Table {
    Table(
      ["module", "units", "size", "dead", "saturated"],
      units.map { [.text($0.name), .integer($0.count), .number($0.size), share($0.dead, $0.count), share($0.saturated, $0.count)] })
  }

  private func share(_ part: Int, _ all: Int) -> Cell { all > 0 ? .share(Double(part) / Double(all)) : .empty }

  public var shown: Shown {
    var parts: [Shown] = [.table(parameterTable)]
    if !units.isEmpty { parts.append(.table(unitTable)) }
    if !findings.isEmpty { parts.append(.text(findings.map { "  \($0.place): \($0.words)" }.joined(separator: "\n"))) }
    return .several(parts + [.text(verdict)])
  }

  public var json: JSON {
    .object([
      "healthy": .bool(isHealthy), "verdict": .string(verdict),
      "problems": .array(findings.map {
        .object(["level": .string($0.level.rawValue), "kind": .string($0.kind), "place": .string($0.place), "words": .string($0.words)])
      }),
      "parameters": parameterTable.json, "units": unitTable.json,
    ])
  }
}
