/// The text without anything that moves the cursor or hides letters: such things come in with names out of files.
func harmless(_ text: String) -> String {
  func isHarmful(_ v: UInt32) -> Bool {
    v < 0x20 || (0x7f..<0xa0).contains(v) || (0x2028...0x202e).contains(v) || (0x2066...0x2069).contains(v)
  }
  guard text.unicodeScalars.contains(where: { isHarmful($0.value) }) else { return text }
  var out = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\r": continue
    case "\n", "\t", "\u{2028}", "\u{2029}": out.append(" ")
    default: out.append(isHarmful(scalar.value) ? "\u{fffd}" : scalar)
    }
  }
  return String(out)
}

/// The text cut to a width; a path or an indexed name keeps its end, where it differs from its neighbours.
func shortened(_ text: String, to width: Int, mark: String) -> String {
  guard cellWidth(text) > width else { return text }
  guard width > 1 else { return width == 1 ? mark : "" }
  let isPath = width >= 8 && text.contains { "./[".contains($0) } && !text.contains(". ")
  let tail = isPath ? suffix(of: text, within: (width - 1) / 2) : ""
  return prefix(of: text, within: width - 1 - cellWidth(tail)) + mark + tail
}

func prefix(of text: some StringProtocol, within width: Int) -> String {
  var out = ""
  var used = 0
  for letter in text {
    used += cellWidth(String(letter))
    if used > width { break }
    out.append(letter)
  }
  return out
}

private func suffix(of text: String, within width: Int) -> String {
  var letters: [Character] = []
  var used = 0
  for letter in text.reversed() {
    used += cellWidth(String(letter))
    if used > width { break }
    letters.append(letter)
  }
  return String(letters.reversed())
}

/// Lines of at most the width, broken at spaces where there are any; lines that fit stay as they are.
/// A continued line starts under the first letter of its own line.
func wrapped(_ text: String, to limit: Int?) -> String {
  guard let limit else { return text }
  let width = max(1, limit)
  return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
    cellWidth(line) <= width ? String(line) : broken(line, at: width).joined(separator: "\n")
  }.joined(separator: "\n")
}

private func broken(_ line: Substring, at width: Int) -> [String] {
  let lead = line.prefix { $0 == " " }
  let indent = lead.count <= width / 2 ? String(lead) : ""
  var lines: [String] = []
  var current = indent
  var used = indent.count
  var isEmpty = true
  for word in line.dropFirst(lead.count).split(separator: " ", omittingEmptySubsequences: false) {
    var rest = word[...]
    var needed = cellWidth(rest)
    if !isEmpty, used + 1 + needed > width {
      lines.append(current)
      (current, used, isEmpty) = (indent, indent.count, true)
    }
    if !isEmpty { (current, used) = (current + " ", used + 1) }
    while used + needed > width {
      // A letter wider than the line would never fit: it becomes its replacement.
      var piece = prefix(of: rest, within: width - used)
      let taken = max(1, piece.count)
      if piece.isEmpty { piece = "?" }
      lines.append(current + piece)
      rest = rest.dropFirst(taken)
      needed = cellWidth(rest)
      (current, used) = (indent, indent.count)
    }
    current += rest
    used += needed
    isEmpty = false
  }
  if !isEmpty { lines.append(current) }
  return lines
}
