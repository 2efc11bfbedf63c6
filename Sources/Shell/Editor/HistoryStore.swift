import Glibc

/// What was entered, in the order of time, shared by all sessions of a user.
///
/// Where there is no place to keep it, it lives in memory and nothing fails.
public final class HistoryStore {
  /// One entry.
  public struct Record: Equatable, Sendable {
    public let text: String
    /// Whether it ran. What failed is recalled, but never suggested.
    public let ok: Bool

    public init(_ text: String, ok: Bool = true) {
      self.text = text
      self.ok = ok
    }
  }

  /// Oldest first, each text once, at the place of its last use. Read from the file when first asked for, so that the
  /// first prompt need not wait for it.
  public var entries: [Record] {
    if !isRead { refresh() }
    return kept
  }

  private var kept: [Record] = []
  private var isRead = false
  private let file: HistoryFile?
  private let limit: Int
  private var known: Set<String> = []

  /// - Parameters:
  ///   - path: the file; nil keeps the history in memory.
  ///   - limit: how many entries are kept.
  public init(path: String?, limit: Int = 10_000) {
    self.limit = max(limit, 1)
    file = path.map(HistoryFile.init)
  }

  /// `pith/history` in the folder for a user's state; nil if the environment names none.
  public static func defaultPath() -> String? { defaultPath(TerminalNames.variable) }

  static func defaultPath(_ variable: (String) -> String?) -> String? {
    if let state = variable("XDG_STATE_HOME"), state.hasPrefix("/") { return state + "/pith/history" }
    guard let home = variable("HOME"), home.hasPrefix("/") else { return nil }
    return home + "/.local/state/pith/history"
  }

  /// Notes an entry that was run. Blank ones and those that start with a space are not kept.
  public func record(_ text: String, ok: Bool) {
    guard let first = text.unicodeScalars.first, first != " ",
      text.unicodeScalars.contains(where: { !$0.properties.isWhitespace })
    else { return }
    let record = Record(text, ok: ok)
    if let file, file.append(HistoryLine.encode(record)) {
      refresh()
    } else {
      if !isRead { refresh() }  // a file that can only be read comes first
      add([record])
    }
  }

  /// Takes in what other sessions have entered.
  public func refresh() {
    isRead = true
    guard let file, let news = file.news() else { return }
    if news.startsOver {
      kept = []
      known = []
    }
    add(news.lines.compactMap(HistoryLine.decode))
    // Rewriting costs more than appending, hence the slack.
    if file.lines > limit + limit / 4 { file.rewrite(kept.map(HistoryLine.encode)) }
  }

  /// The rest of the newest entry that begins with `text`, ran, and has one line; empty for none.
  func suggestion(for text: String) -> String {
    guard text.contains(where: { $0 != " " }) else { return "" }
    let found = entries.last { $0.ok && $0.text.hasPrefix(text) && $0.text != text && !$0.text.contains("\n") }
    return found.map { String($0.text.dropFirst(text.count)) } ?? ""
  }

  private func add(_ records: [Record]) {
    let isNew = records.allSatisfy { known.insert($0.text).inserted }
    kept += records
    if !isNew { keepLast() }
    if kept.count > limit {
      kept.removeFirst(kept.count - limit)
      known = Set(kept.map(\.text))
    }
  }

  private func keepLast() {
    known.removeAll(keepingCapacity: true)
    kept = Array(kept.reversed().filter { known.insert($0.text).inserted }.reversed())
  }
}
