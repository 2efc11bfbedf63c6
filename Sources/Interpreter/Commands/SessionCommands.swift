import Builtins
import CKernels
import Charts
import Data
import Engine
import Language

extension Builtin<Session> {
  static let seed = Builtin(
    "seed", "Start the random stream anew: the same seed gives the same numbers, PyTorch's.",
    .required("n", Int.self, in: 0...9e18, "The seed."),
    source: Source("Matsumoto and Nishimura 1998, mt19937; the fill rules are PyTorch's"),
    examples: [Example("seed 0; rand(2)", gives: "[0.4963, 0.7682]")]
  ) { (session, n: Int) in
    session.generator.seed(UInt64(n))
    session.settings.seed = UInt64(n)
    return None()
  }

  static let set = Builtin(
    "set", "Change a setting; without arguments, list them.",
    .optional("threads", Int.self, in: 1...256, "How many threads a kernel may use."),
    .optional("rows", Int.self, in: 1...1_000_000, "How many rows of a table a terminal shows."),
    .optional("progress", OnOff.self, "Whether long work shows how far it has come."),
    .optional("warnings", OnOff.self, "Whether results are followed by what to know before trusting them."),
    .optional("memory", Double.self, in: 1...1e18, "Bytes that an importance may take for a batch; at first a quarter of the machine's."),
    .optional("precision", ProductPrecision.self, precisionHelp),
    examples: [Example("set threads=1"), Example("set warnings=off"), Example("set precision=float32")]
  ) { (session, threads: Int?, rows: Int?, progress: OnOff?, warnings: OnOff?, memory: Double?, precision: ProductPrecision?) in
    if let threads {
      let before = pith_threads()
      session.journal.note { pith_set_threads(before) }
      pith_set_threads(Int32(threads))
    }
    if let rows { session.settings.rows = rows }
    if let progress { session.settings.showsProgress = progress.isOn }
    if let warnings { session.settings.showsWarnings = warnings.isOn }
    if let memory { session.settings.memory = memory }
    if let precision { try session.choose(precision) }
    if threads != nil || rows != nil || progress != nil || warnings != nil || memory != nil || precision != nil { return None() }
    return Table(["setting", "value"], [
      [.text("threads"), .integer(Int(pith_threads()))],
      [.text("rows"), .integer(session.settings.rows)],
      [.text("progress"), .flag(session.settings.showsProgress)],
      [.text("warnings"), .flag(session.settings.showsWarnings)],
      [.text("memory"), .text("\(Int(session.settings.memory ?? Memory.machine / 4))")],
      [.text("precision"), .text(ProductPrecision.current.rawValue)],
      [.text("seed"), session.settings.seed.map { .text(String($0)) } ?? .text("\(Session.startingSeed), as none was given")],
    ])
  }

  static let time = Builtin(
    "time", "Run a statement and say how long it took.",
    .required("statement", Quoted.self, "Any statement."),
    examples: [Example("time x = ones(10)")]
  ) { (session, quoted: Quoted) in
    let start = ContinuousClock.now
    if case .quote(let statement) = quoted.expression.kind {
      _ = try session.execute(statement, quoted.scope, isTop: true)
    } else {
      let value = try session.evaluate(quoted.expression, quoted.scope)
      if !(value is None) { session.show(value) }
    }
    session.output.note("took \(duration((ContinuousClock.now - start).seconds))")
    return None()
  }

  static let undo = Builtin(
    "undo", "Take back the last statement that changed a model or the numbers of a tensor.",
    examples: [Example("net.fc1.weight[0, 0] = 5; undo")]
  ) { (session) in
    guard let change = session.undoable.popLast() else { throw Failure("there is nothing to take back", at: nil) }
    change.journal.rollBack()
    session.output.note("took back: \(change.text)")
    return None()
  }

  static let vars = Builtin(
    "vars", "List your names and what they hold.", examples: [Example("x = 3; vars()", gives: "integer")]
  ) { (session) in
    let rows = session.globals.contents.sorted { $0.key < $1.key }.map { name, value -> [Cell] in
      [.text(name), .text(Swift.type(of: value).kind), .text(glance(at: value))]
    }
    return Table(["name", "kind", "value"], rows, note: rows.isEmpty ? "no names yet: x = 3 makes one" : nil)
  }

  static let reset = Builtin(
    "reset", "Forget all names, hooks and formulas; settings and history stay.", examples: [Example("reset")]
  ) { (session) in
    session.globals.contents = session.globals.contents.filter { Session.givenNames.contains($0.key) }
    session.hooks.contents = []
    session.formulas = [:]
    return None()
  }

