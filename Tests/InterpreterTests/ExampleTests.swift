import Foundation
import Interpreter
import Testing
import TestSupport

/// Every example that help shows runs, and prints what it says it prints.
@Suite struct ExampleTests {
  static let entries = Registry.all + Registry.allModelMethods

  /// What examples may speak of: a data set, a model, a batch and scores.
  static let stage = """
    seed 0
    iris = load("iris").standardize().split(0.8)
    net = Sequential(fc1=Linear(4, 16), act=ReLU(), fc2=Linear(16, 3))
    x = load("iris").x; y = load("iris").y
    imp = importance |w * g| of net on iris.test
    """

  @Test("examples run", arguments: entries.indices)
  func example(_ index: Int) throws {
    let entry = Self.entries[index]
    for example in entry.examples {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pith-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let shell = TestShell(folder: folder.path)
      try #require(shell.failure(Self.stage) == nil)
      let said = shell.type(example.code)
      #expect(!said.contains("error:"), "\(entry.name): \(example.code)\n\(said)")
      let squeezed = { (text: String) in text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
      #expect(example.gives.isEmpty || squeezed(said).contains(squeezed(example.gives)), "\(entry.name): \(example.code)\ngave \(said)")
    }
  }

  @Test("everything has help", arguments: entries.indices)
  func help(_ index: Int) {
    let entry = Self.entries[index]
    #expect(!entry.summary.isEmpty && entry.summary.hasSuffix("."))
    for parameter in entry.parameters { #expect(!parameter.help.isEmpty, "\(entry.name): \(parameter.name)") }
  }
}
