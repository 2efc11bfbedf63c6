/// A walk through the history by the arrow keys. It starts from what was typed, and a change by hand ends it.
struct HistoryWalk {
  private var draft = EditedText("")
  private var prefix = ""
  private var position = 0
  private var shown: String?

  enum Step { case older, newer }

  /// Starts at a found entry, so that the arrows go on from there.
  init(at position: Int, showing text: String) {
    self.position = position
    shown = text
  }

  init() {}

  /// Whether `text` is what the walk put on the line.
  func shows(_ text: String) -> Bool { shown == text }

  /// Starts anew from `entry`, for entries that begin with `prefix`.
  mutating func start(from entry: EditedText, prefix: String, count: Int) {
    draft = entry
    self.prefix = prefix
    position = count
    shown = nil
  }

  /// The next entry of that beginning that differs from the one on the line; past the newest, what was typed. nil where
  /// there is nothing more.
  mutating func step(_ step: Step, in entries: [HistoryStore.Record]) -> EditedText? {
    let present = shown ?? draft.text
    let isMatch = { (record: HistoryStore.Record) in record.text != present && record.text.hasPrefix(prefix) }
    position = min(position, entries.count)
    let found =
      switch step {
      case .older: entries[..<position].lastIndex(where: isMatch)
      case .newer: position < entries.count ? entries[(position + 1)...].firstIndex(where: isMatch) : nil
      }
    if let found {
      position = found
      shown = entries[found].text
      return EditedText(entries[found].text)
    }
    guard step == .newer, shown != nil else { return nil }
    position = entries.count
    shown = nil
    return draft
  }
}
