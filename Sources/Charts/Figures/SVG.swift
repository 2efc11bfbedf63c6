/// A figure as an SVG picture. The same figure and size give the same text.
/// - Parameters:
///   - width: in pixels, at least 320.
///   - height: in pixels, at least 240.
public func svg(of figure: Figure, width: Int = 960, height: Int = 540) -> String {
  var canvas = SVGCanvas(width: Double(min(max(width, 320), 20_000)), height: Double(min(max(height, 240), 20_000)))
  var frame = Frame(left: 24, top: 20, right: canvas.width - 28, bottom: canvas.height - 18)
  canvas.heading(figure, &frame)
  switch figure.kind {
  case .bars(let bars): canvas.bars(bars, figure, frame)
  case .lines(let series): canvas.lines(series, figure, frame)
  case .heatMap(let map): canvas.heatMap(map, figure, frame)
  }
  return canvas.document
}

/// The room that is left for what comes next.
struct Frame {
  var left: Double, top: Double, right: Double, bottom: Double
  var width: Double { max(1, right - left) }
  var height: Double { max(1, bottom - top) }
}

extension SVGCanvas {
  fileprivate mutating func heading(_ figure: Figure, _ frame: inout Frame) {
    for line in Self.lines(figure.title, room: frame.width, size: Self.large, isBold: true) {
      frame.top += Self.large
      text(line, x: frame.left, y: frame.top, TextOptions(size: Self.large, isBold: true))
      frame.top += 6
    }
    for line in Self.lines(figure.subtitle ?? "", room: frame.width, size: Self.medium, isBold: false) {
      frame.top += Self.medium + 2
      text(line, x: frame.left, y: frame.top, TextOptions(size: Self.medium, colour: Self.pale))
      frame.top += 3
    }
    frame.top += 14
  }

  /// At most two lines that fit the room, broken at a space.
  private static func lines(_ content: String, room: Double, size: Double, isBold: Bool) -> [String] {
    guard !content.isEmpty else { return [] }
    var first = ""
    var words = content.split(separator: " ")[...]
    while let word = words.first {
      let longer = first.isEmpty ? String(word) : first + " " + word
      if !first.isEmpty, textWidth(longer, size: size, isBold: isBold) > room { break }
      first = longer
      words = words.dropFirst()
    }
    return [first, words.joined(separator: " ")].filter { !$0.isEmpty }.map { fitted($0, to: room, size: size, isBold: isBold) }
  }

  /// The name of the x axis under the picture; the frame ends above it.
  mutating func xName(_ name: String?, _ frame: inout Frame, from left: Double) {
    guard let name, !name.isEmpty else { return }
    let shown = Self.fitted(name, to: frame.right - left, size: Self.medium)
    text(shown, x: (left + frame.right) / 2, y: frame.bottom - 2, TextOptions(size: Self.medium, anchor: .middle, colour: Self.pale))
    frame.bottom -= Self.medium + 10
  }

  /// The name of the y axis, upright at the left; the frame begins beside it.
  mutating func yName(_ name: String?, _ frame: inout Frame, to bottom: Double) {
    guard let name, !name.isEmpty else { return }
    let shown = Self.fitted(name, to: bottom - frame.top, size: Self.medium)
    let options = TextOptions(size: Self.medium, anchor: .middle, colour: Self.pale, turn: -90)
    text(shown, x: frame.left + Self.medium - 2, y: (frame.top + bottom) / 2, options)
    frame.left += Self.medium + 12
  }

  /// Marks along the bottom, with lines up through the picture. Numbers that would touch their neighbour are left out.
  mutating func xAxis(_ scale: Scale, _ frame: Frame, place: (Double) -> Double) {
    var last = -Double.infinity
    for tick in scale.ticks {
      let x = place(tick), label = scale.text(tick)
      let half = Self.textWidth(label, size: Self.small) / 2
      line(x, frame.top, x, frame.bottom, colour: Self.grid)
      guard x - half > last + 8, x + half <= width else { continue }
      text(label, x: x, y: frame.bottom + Self.small + 6, TextOptions(anchor: .middle, colour: Self.pale))
      last = x + half
    }
  }
}
