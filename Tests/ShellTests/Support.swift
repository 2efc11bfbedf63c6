import Foundation
import PTYKit
import Testing

/// All tests that start the program, one after the other: they share a small machine.
@Suite(.serialized) struct TheProgram {}

/// A folder of its own for a test: where the program works and where its home is. Gone afterwards.
final class Folder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("shell-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.resolvingSymlinksInPath().path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, and the folders that it lies in.
  func write(_ bytes: some Sequence<UInt8>, to name: String) throws {
    let place = URL(fileURLWithPath: path).appendingPathComponent(name)
    try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: place)
  }

  func write(_ text: String, to name: String) throws { try write(text.utf8, to: name) }

  func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }

  var environment: [String: String] { ["HOME": path, "XDG_STATE_HOME": path + "/state", "SHELL": "/bin/sh"] }
}

enum Program {
  /// The program is built beside the tests.
  static let path = try? URL(fileURLWithPath: FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
    .deletingLastPathComponent().appendingPathComponent("pith").path

  /// What the shell is told to become, so that the program starts in a folder.
  static func command(_ arguments: [String], in folder: Folder) throws -> [String] {
    ["-c", #"cd "$0" && exec "$@""#, folder.path, try #require(path)] + arguments
  }

  /// The repository's own file.
  static func source(_ name: String, from test: String = #filePath) -> String {
    URL(fileURLWithPath: test).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent(name).path
  }

  /// Runs the program to its end, away from a terminal.
  /// - Parameter input: what standard input gives before it ends.
  static func run(
    _ arguments: [String], in folder: Folder? = nil, input: String = "", environment: [String: String] = [:]
  ) throws -> Finished {
    let child = try Child(arguments, in: folder ?? Folder(), input: input, environment: environment)
    return try child.finish()
  }

  /// An interactive shell that has shown its first prompt.
  static func shell(
    _ arguments: [String] = [], in folder: Folder? = nil, environment: [String: String] = [:], rows: Int = 40, columns: Int = 80
  ) throws -> InteractiveShell {
    let shell = try InteractiveShell(arguments, in: folder ?? Folder(), environment: environment, rows: rows, columns: columns)
    try shell.waitForPrompt()
    return shell
  }
}

/// What a run of the program left behind.
struct Finished {
  let output: String, errors: String
  let status: Int32

  var lines: [String] { output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) }
  var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
  /// Both streams as JSON objects, one a line.
  func objects(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "no object: \(line)")
    }
  }
}
