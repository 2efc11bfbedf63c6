import Glibc
import Testing

@testable import Shell

@Suite struct HistoryStoreTests {
  private func lines(_ path: String) -> Int { Folder.bytes(of: path).count { $0 == 10 } }

  @Test func entriesSurviveWithAllTheirLetters() throws {
    let folder = try Folder()
    let path = folder.file("a/b/history")
    let texts = ["train 1", "f(\n  \"x\\y\"\n)", "größe\t日 👍", "e\u{301}", "'\u{7f}'"]
    let store = HistoryStore(path: path)
    for text in texts { store.record(text, ok: text.count % 2 == 0) }
    let again = HistoryStore(path: path)
    #expect(again.entries.dropLast() == texts.dropLast().map { .init($0, ok: $0.count % 2 == 0) }[...])
    #expect(again.entries.last?.text == "''", "control characters are dropped")
    #expect(lines(path) == texts.count)
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(stat(folder.file("a"), &status) == 0 && status.st_mode & 0o777 == 0o700)
  }

  @Test func whatIsNotKept() {
    let store = HistoryStore(path: nil)
    for text in ["", "   ", " secret", "\n", "kept"] { store.record(text, ok: true) }
    #expect(store.entries == [.init("kept")])
  }

  @Test func duplicatesMoveToTheEnd() {
    let store = HistoryStore(path: nil)
    for text in ["a", "b", "a", "c", "b"] { store.record(text, ok: true) }
    #expect(store.entries.map(\.text) == ["a", "c", "b"])
    store.record("a", ok: false)
    #expect(store.entries == [.init("c"), .init("b"), .init("a", ok: false)])
  }

  @Test func onlyWhatRanIsSuggested() {
    let store = HistoryStore(path: nil)
    store.record("plot loss", ok: true)
    store.record("plot bad", ok: false)
    store.record("plot {\n1\n}", ok: true)
    #expect(store.suggestion(for: "pl") == "ot loss")
    #expect(store.suggestion(for: "plot loss") == "")
    #expect(store.suggestion(for: "") == "")
    #expect(store.suggestion(for: "  ") == "")
  }

  @Test func twoStoresLoseNothing() throws {
    let folder = try Folder()
    let path = folder.file("history")
    let (a, b) = (HistoryStore(path: path), HistoryStore(path: path))
    for number in 0..<50 {
      a.record("a\(number)", ok: true)
      b.record("b\(number)", ok: true)
    }
    a.refresh()
    let expected = (0..<50).flatMap { ["a\($0)", "b\($0)"] }
    #expect(a.entries.map(\.text) == expected)
    #expect(b.entries.map(\.text) == expected)
  }

  @Test func manyWritersAtOnce() async throws {
    let folder = try Folder()
    let path = folder.file("history")
    await withTaskGroup(of: Void.self) { group in
      for writer in 0..<4 {
        group.addTask {
          let store = HistoryStore(path: path, limit: 1000)
          for number in 0..<100 { store.record("\(writer)-\(number)", ok: true) }
        }
      }
    }
    #expect(Set(HistoryStore(path: path).entries.map(\.text)).count == 400)
  }

  @Test func theFileIsCutToTheLimit() throws {
    let folder = try Folder()
    let path = folder.file("history")
    let (a, b) = (HistoryStore(path: path, limit: 20), HistoryStore(path: path, limit: 20))
    for number in 0..<100 { (number % 3 == 0 ? a : b).record("entry \(number)", ok: true) }
    a.refresh()
    b.refresh()
    let expected = (80..<100).map { "entry \($0)" }
    #expect(a.entries.map(\.text) == expected)
    #expect(b.entries.map(\.text) == expected)
    #expect(lines(path) <= 26)
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
  }

  @Test func aLastLineCutShortIsLeftAside() throws {
    let folder = try Folder()
    let path = try folder.write(#"{"ok":true,"text":"one"}"# + "\n" + #"{"ok":true,"te"#, to: "history")
    let store = HistoryStore(path: path)
    #expect(store.entries == [.init("one")])
    store.record("two", ok: true)
    #expect(store.entries == [.init("one"), .init("two")])
    #expect(HistoryStore(path: path).entries == [.init("one"), .init("two")])
  }

  @Test func foreignSpellings() {
    let decode = { (text: String) in HistoryLine.decode(Array(text.utf8)[...])?.text }
    #expect(decode(#"{"ok":true,"text":"\u0041\/\ud83d\udc4d\u000a"}"#) == "A/👍\n")
    for line in [
      #"{"ok":true,"text":"\ud83d"}"#, #"{"ok":true,"text":"\ud83d\u0041"}"#, #"{"ok":true,"text":"\udc4d"}"#,
      #"{"ok":true,"text":"\u00"}"#, #"{"ok":true,"text":"\u+041"}"#, #"{"ok":true,"text":"\"}"#,
      #"{"ok":true,"text":"a"b"}"#, #"{"ok":true,"text":""}"#, #"{"ok":true,"text":"}"#, "", "plain", "{}",
    ] {
      #expect(decode(line) == nil, "\(line)")
    }
  }

  @Test(arguments: 0..<100) func garbageIsSurvived(seed: Int) throws {
    var random = Xorshift(state: UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1)
    let good = (0..<20).map { HistoryLine.encode(.init("entry \($0) \"x\"\n日", ok: $0 % 3 > 0)) + [10] }
    var bytes = good.flatMap(\.self)
    for _ in 0..<Int.random(in: 0...40, using: &random) {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[place] = .random(in: 0...255, using: &random)
      case 1: bytes.remove(at: place)
      case 2: bytes.insert(contentsOf: (0..<9).map { _ in .random(in: 0...255, using: &random) }, at: place)
      default: bytes.removeLast(min(bytes.count - 1, Int.random(in: 0...30, using: &random)))
      }
    }
    let folder = try Folder()
    let path = try folder.write(bytes, to: "history")
    let store = HistoryStore(path: path, limit: 15)
    #expect(store.entries.count <= 15)
    store.record("after", ok: true)
    #expect(store.entries.last == .init("after"))
    #expect(HistoryStore(path: path, limit: 15).entries == store.entries)
  }

  @Test func placesThatAreNone() throws {
    let folder = try Folder()
    let file = try folder.write("", to: "file")
    let pipe = folder.file("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    for path in ["", "/", folder.path, file + "/below", "/proc/nothing/history", pipe, "/dev/null"] {
      let store = HistoryStore(path: path)
      store.record("kept", ok: true)
      store.record("kept too", ok: true)
      store.refresh()
      #expect(store.entries == [.init("kept"), .init("kept too")], "\(path)")
    }
  }

  @Test func aFileThatCanOnlyBeRead() throws {
    let folder = try Folder()
    let path = try folder.write(#"{"ok":true,"text":"old"}"# + "\n", to: "history")
    #expect(chmod(path, 0o400) == 0)
    let store = HistoryStore(path: path)
    store.record("new", ok: true)
    #expect(store.entries.map(\.text) == ["old", "new"])
  }

  @Test func theUsersFolder() {
    #expect(HistoryStore.defaultPath { ["XDG_STATE_HOME": "/s", "HOME": "/h"][$0] } == "/s/pith/history")
    #expect(HistoryStore.defaultPath { ["XDG_STATE_HOME": "s", "HOME": "/h"][$0] } == "/h/.local/state/pith/history")
    #expect(HistoryStore.defaultPath { ["HOME": "/h"][$0] } == "/h/.local/state/pith/history")
    #expect(HistoryStore.defaultPath { _ in nil } == nil)
  }
}

/// A small generator, so that a failure can be repeated.
struct Xorshift: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
