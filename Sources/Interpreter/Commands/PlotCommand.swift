import Builtins
import Charts
import Engine
import Importance
import NN

extension Builtin<Session> {
  static let plot = Builtin(
    "plot", "Draw a value: an importance, a history, a validation, an ablation, a comparison of several importances or a tensor; to a file, as SVG, or in the terminal.",
    .required("value", Anything.self, "What to draw."),
    .optional("to", String.self, "A path that ends in .svg; without it the picture is drawn in the terminal."),
    .option("k", 20, in: 1...200, "How many weights of an importance are drawn."),
    examples: [Example("plot imp", gives: "fc1.weight")]
  ) { (session, value: Anything, path: String?, k: Int) in
    let figure = try figure(of: value.value, k)
    guard let path else { return Drawing(figure: figure) }
    guard path.lowercased().hasSuffix(".svg") else {
      throw TensorError.value("plot", "\"\(path)\" does not end in .svg, the format that this version draws")
    }
    try session.files.write(path, Array(svg(of: figure).utf8))
    session.output.note("wrote \(path)")
    return None()
  }
}

/// A picture for the terminal.
struct Drawing: Value {
  let figure: Figure
  static let kind = "picture"
  var shown: Shown { .text(text(of: figure, width: 80, style: .plain)) }
  var json: JSON { .object(["title": .string(figure.title)]) }
}

private func figure(of value: any Value, _ k: Int) throws -> Figure {
  switch value {
  case let scores as ImportanceValue: return try scores.figure(k)
  case let validation as Validation: return validation.figure
  case let matrix as ComparisonMatrix: return matrix.figure
  case let ablation as Ablation: return ablation.figure
  case let history as History: return history.figure
  case let tensor as Tensor: return try tensor.figure()
  case let list as List: return try Tensor.nested(list).figure()
  default: throw TensorError.value("plot", "\(type(of: value).aKind) has no picture; an importance, a history, a validation, an ablation, a comparison of several or a tensor has")
  }
}

extension ImportanceValue {
  fileprivate func figure(_ k: Int) throws -> Figure {
    let bars = try ranked(k).map { Figure.Bar($0.label, $0.score) }
    return Figure("Importance by \(formula)", subtitle: title, xLabel: "score", .bars(bars))
  }
}

extension History {
  fileprivate var figure: Figure {
    let x = epochs.indices.map { Double($0 + 1) }
    var series = [Figure.Series("train", x: x, y: epochs.map(\.loss))]
    let held = epochs.compactMap(\.testLoss)
    if held.count == x.count, !held.isEmpty { series.append(Figure.Series("test", x: x, y: held)) }
    return Figure("Loss by epoch", subtitle: lossName, xLabel: "epoch", yLabel: "loss", .lines(series))
  }
}

extension Validation {
  fileprivate var figure: Figure {
    let spread = zip(randomMean, randomSpread).map { ($0 - $1, $0 + $1) }
    var lines: [Figure.Series] = [
      .init("most important first", x: fractions, y: first), .init("least important first", x: fractions, y: reverse),
      .init("random, mean ± std", x: fractions, y: randomMean, band: .init(low: spread.map(\.0), high: spread.map(\.1))),
    ]
    if let magnitude { lines.append(.init("largest first", x: fractions, y: magnitude)) }
    return Figure(
      "Removal of \(noun), ranked by \(title)", subtitle: verdict, xLabel: "share of \(noun) taken out",
      yLabel: metric.rawValue + (retrained.map { " after \($0) epochs" } ?? ""), .lines(lines))
  }
}

extension Ablation {
  fileprivate var figure: Figure {
    let x = rows.map { Double($0.count) }
    var lines = [Figure.Series("together", x: x, y: rows.map(\.loss))]
    if rows.contains(where: { $0.alone != nil }) { lines.append(.init("each alone", x: x, y: rows.map { $0.alone ?? .nan })) }
    return Figure("Loss without what \(title) ranks", subtitle: verdict, xLabel: "\(noun) taken out", yLabel: "loss", .lines(lines))
  }
}

extension ComparisonMatrix {
  fileprivate var figure: Figure {
    Figure("Agreement of importances", subtitle: "Spearman's rank correlation", .heatMap(.init(spearman, rowLabels: titles, columnLabels: titles)))
  }
}

extension Tensor {
  /// One dimension is a line, two are a heat map.
  fileprivate func figure() throws -> Figure {
    let numbers = try doubles()
    guard !numbers.isEmpty else { throw TensorError.value("plot", "an empty tensor has no picture") }
    switch rank {
    case 0, 1:
      return Figure("Values", subtitle: "\(shape)", xLabel: "position", .lines([.init("value", x: numbers.indices.map(Double.init), y: numbers)]))
    case 2:
      let rows = (0..<shape[0]).map { Array(numbers[($0 * shape[1])..<(($0 + 1) * shape[1])]) }
      return Figure("Values", subtitle: "\(shape)", .heatMap(.init(rows)))
    default: throw TensorError.shape("plot", expected: "a tensor of one or two dimensions", met: shape, operand: 0)
    }
  }
}
