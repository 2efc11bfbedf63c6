import Foundation
import PTYKit
import Testing

/// The interactive shell on a terminal of its own, and the folder that it works in.
final class InteractiveShell {
  let pty: PTY
  let folder: Folder

  init(_ arguments: [String], in folder: Folder, environment: [String: String], rows: Int, columns: Int) throws {
    self.folder = folder
    pty = try PTY(
      "/bin/sh", Program.command(arguments, in: folder), environment: folder.environment.merging(environment) { $1 }, rows: rows,
      columns: columns)
  }

  /// An empty prompt with the cursor after it.
  func waitForPrompt(_ what: String = "prompt") throws {
    try pty.wait(what) { $0.cursorLine == "pith>" && $0.x == 6 }
  }

  /// Runs an entry and gives what it showed: the rows between the entry and the next prompt.
  @discardableResult func run(_ entry: String) throws -> String {
    let before = pty.screen.prompts
    pty.send(entry + "\r")
    try pty.wait("ran \(entry)") { $0.prompts > before && $0.cursorLine == "pith>" && $0.x == 6 }
    let rows = pty.screen.transcript.split(separator: "\n", omittingEmptySubsequences: false)
    let earlier = rows.dropLast()
    guard let start = earlier.lastIndex(where: { $0.hasPrefix("pith>") }) else { return "" }
    return earlier[(start + 1)...].joined(separator: "\n")
  }

  /// Types a text and waits until it stands before the cursor.
  func type(_ text: String) throws {
    pty.send(text)
    try pty.wait("typed \(text)") { $0.beforeCursor.hasSuffix(text) }
  }

  /// Presses keys and waits for the text that the cursor is then behind.
  func press(_ keys: String, gives text: String) throws {
    pty.send(keys)
    try pty.wait("\(keys.debugDescription) gives \(text)") { $0.beforeCursor.hasSuffix(text) }
  }

  func leave() throws -> Int32 {
    pty.send(Keys.endOfFile)
    return try pty.waitForExit()
  }
}

extension Screen {
  /// How many prompts have been shown.
  var prompts: Int { transcript.split(separator: "\n").count { $0.hasPrefix("pith>") } }
}

enum Keys {
  static let interrupt = "\u{3}", endOfFile = "\u{4}", tab = "\t", up = "\u{1b}[A"
}