  static let quit = Builtin("quit", "Leave; `exit` and Ctrl-D do too.") { (session) in
    session.quits = true
    return None()
  }

  static let run = Builtin(
    "run", "Run a file in the scope that calls it.",
    .required("file", String.self, "The path of a .pscript file."),
    examples: []
  ) { (session, path: String) in
    try session.runFile(path)
    return None()
  }

  static let history = Builtin(
    "history", "List the statements that ran, the last ones at the end.",
    .option("n", 20, in: 1...1_000_000, "How many."),
    examples: [Example("history(3)")]
  ) { (session, n: Int) in
    let shown = session.log.suffix(n)
    let first = session.log.count - shown.count
    return Table(["", "statement"], shown.enumerated().map { [.integer(first + $0 + 1), .text($1)] })
  }

  static let check = Builtin(
    "check", "End a batch file with exit status 3 unless a condition holds; says what both sides were.",
    .required("condition", Quoted.self, "What should hold."),
    .option("message", "", "What to say where it does not."),
    examples: [Example("check 1 + 1 == 2, \"arithmetic\"")]
  ) { (session, condition: Quoted, message: String) in
    try session.check(condition, message)
    return None()
  }
}

/// `on` or `off`, or true or false.
struct OnOff: Accepted {
  let isOn: Bool
  static let expectation = "on or off"
  static let form = ArgumentForm.choice(["on", "off"])
  static func accept(_ value: any Value) -> OnOff? {
    switch value {
    case let flag as Bool: OnOff(isOn: flag)
    case "on" as String: OnOff(isOn: true)
    case "off" as String: OnOff(isOn: false)
    default: nil
    }
  }
}

extension Session {
  /// Names that the command line gives, which `reset` keeps.
  static let givenNames: Set<String> = ["args", "here"]

  fileprivate func check(_ condition: Quoted, _ message: String) throws {
    let (expression, scope) = (condition.expression, condition.scope)
    var facts: [String] = []
    let holds: Bool
    if case .comparison(let first, let rest) = expression.kind, rest.count == 1 {
      let (left, right) = (try evaluate(first, scope), try evaluate(rest[0].operand, scope))
      let result = try compare(rest[0].operation, left, right, Sides(expression.span, first.span, rest[0].operand.span))
      holds = try truth(of: (result as? Tensor)?.all() ?? result, expression.span)
      facts = ["left:  \(glance(at: left))", "right: \(glance(at: right))"]
    } else {
      let value = try evaluate(expression, scope)
      holds = try truth(of: (value as? Tensor)?.all() ?? value, expression.span)
      facts = [(value as? any Judged)?.explanation ?? "it is \(glance(at: value))"]
    }
    guard !holds else { return }
    let title = message.isEmpty ? "the check does not hold" : "the check does not hold: \(message)"
    throw Failure(Diagnostic(.error, title, at: expression.span, notes: facts), .unchecked)
  }

  /// Runs a file; its statements are part of the one that calls it.
  func runFile(_ path: String) throws {
    guard stackHasRoom() else { throw Failure("files run each other too deeply", at: nil) }
    let bytes = try files.read(path)
    let source = SourceText(name: path, String(decoding: bytes, as: UTF8.self))
    let result = parse(source)
    if let first = result.diagnostics.first {
      var failure = Failure(first)
      if result.diagnostics.count > 1 { failure.diagnostic.notes.append("and \(result.diagnostics.count - 1) more mistakes in this file") }
      throw failure
    }
    let before = globals["here"]
    globals["here"] = Files.parted(path).folder
    for statement in result.statements {
      try poll(statement.span)
      guard case .next = try execute(statement, globals, isTop: true) else { break }
    }
    globals["here"] = before
  }
}

/// A value on one line.
func glance(at value: any Value) -> String {
  switch value {
  case let tensor as Tensor where tensor.count != 1: return "\(tensor.dtype.name) \(tensor.shape)"
  default:
    let text = value.inlineText
    let line = text.split(separator: "\n", omittingEmptySubsequences: false).first.map(String.init) ?? ""
    return line.count > 60 || line.count < text.count ? line.prefix(60) + " …" : line
  }
}

private let precisionHelp = "float32, or bf16: matrix products, linear and recurrent layers, attention and convolutions of float32 then round what they "
  + "multiply to bfloat16; sums and gradients of single samples stay float32."

extension Session {
  fileprivate func choose(_ precision: ProductPrecision) throws {
    let before = ProductPrecision.current
    try precision.use()
    journal.note { try? before.use() }
    if !precision.isNative { output.note("this processor has no bf16 instructions: products are right, but slower than in float32") }
  }
}
