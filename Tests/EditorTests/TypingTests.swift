import PTYKit
import Testing

extension OnATerminal {
  @Suite(.serialized) struct Typing {
    @Test func lettersOfAllKinds() throws {
      let p = try Probe.start()
      try p.run("größe äâéæ łąż 日本 👍", shows: #"= "größe äâéæ łąż 日本 👍""#)
    }

    @Test(arguments: [["LC_ALL": "C"], ["LC_ALL": "xx_XX.UTF-8"], ["LC_ALL": "POSIX", "LANG": "de_DE"]])
    func lettersInAnyLocale(environment: [String: String]) throws {
      let p = try Probe.start(["-"], environment)
      try p.run("größe 日ą", shows: #"= "größe 日ą""#)
    }

    @Test func bytesThatAreNoText() throws {
      let p = try Probe.start()
      p.send([0x61, 0xff, 0x62, 0xc3, 0x28, 0x63])
      try p.wait("replaced") { $0.cursorLine == "pith> a\u{fffd}b\u{fffd}(c" }
      p.send([0xc2, 0x85])  // a control character of the upper half
      p.send(")d\r")
      try p.wait("kept apart") { $0.text.contains("= \"a\u{fffd}b\u{fffd}(c)d\"") }
    }

    @Test func aWideLetterAtTheMargin() throws {
      let p = try Probe.start(columns: 20)
      p.send("1234567890123日x")
      try p.wait("wrapped whole") { $0.line(0) == "pith> 1234567890123" && $0.line(1) == "日x" && $0.x == 3 }
      p.send(Keys.left + Keys.left + "y\r")
      try p.wait("value") { $0.text == "pith> 1234567890123y\n日x\n1 = \"1234567890123y\n日x\"\npith>" }
    }

    @Test func editingKeys() throws {
      let p = try Probe.start()
      try p.type("one two")
      p.send(Keys.home + "0" + Keys.end + "3" + Keys.left + Keys.left + Keys.delete + "\u{7f}X")
      try p.wait("edited") { $0.cursorLine == "pith> 0one tX3" && $0.x == 13 }
      p.send("\u{1b}[1;5D" + "A" + "\u{1b}b\u{1b}b" + "\u{1b}d")
      try p.wait("words") { $0.cursorLine == "pith>  AtX3" && $0.x == 6 }
      p.send("\u{19}" + Keys.end + "\u{17}" + "\u{19}")
      try p.wait("cut and inserted") { $0.cursorLine == "pith> 0one AtX3" && $0.x == 15 }
      p.send("\u{15}")
      try p.wait("cut all") { $0.cursorLine == "pith>" }
      p.send("\u{19}\r")
      try p.wait("back") { $0.text.contains(#"= "0one AtX3""#) }
    }

    @Test func keysOfNoUseTypeNothing() throws {
      let p = try Probe.start()
      p.send("a\u{1b}[15~\u{1b}[6~\u{1b}[1;2P\u{1b}OP\u{1b}[I\u{1b}[<0;1;1Mb")
      try p.wait("only letters") { $0.cursorLine == "pith> ab" && $0.x == 8 }
      p.send("\u{1b}")
      p.send("c\r")
      try p.waitForPrompt()
    }

    @Test func undo() throws {
      let p = try Probe.start()
      try p.type("one two")
      p.send(Keys.undo)
      try p.wait("word by word") { $0.cursorLine == "pith> one" }
      p.send(Keys.undo + Keys.undo)
      try p.wait("all") { $0.cursorLine == "pith>" && $0.x == 6 }
      p.send("ab\u{15}")
      p.send(Keys.undo)
      try p.wait("a cut") { $0.cursorLine == "pith> ab" }
    }

    @Test func severalRowsAreOneEntry() throws {
      let p = try Probe.start()
      p.send("f(\r1\r}")
      try p.wait("indented") { $0.line(0) == "pith> f(" && $0.line(1) == "  1" && $0.line(2) == "}" && $0.x == 1 }
      p.send("\u{7f})")
      try p.wait("three rows") { $0.line(2) == ")" && $0.x == 1 }
      p.send(Keys.up + Keys.end + Keys.up + Keys.home + "g")
      try p.wait("first row") { $0.line(0) == "pith> gf(" && $0.y == 0 && $0.x == 7 }
      p.send("\r")
      try p.wait("ran whole") { $0.text.contains(#"1 = "gf(\n  1\n)""#) && $0.cursorLine == "pith>" }
      p.send(Keys.up)
      try p.wait("recalled whole") { $0.cursorLine == "pith> gf(" && $0.x == 9 && $0.line($0.y + 2) == ")" }
      p.send("\u{1b}\r" + "2,\u{4}\r")
      try p.wait("a row by Alt-Enter") { $0.text.contains(#"2 = "gf(\n  2,  1\n)""#) }
    }

    @Test func viKeysAndOtherWishesOfTheUser() throws {
      let folder = try Folder()
      _ = try folder.write("bind -v\nedit off\nno-such-line\n", to: ".editrc")
      let p = try Probe.start(["-"], ["HOME": folder.path])
      try p.type("hello")
      p.send("\u{1b}")
      try p.wait("command mode") { $0.cursorLine == "pith> hello" && $0.x == 10 }
      p.send("x\r")
      try p.wait("a letter less") { $0.text.contains(#"1 = "hell""#) && $0.cursorLine == "pith>" }
      p.send(Keys.up + Keys.paste("o\nb") + "\r")
      try p.wait("recalled, pasted") { $0.text.contains(#"2 = "hello\nb""#) }
    }

    @Test func sessionsOfPlainTerminals() throws {
      for name in ["dumb", ""] {
        let p = try Probe.start(["-"], ["TERM": name])
        try p.run("plot 1", shows: #"1 = "plot 1""#)
        p.send("train\u{7f}" + Keys.up + "x\t\t")
        p.send(Keys.interrupt)
        try p.wait("cancelled") { $0.text.contains("^C") }
        p.send("\r")
        p.send("f(\r2)\r")
        try p.wait("rows") { $0.text.contains(#"= "f(\n  2)""#) }
        p.send(Keys.search + "plo\r")
        try p.wait("found") { $0.transcript.components("= \"plot 1\"") == 2 }
        p.send(Keys.endOfFile)
        #expect(try p.waitForExit() == 0)
        #expect(!p.raw.contains(0x1b), "a plain terminal gets no control sequence")
      }
    }

    @Test func anUnknownTerminalIsTakenForAnXterm() throws {
      let p = try Probe.start(["-"], ["TERM": "no-such-terminal"])
      #expect(p.screen.line(0) == "pith>")
      try p.run("abc")
    }

    @Test func withoutColours() throws {
      let p = try Probe.start(["-"], ["NO_COLOR": "1"])
      try p.run("plot 1")
      p.send("pl")
      try p.wait("typed") { $0.cursorLine == "pith> pl" }
      p.send("x\r")
      try p.wait("ran") { $0.text.contains("= \"plx\"") }
      #expect(!p.sequenceEnds.contains("m"), "no colour sequence")
    }

    @Test func leavingAnEmptyEntry() throws {
      let p = try Probe.start()
      p.send("\r")
      try p.wait("blank entry") { $0.text.contains("1 = \"\"") && $0.cursorLine == "pith>" }
      try p.type("ab")
      p.send(Keys.endOfFile + Keys.home + Keys.endOfFile)
      try p.wait("deleted") { $0.cursorLine == "pith> b" && $0.x == 6 }
      p.send(Keys.endOfFile)
      try p.waitForPrompt()
      p.send(Keys.endOfFile)
      #expect(try p.waitForExit() == 0)
      #expect(p.screen.text.hasSuffix("pith>\nbye"))
    }
  }
}

extension PTY {
  /// The final letters of all control sequences that the child has sent: `m` sets a colour.
  var sequenceEnds: String {
    var finals = ""
    var inSequence = false
    for byte in raw {
      if byte == 0x1b { inSequence = true } else if inSequence, (0x40...0x7e).contains(byte), byte != 0x5b {
        finals.append(Character(Unicode.Scalar(byte)))
        inSequence = false
      }
    }
    return finals
  }
}

extension String {
  func components(_ part: String) -> Int { ranges(of: part).count }
}
