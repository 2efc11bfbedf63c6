import Builtins
import Engine

extension ImportanceValue {
  /// All scores one after the other.
  func flatScores() throws(TensorError) -> [Double] {
    var out: [Double] = []
    out.reserveCapacity(elementCount)
    for (_, tensor) in scores { out += try tensor.doubles() }
    return out
  }

  /// Where a position among all scores lies: `fc1.weight[3, 2]`.
  func place(_ position: Int) -> String {
    var rest = position
    for (name, tensor) in scores {
      if rest < tensor.count { return name + Self.indexText(rest, tensor.shape) }
      rest -= tensor.count
    }
    return ""
  }

  static func indexText(_ position: Int, _ shape: [Int]) -> String {
    guard !shape.isEmpty else { return "" }
    var rest = position, index: [Int] = []
    for size in shape.reversed() {
      index.insert(rest % max(size, 1), at: 0)
      rest /= max(size, 1)
    }
    return "[" + index.map(String.init).joined(separator: ", ") + "]"
  }

  /// The highest scores with their places as text, for pictures.
  public func ranked(_ k: Int) throws(TensorError) -> [(label: String, score: Double)] { try topRows(k).map { ($0.place, $0.score) } }

  /// The highest scores with their places.
  func topRows(_ k: Int) throws(TensorError) -> [(place: String, score: Double, error: Double?)] {
    let flat = try flatScores(), deviations = flatErrors
    return Ranking(flat).largest(k).map { (place($0), flat[$0], deviations?[$0]) }
  }

  /// The standard errors one after the other; nil where there are none.
  var flatErrors: [Double]? {
    guard let errors, let flat = try? errors.flatMap({ try $0.doubles() }), flat.count == elementCount else { return nil }
    return flat
  }

  /// The highest scores of all, or of each layer or parameter.
  func topTable(_ k: Int, per scope: ImportanceScope) throws(TensorError) -> Table {
    let groups = groups(scope)
    var rows: [[Cell]] = []
    for group in groups {
      var part = changed(group.places.map { scores[$0] }, "")
      part.errors = errors.map { errors in group.places.map { errors[$0] } }
      for (i, row) in try part.topRows(k).enumerated() {
        let error: [Cell] = row.error.map { [.number($0)] } ?? []
        rows.append((scope == .all ? [] : [.text(group.name)]) + [.integer(i + 1), .text(row.place), .number(row.score)] + error)
      }
    }
    return Table((scope == .all ? [] : [scope.rawValue]) + ["rank", element, "score"] + (errors == nil ? [] : ["± error"]), rows)
  }

  public var shown: Shown {
    guard let flat = try? flatScores() else { return .text(title) }
    let total = flat.reduce(0) { $0 + ($1.isFinite ? abs($1) : 0) }
    let top = Ranking(flat).largest(10)
    let deviations = flatErrors
    let largest = top.reduce(0) { max($0, flat[$1].isFinite ? abs(flat[$1]) : 0) }
    let rows: [[Cell]] = top.enumerated().map { rank, position in
      let score = flat[position]
      let error: [Cell] = deviations.map { [.number($0[position])] } ?? []
      return [.integer(rank + 1), .text(place(position)), .number(score)] + error + [
        total > 0 && score.isFinite ? .share(abs(score) / total) : .empty,
        largest > 0 && score.isFinite ? .bar(score / largest) : .empty,
      ]
    }
    return .table(Table(["rank", element, "score"] + (deviations == nil ? [] : ["± error"]) + ["share", ""], rows, title: title, note: note(flat, total)))
  }

  /// How much of all falls to each tensor.
  private func note(_ flat: [Double], _ total: Double) -> String {
    let rest = flat.count > 10 ? "10 of \(flat.count) scores" : "\(flat.count) scores"
    guard total > 0, scores.count > 1 else { return rest }
    var start = 0
    let shares = scores.map { name, tensor in
      let sum = flat[start..<(start + tensor.count)].reduce(0) { $0 + ($1.isFinite ? abs($1) : 0) }
      start += tensor.count
      return (name: name, share: sum / total)
    }
    let listed = Ranking(shares.map(\.share)).largest(6).map { "\(shares[$0].name) \((shares[$0].share * 1000).rounded() / 10) %" }
    return "\(rest); in all: " + listed.joined(separator: ", ") + (shares.count > 6 ? " and \(shares.count - 6) more" : "")
  }
}
