import Builtins
import CKernels
import Data
import Engine
import Importance
import Language
import NN

/// Everything that lives as long as a shell does: names, random stream, hooks, settings, and what can be taken back.
///
/// One thread owns a session. Statements go through `run`, which lets each happen whole or not at all.
public final class Session {
  public let globals = Scope()
  public let generator: Generator
  public let hooks = HookTable()
  public var files: Files
  public var settings = Settings()
  /// Formulas that the user named.
  var formulas: [String: NamedFormula] = [:]
  /// Where modules run: the session's own hooks, or those of the method that is at work.
  var currentRun: Run
  /// The door of the statement that runs to all that existed before it.
  public internal(set) var journal = Journal() {
    didSet { currentRun.journal = journal }
  }
  /// The changes of earlier statements, the last one at the end.
  var undoable: [(text: String, journal: Journal)] = []
  /// Where what is shown goes.
  public let output: any SessionOutput
  /// The statements that ran, for `history`.
  public internal(set) var log: [String] = []
  /// The value shown last: `_`.
  var last: (any Value)?
  /// True after an interrupt at which a command kept what it had done.
  var keepsOnInterrupt = false
  /// Set by `quit`.
  public internal(set) var quits = false
  /// How many functions of the user are at work inside each other.
  var depth = 0
  var nextHook = 1
  /// What an importance had done when it was stopped.
  var keptWork: KeptWork?

  public init(output: any SessionOutput, files: Files, seed: UInt64? = nil) {
    (self.output, self.files) = (output, files)
    generator = Generator(seed: seed ?? Session.startingSeed)
    currentRun = Run([hooks], generator: generator, journal: journal)
    settings.seed = seed
  }

  /// What `--version` says and results note.
  public static let version = "0.1.0"

  /// What PyTorch starts with is a random seed; a shell whose numbers can be told again starts with a known one.
  public static let startingSeed: UInt64 = 0

  /// Gives names a value from outside: `args`, `here`.
  public func define(_ name: String, _ value: any Value) { globals[name] = value }
}

extension Session {
  /// Shows a value, and beneath it what there is to warn of.
  func show(_ value: any Value) {
    output.show(value)
    guard settings.showsWarnings, let warned = value as? any Warned else { return }
    for warning in warned.allWarnings { output.note("warning: \(warning.line)") }
  }
}

/// What a user may choose with `set`.
public struct Settings {
  /// The last seed given, noted in results.
  public var seed: UInt64?
  /// Rows of a table that a terminal shows.
  public var rows = 40
  /// Bytes that the passes of an importance may take; nil for a quarter of the machine's.
  public var memory: Double?
  /// Whether long work shows its progress.
  public var showsProgress = true
  /// Whether results are followed by what a reader should know before trusting them.
  public var showsWarnings = true
  public init() {}
}

/// Where a session's output goes: a terminal, a pipe, JSON lines, a test.
public protocol SessionOutput: AnyObject {
  /// A value that a bare expression, `print` or `show` shows.
  func show(_ value: any Value)
  /// One line of plain text, as `print` writes.
  func write(_ line: String)
  /// Something beside the results, such as a warning or a note of what a command kept.
  func note(_ line: String)
  /// How far long work has come; nil when it is done.
  func progress(_ step: ProgressStep?)
}

/// How far long work has come.
public struct ProgressStep: Sendable {
  public let title: String
  /// 0 to 1.
  public let fraction: Double
  /// What to say beside the bar: the loss so far.
  public let detail: String
  public init(_ title: String, _ fraction: Double, _ detail: String = "") {
    (self.title, self.fraction, self.detail) = (title, fraction, detail)
  }
}

/// Names and their values, inside those of an enclosing function.
public final class Scope {
  private var values: [String: any Value] = [:]
  let parent: Scope?

  init(parent: Scope? = nil) { self.parent = parent }

  public internal(set) subscript(name: String) -> (any Value)? {
    get { values[name] ?? parent?[name] }
    set { values[name] = newValue }
  }

  /// The names of this scope alone, as they stand, to go back to.
  var contents: [String: any Value] {
    get { values }
    set { values = newValue }
  }

  /// All names that can be seen from here.
  public var names: Set<String> { (parent?.names ?? []).union(values.keys) }
}
