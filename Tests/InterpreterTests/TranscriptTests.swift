import Foundation
import Testing
import TestSupport

/// Files whose whole output is written down beside them. `PITH_RECORD=1` writes it anew; read the difference.
@Suite struct TranscriptTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Transcripts").path

  static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.filter { $0.hasSuffix(".pscript") }.map { String($0.dropLast(8)) }.sorted()
  }()

  @Test("transcripts say what they said", arguments: names)
  func transcript(_ name: String) throws {
    let text = try String(contentsOfFile: "\(Self.folder)/\(name).pscript", encoding: .utf8)
    let shell = TestShell(folder: Self.folder)
    shell.session.define("here", ".")
    let said = shell.type(text, name: "\(name).pscript")
    let path = "\(Self.folder)/\(name).out"
    if ProcessInfo.processInfo.environment["PITH_RECORD"] == "1" {
      try said.write(toFile: path, atomically: true, encoding: .utf8)
    }
    #expect(said == (try? String(contentsOfFile: path, encoding: .utf8)))
  }

  @Test func thereAreSome() { #expect(Self.names.count > 10) }
}
