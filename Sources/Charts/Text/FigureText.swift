import Builtins

/// A figure drawn with characters, for a terminal.
/// - Parameters:
///   - width: the cells of a line, which no line exceeds; nil stands for 80.
///   - height: the lines of the drawing itself, without title and axis; bars and labelled rows take a line each.
public func text(of figure: Figure, width: Int?, height: Int = 12, style: TextStyle) -> String {
  let width = max(1, width ?? 80)
  var lines: [String] = []
  func add(_ text: String?, _ paint: TextStyle.Paint) {
    guard let text, !text.isEmpty else { return }
    for line in wrapped(harmless(text), to: width).split(separator: "\n") { lines.append(style.paint(String(line), paint)) }
  }
  add(figure.title, .bold)
  add(figure.subtitle, .dim)
  switch figure.kind {
  case .bars(let bars):
    let most = bars.map(\.value.magnitude).filter(\.isFinite).max() ?? 0
    let rows: [[Cell]] = bars.map { [.text($0.label), .number($0.value), .bar(most > 0 ? $0.value / most : 0)] }
    lines.append(text(of: .table(Table(["", figure.xLabel ?? "", ""], rows)), width: width, style: style))
  case .lines(let series):
    lines += LinePlot(series, width: width, height: min(max(height, 3), 100), style: style).lines(yLabel: figure.yLabel, xLabel: figure.xLabel)
  case .heatMap(let map):
    lines += HeatText(map, width: width, style: style).lines()
  }
  return lines.joined(separator: "\n")
}
