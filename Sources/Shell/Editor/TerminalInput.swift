import CEditline
import Glibc

/// Entries typed at a terminal: libedit with our own key reader, colours, suggestions and history.
///
/// One thread uses it, and one `TerminalInput` exists at a time: libedit and signals belong to the process.
public final class TerminalInput: InputSource {
  /// Whether Enter runs a text or begins another line of it.
  public var isComplete: (String) -> Bool = { _ in true }
  /// What may follow the text before the cursor.
  public var complete: (_ textBeforeCursor: String) -> Completions = { _ in .none }
  /// One style for each Unicode scalar.
  public var paint: (String) -> [Style] = { _ in [] }

  let history: HistoryStore
  /// libedit's editor. Its client data is this object, not retained: `close`, which `deinit` calls, ends it first.
  let editor: OpaquePointer
  let line: LineBuffer
  let screen: TerminalScreen
  let keys = KeyReader()
  let prompt = Prompt()

  /// What libedit reads before the next key.
  var codes: [UInt32] = []
  var pasted = ""
  var killed = ""
  var undo = UndoStack()
  var walk = HistoryWalk()
  /// What the history would add to the entry, and how many columns of it are on the screen.
  var suggestion = ""
  var ghostColumns = 0
  var tabs = 0
  var lastTabText: EditedText?
  var isSearching = false
  var isVi = false
  private var isCancelled = false
  private var isFirstKey = true
  private var isClosed = false

  /// - Parameters:
  ///   - program: the name by which `~/.editrc` knows it.
  ///   - colours: whether to colour the entry and to suggest its rest.
  /// - Returns: nil if standard input or output is no terminal, or libedit cannot start.
  public init?(program: String, history: HistoryStore, colours: Bool = true) {
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { return nil }
    TerminalNames.useUTF8()
    _ = ced_install_signals()
    let name = TerminalNames.variable("TERM")
    let known = TerminalNames.known(name)
    setenv("TERM", known, 1)
    defer { if let name { setenv("TERM", name, 1) } else { unsetenv("TERM") } }  // programs started later know better
    guard let editor = ced_init(program) else { return nil }
    self.editor = editor
    self.history = history
    line = LineBuffer(editor: editor)
    screen = TerminalScreen(isDumb: known == "dumb", hasColours: colours && known != "dumb")
    ced_set_client(editor, Unmanaged.passUnretained(self).toOpaque())
    prepare()
  }

  deinit { close() }

  private func prepare() {
    ced_set_prompt(editor) { editor in TerminalInput.from(editor)?.prompt.bytes }
    ced_set_editor(editor, "emacs")
    addActions()
    ced_source(editor)
    isVi = ced_is_vi(editor) != 0
    if isVi { bindForVi() }
    ced_set_reader(editor) { editor, code in
      guard let input = TerminalInput.from(editor), let next = input.nextCode() else { return -1 }
      code?.pointee = next
      return 1
    }
    ced_set_modes(editor)
    ced_note_command_mode()
    keys.onSignals = { [unowned self] in handle($0) }
  }

  /// The input behind an editor that calls back.
  static func from(_ editor: OpaquePointer?) -> TerminalInput? {
    guard let editor, let client = ced_client(editor) else { return nil }
    return Unmanaged<TerminalInput>.fromOpaque(client).takeUnretainedValue()
  }

  /// Gives the terminal back. Nothing can be read afterwards.
  public func close() {
    guard !isClosed else { return }
    isClosed = true
    ced_end(editor)
    ced_give_terminal_back()
  }

  public func next(prompt text: String) -> Entry {
    guard !isClosed else { return .end }
    ced_enter_editing()
    prompt.set(text, .prompt, on: screen)
    undo = UndoStack()
    walk = HistoryWalk()
    (suggestion, ghostColumns, tabs, isCancelled, isFirstKey) = ("", 0, 0, false, true)
    // Raw before the prompt: keys typed on seeing it would otherwise be echoed by the kernel.
    ced_prepare(editor, 1)
    screen.markPastes(true)
    let entry = read()
    screen.markPastes(false)
    ced_leave_editing()
    return entry
  }

  private func read() -> Entry {
    var start: UnsafePointer<UInt32>?
    let count = ced_gets(editor, &start)
    codes = []
    guard count > 0 else {
      screen.write(isCancelled ? "^C\n" : "\n")
      return isCancelled ? .cancelled : .end
    }
    // `start` is valid until the editor is used again.
    var scalars = UnsafeBufferPointer(start: start, count: count).map { Unicode.Scalar($0) ?? "\u{fffd}" }
    if scalars.last == "\n" { scalars.removeLast() }
    return .text(EditedText.string(scalars[...]))
  }

  /// The next code for libedit; nil ends the entry without a result.
  private func nextCode() -> UInt32? {
    // The prompt is on the screen by now, and nobody types as fast as this reads.
    if isFirstKey { history.refresh() }
    isFirstKey = false
    while codes.isEmpty {
      undo.note(line.content)
      drawOverlay()
      let key = keys.next()
      dropGhost()
      switch key {
      case .interrupt:
        screen.goToEnd(layout())
        isCancelled = true
        return nil
      case .end: return nil
      case .paste(let bytes):
        pasted = PastedText.clean(bytes, prompt: prompt.text)
        codes = [Action.pasteCode]
      case .escape: codes = isVi ? [Action.escapeCode] : []
      default: codes = key.codes
      }
    }
    return codes.removeFirst()
  }
}
