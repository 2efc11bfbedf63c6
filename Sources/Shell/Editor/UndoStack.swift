/// The states that an entry went through. Letters typed in a row count as one change, up to the next space.
struct UndoStack {
  private var states: [EditedText] = []
  private var isTyping = false
  private var size = 0
  /// The most code points kept in all.
  private static let limit = 2_000_000

  /// Notes the entry as it is now.
  mutating func note(_ entry: EditedText) {
    guard let last = states.last else { return push(entry, typing: false) }
    if last.scalars == entry.scalars {
      if last.cursor != entry.cursor { isTyping = false }
      return
    }
    let typed = entry.scalars.count == last.scalars.count + 1 && entry.cursor == last.cursor + 1
      && entry.scalars[last.cursor] != " " && entry.scalars[last.cursor] != "\n"
    if typed, isTyping {
      size += 1
      states[states.count - 1] = entry
    } else {
      push(entry, typing: typed)
    }
  }

  /// Takes back the last change; nil if there is none.
  mutating func undo() -> EditedText? {
    guard states.count > 1 else { return nil }
    size -= states.removeLast().scalars.count
    isTyping = false
    return states.last
  }

  private mutating func push(_ entry: EditedText, typing: Bool) {
    states.append(entry)
    size += entry.scalars.count
    isTyping = typing
    while size > Self.limit, states.count > 2 { size -= states.removeFirst().scalars.count }
  }
}
