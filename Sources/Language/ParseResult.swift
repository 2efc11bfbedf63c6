/// What became of a text.
public struct ParseResult: Sendable {
  /// What could be read, in order. Run it only where there are no diagnostics.
  public let statements: [Statement]
  /// Every mistake in the order of the text, at most `Parser.problemLimit`.
  public let diagnostics: [Diagnostic]
  /// Whether nothing is wrong but that the text stops too soon: a prompt waits for another line, a file is in error.
  public let isIncomplete: Bool
}

extension ParseResult {
  /// Puts the errors of tokens and of grammar together. An error of grammar behind a bad token of its line is a
  /// consequence, and left out.
  init(_ statements: [Statement], _ lexical: [LexicalError], _ problems: [Parser.Problem], in source: SourceText) {
    let bad = lexical.map(\.diagnostic)
    let badPlaces = bad.compactMap(\.span).map { (line: source.line(at: $0.start), start: $0.start) }
    let kept = problems.filter { problem in
      guard let span = problem.diagnostic.span, !problem.ranOut else { return true }
      let line = source.line(at: span.start)
      return !badPlaces.contains { $0.line == line && $0.start <= span.start }
    }
    var all = (bad + kept.map(\.diagnostic)).sorted { ($0.span?.start ?? 0) < ($1.span?.start ?? 0) }
    if all.count > Parser.problemLimit {
      all.removeSubrange(Parser.problemLimit...)
      all[all.count - 1].notes.append("there are more mistakes than these \(Parser.problemLimit)")
    }
    self.statements = statements
    diagnostics = all
    isIncomplete = !all.isEmpty && lexical.allSatisfy(\.wantsMore) && kept.allSatisfy(\.ranOut)
  }
}
