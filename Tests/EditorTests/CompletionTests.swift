import PTYKit
import Testing

@testable import Shell

extension OnATerminal {
  @Suite(.serialized) struct Completing {
    @Test func aUniqueWord() throws {
      let p = try Probe.start()
      p.send("tr\t5\r")
      try p.wait("with a blank") { $0.text.contains(#"= "train 5""#) }
      p.send("x gr\t\r")
      try p.wait("beyond ASCII") { $0.text.contains(#"= "x größe ""#) }
    }

    @Test func listBelowAWrappedEntry() throws {
      let p = try Probe.start(columns: 30)
      p.send(String(repeating: "x", count: 40) + " l\t")
      try p.wait("typed") { $0.cursorLine.hasSuffix("x l") && $0.y == 1 }
      p.send("o\t\t")
      try p.wait("list") {
        $0.text.contains(" lo\nload  about load\nloss  about loss\npith> xxxx") && $0.cursorLine.hasSuffix("x lo")
      }
      p.send("a\t\r")
      try p.wait("completed") { $0.text.contains("load \"") }
    }

    @Test func aLongListAsks() throws {
      let p = try Probe.start()
      try p.type("many")
      p.send("\t\t")
      try p.wait("question") { $0.cursorLine == "show all 120? (y or n)" }
      p.send("n")
      try p.wait("no") { $0.cursorLine == "pith> many" && $0.x == 10 }
      p.send("\t\t")
      try p.wait("question") { $0.cursorLine == "show all 120? (y or n)" }
      p.send("y")
      try p.wait("columns") { $0.text.contains("many116  many117  many118  many119\n") && $0.cursorLine == "pith> many" }
    }

    @Test func nothingToComplete() throws {
      let p = try Probe.start()
      p.send("zz\t\tz\r")
      try p.wait("unchanged") { $0.text.contains(#"= "zzz""#) }
      p.send("f(\r\t1)\r")
      try p.wait("an indentation") { $0.text.contains(#"= "f(\n    1)""#) }
    }
  }
}

@Suite struct CompletionValues {
  @Test func commonPrefix() {
    #expect(TerminalInput.commonPrefix(["load", "loss"]) == "lo")
    #expect(TerminalInput.commonPrefix(["größe", "grün"]) == "gr")
    #expect(TerminalInput.commonPrefix(["a", ""]) == "")
    #expect(TerminalInput.commonPrefix([]) == "")
  }

  @Test func listFitsTheScreen() {
    TerminalNames.useUTF8()
    let candidates = [Completions.Candidate("load", "Read a file or a built-in set."), Completions.Candidate("日本")]
    for columns in 2..<40 {
      for line in CompletionList(candidates, rows: 24, columns: columns).lines where columns >= 8 {
        #expect(Layout.width(of: line.name + line.summary) < columns + 1)
      }
    }
    let wide = CompletionList(candidates, rows: 24, columns: 20).lines
    #expect(wide == [.init(name: "load  ", summary: "Read a file…"), .init(name: "日本  ", summary: "")])
  }
}
