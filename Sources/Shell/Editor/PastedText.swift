/// Makes text from outside fit to be an entry: one kind of newline, four spaces for a tab, no control characters, no
/// newline at the end, so that it never runs by itself.
enum PastedText {
  /// - Parameter prompt: dropped from the start of each line, so that a transcript of a session can be pasted.
  static func clean(_ bytes: some Sequence<UInt8>, prompt: String = "") -> String {
    clean(String(decoding: Array(bytes), as: UTF8.self).unicodeScalars, prompt: prompt)
  }

  static func clean(_ scalars: some Sequence<Unicode.Scalar>, prompt: String = "") -> String {
    var text = String.UnicodeScalarView()
    var afterReturn = false
    for scalar in scalars {
      switch scalar {
      case "\r": text.append("\n")
      case "\n": if !afterReturn { text.append("\n") }
      case "\t": text.append(contentsOf: "    ".unicodeScalars)
      default: if !isControl(scalar) { text.append(scalar) }
      }
      afterReturn = scalar == "\r"
    }
    while text.last == "\n" { text.removeLast() }
    return withoutPrompts(String(text), prompt)
  }

  static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
  }

  private static func withoutPrompts(_ text: String, _ prompt: String) -> String {
    var bare = prompt[...]
    while bare.last == " " { bare.removeLast() }
    guard !bare.isEmpty else { return text }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      if line.hasPrefix(prompt) { return line.dropFirst(prompt.count) }
      return line == bare ? "" : line
    }
    return lines.joined(separator: "\n")
  }
}
