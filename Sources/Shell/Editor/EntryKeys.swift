import CEditline

/// Enter and what ends or fills an entry.
extension TerminalInput {
  private static let indent = "  "

  func enter() -> Int32 {
    let now = line.content
    guard isComplete(now.text) else { return newline() }
    line.move(by: now.scalars.count - now.cursor)
    codes.insert(Action.acceptCode, at: 0)
    return CC_REFRESH
  }

  /// A new row with the indentation of this one, and more if this one leaves a bracket open.
  func newline() -> Int32 {
    let now = line.content
    let row = now.scalars[now.row.lowerBound..<now.cursor]
    let blank = row.prefix { $0 == " " }
    let open = row.count { "([{".unicodeScalars.contains($0) } - row.count { ")]}".unicodeScalars.contains($0) }
    line.insert("\n" + EditedText.string(blank) + (open > 0 ? Self.indent : ""))
    return CC_REFRESH
  }

  /// A brace alone on its row goes back a step.
  func closeBrace() -> Int32 {
    let now = line.content
    let row = now.scalars[now.row.lowerBound..<now.cursor]
    if now.row.lowerBound > 0, row.allSatisfy({ $0 == " " }) { line.deleteBackward(min(row.count, Self.indent.count)) }
    line.insert("}")
    return CC_REFRESH
  }

  func endOrDelete() -> Int32 {
    let now = line.content
    if now.scalars.isEmpty { return CC_EOF }
    if now.isAtEnd { return CC_REFRESH_BEEP }
    line.delete(now.cursor..<now.cursor + 1)
    return CC_REFRESH
  }

  func insertPaste() -> Int32 {
    line.insert(pasted)
    pasted = ""
    return CC_REFRESH
  }

  func takeBack() -> Int32 {
    guard let state = undo.undo() else { return CC_REFRESH_BEEP }
    line.replace(with: state.text, cursor: state.cursor)
    return CC_REFRESH
  }
}

/// Cutting and inserting again. Rows are the limits, as lines are in a text editor.
extension TerminalInput {
  func killRight() -> Int32 {
    let now = line.content
    let end = now.row.upperBound
    return kill(now, now.cursor..<(end > now.cursor ? end : min(end + 1, now.scalars.count)))
  }

  func killLeft() -> Int32 {
    let now = line.content
    let start = now.row.lowerBound
    return kill(now, (start < now.cursor ? start : max(start - 1, 0))..<now.cursor)
  }

  func killWordLeft() -> Int32 {
    let now = line.content
    return kill(now, now.wordStart..<now.cursor)
  }

  func killWordRight() -> Int32 {
    let now = line.content
    return kill(now, now.cursor..<now.wordEnd)
  }

  private func kill(_ now: EditedText, _ range: Range<Int>) -> Int32 {
    guard !range.isEmpty else { return CC_REFRESH_BEEP }
    killed = EditedText.string(now.scalars[range])
    line.delete(range)
    return CC_REFRESH
  }

  func yank() -> Int32 {
    line.insert(killed)
    return CC_REFRESH
  }
}
