import CEditline

/// Tab: the first press goes as far as all candidates agree, the second shows them.
extension TerminalInput {
  func completeWord() -> Int32 {
    let now = line.content
    let row = now.scalars[now.row.lowerBound..<now.cursor]
    if now.row.lowerBound > 0, row.allSatisfy({ $0 == " " }) {
      line.insert("  ")
      return CC_REFRESH
    }
    let completions = complete(now.before)
    guard let first = completions.candidates.first else { return CC_REFRESH_BEEP }
    if completions.candidates.count == 1 {
      insert(first.text + suffix(completions, after: now), for: completions.word)
      return CC_REFRESH
    }
    let common = Self.commonPrefix(completions.candidates.map(\.text))
    if common.count > completions.word.count, common.hasPrefix(completions.word) {
      insert(common, for: completions.word)
      tabs = 0
      return CC_REFRESH
    }
    tabs = lastTabText == now ? tabs + 1 : 1
    lastTabText = now
    if tabs < 2 { return CC_REFRESH_BEEP }
    tabs = 0
    show(completions.candidates)
    return CC_NORM
  }

  private func suffix(_ completions: Completions, after now: EditedText) -> String {
    let rest = EditedText.string(now.scalars[now.cursor...])
    return rest.hasPrefix(completions.suffix) ? "" : completions.suffix
  }

  private func insert(_ text: String, for word: String) {
    line.deleteBackward(word.unicodeScalars.count)
    line.insert(text.unicodeScalars.filter { !PastedText.isControl($0) })
  }

  static func commonPrefix(_ texts: [String]) -> String {
    guard var common = texts.first?[...] else { return "" }
    for text in texts.dropFirst() {
      let shared = zip(common, text).prefix { $0 == $1 }.count
      common = common.prefix(shared)
    }
    return String(common)
  }

  /// Lists the candidates below the entry and draws the entry again below them.
  private func show(_ candidates: [Completions.Candidate]) {
    screen.goToEnd(layout())
    screen.write("\r\n")
    let size = screen.size
    if candidates.count <= 100 || agrees("show all \(candidates.count)? (y or n) ") {
      let list = CompletionList(candidates, rows: size.rows, columns: size.columns)
      screen.write(list.lines.map { $0.name + screen.styled($0.summary, .faint) + "\r\n" }.joined())
    }
    ced_refresh(editor)
  }

  private func agrees(_ question: String) -> Bool {
    screen.write(question)
    let key = keys.next()
    screen.write("\r\n")
    if case .interrupt = key { keys.putBack(key) }
    if case .end = key { keys.putBack(key) }
    return key == .scalar("y") || key == .scalar("Y") || key == .scalar(" ") || key == .scalar("\t")
  }
}

/// The lines of a list of candidates: with their summaries if they fit on a part of the screen, else in columns.
struct CompletionList {
  struct Line: Equatable {
    var name: String, summary: String
  }
  let lines: [Line]

  init(_ candidates: [Completions.Candidate], rows: Int, columns: Int) {
    let names = candidates.map { Self.visible($0.text) }
    let width = (names.map(Layout.width).max() ?? 0) + 2
    if candidates.count <= max(rows - 4, 4), candidates.contains(where: { !$0.summary.isEmpty }) {
      lines = zip(names, candidates).map { name, candidate in
        let room = columns - width - 1
        return Line(name: Self.padded(name, to: width), summary: Self.cut(Self.visible(candidate.summary), to: room))
      }
      return
    }
    let perLine = max(1, columns / max(width, 1))
    lines = stride(from: 0, to: names.count, by: perLine).map { start in
      let row = names[start..<min(start + perLine, names.count)]
      return Line(name: row.dropLast().map { Self.padded($0, to: width) }.joined() + (row.last ?? ""), summary: "")
    }
  }

  private static func visible(_ text: String) -> String {
    EditedText.string(text.unicodeScalars.filter { !PastedText.isControl($0) }[...])
  }

  private static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - Layout.width(of: text)))
  }

  private static func cut(_ text: String, to width: Int) -> String {
    guard Layout.width(of: text) > width else { return text }
    var shown = ""
    var used = 1  // for the dots
    for letter in text {
      used += Layout.width(of: String(letter))
      if used > width { break }
      shown.append(letter)
    }
    while shown.last == " " { shown.removeLast() }
    return width > 0 ? shown + "…" : ""
  }
}
