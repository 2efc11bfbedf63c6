import Language
import Testing

@Suite struct RendererTests {
  private func diagnostic(_ text: String, name: String?, mark: String, help: String? = nil) -> Diagnostic {
    let source = SourceText(name: name, text)
    let bytes = Array(mark.utf8)
    let start = source.bytes.indices.first { source.bytes[$0...].starts(with: bytes) } ?? 0
    return Diagnostic(.error, "shapes do not fit", at: Span(source, start, start + bytes.count), "x is [120, 5]", help: help)
  }

  @Test func theFormOfTheContract() {
    let text = String(repeating: "\n", count: 8) + "train net on wide.train epochs=60"
    let found = diagnostic(text, name: "iris.pscript", mark: "wide.train", help: "build the model with Linear(5, 16)")
    #expect(DiagnosticRenderer().render(found) == """
      error: shapes do not fit
        --> iris.pscript:9:14
         |
       9 | train net on wide.train epochs=60
         |              ^^^^^^^^^^ x is [120, 5]
         = help: build the model with Linear(5, 16)
      """)
    #expect(DiagnosticRenderer().renderLine(found) == "iris.pscript:9:14: error: shapes do not fit (build the model with Linear(5, 16))")
    #expect(DiagnosticRenderer().renderJSON(found) == """
      {"severity":"error","title":"shapes do not fit","message":"x is [120, 5]","file":"iris.pscript","line":9,"column":14,"length":10,"help":"build the model with Linear(5, 16)","notes":[]}
      """)
  }

  @Test func aPromptHasNoFileLine() {
    #expect(DiagnosticRenderer().render(diagnostic("f(x)", name: nil, mark: "x")) == """
      error: shapes do not fit
         |
       1 | f(x)
         |   ^ x is [120, 5]
      """)
  }

  @Test func caretsCountCells() {
    #expect(DiagnosticRenderer().render(diagnostic("\t日本\te\u{301}x", name: nil, mark: "x")) == """
      error: shapes do not fit
         |
       1 |     日本    e\u{301}x
         |              ^ x is [120, 5]
      """)
    #expect(diagnostic("日本x", name: nil, mark: "x").span?.position.column == 3)
    #expect(DiagnosticRenderer().render(diagnostic("a日本b", name: nil, mark: "日本")).contains(" |  ^^^^ x"))
  }

  @Test func aSpanOverLinesIsMarkedOnItsFirst() {
    #expect(DiagnosticRenderer().render(diagnostic("f(a,\n  b)", name: nil, mark: "(a,\n  b)")) == """
      error: shapes do not fit
         |
       1 | f(a,
         |  ^^^ x is [120, 5]
      """)
  }

  @Test func aLongLineIsCutAroundThePlace() {
    let text = String(repeating: "a", count: 500) + " bad " + String(repeating: "b", count: 500)
    let rows = DiagnosticRenderer(width: 60).render(diagnostic(text, name: nil, mark: "bad")).split(separator: "\n").map(Array.init)
    #expect(rows.allSatisfy { $0.count <= 80 })
    let marks = rows[3].indices.filter { rows[3][$0] == "^" }
    #expect(String(marks.map { rows[2][$0] }) == "bad")
  }

  @Test func controlCharactersDoNotReachTheTerminal() {
    #expect(!DiagnosticRenderer().render(diagnostic("\u{1B}[31m x", name: nil, mark: "x")).contains("\u{1B}"))
  }

  @Test func colourIsOnlyAddedWhereItIsAskedFor() {
    let found = diagnostic("f(x)", name: "a", mark: "x", help: "h")
    let plain = DiagnosticRenderer().render(found)
    let colored = DiagnosticRenderer(usesColor: true).render(found)
    #expect(colored.contains("\u{1B}[1;31m^ x is [120, 5]\u{1B}[0m"))
    #expect(colored.replacing(#/\u{1B}\[[0-9;]*m/#, with: "") == plain)
  }

  @Test func jsonEscapes() {
    let json = DiagnosticRenderer().renderJSON(Diagnostic(.error, "a \"b\"\n\u{1}", at: nil))
    #expect(json == #"{"severity":"error","title":"a \"b\"\n\u0001","message":"","file":null,"line":null,"column":null,"length":null,"help":null,"notes":[]}"#)
  }
}
