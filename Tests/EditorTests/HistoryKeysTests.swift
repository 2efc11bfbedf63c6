import PTYKit
import Testing

@testable import Shell

extension OnATerminal {
  @Suite(.serialized) struct Remembering {
    @Test func arrowsFollowWhatWasTyped() throws {
      let p = try Probe.start()
      for text in ["train 1", "plot", "train 2"] { try p.run(text) }
      try p.type("tr")
      p.send(Keys.up)
      try p.wait("newest") { $0.cursorLine == "pith> train 2" && $0.x == 13 }
      p.send(Keys.up)
      try p.wait("one before, plot left out") { $0.cursorLine == "pith> train 1" }
      p.send(Keys.up)
      p.send(Keys.down + Keys.down)
      try p.wait("what was typed") { $0.x == 8 }
      p.send("q\u{10}")
      try p.wait("any entry") { $0.cursorLine == "pith> train 2" }
      p.send("\u{10}\u{e}\u{e}")
      try p.wait("and back") { $0.cursorLine == "pith> trq" }
    }

    @Test func rowsFirstThenOlderEntries() throws {
      let p = try Probe.start()
      try p.run("plot")
      try p.run("f(\r1)", shows: #"= "f(\n  1)""#)
      p.send(Keys.up)
      try p.wait("two rows") { $0.cursorLine == "pith> f(" && $0.x == 8 }
      p.send(Keys.up)
      try p.wait("one key further") { $0.cursorLine == "pith> plot" && $0.line($0.y + 1) == "" }
      p.send(Keys.down)
      try p.wait("end of two rows") { $0.cursorLine == "  1)" && $0.x == 4 }
      p.send(Keys.up + "x")
      try p.wait("a row up") { $0.cursorLine == "pith> f(x" || $0.cursorLine == "pith>xf(" || $0.y == 4 }
    }

    @Test func suggestions() throws {
      let p = try Probe.start()
      try p.run("plot loss 1")
      try p.run("bad plot")
      try p.type("pl")
      try p.wait("the rest, faint") { $0.cursorLine == "pith> plot loss 1" && $0.x == 8 && $0.style(of: "ot loss 1", from: $0.y) == "2" }
      p.send("q")
      try p.wait("gone") { $0.cursorLine == "pith> plq" }
      p.send("\u{7f}\u{1b}f")
      try p.wait("a word of it") { $0.x == 10 && $0.cursorLine == "pith> plot loss 1" }
      p.send(Keys.right + "2\r")
      try p.wait("taken") { $0.text.contains("= \"plot loss 12\"") && $0.cursorLine == "pith>" }
      p.send("ba")
      try p.wait("not what failed") { $0.cursorLine == "pith> ba" && $0.x == 8 }
      p.send(Keys.up)
      try p.wait("but recalled") { $0.cursorLine == "pith> bad plot" }
    }

    @Test func colours() throws {
      let p = try Probe.start()
      try p.type("train x 12")
      try p.wait("coloured") { $0.style(of: "train") == "1;34" && $0.style(of: "12") == "33" && $0.style(of: "x") == "" }
      #expect(p.screen.style(of: "pith>") == "1;36")
      p.send(Keys.home + Keys.delete)
      try p.wait("no word any more") { $0.cursorLine == "pith> rain x 12" && $0.style(of: "rain") == "" && $0.x == 6 }
    }

    @Test func search() throws {
      let p = try Probe.start()
      for text in ["plot ąb", "train 1", "train 2"] { try p.run(text) }
      p.send("half" + Keys.search)
      try p.wait("open") { $0.cursorLine == "search `': half" }
      p.send("rain")
      try p.wait("newest") { $0.cursorLine == "search `rain': train 2" }
      p.send(Keys.search)
      try p.wait("older") { $0.cursorLine == "search `rain': train 1" }
      p.send(Keys.search)
      try p.wait("no more") { $0.cursorLine == "no match `rain': train 1" }
      p.send(Keys.right)
      try p.wait("an arrow takes it") { $0.cursorLine == "pith> train 1" && $0.x == 8 }
      p.send(Keys.down)
      try p.wait("and goes on from there") { $0.cursorLine == "pith> train 2" }
      p.send(Keys.search + "ą")
      try p.wait("beyond ASCII") { $0.cursorLine == "search `ą': plot ąb" }
      p.send("\u{7}")
      try p.wait("given up") { $0.cursorLine == "pith> train 2" && $0.x == 13 }
      p.send(Keys.search + "plot\r")
      try p.wait("Enter runs it") { $0.text.components("= \"plot ąb\"") == 2 && $0.cursorLine == "pith>" }
    }

    @Test func interruptWhileSearching() throws {
      let p = try Probe.start()
      try p.run("train 1")
      p.send("ha" + Keys.search + "tr")
      try p.wait("found") { $0.cursorLine == "search `tr': train 1" }
      p.send(Keys.interrupt)
      try p.wait("dropped") { $0.text.contains("pith> ha^C\n") && $0.cursorLine == "pith>" }
      try p.run("ok")
    }

    @Test func twoSessionsShareOneHistory() throws {
      let folder = try Folder()
      let path = folder.file("state/pith/history")
      let a = try Probe.start([path])
      let b = try Probe.start([path])
      try a.run("from a")
      try b.run("from b")
      a.send(Keys.up)
      try a.wait("the other's") { $0.cursorLine == "pith> from b" }
      a.send(Keys.up + "\r")
      try a.wait("its own") { $0.text.components("= \"from a\"") == 2 && $0.cursorLine == "pith>" }
      b.send(Keys.up)
      try b.wait("moved to the end") { $0.cursorLine == "pith> from a" }
      #expect(HistoryStore(path: path).entries.map(\.text) == ["from b", "from a"])
    }

    @Test func editorOfTheUsersChoice() throws {
      let folder = try Folder()
      let script = #"""
        #!/bin/sh
        sed -i "s/one/$1/" "$2" && echo two >> "$2"

        """#
      let program = try folder.write(script, to: "edit", executable: true)
      let p = try Probe.start(["-"], ["VISUAL": "\(program) 'eins'"])
      try p.type("say one")
      p.send("\u{18}\u{5}")
      try p.wait("changed, not run") { $0.text.contains("pith> say eins") && $0.cursorLine == "two" }
      p.send("\r")
      try p.wait("value") { $0.text.contains(#"1 = "say eins\ntwo""#) }
    }

    @Test func anEditorThatFailsChangesNothing() throws {
      let p = try Probe.start(["-"], ["EDITOR": "false"])
      try p.type("keep me")
      p.send("\u{18}\u{5}!\r")
      try p.wait("kept") { $0.text.contains(#"1 = "keep me!""#) }
    }
  }
}

@Suite struct HistoryWalkValues {
  let entries = ["a1", "b", "a2"].map { HistoryStore.Record($0) }

  @Test func pastTheNewestStandsTheDraft() {
    var walk = HistoryWalk()
    walk.start(from: EditedText("a"), prefix: "a", count: entries.count)
    #expect(walk.step(.newer, in: entries) == nil)
    #expect(walk.step(.older, in: entries)?.text == "a2")
    #expect(walk.step(.older, in: entries)?.text == "a1")
    #expect(walk.step(.older, in: entries) == nil)
    #expect(walk.step(.newer, in: entries)?.text == "a2")
    #expect(walk.step(.newer, in: entries)?.text == "a")
    #expect(walk.step(.newer, in: entries) == nil)
  }

  @Test func searchKeepsWhatStillFits() {
    var search = HistorySearch(entries)
    search.extend("a")
    #expect(search.found?.text == "a2")
    search.next(.older)
    #expect(search.found?.text == "a1")
    search.extend("1")
    #expect(search.found?.text == "a1")
    search.extend("x")
    #expect(search.failed)
    search.shorten()
    #expect(search.found?.text == "a1" && !search.failed)
    search.next(.newer)
    #expect(search.failed)
  }
}
