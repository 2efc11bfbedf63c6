import Builtins
import Engine

extension DataSet {
  /// Features and classes that a summary lists.
  private static let listed = 12

  public var shown: Shown {
    var parts: [Shown] = [.text(title)]
    if let table = featureTable { parts.append(.table(table)) }
    if let table = classTable { parts.append(.table(table)) }
    return .several(parts)
  }

  /// `iris: 150 samples, 4 features, 3 classes`
  public var title: String {
    var facts = ["\(count) sample\(count == 1 ? "" : "s")"]
    facts.append(x.rank == 2 ? "\(features.count) feature\(features.count == 1 ? "" : "s")" : "each \(Array(x.shape.dropFirst()))")
    if hasLabels, let k = try? classCount() {
      facts.append("\(k) class\(k == 1 ? "" : "es")")
    } else if let target {
      facts.append("numbers to predict: \(target)")
    }
    return (name.map { $0 + ": " } ?? "") + facts.joined(separator: ", ")
  }

  private var featureTable: Table? {
    guard x.rank == 2, count > 0, let columns = try? statistics() else { return nil }
    var rows = zip(features, columns).prefix(DataSet.listed).map { name, s in
      [Cell.text(name), .number(s.mean), .number(s.std), .number(s.min), .number(s.max)]
    }
    if let y, y.rank == 1, y.dtype.isFloating, let target, let s = try? y.reshape([-1, 1]).columnStatistics().first {
      rows.append([.text(target + " (y)"), .number(s.mean), .number(s.std), .number(s.min), .number(s.max)])
    }
    let more = features.count - DataSet.listed
    return Table(["feature", "mean", "std", "min", "max"], rows, note: more > 0 ? "and \(more) more; `.features` names them all" : nil)
  }

  private var classTable: Table? {
    guard hasLabels, count > 0, let counts = try? classCounts() else { return nil }
    let rows = counts.prefix(DataSet.listed).map { [Cell.text($0.name), .integer($0.count), .share(Double($0.count) / Double(count))] }
    let more = counts.count - DataSet.listed
    return Table(["class", "samples", "share"], rows, note: more > 0 ? "and \(more) more" : nil)
  }

  /// How many samples each class has.
  public func classCounts() throws -> [(name: String, count: Int)] {
    guard hasLabels, let y else { throw DataError.noLabels(for: "a count of classes") }
    var counts: [Int: Int] = [:]
    for label in try y.ints() { counts[label, default: 0] += 1 }
    if let classes { return classes.enumerated().map { ($1, counts[$0] ?? 0) } }
    return counts.sorted { $0.key < $1.key }.map { (String($0.key), $0.value) }
  }

  public var json: JSON {
    let counts = (try? classCounts()).map { JSON.object($0.map { JSON.Member($0.name, .integer($0.count)) }) } ?? .null
    return .object([
      "kind": .string(DataSet.kind), "name": name.map(JSON.string) ?? .null, "samples": .integer(count),
      "shape": .array(x.shape.map(JSON.integer)), "features": .array(features.map(JSON.string)),
      "target": target.map(JSON.string) ?? .null, "classes": counts,
    ])
  }
}
