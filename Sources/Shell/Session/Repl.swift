import Builtins
import CKernels
import Charts
import Glibc
import Interpreter
import Language

/// The interactive shell: reads an entry, runs it, shows what it gives, for ever.
public struct Repl {
  let session: Session
  let output: StreamOutput
  let style: OutputStyle

  public init(_ session: Session, _ output: StreamOutput, _ style: OutputStyle) {
    (self.session, self.output, self.style) = (session, output, style)
  }

  /// - Returns: the exit status.
  public func run(banner: String) -> Int32 {
    let history = HistoryStore(path: HistoryStore.defaultPath())
    guard let input = TerminalInput(program: "pith", history: history, colours: output.colours) else {
      writeAll(2, "pith: this terminal cannot be read from\n")
      return 1
    }
    defer { input.close() }
    Interrupts.install(counting: pith_interrupt_counter())
    input.isComplete = { [session] text in !session.parse(SourceText(text)).isIncomplete }
    input.complete = { [session] text in completions(session.suggestions(for: text)) }
    input.paint = { [session] text in paint(text, knows: { session.globals.names.contains($0) || Session.isBuiltin($0) }) }
    if !style.isQuiet { writeAll(1, banner + "\n") }
    output.rowLimit = { [session] in session.settings.rows }
    var reader = input as any InputSource
    while !session.quits {
      switch reader.next(prompt: "pith> ") {
      case .end:
        writeAll(1, "\n")
        return 0
      case .cancelled: continue
      case .text(let text): enter(text, history)
      }
    }
    return 0
  }

  private func enter(_ text: String, _ history: HistoryStore) {
    let trimmed = text.trimmed
    guard !trimmed.isEmpty else { return }
    if ["exit", "exit()", "quit()", ":q", "bye"].contains(trimmed), session.globals[trimmed] == nil {
      history.record(text, ok: true)
      session.leave()
      return
    }
    pith_set_interrupted(0)
    let ok = run(text)
    pith_set_interrupted(0)
    history.record(text, ok: ok)
  }

  private func run(_ text: String) -> Bool {
    let complaint = Complaint(style)
    let result = session.parse(SourceText(text))
    guard result.diagnostics.isEmpty else {
      result.diagnostics.forEach(complaint.write)
      return false
    }
    let start = ContinuousClock.now
    let notes = output.noteCount
    let outcome = session.run(result.statements)
    let seconds = (ContinuousClock.now - start).inSeconds
    switch outcome {
    case .done:
      if seconds > 1 { output.note("(\(duration(seconds)))") }
      return true
    case .failed(let failure):
      if failure.reason == .interrupted {
        if output.noteCount == notes { output.note("stopped: what was under way is as it was before") }
      } else {
        complaint.write(failure.diagnostic)
      }
      return false
    }
  }
}

private func completions(_ found: Suggestions) -> Completions {
  Completions(of: found.word, found.all.map { .init($0.text, $0.help) }, suffix: found.all.count == 1 ? found.all[0].ending : " ")
}

/// One style for each code point: keywords, numbers, strings and comments, and names that nothing knows.
private func paint(_ text: String, knows: (String) -> Bool) -> [Style] {
  let source = SourceText(text)
  var byByte = [Style](repeating: .plain, count: source.bytes.count)
  let tokens = Lexer.tokens(of: source)
  for (i, token) in tokens.enumerated() where token.start < token.end {
    let style: Style =
      switch token.category {
      case .keyword: .keyword
      case .number: .number
      case .string: .string
      case .comment: .comment
      case .error: .error
      case .name: Session.isBuiltin(source.text(from: token.start, to: token.end)) && (i == 0 || tokens[i - 1].kind != .dot) ? .command : .plain
      case .symbol, .bracket, .end: .plain
      }
    for byte in token.start..<min(token.end, byByte.count) { byByte[byte] = style }
  }
  return zip(source.bytes, byByte).filter { $0.0 & 0xC0 != 0x80 }.map(\.1)
}

extension String {
  fileprivate var trimmed: String {
    let blanks: Set<Character> = [" ", "\t", "\n", "\r", "\r\n"]
    var rest = self[...]
    while let c = rest.first, blanks.contains(c) { rest.removeFirst() }
    while let c = rest.last, blanks.contains(c) { rest.removeLast() }
    return String(rest)
  }
}
