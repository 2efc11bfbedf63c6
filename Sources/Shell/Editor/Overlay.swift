import CEditline

/// Colours and the suggestion, drawn over libedit's own output while it waits for a key. The cells keep the characters
/// that libedit believes in, and what it does not know of is gone before the next key reaches it, so its picture of the
/// screen stays true.
extension TerminalInput {
  func layout() -> Layout {
    Layout(line.content, promptColumns: prompt.columns, columns: screen.size.columns)
  }

  /// Draws the entry again at the cursor's row.
  func redraw() {
    ced_refresh(editor)
    drawOverlay()
  }

  func drawOverlay() {
    guard screen.hasColours else { return }
    let now = line.content
    // The suggestion first: keys that wait already may take it.
    suggestion = now.isAtEnd && !isSearching && now.scalars.count < 1000 ? history.suggestion(for: now.text) : ""
    let size = screen.size
    guard !now.scalars.isEmpty, !keys.hasMore, now.scalars.count < size.rows * size.columns else { return }
    let layout = Layout(now, promptColumns: prompt.columns, columns: size.columns)
    // Higher than the screen, rows are not where the layout has them.
    guard layout.end.row < size.rows - 1 else { return }
    screen.write("\u{1b}7\r" + coloured(now, layout) + "\u{1b}[0m\u{1b}8" + ghost(after: layout))
  }

  /// The entry's cells in their styles, from the start of the cursor's row.
  private func coloured(_ entry: EditedText, _ layout: Layout) -> String {
    let styles = paint(entry.text)
    guard styles.count == entry.scalars.count else { return "" }
    var output = ""
    var place = Layout.Place(row: layout.cursor.row)
    var graphics = ""
    for (index, cell) in layout.cells.enumerated() {
      let scalar = entry.scalars[index]
      guard cell.columns == 1 || cell.columns == 2, scalar != "\t", !PastedText.isControl(scalar) else { continue }
      output += movement(from: place, to: cell.place)
      if styles[index].graphics != graphics {
        graphics = styles[index].graphics
        output += "\u{1b}[0" + (graphics.isEmpty ? "" : ";" + graphics) + "m"
      }
      output.unicodeScalars.append(scalar)
      place = Layout.Place(row: cell.place.row, column: cell.place.column + cell.columns)
      // After the last column the cursor is in two places at once.
      if place.column >= layout.columns { place.column = -1 }
    }
    return output
  }

  private func movement(from: Layout.Place, to: Layout.Place) -> String {
    guard from != to else { return "" }
    return screen.up(from.row - to.row) + screen.down(to.row - from.row) + "\r" + screen.right(to.column)
  }

  private func ghost(after layout: Layout) -> String {
    guard !suggestion.isEmpty, layout.end.column > 0 else { return "" }
    var room = layout.columns - layout.end.column - 1
    var shown = ""
    for letter in suggestion {
      let width = Layout.width(of: String(letter))
      if width > room { break }
      room -= width
      shown.append(letter)
    }
    ghostColumns = Layout.width(of: shown)
    // The place is saved anew: some terminals forget it once it is restored.
    return "\u{1b}7" + screen.styled(shown, .faint) + "\u{1b}8"
  }

  func dropGhost() {
    guard ghostColumns > 0 else { return }
    ghostColumns = 0
    screen.write("\u{1b}[K")
  }
}
