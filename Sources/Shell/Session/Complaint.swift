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
    let renderer = DiagnosticRenderer(usesColor: colours, width: isTerminal ? Terminal.width(2) : 160)
    let text = style.isJSON ? renderer.renderJSON(diagnostic) : isTerminal ? renderer.render(diagnostic) : renderer.renderLine(diagnostic)
    writeAll(2, text.hasSuffix("\n") ? text : text + "\n")
  }
}
