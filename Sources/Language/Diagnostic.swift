/// A piece of source and what there is to say about it.
public struct Label: Sendable, Hashable {
  public let span: Span
  public let text: String

  public init(_ span: Span, _ text: String) {
    self.span = span
    self.text = text
  }
}

/// What is wrong, where, and what to do about it: data, which `DiagnosticRenderer` draws.
public struct Diagnostic: Sendable, Hashable {
  public enum Severity: String, Sendable { case error, warning, note }

  public var severity: Severity
  /// What is wrong, in the user's words: one line without a full stop.
  public var title: String
  /// The exact text it is about; `nil` only where no text is to blame, such as a script that cannot be opened.
  public var span: Span?
  /// What to say beside the marked text; may be empty.
  public var label: String
  /// The next thing to type.
  public var help: String?
  /// Further facts, one line each.
  public var notes: [String]
  /// Other places that belong to the matter, such as the bracket that was opened.
  public var also: [Label]

  public init(
    _ severity: Severity, _ title: String, at span: Span?, _ label: String = "", help: String? = nil,
    notes: [String] = [], also: [Label] = []
  ) {
    self.severity = severity
    self.title = title
    self.span = span
    self.label = label
    self.help = help
    self.notes = notes
    self.also = also
  }
}

/// An error that can say what it means.
public protocol Explainable: Error {
  var diagnostic: Diagnostic { get }
}
