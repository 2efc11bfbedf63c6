/// Which names work as commands, and how the text behind each is read. The parser knows no command of its own.
public struct CommandTable: Sendable {
  /// How the arguments of a command are written.
  public enum Form: Sendable {
    /// `train net on d epochs=5`: one argument by place, then arguments by name.
    case ordinary
    /// `check a < b, "message"`: any number of arguments by place, commas between, then arguments by name.
    case values
    /// `unfreeze a, b`: bare names, keywords too, commas between.
    case names
    /// `time x = f(3)`: a whole statement, handed over as `Expression.Kind.quote`.
    case statement
    /// `formula taylor = |w * g|`, `set digits=4`: `name = value` pairs and nothing else.
    case definition
    /// `plan importance …`, `explain fisher`, `help for`: a command, a value or any word, then arguments by name.
    case command
  }

  public struct Entry: Sendable {
    public let form: Form
    /// Bare words that may stand behind the first argument, such as `pre` and `backward` of `hook`.
    public let flags: Set<String>

    public init(_ form: Form = .ordinary, flags: Set<String> = []) {
      self.form = form
      self.flags = flags
    }
  }

  /// The words that name the value behind them: `on d` is `on=d`.
  public static let littleWords: Set<String> = [
    "of", "on", "by", "to", "from", "with", "as", "at", "for", "per", "over", "against",
  ]

  let entries: [String: Entry]
  let nearest: @Sendable (String) -> String?

  /// - Parameter nearest: The command that a misspelt word is nearest to, for "did you mean".
  public init(_ entries: [String: Entry], nearest: @escaping @Sendable (String) -> String? = { _ in nil }) {
    self.entries = entries
    self.nearest = nearest
  }
}
