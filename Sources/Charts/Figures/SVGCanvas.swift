/// An SVG picture under way: shapes and texts in the order in which they are drawn.
struct SVGCanvas {
  enum Anchor: String { case start, middle, end }
  struct TextOptions {
    var size = SVGCanvas.small
    var anchor = Anchor.start
    var colour = SVGCanvas.ink
    var isBold = false
    /// Degrees, clockwise.
    var turn = 0.0
  }

  /// Sizes of letters that a room can read from a projector.
  static let large = 24.0, medium = 17.0, small = 15.0
  static let ink = "#222222", pale = "#5a5a5a", grid = "#e3e3e3"
  /// - Source: Okabe and Ito 2008, without yellow, which white swallows; black comes last.
  static let palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000"]

  let width: Double, height: Double
  private var body = ""

  init(width: Double, height: Double) { (self.width, self.height) = (width, height) }

  var document: String {
    let (w, h) = (Self.text(width), Self.text(height))
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(w)" height="\(h)" viewBox="0 0 \(w) \(h)" \
      font-family="DejaVu Sans, Verdana, Helvetica, Arial, sans-serif">
      <rect width="\(w)" height="\(h)" fill="#ffffff"/>
      \(body)</svg>

      """
  }

  /// A coordinate with at most two decimals. Pictures are at most 20 000 wide, so hundredths fit easily.
  static func text(_ value: Double) -> String {
    let hundredths = Int((min(1e6, max(-1e6, value)) * 100).rounded())
    let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
    let decimals = rest == 0 ? "" : rest % 10 == 0 ? ".\(rest / 10)" : rest < 10 ? ".0\(rest)" : ".\(rest)"
    return (hundredths < 0 ? "-" : "") + String(whole) + decimals
  }

  mutating func element(_ name: String, _ attributes: KeyValuePairs<String, String>) {
    body += "<\(name)" + attributes.map { " \($0.key)=\"\($0.value)\"" }.joined() + "/>\n"
  }

  mutating func rectangle(x: Double, y: Double, width: Double, height: Double, fill: String) {
    element("rect", [
      "x": Self.text(x), "y": Self.text(y), "width": Self.text(max(0, width)), "height": Self.text(max(0, height)), "fill": fill,
    ])
  }

  mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, colour: String, width: Double = 1) {
    element("line", [
      "x1": Self.text(x1), "y1": Self.text(y1), "x2": Self.text(x2), "y2": Self.text(y2), "stroke": colour,
      "stroke-width": Self.text(width),
    ])
  }

  mutating func text(_ content: String, x: Double, y: Double, _ options: TextOptions = TextOptions()) {
    guard !content.isEmpty else { return }
    let weight = options.isBold ? " font-weight=\"bold\"" : ""
    let anchor = options.anchor == .start ? "" : " text-anchor=\"\(options.anchor.rawValue)\""
    let place = "\(Self.text(x)) \(Self.text(y))"
    let turn = options.turn == 0 ? "" : " transform=\"rotate(\(Self.text(options.turn)) \(place))\""
    body += """
      <text x="\(Self.text(x))" y="\(Self.text(y))" font-size="\(Self.text(options.size))" fill="\(options.colour)"\
      \(anchor)\(weight)\(turn)>\(Self.escaped(content))</text>

      """
  }

  /// Text with XML's own signs written as entities; what XML cannot hold becomes a replacement sign.
  static func escaped(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      case "\t", "\n", "\r": out += " "
      case _ where scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value) || scalar.value & 0xfffe == 0xfffe: out += "\u{fffd}"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  /// About how wide a text is drawn, rather too much than too little: the faces in question differ by a tenth.
  static func textWidth(_ text: String, size: Double, isBold: Bool = false) -> Double {
    var ems = 0.0
    for letter in text {
      switch letter {
      case _ where !letter.isASCII && cellWidth(String(letter)) > 1: ems += 1.05
      case "i", "j", "l", "I", "|", "'", ".", ",", ":", ";", " ", "f", "t", "r", "[", "]", "(", ")", "-": ems += 0.4
      case "m", "w", "M", "W", "@", "%", "…", "—": ems += 0.98
      case _ where letter.isUppercase: ems += 0.72
      default: ems += 0.64
      }
    }
    return ems * size * (isBold ? 1.1 : 1)
  }

  /// The text cut until it is no wider than the room.
  static func fitted(_ text: String, to room: Double, size: Double, isBold: Bool = false) -> String {
    let whole = textWidth(text, size: size, isBold: isBold)
    guard whole > room else { return text }
    // A first guess by the mean width of a letter, a little above.
    var cells = min(cellWidth(text), Int(Double(cellWidth(text)) * max(0, room) / whole) + 4)
    while cells > 1 {
      cells -= 1
      let short = shortened(text, to: cells, mark: "…")
      if textWidth(short, size: size, isBold: isBold) <= room { return short }
    }
    return ""
  }
}
