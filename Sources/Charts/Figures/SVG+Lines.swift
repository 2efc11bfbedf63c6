extension SVGCanvas {
  /// Lines with their spread as a band of the same colour, named above the picture.
  mutating func lines(_ series: [Figure.Series], _ figure: Figure, _ outer: Frame) {
    var frame = outer
    legend(series.map { harmless($0.name) }, &frame)
    let pieces = series.map { $0.pieces() }
    let points = pieces.joined().joined()
    let isWhole = points.allSatisfy { $0.x == $0.x.rounded() }
    let x = Scale(points.map(\.x), about: 8, whole: isWhole)
    let y = Scale(points.map(\.y) + points.compactMap(\.spread).flatMap { [$0.lowerBound, $0.upperBound] }, about: 6, padding: 0.05)
    let tickWidth = y.ticks.map { Self.textWidth(y.text($0), size: Self.small) }.max() ?? 0
    let bottom = frame.bottom - Self.small - 10 - (figure.xLabel?.isEmpty ?? true ? 0 : Self.medium + 10)
    yName(figure.yLabel, &frame, to: bottom)
    frame.left += tickWidth + 10
    xName(figure.xLabel, &frame, from: frame.left)
    frame.bottom = bottom
    frame.top += 6
    func place(_ value: Double) -> Double { frame.left + x.part(value) * frame.width }
    func rise(_ value: Double) -> Double { frame.bottom - y.part(value) * frame.height }
    xAxis(x, frame, place: place)
    for tick in y.ticks {
      line(frame.left, rise(tick), frame.right, rise(tick), colour: Self.grid)
      let options = TextOptions(anchor: .end, colour: Self.pale)
      text(y.text(tick), x: frame.left - 8, y: rise(tick) + Self.small * 0.35, options)
    }
    line(frame.left, frame.bottom, frame.right, frame.bottom, colour: Self.pale, width: 1.5)
    for (i, pieces) in pieces.enumerated() {
      for piece in pieces { band(piece, place, rise, colour: Self.colour(i)) }
    }
    for (i, pieces) in pieces.enumerated() {
      for piece in pieces { curve(piece, place, rise, index: i) }
    }
  }

  private static func colour(_ index: Int) -> String { palette[index % palette.count] }
  /// Where the colours begin again, the lines are broken.
  private static func dash(_ index: Int) -> String { ["none", "8 5", "2 4"][index / palette.count % 3] }

  private mutating func band(_ piece: [Figure.Series.Point], _ place: (Double) -> Double, _ rise: (Double) -> Double, colour: String) {
    let spreads = piece.compactMap { point in point.spread.map { (place(point.x), rise($0.lowerBound), rise($0.upperBound)) } }
    guard spreads.count > 1 else { return }
    let outline = spreads.map { ($0.0, $0.2) } + spreads.reversed().map { ($0.0, $0.1) }
    element("polygon", ["points": Self.path(outline), "fill": colour, "fill-opacity": "0.18"])
  }

  private mutating func curve(_ piece: [Figure.Series.Point], _ place: (Double) -> Double, _ rise: (Double) -> Double, index: Int) {
    let dots = piece.map { (place($0.x), rise($0.y)) }
    let colour = Self.colour(index)
    if dots.count > 1 {
      element("polyline", [
        "points": Self.path(dots), "fill": "none", "stroke": colour, "stroke-width": "3", "stroke-linejoin": "round",
        "stroke-dasharray": Self.dash(index),
      ])
    }
    guard dots.count <= 25 else { return }
    for (x, y) in dots { element("circle", ["cx": Self.text(x), "cy": Self.text(y), "r": "4", "fill": colour]) }
  }

  private static func path(_ points: [(Double, Double)]) -> String {
    points.map { "\(text($0.0)),\(text($0.1))" }.joined(separator: " ")
  }

  /// The names in rows, each beside a piece of its line.
  private mutating func legend(_ names: [String], _ frame: inout Frame) {
    guard !names.isEmpty else { return }
    let sample = 28.0
    var x = frame.left
    var y = frame.top + 6
    for (i, name) in names.enumerated() {
      let shown = Self.fitted(name, to: frame.width - sample - 8, size: Self.medium)
      let needed = sample + 8 + Self.textWidth(shown, size: Self.medium)
      if x > frame.left, x + needed > frame.right { (x, y) = (frame.left, y + Self.medium + 8) }
      element("line", [
        "x1": Self.text(x), "y1": Self.text(y), "x2": Self.text(x + sample), "y2": Self.text(y), "stroke": Self.colour(i),
        "stroke-width": "4", "stroke-dasharray": Self.dash(i),
      ])
      text(shown, x: x + sample + 8, y: y + Self.medium * 0.35, TextOptions(size: Self.medium))
      x += needed + 26
    }
    frame.top = y + Self.medium
  }
}
