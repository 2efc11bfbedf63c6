import Builtins

/// Why a format such as the `.3f` of `f"{x:.3f}"` cannot be used.
public enum FormatError: Error, Equatable, Sendable {
  /// The spec stops making sense at this character.
  case malformed(spec: String, offset: Int)
  /// A type letter that this kind of value does not have.
  case unknownType(Character, kind: String, types: String)
  /// A part, such as a precision, that this kind of value or type does not take.
  case notAllowed(part: String, kind: String)
  /// A width or precision above the limit.
  case tooLarge(limit: Int)
}

/// `[[fill]align][sign][0][width][grouping][.precision][type]`, as in Python.
struct FormatSpec: Equatable {
  enum Align: Character { case left = "<", right = ">", center = "^", inside = "=" }
  enum Sign: Character { case plus = "+", minus = "-", space = " " }
  static let limit = 10_000

  var fill: Character = " "
  var align: Align?
  var sign: Sign?
  var isZeroPadded = false
  var width = 0
  var grouping: Character?
  var precision: Int?
  var type: Character?

  init(_ text: String) throws(FormatError) {
    let letters = Array(text)
    var at = 0
    func letter(_ i: Int) -> Character? { letters.indices.contains(i) ? letters[i] : nil }
    if let second = letter(1), let found = Align(rawValue: second), let first = letter(0) {
      (fill, align, at) = (first, found, 2)
    } else if let first = letter(0), let found = Align(rawValue: first) {
      (align, at) = (found, 1)
    }
    if let found = letter(at).flatMap(Sign.init(rawValue:)) { (sign, at) = (found, at + 1) }
    if letter(at) == "0", at < 2 || Align(rawValue: letters[1]) == nil {
      (isZeroPadded, fill, at) = (true, "0", at + 1)
    }
    width = try Self.count(letters, &at) ?? 0
    if letter(at) == "," || letter(at) == "_" { (grouping, at) = (letters[at], at + 1) }
    if letter(at) == "." {
      at += 1
      guard let digits = try Self.count(letters, &at) else { throw .malformed(spec: text, offset: at) }
      precision = digits
    }
    if at < letters.count { (type, at) = (letters[at], at + 1) }
    guard at == letters.count else { throw .malformed(spec: text, offset: at - (type == nil ? 0 : 1)) }
  }

  private static func count(_ letters: [Character], _ at: inout Int) throws(FormatError) -> Int? {
    var value: Int?
    while at < letters.count, letters[at].isASCII, let digit = letters[at].wholeNumberValue {
      let next = (value ?? 0) * 10 + digit
      guard next <= limit else { throw .tooLarge(limit: limit) }
      (value, at) = (next, at + 1)
    }
    return value
  }

  /// The fill that stands between a sign and its digits, where the spec asks for one.
  var fillsInside: Bool { align == .inside || (align == nil && isZeroPadded) }

  /// The text filled up to the width.
  func padded(_ body: String, standard: Align, sign: String = "") -> String {
    let missing = max(0, width - cellWidth(sign + body))
    let filler = String(repeating: fill, count: missing)
    switch align ?? (isZeroPadded && standard == .right ? .inside : standard) {
    case .left: return sign + body + filler
    case .right: return filler + sign + body
    case .inside: return sign + filler + body
    case .center:
      return String(repeating: fill, count: missing / 2) + sign + body + String(repeating: fill, count: missing - missing / 2)
    }
  }
}

extension FormatError: Described {
  public var title: String {
    switch self {
    case .malformed(let spec, _): "`\(spec)` is no way to write a number or a text"
    case .unknownType(let type, let kind, _): "`\(type)` does not write \(articled(kind))"
    case .notAllowed(let part, let kind): "`\(part)` has no meaning for \(articled(kind))"
    case .tooLarge(let limit): "a width or a precision above \(limit)"
    }
  }

  public var help: String? {
    switch self {
    case .unknownType(_, _, let types): "it takes \(types)"
    case .malformed, .notAllowed, .tooLarge: "as in {x:.3f}, {x:8.2e}, {n:,d}, {share:.1%}, {name:>10}"
    }
  }
}
