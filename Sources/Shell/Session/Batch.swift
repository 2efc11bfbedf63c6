import Builtins
import Interpreter
import Language

/// Runs a text from a file, the command line or a pipe to its end or its first error.
public struct Batch {
  let session: Session
  let output: StreamOutput
  let complaint: Complaint

  public init(_ session: Session, _ output: StreamOutput, _ style: OutputStyle) {
    (self.session, self.output, complaint) = (session, output, Complaint(style))
  }

  /// - Returns: the exit status: 0, 1 for a statement that failed, 2 for mistakes in the text, 3 for a check that did not
  ///   hold, 130 after an interrupt.
  public func run(_ text: String, name: String) -> Int32 {
    let result = session.parse(SourceText(name: name, text))
    guard result.diagnostics.isEmpty else {
      result.diagnostics.forEach(complaint.write)
      return 2
    }
    for statement in result.statements where !session.quits {
      let outcome = session.run(statement)
      output.flush()
      guard case .failed(let failure) = outcome else { continue }
      complaint.write(failure.diagnostic)
      return failure.exitStatus
    }
    return 0
  }

  /// Parses and resolves a text; nothing runs.
  public func check(_ text: String, name: String) -> Int32 {
    let result = session.parse(SourceText(name: name, text))
    let found = result.diagnostics.isEmpty ? session.resolve(result.statements) : result.diagnostics
    found.forEach(complaint.write)
    return found.isEmpty ? 0 : 2
  }
}
