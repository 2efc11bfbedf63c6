import Testing

@testable import Shell

@Suite struct EditorValues {
  init() { TerminalNames.useUTF8() }

  @Test func rowsAndWords() {
    var text = EditedText("ab\nçd e\n")
    #expect(text.row == 8..<8 && text.placeBelow == nil && text.placeAbove == 3)
    text.cursor = 7
    #expect(text.row == 3..<7 && text.placeAbove == 2 && text.placeBelow == 8 && text.wordStart == 6)
    text.cursor = 0
    #expect(text.placeAbove == nil && text.placeBelow == 3 && text.wordEnd == 2 && text.before == "")
    #expect(EditedText.place(of: "d", in: "日çd") == 2)
    #expect(EditedText.place(of: "", in: "a") == nil && EditedText.place(of: "ab", in: "a") == nil)
  }

  @Test func layoutWrapsAsLibeditDoes() {
    func end(_ text: String, prompt: Int = 6, columns: Int = 10) -> [Int] {
      let layout = Layout(EditedText(text), promptColumns: prompt, columns: columns)
      #expect(layout.cursor == layout.end)
      return [layout.end.row, layout.end.column]
    }
    #expect(end("") == [0, 6])
    #expect(end("abcd") == [1, 0])
    #expect(end("abcd\n") == [2, 0])
    #expect(end("abc日") == [1, 2], "a wide letter does not split")
    #expect(end("ab日") == [1, 0])
    #expect(end("abc\u{1}") == [1, 1], "a control character does")
    #expect(end("\t", columns: 40) == [0, 8])
    #expect(end("a\t", columns: 10) == [0, 8])
    #expect(end("abc\t", columns: 10) == [1, 0])
    #expect(end("e\u{301}") == [0, 7])
    #expect(end("", prompt: 25) == [2, 5])
    let layout = Layout(EditedText("abc日", cursorAt: "日"), promptColumns: 6, columns: 10)
    #expect(layout.cursor == .init(row: 1, column: 0))
  }

  @Test func pastedText() {
    #expect(PastedText.clean("a\r\nb\rc\n\n".utf8) == "a\nb\nc")
    #expect(PastedText.clean("\ta\u{1b}[1mb\u{85}\u{0}c".utf8) == "    a[1mbc")
    #expect(PastedText.clean([0x61, 0xff]) == "a\u{fffd}")
    #expect(PastedText.clean("pith> a\n = 1\npith>\npithy".utf8, prompt: "pith> ") == "a\n = 1\n\npithy")
    #expect(PastedText.clean("> a".utf8, prompt: " ") == "> a")
    #expect(PastedText.clean("\n\r\n".utf8) == "")
  }

  @Test func undoGoesWordByWord() {
    var stack = UndoStack()
    var typed = ""
    stack.note(EditedText(""))
    for letter in "one two" {
      typed.append(letter)
      stack.note(EditedText(typed))
    }
    #expect(stack.undo()?.text == "one ")
    #expect(stack.undo()?.text == "one")
    #expect(stack.undo()?.text == "")
    #expect(stack.undo() == nil)
    stack.note(EditedText(String(repeating: "x", count: 3_000_000)))
    stack.note(EditedText(String(repeating: "y", count: 3_000_000)))
    #expect(stack.undo() != nil)
  }

  @Test func keyNames() {
    #expect(Key.named("1;5C") == .wordRight && Key.named("15~") == nil && Key.named("") == nil)
    #expect(Key.named(.up).codes == [27, 91, 65] && Key.scalar("é").codes == [0xe9])
  }

  @Test func terminals() {
    #expect(TerminalNames.known(nil) == "dumb" && TerminalNames.known("dumb") == "dumb" && TerminalNames.known("") == "dumb")
    #expect(TerminalNames.known("../../etc/passwd") == "dumb")
    #expect(TerminalNames.known("no-such-terminal") != "no-such-terminal")
  }
}
