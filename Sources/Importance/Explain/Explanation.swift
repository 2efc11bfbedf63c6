import Builtins

/// How numbers are written: alone, and as those of a column, of which each takes the form of all.
public struct NumberText: Sendable {
  let one: @Sendable (Double) -> String
  let column: @Sendable ([Double]) -> [String]

  public init(one: @escaping @Sendable (Double) -> String, column: @escaping @Sendable ([Double]) -> [String]) { (self.one, self.column) = (one, column) }
}

/// What a formula means for a model, where it comes from, what it assumes, and one of its numbers worked out from its parts.
public struct Explanation: Warned {
  public struct Section: Sendable, Equatable {
    public let heading: String, lines: [String]
  }

  public let sections: [Section]
  /// The element that is worked out, such as `fc1.weight[3, 17]`, and its score.
  public let element: String, score: Double
  public let allWarnings: [ImportanceWarning]

  /// Cells of a line.
  static let width = 78

  public static let kind = "explanation"
  public var shown: Shown { .text(text) }

  var text: String {
    sections.map { section in
      ([section.heading] + section.lines.flatMap { $0.folded(to: Self.width) }).filter { !$0.isEmpty }.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  public func field(_ name: String) -> (any Value)? {
    switch name {
    case "element": element
    case "score": score
    case "text": text
    default: nil
    }
  }
  public var fields: [String] { ["element", "score", "text"] }

  public var json: JSON {
    .object([
      "element": .string(element), "score": .number(score),
      "sections": .array(sections.map { .object(["heading": .string($0.heading), "lines": .array($0.lines.map(JSON.string))]) }),
      "warnings": .array(allWarnings.map { .string($0.line) }),
    ])
  }
}

extension String {
  /// The line cut at blanks into lines of at most so many characters, which keep its indent and two blanks more.
  func folded(to width: Int) -> [String] {
    guard count > width else { return [self] }
    let indent = String(prefix { $0 == " " }), hanging = indent + "  "
    var lines: [String] = [], line = indent, isEmpty = true
    for word in dropFirst(indent.count).split(separator: " ", omittingEmptySubsequences: false) {
      if !isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        (line, isEmpty) = (hanging, true)
      }
      if isEmpty, word.isEmpty { continue }
      line += (isEmpty ? "" : " ") + word
      isEmpty = false
    }
    return lines + [line]
  }
}
