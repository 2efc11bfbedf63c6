/// A search through the history, as a value.
struct HistorySearch {
  private(set) var pattern = ""
  private(set) var position: Int
  private(set) var failed = false
  private let entries: [HistoryStore.Record]

  init(_ entries: [HistoryStore.Record]) {
    self.entries = entries
    position = entries.count
  }

  var found: HistoryStore.Record? { position < entries.count ? entries[position] : nil }

  /// Adds a letter; the present entry stays if it still fits.
  mutating func extend(_ scalar: Unicode.Scalar) {
    pattern.unicodeScalars.append(scalar)
    find(from: min(position + 1, entries.count))
  }

  /// Takes the last letter away and starts again from the newest.
  mutating func shorten() {
    if !pattern.isEmpty { pattern.removeLast() }
    position = entries.count
    failed = false
    if !pattern.isEmpty { find(from: position) }
  }

  mutating func next(_ step: HistoryWalk.Step) {
    guard step == .newer else { return find(from: position) }
    guard position < entries.count, let found = entries[(position + 1)...].firstIndex(where: matches) else {
      failed = true
      return
    }
    position = found
    failed = false
  }

  /// The newest match before `end`.
  private mutating func find(from end: Int) {
    let found = pattern.isEmpty ? nil : entries[..<end].lastIndex(where: matches)
    failed = found == nil && !pattern.isEmpty
    if let found { position = found }
  }

  private func matches(_ record: HistoryStore.Record) -> Bool { EditedText.place(of: pattern, in: record.text) != nil }
}
