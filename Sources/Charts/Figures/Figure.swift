/// A picture as data: drawn as SVG by `svg(of:)` and with characters by `text(of:)`.
public struct Figure: Sendable, Equatable {
  public var title: String
  public var subtitle: String?
  public var xLabel: String?
  public var yLabel: String?
  public var kind: Kind

  public enum Kind: Sendable, Equatable {
    case bars([Bar])
    case lines([Series])
    case heatMap(HeatMap)
  }

  public init(_ title: String, subtitle: String? = nil, xLabel: String? = nil, yLabel: String? = nil, _ kind: Kind) {
    (self.title, self.subtitle, self.xLabel, self.yLabel, self.kind) = (title, subtitle, xLabel, yLabel, kind)
  }

  /// A horizontal bar from 0 to a value of either sign.
  public struct Bar: Sendable, Equatable {
    public let label: String, value: Double
    public init(_ label: String, _ value: Double) { (self.label, self.value) = (label, value) }
  }

  /// A line through points; a value that is not a number leaves a gap. Of columns that differ in length the shortest counts.
  public struct Series: Sendable, Equatable {
    public let name: String
    public let x: [Double], y: [Double]
    public let band: Band?

    public init(_ name: String, x: [Double], y: [Double], band: Band? = nil) {
      (self.name, self.x, self.y, self.band) = (name, x, y, band)
    }
    /// With the places 1, 2, 3 … as x, as for epochs.
    public init(_ name: String, _ y: [Double], band: Band? = nil) {
      self.init(name, x: y.indices.map { Double($0 + 1) }, y: y, band: band)
    }
  }

  /// The spread about a line: for every point the lower and the upper end.
  public struct Band: Sendable, Equatable {
    public let low: [Double], high: [Double]
    public init(low: [Double], high: [Double]) { (self.low, self.high) = (low, high) }
  }

  /// Numbers in rows and columns as colours.
  public struct HeatMap: Sendable, Equatable {
    public let values: [[Double]]
    public let rowLabels: [String], columnLabels: [String]
    public init(_ values: [[Double]], rowLabels: [String] = [], columnLabels: [String] = []) {
      (self.values, self.rowLabels, self.columnLabels) = (values, rowLabels, columnLabels)
    }

    var columnCount: Int { values.map(\.count).max() ?? 0 }
    /// The value of a place, not a number where a row is too short.
    func value(_ row: Int, _ column: Int) -> Double { column < values[row].count ? values[row][column] : .nan }
    /// The least and the greatest value; about 0 where signs differ, so that 0 is the middle.
    var range: ClosedRange<Double> {
      let finite = values.joined().filter(\.isFinite)
      guard let low = finite.min(), let high = finite.max() else { return 0...1 }
      let most = max(low.magnitude, high.magnitude)
      return low < 0 && high > 0 ? -most...most : low...high
    }
  }
}

extension Figure.Series {
  /// The points of the line in pieces without gaps, each point with its spread where there is one.
  func pieces() -> [[Point]] {
    var pieces: [[Point]] = [[]]
    for i in 0..<min(x.count, y.count) {
      guard x[i].isFinite, y[i].isFinite else {
        if pieces.last?.isEmpty == false { pieces.append([]) }
        continue
      }
      var spread: ClosedRange<Double>?
      if let band, i < band.low.count, i < band.high.count, band.low[i].isFinite, band.high[i].isFinite, band.low[i] <= band.high[i] {
        spread = band.low[i]...band.high[i]
      }
      pieces[pieces.count - 1].append(Point(x: x[i], y: y[i], spread: spread))
    }
    return pieces.filter { !$0.isEmpty }
  }

  struct Point: Equatable {
    let x: Double, y: Double
    let spread: ClosedRange<Double>?
  }
}
