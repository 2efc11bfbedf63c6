extension SVGCanvas {
  /// A grid of coloured cells with their numbers where there is room, and the colours' scale at the right.
  mutating func heatMap(_ map: Figure.HeatMap, _ figure: Figure, _ outer: Frame) {
    let rows = map.values.count, columns = map.columnCount
    guard rows > 0, columns > 0 else { return }
    var frame = outer
    let range = map.range
    let bottom = frame.bottom - (figure.xLabel?.isEmpty ?? true ? 0 : Self.medium + 10)
    yName(figure.yLabel, &frame, to: bottom)
    let names = map.rowLabels.prefix(rows).map { Self.fitted(harmless($0), to: outer.width * 0.3, size: Self.small) }
    frame.left += names.isEmpty ? 0 : (names.map { Self.textWidth($0, size: Self.small) }.max() ?? 0) + 10
    let scale = Scale([range.lowerBound, range.upperBound], about: 5)
    let scaleWidth = 26 + (scale.ticks.map { Self.textWidth(scale.text($0), size: Self.small) }.max() ?? 0)
    frame.right -= scaleWidth + 18
    xName(figure.xLabel, &frame, from: frame.left)
    let heads = map.columnLabels.prefix(columns).map { Self.fitted(harmless($0), to: outer.height * 0.3, size: Self.small) }
    let headWidth = heads.map { Self.textWidth($0, size: Self.small) }.max() ?? 0
    let isUpright = headWidth + 6 > frame.width / Double(columns)
    frame.bottom -= heads.isEmpty ? 0 : isUpright ? headWidth + 12 : Self.small + 10
    colourScale(scale, range, frame)
    cells(map, range, frame)
    rowNames(names, rows: rows, frame)
    columnNames(heads, columns: columns, isUpright: isUpright, frame)
  }

  private mutating func cells(_ map: Figure.HeatMap, _ range: ClosedRange<Double>, _ frame: Frame) {
    let (w, h) = (frame.width / Double(map.columnCount), frame.height / Double(map.values.count))
    for row in map.values.indices {
      for column in 0..<map.columnCount {
        cell(map.value(row, column), range, x: frame.left + Double(column) * w, y: frame.top + Double(row) * h, w, h)
      }
    }
  }

  private mutating func rowNames(_ names: [String], rows: Int, _ frame: Frame) {
    let h = frame.height / Double(rows)
    // Labels that would touch are thinned out: every second, every third …
    let each = max(1, Int(((Self.small + 3) / h).rounded(.up)))
    for (i, name) in names.enumerated() where i % each == 0 {
      let y = frame.top + (Double(i) + 0.5) * h + Self.small * 0.35
      text(name, x: frame.left - 8, y: y, TextOptions(anchor: .end))
    }
  }

  private mutating func columnNames(_ heads: [String], columns: Int, isUpright: Bool, _ frame: Frame) {
    let w = frame.width / Double(columns)
    let eachHead = isUpright ? max(1, Int(((Self.small + 3) / w).rounded(.up))) : 1
    for (i, head) in heads.enumerated() where i % eachHead == 0 {
      let x = frame.left + (Double(i) + 0.5) * w
      if isUpright {
        text(head, x: x + Self.small * 0.35, y: frame.bottom + 8, TextOptions(anchor: .end, turn: -90))
      } else {
        text(head, x: x, y: frame.bottom + Self.small + 6, TextOptions(anchor: .middle))
      }
    }
  }

  private mutating func cell(_ value: Double, _ range: ClosedRange<Double>, x: Double, y: Double, _ w: Double, _ h: Double) {
    let colour = value.isFinite ? HeatColours.colour(of: value, in: range) : HeatColours.Colour(0xcccccc)
    // Lines between large cells help; small ones reach under the next, so that no seam shows.
    let gap = min(w, h) > 24 ? 1.5 : -1
    rectangle(x: x, y: y, width: w - gap, height: h - gap, fill: colour.hex)
    let label = number(value, significant: 2)
    guard h > Self.small + 6, Self.textWidth(label, size: Self.small) + 6 < w else { return }
    let options = TextOptions(anchor: .middle, colour: colour.isDark ? "#ffffff" : Self.ink)
    text(label, x: x + w / 2, y: y + h / 2 + Self.small * 0.35, options)
  }

  private mutating func colourScale(_ scale: Scale, _ range: ClosedRange<Double>, _ frame: Frame) {
    let left = frame.right + 18, steps = 60
    let step = frame.height / Double(steps)
    for i in 0..<steps {
      let value = scale.low + (scale.high - scale.low) * (Double(steps - i) - 0.5) / Double(steps)
      let fill = HeatColours.colour(of: value, in: range).hex
      // Each reaches under the next, so that no seam shows.
      let height = i == steps - 1 ? step : step + 1
      rectangle(x: left, y: frame.top + Double(i) * step, width: 18, height: height, fill: fill)
    }
    for tick in scale.ticks {
      let y = frame.bottom - scale.part(tick) * frame.height
      line(left + 18, y, left + 23, y, colour: Self.pale)
      text(scale.text(tick), x: left + 26, y: y + Self.small * 0.35, TextOptions(colour: Self.pale))
    }
  }
}
