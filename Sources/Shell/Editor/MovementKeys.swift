import CEditline

/// Arrows, rows, words and the history.
extension TerminalInput {
  func up() -> Int32 {
    guard let place = line.content.placeAbove else { return recall(.older, byPrefix: true) }
    line.move(to: place)
    return CC_CURSOR
  }

  func down() -> Int32 {
    guard let place = line.content.placeBelow else { return recall(.newer, byPrefix: true) }
    line.move(to: place)
    return CC_CURSOR
  }

  /// Puts another entry on the line: of those that begin as this one does up to the cursor, or of all.
  func recall(_ step: HistoryWalk.Step, byPrefix: Bool) -> Int32 {
    let now = line.content
    if !walk.shows(now.text) {
      history.refresh()
      walk.start(from: now, prefix: byPrefix ? now.before : "", count: history.entries.count)
    }
    guard let entry = walk.step(step, in: history.entries) else { return CC_REFRESH_BEEP }
    // Coming from below, the cursor stays in the first row, so that the next key goes on to the entry before.
    let isRecalled = walk.shows(entry.text)
    line.replace(with: entry.text, cursor: isRecalled ? (step == .older ? entry.rowEnd(of: 0) : nil) : entry.cursor)
    return CC_REFRESH
  }

  func right() -> Int32 {
    let now = line.content
    guard now.isAtEnd else {
      line.move(by: 1)
      return CC_CURSOR
    }
    return takeSuggestion(suggestion)
  }

  func wordRight() -> Int32 {
    let now = line.content
    guard now.isAtEnd else {
      line.move(to: now.wordEnd)
      return CC_CURSOR
    }
    var rest = EditedText(suggestion)
    rest.cursor = 0
    return takeSuggestion(EditedText.string(rest.scalars[..<rest.wordEnd]))
  }

  func wordLeft() -> Int32 {
    line.move(to: line.content.wordStart)
    return CC_CURSOR
  }

  func rowStart() -> Int32 {
    line.move(to: line.content.row.lowerBound)
    return CC_CURSOR
  }

  func rowEnd() -> Int32 {
    let now = line.content
    if now.isAtEnd { return takeSuggestion(suggestion) }
    line.move(to: now.row.upperBound)
    return CC_CURSOR
  }

  private func takeSuggestion(_ text: String) -> Int32 {
    guard !text.isEmpty else { return CC_NORM }
    line.insert(text)
    suggestion = ""
    return CC_REFRESH
  }
}
