import CEditline

/// What the editor adds to libedit's own functions, by names that `bind` in `~/.editrc` knows.
struct Action {
  let name: String
  let help: String
  let keys: [String]
  let function: ced_action_fn

  init(_ name: String, _ help: String, _ keys: [String], _ function: @escaping ced_action_fn) {
    self.name = name
    self.help = help
    self.keys = keys
    self.function = function
  }

  /// Codes that no key sends, since the reader drops them: U+0080 inserts a paste, U+0081 ends the entry, U+0082 is
  /// the escape key alone, which libedit cannot tell from the start of a sequence.
  static let pasteCode: UInt32 = 0x80
  static let acceptCode: UInt32 = 0x81
  static let escapeCode: UInt32 = 0x82

  /// C calls these, so they capture nothing.
  static var all: [Action] {
    entry + movement + changes
  }

  private static var entry: [Action] {
    [
      Action("pith-enter", "Run the entry, or begin another line", ["\\r", "\\n"]) { e, _ in perform(e) { $0.enter() } },
      Action("pith-newline", "Begin another line", ["\\e\\r", "\\e\\n"]) { e, _ in perform(e) { $0.newline() } },
      Action("pith-end", "Leave, or delete a letter", ["^D"]) { e, _ in perform(e) { $0.endOrDelete() } },
      Action("pith-paste", "Insert what was pasted", ["\\200"]) { e, _ in perform(e) { $0.insertPaste() } },
      Action("pith-complete", "Complete the word", ["\\t"]) { e, _ in perform(e) { $0.completeWord() } },
      Action("pith-search", "Search the history", ["^R"]) { e, _ in perform(e) { $0.search() } },
      Action("pith-editor", "Edit in $EDITOR", ["^X^E"]) { e, _ in perform(e) { $0.editElsewhere() } },
    ]
  }

  private static var movement: [Action] {
    [
      Action("pith-up", "A row up, or older", ["\\e[A"]) { e, _ in perform(e) { $0.up() } },
      Action("pith-down", "A row down, or newer", ["\\e[B"]) { e, _ in perform(e) { $0.down() } },
      Action("pith-older", "The entry before", ["^P"]) { e, _ in perform(e) { $0.recall(.older, byPrefix: false) } },
      Action("pith-newer", "The entry after", ["^N"]) { e, _ in perform(e) { $0.recall(.newer, byPrefix: false) } },
      Action("pith-right", "A letter on", ["\\e[C", "^F"]) { e, _ in perform(e) { $0.right() } },
      Action("pith-word-right", "A word on", ["\\ef"]) { e, _ in perform(e) { $0.wordRight() } },
      Action("pith-word-left", "A word back", ["\\eb"]) { e, _ in perform(e) { $0.wordLeft() } },
      Action("pith-row-start", "The row's start", ["^A", "\\e[H"]) { e, _ in perform(e) { $0.rowStart() } },
      Action("pith-row-end", "The row's end", ["^E", "\\e[F"]) { e, _ in perform(e) { $0.rowEnd() } },
    ]
  }

  private static var changes: [Action] {
    [
      Action("pith-undo", "Take back the last change", ["^_"]) { e, _ in perform(e) { $0.takeBack() } },
      Action("pith-kill-right", "Cut to the row's end", ["^K"]) { e, _ in perform(e) { $0.killRight() } },
      Action("pith-kill-left", "Cut to the row's start", ["^U"]) { e, _ in perform(e) { $0.killLeft() } },
      Action("pith-kill-word-left", "Cut a word back", ["^W", "\\e\\177", "\\e^H"]) { e, _ in
        perform(e) { $0.killWordLeft() }
      },
      Action("pith-kill-word-right", "Cut a word on", ["\\ed"]) { e, _ in perform(e) { $0.killWordRight() } },
      Action("pith-yank", "Insert what was cut", ["^Y"]) { e, _ in perform(e) { $0.yank() } },
      Action("pith-close", "Insert a closing brace", ["}"]) { e, _ in perform(e) { $0.closeBrace() } },
    ]
  }
}

/// Runs an action for the editor that calls; the result tells libedit what to redraw.
private func perform(_ editor: OpaquePointer?, _ action: (TerminalInput) -> Int32) -> UInt8 {
  guard let input = TerminalInput.from(editor) else { return UInt8(CC_ERROR) }
  return UInt8(truncatingIfNeeded: action(input))
}

extension TerminalInput {
  func addActions() {
    for action in Action.all {
      ced_add_action(editor, action.name, action.help, action.function)
      for key in action.keys { ced_bind(editor, key, action.name) }
    }
    ced_bind(editor, "\\201", "ed-newline")
    ced_bind(editor, "\\e[D", "ed-prev-char")
    ced_bind(editor, "\\e[3~", "ed-delete-next-char")
  }

  /// Choosing vi's keys has dropped all of the above; its insert mode needs what the reader sends and a few more.
  func bindForVi() {
    let shared = ["pith-enter", "pith-paste", "pith-up", "pith-down", "pith-search", "pith-end"]
    let typed = ["pith-newline", "pith-complete", "pith-right", "pith-row-start", "pith-row-end", "pith-editor"]
    for action in Action.all where shared.contains(action.name) || typed.contains(action.name) {
      for key in action.keys { ced_bind(editor, key, action.name) }
    }
    for action in Action.all where shared.contains(action.name) {
      for key in action.keys { ced_bind_command(editor, key, action.name) }
    }
    ced_bind(editor, "\\201", "ed-newline")
    ced_bind_command(editor, "\\201", "ed-newline")
    ced_bind(editor, "\\202", "vi-command-mode")
    ced_bind(editor, "\\e[D", "ed-prev-char")
    ced_bind(editor, "\\e[3~", "ed-delete-next-char")
  }
}
