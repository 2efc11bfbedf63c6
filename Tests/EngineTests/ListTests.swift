@testable import Engine
import Foundation
import Testing

/// The lists of built-ins against the folder that declares them.
@Suite struct ListTests {
  private static let engine = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/Engine")

  /// The names declared in extensions of `Builtin<context>`.
  private func declared(_ context: String) throws -> Set<String> {
    var names: Set<String> = []
    let files = FileManager.default.enumerator(at: Self.engine.appending(path: "Operations"), includingPropertiesForKeys: nil)
    for case let file as URL in try #require(files) where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for part in text.components(separatedBy: "\nextension ") where part.hasPrefix("Builtin<\(context)>") {
        let body = part.components(separatedBy: "\n}")[0]
        names.formUnion(body.matches(of: #/\n  static let `?(\w+)`? = /#).map { String($0.1) })
      }
    }
    return names
  }

  @Test("every declared operation is listed, in order", arguments: [("Void", "Operations.swift"), ("Generator", "Operations/Random/RandomOperations.swift")])
  func complete(_ context: String, _ file: String) throws {
    let text = try String(contentsOf: Self.engine.appending(path: file), encoding: .utf8)
    let list = text.components(separatedBy: "= [").last ?? ""
    let listed = list.matches(of: #/\.(\w+)/#).map { String($0.1) }
    let missing = try declared(context).subtracting(listed)
    #expect(missing.isEmpty, "add \(missing.sorted().map { ".\($0)," }.joined(separator: " ")) to \(file)")
    #expect(listed == listed.sorted { $0.lowercased() < $1.lowercased() })
  }
}
