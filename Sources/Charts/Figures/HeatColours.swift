/// Colours for numbers, told apart by every kind of colour vision.
enum HeatColours {
  struct Colour: Equatable {
    let red: Int, green: Int, blue: Int

    init(_ code: Int) { (red, green, blue) = (code >> 16 & 255, code >> 8 & 255, code & 255) }
    init(from a: Colour, to b: Colour, part: Double) {
      func mix(_ x: Int, _ y: Int) -> Int { Int((Double(x) + (Double(y) - Double(x)) * part).rounded()) }
      (red, green, blue) = (mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue))
    }

    var hex: String {
      let text = String(red << 16 | green << 8 | blue, radix: 16)
      return "#" + String(repeating: "0", count: 6 - text.count) + text
    }
    /// - Source: relative luminance of ITU-R BT.709, without its gamma.
    var isDark: Bool { 0.2126 * Double(red) + 0.7152 * Double(green) + 0.0722 * Double(blue) < 140 }
  }

  /// From dark to light, for numbers of one sign.
  /// - Source: viridis (van der Walt and Smith 2015), every eighth of the way.
  private static let oneSign = [
    0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c, 0x28ae80, 0x5ec962, 0xaddc30, 0xfde725,
  ].map(Colour.init(_:))
  /// Vermilion through white to blue, for numbers about 0: the colours that bars of either sign have.
  private static let twoSigns = [0x8a3a00, 0xd55e00, 0xf4b183, 0xf7f7f7, 0x8cc4e6, 0x0072b2, 0x00456e].map(Colour.init(_:))

  /// Where a number lies in the range, 0 to 1.
  static func part(_ value: Double, in range: ClosedRange<Double>) -> Double {
    // Halves, as the difference of two large numbers of opposite sign overflows; that of two tiny ones may vanish.
    let low = range.lowerBound / 2
    let span = range.upperBound / 2 - low
    return span > 0 ? min(1, max(0, (value / 2 - low) / span)) : 0.5
  }

  static func colour(of value: Double, in range: ClosedRange<Double>) -> Colour {
    let stops = range.lowerBound < 0 && range.upperBound > 0 ? twoSigns : oneSign
    let place = part(value, in: range) * Double(stops.count - 1)
    let i = min(stops.count - 2, Int(place))
    return Colour(from: stops[i], to: stops[i + 1], part: place - Double(i))
  }
}
