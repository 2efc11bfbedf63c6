import Language
import Testing

/// Nothing that can be typed may trap or hang.
@Suite struct HostileTests {
  /// A small generator (xorshift64*), so that a failure can be run again.
  struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state ^= state >> 12
      state ^= state << 25
      state ^= state >> 27
      return state &* 0x2545_F491_4F6C_DD1D
    }
  }

  /// Everything that is done with a text: reading, drawing every error, printing what was read.
  private func exercise(_ text: String) {
    let source = SourceText(text)
    let tokens = Lexer.tokens(of: source)
    #expect(tokens.last?.kind == .end)
    #expect(zip(tokens, tokens.dropFirst()).allSatisfy { $0.end <= $1.start })
    let result = Parser.parse(source, commands: commands)
    let renderer = DiagnosticRenderer()
    for diagnostic in result.diagnostics {
      #expect(diagnostic.span != nil)
      _ = renderer.render(diagnostic) + renderer.renderLine(diagnostic) + renderer.renderJSON(diagnostic)
    }
    guard result.diagnostics.isEmpty else { return }
    for statement in result.statements where !isNested(statement) {
      #expect(canonical(statement.description) == statement.description, "\(text.debugDescription)")
    }
  }

  /// `return` and its like read back only inside what they stand in.
  private func isNested(_ statement: Statement) -> Bool {
    switch statement.kind {
    case .return, .break, .continue: true
    default: false
    }
  }

  @Test func randomBytes() {
    var dice = Dice(state: 1)
    for _ in 0..<2000 {
      let count = Int.random(in: 0..<60, using: &dice)
      let wide = Bool.random(using: &dice)
      exercise(String(decoding: (0..<count).map { _ in UInt8.random(in: 0...(wide ? 255 : 127), using: &dice) }, as: UTF8.self))
    }
  }

  @Test func randomTokens() {
    let words = [
      "x", "net", "train", "importance", "time", "plan", "check", "hook", "set", "vars", "of", "on", "for", "in", "if", "elif", "else", "while", "def", "model", "return", "del", "not", "and", "or",
      "true", "none", "no_grad", "1", "2.5", "1e", "\"s\"", "f\"{x:.2f}\"", "f\"{", "\"", "'", "\"\"\"", "(", ")", "[", "]", "{", "}", "|", "|", ",", ":", ";", ".", "..", "...", "->", "=", "==", "+=", "+", "-", "*",
      "**", "^", "/", "//", "%", "@", "<", ">=", "!", "&&", "\\", "#", "\n", "\n", " ", " ", " ", "ß", "“", "\t", "\r\n", "\u{0}",
    ]
    var dice = Dice(state: 2)
    for round in 0..<4000 {
      let count = Int.random(in: 1..<24, using: &dice)
      let gap = round % 2 == 0 ? " " : ""
      exercise((0..<count).map { _ in words.randomElement(using: &dice) ?? "" }.joined(separator: gap))
    }
  }

  @Test func everyPrefixOfAProgram() {
    for program in ContractTests.blocks + [ContractTests.dense] {
      let scalars = Array(program.unicodeScalars)
      for end in stride(from: 0, through: scalars.count, by: 1) {
        var prefix = String.UnicodeScalarView()
        prefix.append(contentsOf: scalars[..<end])
        let result = parse(String(prefix))
        for diagnostic in result.diagnostics { _ = DiagnosticRenderer().render(diagnostic) }
      }
    }
  }

  @Test func programsWithOneTokenLostOrDoubled() {
    let source = SourceText(ContractTests.dense)
    for token in Lexer.tokens(of: source) {
      let (before, after) = (source.text(from: 0, to: token.start), source.text(from: token.end, to: source.bytes.count))
      exercise(before + after)
      exercise(before + source.text(from: token.start, to: token.end) + source.text(from: token.start, to: source.bytes.count))
    }
  }

  @Test("depth is an error, not a crash", arguments: [
    "(", "[", "{a:", "|", "-", "not ", "x -> ", "f(", "x[", "2^", "a if b else ", "if a {", "f\"{", "def f() {", "(x, y) -> {", "no_grad {", "time ", "plan ", "x.", "x = ", "{", "\"\"\"", "for a in (", "-(", "importance |", "model M {", "elif ", "((((]",
  ])
  func deep(_ piece: String) {
    let text = String(repeating: piece, count: ["[", "-", "not "].contains(piece) ? 100_000 : 4000)
    let result = parse(text)
    #expect(result.diagnostics.count >= 1 && result.diagnostics.count <= Parser.problemLimit)
    for diagnostic in result.diagnostics { #expect(DiagnosticRenderer().render(diagnostic).utf8.count < 2000) }
  }

  @Test("a long chain is an error, not a crash", arguments: ["a + ", "a.b.", "a and ", "a @ ", "a if b else ", "a ^ "])
  func long(_ piece: String) {
    #expect(parse(String(repeating: piece, count: 100_000) + "a").diagnostics.map(\.title) == ["this is nested too deeply"])
  }

  @Test func longCallsAndIndicesAreErrorsToo() {
    #expect(parse("f" + String(repeating: "()", count: 100_000)).diagnostics.map(\.title) == ["this is nested too deeply"])
    #expect(parse("f" + String(repeating: "[0]", count: 100_000)).diagnostics.map(\.title) == ["this is nested too deeply"])
  }

  @Test func longListsAndChainsOfComparisonsAreFine() {
    #expect(parse("[" + String(repeating: "1, ", count: 100_000) + "1]").diagnostics.isEmpty)
    #expect(parse(String(repeating: "a < ", count: 100_000) + "a").diagnostics.isEmpty)
    #expect(parse("if a { }" + String(repeating: " elif a { }", count: 10_000)).diagnostics.isEmpty)
    #expect(parse("x = " + String(repeating: "a + ", count: 400) + "a").diagnostics.isEmpty)
  }

  @Test func closersAndOpenersInBulk() {
    for text in ["(((((", ")))))", "([{", "}])", "f\"{(", "(]"] { exercise(String(repeating: text, count: 4000)) }
  }
}
