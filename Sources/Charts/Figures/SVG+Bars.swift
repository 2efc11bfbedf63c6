extension SVGCanvas {
  /// Ranked bars from a zero line, the label at the left and the value at the bar's end.
  mutating func bars(_ all: [Figure.Bar], _ figure: Figure, _ outer: Frame) {
    var frame = outer
    let room = frame.width * 0.42
    let names = all.map { Self.fitted(harmless($0.label), to: room, size: Self.small) }
    let nameWidth = names.map { Self.textWidth($0, size: Self.small) }.max() ?? 0
    yName(figure.yLabel, &frame, to: frame.bottom)
    frame.left += nameWidth + 12
    xName(figure.xLabel, &frame, from: frame.left)
    frame.bottom -= Self.small + 10
    // The letters must not touch: what does not fit is counted under the last bar.
    let least = Self.small + 5
    let fits = max(1, Int(frame.height / least))
    let isCut = all.count > fits
    let bars = isCut ? Array(all.prefix(max(1, fits - 1))) : all
    let step = min(46, frame.height / Double(max(1, bars.count + (isCut ? 1 : 0))))
    drawBars(bars, names: names, step: step, frame)
    if isCut {
      let y = frame.top + (Double(bars.count) + 0.5) * step + Self.small * 0.35
      text("\(all.count - bars.count) more", x: frame.left - 12, y: y, TextOptions(anchor: .end, colour: Self.pale))
    }
  }

  private mutating func drawBars(_ bars: [Figure.Bar], names: [String], step: Double, _ outer: Frame) {
    let scale = Scale(bars.map(\.value), about: 6, startsAtZero: true)
    let labels = bars.map { number($0.value) }
    func space(_ isNeeded: (Double) -> Bool) -> Double {
      let widths = zip(bars, labels).filter { isNeeded($0.0.value) }.map { Self.textWidth($0.1, size: Self.small) + 10 }
      return min(outer.width / 4, widths.max() ?? 0)
    }
    let left = outer.left + space { $0 < 0 }, right = outer.right - space { !($0 < 0) }
    func place(_ value: Double) -> Double { left + scale.part(value) * (right - left) }
    var frame = outer
    frame.bottom = outer.top + step * Double(bars.count)
    xAxis(scale, frame, place: place)
    for (i, bar) in bars.enumerated() {
      let middle = frame.top + (Double(i) + 0.5) * step, thickness = step * 0.68
      let zero = place(0), end = bar.value.isFinite ? place(bar.value) : zero
      let isNegative = bar.value < 0
      let baseline = middle + Self.small * 0.35
      rectangle(
        x: min(zero, end), y: middle - thickness / 2, width: abs(end - zero), height: thickness,
        fill: isNegative ? Self.palette[1] : Self.palette[0])
      text(names[i], x: outer.left - 12, y: baseline, TextOptions(anchor: .end))
      text(labels[i], x: end + (isNegative ? -6 : 6), y: baseline, TextOptions(anchor: isNegative ? .end : .start))
    }
    line(place(0), frame.top, place(0), frame.bottom, colour: Self.ink, width: 1.5)
  }
}
