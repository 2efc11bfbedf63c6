import Glibc
import PTYKit
import Testing

extension OnATerminal {
  @Suite(.serialized) struct Signalling {
    @Test func interruptDropsTheEntry() throws {
      let p = try Probe.start()
      try p.type("half")
      p.send(Keys.left + Keys.left)
      try p.wait("moved") { $0.x == 8 }
      p.send(Keys.interrupt)
      try p.wait("mark and prompt") { $0.text == "pith> half^C\npith>" && $0.x == 6 }
      p.send("f(\r1\r2")
      try p.wait("rows") { $0.cursorLine == "  2" }
      p.send(Keys.up + Keys.up)
      try p.wait("first row") { $0.cursorLine == "pith> f(" }
      p.send(Keys.interrupt)
      try p.wait("all rows dropped") { $0.text.hasSuffix("pith> f(\n  1\n  2^C\npith>") && $0.x == 6 }
      try p.run("ok", shows: "1 = \"ok\"")
    }

    @Test func interruptReachesARunningCommand() throws {
      let p = try Probe.start()
      for wanted in 1...2 {
        p.send("busy \(wanted)\r")
        try p.wait("busy") { $0.text.hasSuffix("\nbusy") }
        p.send(Keys.interrupt)
        if wanted == 2 {
          try p.wait("one seen") { $0.text.hasSuffix("busy\nseen 1") }
          p.send(Keys.interrupt)
        }
        try p.wait("stopped") { $0.text.contains("stopped \(wanted)") && $0.cursorLine == "pith>" && $0.x == 6 }
        p.send("\u{c}")
        try p.wait("cleared") { $0.text == "pith>" }
      }
      try p.run("after", shows: #""after""#)
    }

    @Test func keysTypedAheadAreKeptAndNotEchoed() throws {
      let folder = try Folder()
      let p = try Probe.start()
      p.send("hold \(folder.file("go"))\r")
      try p.wait("holding") { $0.text.hasSuffix("\nholding") }
      p.send("abc" + Keys.left + "d\r" + "next")
      _ = try folder.write("", to: "go")
      try p.wait("all there") { $0.text.contains(#"= "abdc""#) && $0.cursorLine == "pith> next" && $0.x == 10 }
      #expect(p.screen.text.contains("holding\nreleased\npith> abdc\n"))
    }

    @Test(arguments: [true, false]) func resize(reflows: Bool) throws {
      let p = try Probe.start(columns: 40)
      let text = "abcdefghijklmnopqrstuvwxyz0123456789 end"
      p.send(text)
      try p.wait("wrapped") { $0.cursorLine.hasSuffix("end") && $0.y == 1 }
      try p.resizeAndWait(rows: 14, columns: 60, reflows: reflows)
      #expect(p.screen.text.contains("pith> " + text) && p.screen.x == 46)
      if reflows { #expect(p.screen.text == "pith> " + text) }
      try p.resizeAndWait(rows: 10, columns: 20, reflows: reflows)
      #expect(p.screen.cursorLine == "89 end" && p.screen.x == 6)
      if reflows { #expect(p.screen.text == "pith> abcdefghijklmn\nopqrstuvwxyz01234567\n89 end") }
      p.send("!\r")
      try p.wait("value") { $0.text.replacing("\n", with: "").contains("= \"\(text)!\"") }
    }

    @Test func stopAndContinue() throws {
      let p = try PTY("/bin/bash", ["--norc", "--noprofile", "-i"], environment: ["PS1": "sh\\$ "], rows: 20, columns: 40)
      try p.wait("shell") { $0.cursorLine.hasPrefix("sh") }
      p.send("\(Probe.path) -\r")
      try p.waitForPrompt()
      try p.type("half")
      p.send(Keys.stop)
      try p.wait("stopped") { $0.text.contains("Stopped") && $0.cursorLine.hasPrefix("sh") }
      p.send("stty -a | grep -o -e '-*icanon' -e '-*echo '; fg\r")
      try p.wait("entry again") { $0.cursorLine == "pith> half" && $0.x == 10 }
      #expect(p.screen.text.contains("\nicanon\necho"))
      p.send("x\r")
      try p.wait("works") { $0.text.contains(#"= "halfx""#) && $0.cursorLine == "pith>" }
      p.send("busy\r")
      try p.wait("busy") { $0.text.hasSuffix("\nbusy") }
      p.send(Keys.stop)
      try p.wait("stopped") { $0.text.components("Stopped") == 2 && $0.cursorLine.hasPrefix("sh") }
      p.send("fg\r")
      try p.wait("goes on") { $0.text.contains("# fg\n") && $0.text.hasSuffix("-") && $0.x == 0 }
      p.send("q")
      p.send(Keys.interrupt)
      try p.wait("interrupted") { $0.text.contains("stopped 1") && $0.cursorLine == "pith>" }
      p.send(Keys.endOfFile)
      try p.wait("left") { $0.cursorLine.hasPrefix("sh") }
    }

    @Test(arguments: [
      ("quit\r", 0), (Keys.endOfFile, 0), ("exit\r", 7), ("crash\r", 134), ("overflow\r", 139), ("TERM", 143), ("HUP", 129),
      ("busy TERM", 143), ("busy HUP", 129), ("half TERM", 143), ("QUIT", 131),
    ])
    func everyWayOutRestoresTheTerminal(way: String, status: Int) throws {
      let script = "stty -g; \"$0\" -; echo status $?; stty -g; echo end"
      let p = try PTY("/bin/sh", ["-c", script, Probe.path], rows: 30, columns: 100)
      try p.waitForPrompt()
      if let signal = ["TERM": SIGTERM, "HUP": SIGHUP, "QUIT": SIGQUIT][way.split(separator: " ").last.map(String.init) ?? ""] {
        p.send("pid\r")
        try p.wait("pid") { $0.text.contains("!\npith>") && $0.x == 6 }
        let number = try #require(p.screen.text.split(separator: "pid ").last?.split(separator: "!").first)
        if way.hasPrefix("busy") {
          p.send("busy\r")
          try p.wait("busy") { $0.text.hasSuffix("\nbusy") }
        } else if way.hasPrefix("half") {
          try p.type("half")
        }
        kill(try #require(pid_t(number)), signal)
      } else {
        p.send(way)
      }
      #expect(try p.waitForExit() == 0)
      let lines = p.screen.text.split(separator: "\n").map(String.init)
      #expect(lines.contains("status \(status)"), "\(p.screen.text)")
      let modes = lines.filter { $0.components(":") > 20 }
      #expect(modes.count == 2 && modes[0] == modes[1], "\(p.screen.text)")
      #expect(p.raw.pasteMarks == false, "pasted text is no longer marked")
    }

    @Test func aTerminalThatGoesAwayEndsIt() throws {
      let p = try Probe.start()
      try p.type("half")
      p.signal(SIGHUP)
      #expect(try p.waitForExit() == 129)
    }

    @Test func aPipeIsNoTerminal() throws {
      let p = try PTY("/bin/sh", ["-c", "echo x | \"$0\" -; echo status $?", Probe.path])
      #expect(try p.waitForExit() == 0)
      #expect(p.screen.text == "no terminal\nstatus 2")
    }
  }
}

extension PTY {
  /// Changes the size and waits for the entry to be drawn again, colours included: the model alone may look right.
  func resizeAndWait(rows: Int, columns: Int, reflows: Bool) throws {
    let start = raw.count
    resize(rows: rows, columns: columns, reflows: reflows)
    try wait("drawn again") {
      let new = String(decoding: raw[start...], as: UTF8.self)
      return new.contains("\u{1b}[J") && new.hasSuffix("\u{1b}8")
    }
  }
}

extension [UInt8] {
  /// Whether the terminal was last told to mark pasted text.
  var pasteMarks: Bool? {
    let text = String(decoding: self, as: UTF8.self)
    return text.ranges(of: "\u{1b}[?2004").last.map { text[$0.upperBound...].hasPrefix("h") }
  }
}
