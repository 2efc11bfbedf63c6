extension DiagnosticRenderer {
  /// One JSON object: `severity title message file line column length help notes`. What is not known is `null`.
  ///
  /// `message` is the label at the marked text; `line` and `column` count from 1, `column` and `length` in code points.
  public func renderJSON(_ diagnostic: Diagnostic) -> String {
    let position = diagnostic.span?.position
    let fields: [(String, String)] = [
      ("severity", quote(diagnostic.severity.rawValue)),
      ("title", quote(diagnostic.title)),
      ("message", quote(diagnostic.label)),
      ("file", diagnostic.span?.source.name.map(quote) ?? "null"),
      ("line", position.map { String($0.line) } ?? "null"),
      ("column", position.map { String($0.column) } ?? "null"),
      ("length", diagnostic.span.map { String($0.text.unicodeScalars.count) } ?? "null"),
      ("help", diagnostic.help.map(quote) ?? "null"),
      ("notes", "[" + diagnostic.notes.map(quote).joined(separator: ",") + "]"),
    ]
    return "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
  }

  private func quote(_ text: String) -> String {
    var json = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": json += "\\\""
      case "\\": json += "\\\\"
      case "\n": json += "\\n"
      case "\t": json += "\\t"
      case "\r": json += "\\r"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        json += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      default: json.unicodeScalars.append(scalar)
      }
    }
    return json + "\""
  }
}
