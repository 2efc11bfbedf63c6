/// What a terminal or a pipe can show.
public struct TextStyle: Sendable, Equatable {
  /// Colours and bold by escape sequences.
  public var colours: Bool
  /// Block and braille characters; without them ASCII alone is drawn.
  public var unicode: Bool

  public init(colours: Bool, unicode: Bool) { (self.colours, self.unicode) = (colours, unicode) }

  /// No colours, but all characters.
  public static let plain = TextStyle(colours: false, unicode: true)
  /// No colours, and ASCII only.
  public static let ascii = TextStyle(colours: false, unicode: false)

  /// The sign for what was cut out of a text, one cell wide.
  var ellipsis: String { unicode ? "…" : "~" }

  /// An attribute of the terminal: one of its own 16 colours, so that themes and projectors keep their contrast.
  enum Paint: String, CaseIterable {
    case bold = "1", dim = "2", cyan = "36", magenta = "35", yellow = "33", green = "32", blue = "34", red = "31"
  }

  func paint(_ text: String, _ paint: Paint) -> String {
    colours && !text.isEmpty ? "\u{1b}[\(paint.rawValue)m\(text)\u{1b}[0m" : text
  }

  /// The colour of one series among several.
  static func series(_ index: Int) -> Paint {
    let order: [Paint] = [.cyan, .yellow, .magenta, .green, .blue, .red]
    return order[index % order.count]
  }
}
