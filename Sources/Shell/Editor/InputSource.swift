/// Where the shell's entries come from: a terminal, a player of lessons, an array in a test.
public protocol InputSource {
  /// The next entry, asked for with `prompt`.
  mutating func next(prompt: String) -> Entry
}

/// What came of asking for an entry.
public enum Entry: Equatable, Sendable {
  /// Whole statements, without the last newline.
  case text(String)
  /// Ctrl-C: the entry was dropped.
  case cancelled
  /// Ctrl-D on an empty line, or the end of the input.
  case end
}

/// What may stand at the cursor.
public struct Completions: Sendable {
  /// One way to go on.
  public struct Candidate: Sendable {
    public let text: String
    /// One line for the list; empty for none.
    public let summary: String

    public init(_ text: String, _ summary: String = "") {
      self.text = text
      self.summary = summary
    }
  }

  /// The end of the text before the cursor which a candidate replaces.
  public let word: String
  public let candidates: [Candidate]
  /// What follows the word once only one candidate is left.
  public let suffix: String

  public init(of word: String, _ candidates: [Candidate], suffix: String = " ") {
    self.word = word
    self.candidates = candidates
    self.suffix = suffix
  }

  public static let none = Completions(of: "", [])
}

/// How a piece of the entry looks while it is typed. Only the terminal's own 16 colours, so that its theme keeps the
/// contrast.
public enum Style: Sendable {
  case plain, prompt, keyword, command, function, number, string, option, comment, symbol, error, faint

  /// The parameters of the terminal's "select graphic rendition".
  var graphics: String {
    switch self {
    case .plain: ""
    case .prompt: "1;36"
    case .keyword: "1;35"
    case .command: "1;34"
    case .function: "34"
    case .number: "33"
    case .string: "32"
    case .option: "36"
    case .comment: "2"
    case .symbol: "35"
    case .error: "4;31"
    case .faint: "2"
    }
  }
}
