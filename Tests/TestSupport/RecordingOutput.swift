import Builtins
import Charts
import Data
import Engine
import Interpreter
import Language

/// Collects what a session shows, as a pipe of 80 columns would have it.
public final class RecordingOutput: SessionOutput {
  public private(set) var text = ""
  public private(set) var notes: [String] = []
  public private(set) var shown: [any Value] = []

  public init() {}

  public func show(_ value: any Value) {
    shown.append(value)
    write(Charts.text(of: value.shown, width: 100, style: .plain, rowLimit: nil))
  }
  public func write(_ line: String) { text += line + "\n" }
  public func note(_ line: String) { notes.append(line) }
  public func progress(_ step: ProgressStep?) {}
  public func clear() { (text, notes, shown) = ("", [], []) }
}

/// A session that tests type into.
public struct TestShell {
  public let output = RecordingOutput()
  public let session: Session

  public init(folder: String? = nil, seed: UInt64? = nil) {
    session = Session(output: output, files: folder.map { Files(folder: $0) } ?? Files(), seed: seed)
  }

  /// What a text shows; its first error as text where it fails.
  @discardableResult
  public func type(_ text: String, name: String? = nil) -> String {
    output.clear()
    let result = session.parse(SourceText(name: name, text))
    let renderer = DiagnosticRenderer()
    guard result.diagnostics.isEmpty else { return result.diagnostics.map { renderer.render($0) }.joined(separator: "\n") }
    guard case .failed(let failure) = session.run(result.statements) else { return output.text }
    return output.text + renderer.render(failure.diagnostic)
  }

  /// Runs a text; what went wrong, or nil.
  public func failure(_ text: String) -> Failure? {
    let result = session.parse(SourceText(text))
    if let first = result.diagnostics.first { return Failure(first) }
    guard case .failed(let failure) = session.run(result.statements) else { return nil }
    return failure
  }
}
