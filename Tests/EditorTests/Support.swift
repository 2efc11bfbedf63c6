import Glibc
import PTYKit
import Testing

@testable import Shell

/// All tests that need a terminal, one after the other: they share a small machine.
@Suite(.serialized) struct OnATerminal {}

/// A folder of its own for a test, gone afterwards.
final class Folder {
  let path: String

  init() throws {
    var name = Array("/tmp/editor-tests.XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else { throw PTY.Failure.system("mkdtemp", errno) }
    path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { Self.remove(path) }

  func file(_ name: String) -> String { path + "/" + name }

  func write(_ text: String, to name: String, executable: Bool = false) throws -> String {
    try write(Array(text.utf8), to: name, executable: executable)
  }

  func write(_ bytes: [UInt8], to name: String, executable: Bool = false) throws -> String {
    let file = open(file(name), O_WRONLY | O_CREAT | O_TRUNC, executable ? 0o700 : 0o600)
    guard file >= 0 else { throw PTY.Failure.system("open", errno) }
    defer { close(file) }
    #expect(Glibc.write(file, bytes, bytes.count) == bytes.count)
    return self.file(name)
  }

  static func bytes(of path: String) -> [UInt8] {
    let file = open(path, O_RDONLY)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = read(file, &piece, piece.count), count > 0 { bytes += piece[..<count] }
    return bytes
  }

  private static func remove(_ path: String) {
    guard let folder = opendir(path) else {
      unlink(path)
      return
    }
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { remove(path + "/" + name) }
    }
    closedir(folder)
    rmdir(path)
  }
}

enum Probe {
  /// The probe is built beside the tests.
  static var path: String {
    var name = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &name, name.count)
    let tests = String(decoding: name[..<max(count, 0)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return tests.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/editor-probe"
  }

  /// A probe that has shown its first prompt.
  static func start(
    _ arguments: [String] = ["-"], _ environment: [String: String] = [:], rows: Int = 14, columns: Int = 40
  ) throws -> PTY {
    let pty = try PTY(path, arguments, environment: environment, rows: rows, columns: columns)
    try pty.waitForPrompt()
    return pty
  }
}

extension PTY {
  /// An empty prompt with the cursor after it.
  func waitForPrompt(_ what: String = "prompt") throws {
    try wait(what) { $0.cursorLine == "pith>" && $0.x == 6 }
  }

  /// Types a text and waits until it stands at the prompt.
  func type(_ text: String) throws {
    send(text)
    try wait("typed \(text)") { $0.beforeCursor.hasSuffix(text) }
  }

  /// Runs an entry and waits for the next prompt.
  func run(_ text: String, shows expected: String? = nil) throws {
    send(text + "\r")
    try wait("ran \(text)") {
      $0.transcript.contains(expected ?? "= \(text.debugDescription)") && $0.cursorLine == "pith>" && $0.x == 6
    }
  }
}

enum Keys {
  static let up = "\u{1b}[A", down = "\u{1b}[B", right = "\u{1b}[C", left = "\u{1b}[D"
  static let home = "\u{1b}[H", end = "\u{1b}[F", delete = "\u{1b}[3~"
  static let interrupt = "\u{3}", endOfFile = "\u{4}", stop = "\u{1a}", search = "\u{12}", undo = "\u{1f}"

  static func paste(_ text: String) -> String { "\u{1b}[200~" + text + "\u{1b}[201~" }
}
