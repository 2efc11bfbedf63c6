import CEditline
import Glibc

/// The terminal as an output: one stream with libedit, whose picture of the screen must stay true.
struct TerminalScreen {
  /// No cursor movement, no colours, only lines.
  let isDumb: Bool
  let hasColours: Bool

  func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { ced_write($0.baseAddress, $0.count) }
    }
  }

  /// Rows and columns, with libedit's own assumptions where the terminal does not tell.
  var size: (rows: Int, columns: Int) {
    var size = winsize()
    _ = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size)
    return (size.ws_row < 1 ? 24 : Int(size.ws_row), size.ws_col < 2 ? 80 : Int(size.ws_col))
  }

  /// Asks the terminal to mark what is pasted.
  func markPastes(_ on: Bool) {
    guard !isDumb else { return }
    ced_note_bracketed_paste(on ? 1 : 0)
    write(on ? "\u{1b}[?2004h" : "\u{1b}[?2004l")
  }

  /// Goes from the entry's cursor to the start of its prompt and clears from there on.
  func clear(_ layout: Layout) {
    write(isDumb ? "\r\n" : "\r" + up(layout.cursor.row) + "\u{1b}[J")
  }

  /// Goes from the entry's cursor to its end.
  func goToEnd(_ layout: Layout) {
    guard !isDumb else { return }
    write(down(layout.end.row - layout.cursor.row) + "\r" + right(layout.end.column))
  }

  func up(_ rows: Int) -> String { rows > 0 ? "\u{1b}[\(rows)A" : "" }
  func down(_ rows: Int) -> String { rows > 0 ? "\u{1b}[\(rows)B" : "" }
  func right(_ columns: Int) -> String { columns > 0 ? "\u{1b}[\(columns)C" : "" }

  func styled(_ text: String, _ style: Style) -> String {
    hasColours && !style.graphics.isEmpty ? "\u{1b}[\(style.graphics)m\(text)\u{1b}[0m" : text
  }
}

/// The prompt as libedit asks for it: bytes that stay where they are until the next prompt.
final class Prompt {
  /// What libedit holds on to. Freed only after another has taken its place.
  private(set) var bytes: UnsafeMutablePointer<CChar>?
  private(set) var text = ""
  private(set) var columns = 0

  deinit { free(bytes) }

  /// - Parameter style: of all but the blank at the end. libedit draws an escape sequence only with the character
  ///   after it, so without such a blank the prompt stays plain.
  func set(_ text: String, _ style: Style, on screen: TerminalScreen) {
    self.text = Self.string(text.unicodeScalars.filter { !PastedText.isControl($0) })
    columns = Layout.width(of: self.text)
    var shown = self.text
    if screen.hasColours, shown.count > 1, shown.last == " ", !style.graphics.isEmpty {
      shown = "\u{1}\u{1b}[\(style.graphics)m\u{1}" + shown.dropLast() + "\u{1}\u{1b}[0m\u{1} "
    }
    let old = bytes
    bytes = strdup(shown)
    free(old)
  }

  private static func string(_ scalars: [Unicode.Scalar]) -> String { EditedText.string(scalars[...]) }
}
