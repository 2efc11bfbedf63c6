import PTYKit
import Testing

extension OnATerminal {
  @Suite(.serialized) struct Pasting {
    @Test func threeLinesDoNotRun() throws {
      let p = try Probe.start()
      p.send(Keys.paste("load 1\n\ttrain 2\r\nplot\u{7}\n"))
      try p.wait("pasted") { $0.line(0) == "pith> load 1" && $0.line(1) == "    train 2" && $0.cursorLine == "plot" }
      #expect(!p.screen.text.contains("="))
      p.send("\r")
      try p.wait("one entry") { $0.text.contains(#"1 = "load 1\n    train 2\nplot""#) }
    }

    @Test func aTranscriptLosesItsPrompts() throws {
      let p = try Probe.start()
      p.send(Keys.paste("pith> load 1\npith> train\npith>\n") + "\r")
      try p.wait("bare") { $0.text.contains(#"1 = "load 1\ntrain\n""#) }
    }

    @Test func aHundredKilobytes() throws {
      let p = try Probe.start()
      let text = (0..<10_000).map { "row \($0 % 7) " }.joined()
      let full = "size " + String((text + text).prefix(100_000))
      var trimmed = full
      while trimmed.last == "\n" { trimmed.removeLast() }
      let sum = trimmed.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) % 1_000_003 }
      p.send(Keys.paste(full))
      p.send("\r")
      try p.wait("arrived", seconds: 60) { $0.transcript.contains("\(trimmed.utf8.count) bytes, sum \(sum)!") }
      try p.waitForPrompt()
    }

    @Test func aPasteWithoutEndIsLeftByInterrupt() throws {
      let p = try Probe.start()
      p.send("ab\u{1b}[200~load 1\rtrain 2\r")
      p.send("more")
      try p.wait("taken in") { $0.cursorLine == "pith> ab" }
      p.send(Keys.interrupt)
      try p.wait("cancelled") { $0.text.contains("^C\n") && $0.cursorLine == "pith>" }
      try p.run("next", shows: "1 = \"next\"")
    }

    @Test func keysRightAfterAPaste() throws {
      let p = try Probe.start()
      p.send(Keys.paste("one") + " two" + Keys.paste(" three") + "\r" + "four\r")
      try p.wait("all") { $0.text.contains(#"1 = "one two three""#) && $0.text.contains(#"2 = "four""#) }
    }

    @Test func withoutMarksEachLineIsTyped() throws {
      let p = try Probe.start()
      p.send("one\rf(\n2)\rthree")
      try p.wait("two ran") {
        $0.text.contains(#"1 = "one""#) && $0.text.contains(#"2 = "f(\n  2)""#) && $0.cursorLine == "pith> three"
      }
    }
  }
}
