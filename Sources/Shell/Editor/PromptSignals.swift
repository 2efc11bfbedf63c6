import CEditline

/// Signals while an entry is typed.
extension TerminalInput {
  /// - Returns: whether the entry is cancelled.
  func handle(_ signals: Int32) -> Bool {
    let signals = Int(signals)
    if signals & CED_RESIZED != 0 { resize() }
    if signals & CED_STOPPED != 0 { stop() } else if signals & CED_CONTINUED != 0 { resume() }
    return signals & CED_INTERRUPTED != 0
  }

  /// Terminals wrap the rows anew before they tell, so the layout for the new width says where the cursor is.
  private func resize() {
    dropGhost()
    screen.clear(layout())
    el_resize(editor)
    redraw()
  }

  private func stop() {
    dropGhost()
    screen.goToEnd(layout())
    ced_prepare(editor, 0)
    ced_restore_terminal()
    ced_stop()
    resume()
  }

  /// Another program has had the terminal. The signal that says so may come a second time after `stop`; once is enough
  /// for the eye.
  private func resume() {
    takeTerminal()
    el_resize(editor)
    screen.write("\r")
    redraw()
  }

  /// libedit sets the mode only if it believes in another one.
  func takeTerminal() {
    ced_prepare(editor, 0)
    ced_prepare(editor, 1)
    screen.markPastes(true)
  }
}
