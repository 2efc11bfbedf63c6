/// Draws diagnostics: with the line and the place marked for a person, on one line for a log, as JSON for a program.
public struct DiagnosticRenderer: Sendable {
  /// Whether to use ANSI colours.
  public var usesColor: Bool
  /// The cells that a line may fill. A longer line of source is cut around the marked place.
  public var width: Int

  public init(usesColor: Bool = false, width: Int = 160) {
    self.usesColor = usesColor
    self.width = width
  }

  /// The title, the marked source, then help and notes; without a line feed at the end.
  public func render(_ diagnostic: Diagnostic) -> String {
    let labels = Marker.all(of: diagnostic)
    let gutter = max(2, labels.map { String($0.line).utf8.count }.max() ?? 2)
    var rows = [paint(diagnostic.severity.rawValue, diagnostic.severity.color) + paint(": \(diagnostic.title)", "1")]
    var source: SourceText?
    var lastLine = 0
    for marker in labels {
      if marker.span.source !== source {
        source = marker.span.source
        lastLine = 0
        rows += opening(marker, gutter)
      }
      if marker.line != lastLine {
        if lastLine > 0, marker.line > lastLine + 1 { rows.append(paint(pad("", gutter) + " ⋮", "34")) }
        rows.append(paint("\(pad(String(marker.line), gutter)) | ", "34") + line(of: marker, gutter).text)
        lastLine = marker.line
      }
      rows.append(mark(marker, gutter, diagnostic.severity))
    }
    if let help = diagnostic.help { rows += footer("help", help, gutter) }
    for note in diagnostic.notes { rows += footer("note", note, gutter) }
    return rows.joined(separator: "\n")
  }

  /// `FILE:LINE:COLUMN: error: title (help)`, always one line.
  public func renderLine(_ diagnostic: Diagnostic) -> String {
    var place = ""
    if let span = diagnostic.span {
      let position = span.position
      place = "\(span.source.name ?? "<input>"):\(position.line):\(position.column): "
    }
    let help = diagnostic.help.map { " (\($0))" } ?? ""
    let facts = diagnostic.notes.map { "; " + $0 }.joined()
    return (place + diagnostic.severity.rawValue + ": " + diagnostic.title + facts + help).split(whereSeparator: \.isNewline)
      .joined(separator: " ")
  }

  private func opening(_ marker: Marker, _ gutter: Int) -> [String] {
    let bar = paint(pad("", gutter) + " |", "34")
    guard let name = marker.span.source.name else { return [bar] }
    let position = marker.span.position
    return [paint(pad("", gutter) + "--> ", "34") + "\(name):\(position.line):\(position.column)", bar]
  }

  private func line(of marker: Marker, _ gutter: Int) -> SourceLine {
    SourceLine(marker.primaryOfLine, fitting: max(20, width - gutter - 3))
  }

  private func mark(_ marker: Marker, _ gutter: Int, _ severity: Diagnostic.Severity) -> String {
    let cells = line(of: marker, gutter).cells(of: marker.span)
    let color = marker.isPrimary ? severity.color : "36"
    let sign = marker.isPrimary ? "^" : "-"
    let text = marker.text.isEmpty ? "" : " " + marker.text.replacingNewlines
    return paint(pad("", gutter) + " | ", "34") + String(repeating: " ", count: cells.lowerBound)
      + paint(String(repeating: sign, count: cells.count) + text, color)
  }

  private func footer(_ kind: String, _ text: String, _ gutter: Int) -> [String] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.enumerated().map { index, line in
      index == 0
        ? paint(pad("", gutter) + " = ", "34") + paint("\(kind): ", "1") + line
        : pad("", gutter + 5 + kind.utf8.count) + line
    }
  }

  private func pad(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.utf8.count)) + text
  }

  private func paint(_ text: String, _ color: String) -> String {
    usesColor && !text.isEmpty ? "\u{1B}[\(color)m\(text)\u{1B}[0m" : text
  }
}

/// A label with its line, and with the span that decides how its line is cut.
private struct Marker {
  let span: Span
  let text: String
  let isPrimary: Bool
  let line: Int
  var primaryOfLine: Span

  /// The labels of the main source by line, the main one first in its own, then those of other sources.
  static func all(of diagnostic: Diagnostic) -> [Marker] {
    guard let span = diagnostic.span else { return [] }
    let main = Marker(Label(span, diagnostic.label), isPrimary: true)
    let others = diagnostic.also.map { Marker($0, isPrimary: false) }
    let near = ([main] + others.filter { $0.span.source === span.source }).enumerated()
      .sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }.map(\.element)
    let markers = near + others.filter { $0.span.source !== span.source }
    return markers.map { marker in
      var marker = marker
      let first = markers.first { $0.line == marker.line && $0.span.source === marker.span.source }
      marker.primaryOfLine = first?.span ?? marker.span
      return marker
    }
  }

  private init(_ label: Label, isPrimary: Bool) {
    span = label.span
    text = label.text
    self.isPrimary = isPrimary
    line = label.span.position.line
    primaryOfLine = label.span
  }
}

extension Diagnostic.Severity {
  fileprivate var color: String {
    switch self {
    case .error: "1;31"
    case .warning: "1;33"
    case .note: "1;36"
    }
  }
}

extension String {
  fileprivate var replacingNewlines: String { split(whereSeparator: \.isNewline).joined(separator: " ") }
}
