import CEditline

/// Ctrl-R: the history by any part of an entry, newest first. Keys of search are its own; any other ends it and does
/// what it always does, with what was found on the line.
extension TerminalInput {
  func search() -> Int32 {
    let before = line.content
    let text = prompt.text
    history.refresh()
    var search = HistorySearch(history.entries)
    isSearching = true
    show(search, before)
    while true {
      let key = keys.next()
      switch key {
      case .scalar("\u{12}"): search.next(.older)
      case .scalar("\u{13}"): search.next(.newer)
      case .scalar("\u{7f}"), .scalar("\u{8}"): search.shorten()
      case .scalar(let scalar) where !PastedText.isControl(scalar): search.extend(scalar)
      case .scalar("\u{7}"), .escape:
        finish(text, before, nil)
        return CC_NORM
      default:
        finish(text, before, key == .interrupt || key == .end ? nil : search)
        keys.putBack(key)
        return CC_NORM
      }
      show(search, before)
    }
  }

  private func show(_ search: HistorySearch, _ before: EditedText) {
    let words = (search.failed ? "no match" : "search") + " `" + search.pattern + "': "
    let found = search.found.map { EditedText($0.text, cursorAt: search.pattern) }
    draw(prompt: words, .faint, found ?? before)
    drawOverlay()
  }

  private func finish(_ text: String, _ before: EditedText, _ search: HistorySearch?) {
    isSearching = false
    let found = search?.found.map { EditedText($0.text, cursorAt: search?.pattern ?? "") }
    if let search, let found { walk = HistoryWalk(at: search.position, showing: found.text) }
    draw(prompt: text, .prompt, found ?? before)
  }

  /// Clears what is on the screen, and draws another prompt and entry in its place.
  private func draw(prompt text: String, _ style: Style, _ entry: EditedText) {
    screen.clear(layout())
    prompt.set(text, style, on: screen)
    line.replace(with: entry.text, cursor: entry.cursor)
    ced_refresh(editor)
  }
}
