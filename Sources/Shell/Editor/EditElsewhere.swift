import CEditline
import Glibc

/// Ctrl-X Ctrl-E: the entry in the user's own editor. It comes back to the line and does not run by itself.
extension TerminalInput {
  func editElsewhere() -> Int32 {
    guard let file = TemporaryScript(line.content.text) else { return CC_REFRESH_BEEP }
    screen.clear(layout())
    screen.markPastes(false)
    ced_prepare(editor, 0)
    ced_enter_child()
    ced_restore_terminal()
    let isDone = Self.run(Self.program, on: file.path)
    ced_leave_child()
    takeTerminal()
    // The terminal may have another size by now; libedit does not look by itself.
    el_resize(editor)
    if isDone, let text = file.text { line.replace(with: PastedText.clean(text)) }
    file.remove()
    screen.write("\r")
    ced_refresh(editor)
    return CC_NORM
  }

  private static var program: String {
    ["VISUAL", "EDITOR"].lazy.compactMap(TerminalNames.variable).first { !$0.isEmpty } ?? "vi"
  }

  /// Whether the program ran and was content. A shell reads its name, so that it may have arguments.
  private static func run(_ program: String, on path: String) -> Bool {
    let words: [String] = ["sh", "-c", "exec \(program) \"$1\"", "sh", path]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    arguments.append(nil)
    defer { arguments.forEach { free($0) } }
    var process: pid_t = 0
    guard posix_spawnp(&process, "sh", nil, nil, arguments, environ) == 0 else { return false }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 {
      if errno != EINTR { return false }
    }
    return status == 0
  }
}

/// A file that holds an entry while another program edits it.
private struct TemporaryScript {
  let path: String
  /// The most that is taken back from the file.
  private static let limit = 4 << 20

  init?(_ text: String) {
    let folder = TerminalNames.variable("TMPDIR").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
    let ending = ".pscript"
    var name = Array("\(folder)/pith.XXXXXX\(ending)".utf8CString)
    let file = mkstemps(&name, Int32(ending.utf8.count))
    guard file >= 0 else { return nil }
    path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let bytes = Array(text.utf8) + [UInt8(ascii: "\n")]
    let written = write(file, bytes, bytes.count)
    close(file)
    guard written == bytes.count else {
      remove()
      return nil
    }
  }

  /// What the file holds now: editors may have put another in its place.
  var text: [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < Self.limit {
      let count = read(file, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      bytes += piece[..<count]
    }
    return bytes
  }

  func remove() { unlink(path) }
}
