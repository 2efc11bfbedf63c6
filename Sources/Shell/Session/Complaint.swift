import Builtins
import Charts
import Glibc
import Interpreter
import Language

/// Writes errors: drawn for a person at a terminal, one line for a log, an object for a program.
struct Complaint {
  let style: OutputStyle
  private let isTerminal = isatty(2) == 1

  init(_ style: OutputStyle) { self.style = style }

  func write(_ diagnostic: Diagnostic) {
    let colours = isTerminal && style.allowsColours && Terminal.takesColours
    let width = isTerminal ? Terminal.width(2) : 160
    let renderer = DiagnosticRenderer(usesColor: colours, width: width)
    let text =
      style.isJSON ? renderer.renderJSON(diagnostic) : isTerminal ? renderer.render(fitted(diagnostic, to: width)) : renderer.renderLine(diagnostic)
    writeAll(2, text.hasSuffix("\n") ? text : text + "\n")
  }

  /// Sentences broken at words, where the terminal would break them anywhere.
  private func fitted(_ diagnostic: Diagnostic, to width: Int) -> Diagnostic {
    func broken(_ text: String, behind start: String) -> String {
      Charts.text(of: .text(text), width: width - cellWidth(start), style: .plain)
    }
    var fitted = diagnostic
    fitted.title = broken(diagnostic.title, behind: "error: ")
    fitted.help = diagnostic.help.map { broken($0, behind: "   = help: ") }
    fitted.notes = diagnostic.notes.map { broken($0, behind: "   = note: ") }
    return fitted
  }
}
