/// A Swift type that an argument of a built-in may have, and how a value of the language becomes one.
public protocol Accepted: SendableMetatype {
  /// What a message says was expected: `a number`, `a tensor`.
  static var expectation: String { get }
  /// How the text of the argument is read.
  static var form: ArgumentForm { get }
  /// The value as this type, or nil where it is none.
  static func accept(_ value: any Value) throws -> Self?
}

/// How the text of an argument is read before a built-in sees it.
public enum ArgumentForm: Sendable, Equatable {
  /// Evaluated, as everywhere.
  case value
  /// One of a few words, whose bare name will do: `optimizer=adam`.
  case choice([String])
  /// A name that is not looked up: the `h` of `hook net.act as h`.
  case word
  /// The expression itself, not its value: the formula of `importance`.
  case expression
}

extension Accepted {
  public static var form: ArgumentForm { .value }
}

/// One of a few words. `enum Reduction: String, Choice { case mean, sum, none }`
public protocol Choice: Accepted, CaseIterable, RawRepresentable, Sendable where RawValue == String {}

extension Choice {
  public static var words: [String] { allCases.map(\.rawValue) }
  public static var form: ArgumentForm { .choice(words) }
  public static var expectation: String { "one of " + words.joined(separator: ", ") }
  public static func accept(_ value: any Value) -> Self? { (value as? String).flatMap(Self.init(rawValue:)) }
}

/// A name given as an argument without being looked up.
public struct Word: Accepted, Sendable, Equatable {
  public let text: String
  public init(_ text: String) { self.text = text }
  public static let expectation = "a name"
  public static let form = ArgumentForm.word
  public static func accept(_ value: any Value) -> Word? { (value as? String).map(Word.init) }
}

extension Int: Accepted {
  public static var expectation: String { "an integer" }
  public static func accept(_ value: any Value) -> Int? { value as? Int }
}

extension Double: Accepted {
  public static var expectation: String { "a number" }
  public static func accept(_ value: any Value) -> Double? { (value as? Double) ?? (value as? Int).map(Double.init) }
}

extension Bool: Accepted {
  public static var expectation: String { "true or false" }
  public static func accept(_ value: any Value) -> Bool? { value as? Bool }
}

extension String: Accepted {
  public static var expectation: String { "a string" }
  public static func accept(_ value: any Value) -> String? { value as? String }
}

extension List: Accepted {
  public static var expectation: String { "a list" }
  public static func accept(_ value: any Value) -> List? { value as? List }
}

extension Record: Accepted {
  public static var expectation: String { "a record" }
  public static func accept(_ value: any Value) -> Record? { value as? Record }
}

/// One element stands for a list of one, as `dim=0` does for `dim=[0]`.
extension Array: Accepted where Element: Accepted {
  public static var expectation: String { "\(Element.expectation), or a list of such" }
  public static func accept(_ value: any Value) throws -> [Element]? {
    guard let list = value as? List else { return try Element.accept(value).map { [$0] } }
    var out: [Element] = []
    for item in list.items {
      guard let element = try Element.accept(item) else { return nil }
      out.append(element)
    }
    return out
  }
}

/// `none` stands for the absence of the argument.
extension Optional: Accepted where Wrapped: Accepted {
  public static var expectation: String { "\(Wrapped.expectation), or none" }
  public static var form: ArgumentForm { Wrapped.form }
  public static func accept(_ value: any Value) throws -> Wrapped?? {
    if value is None { return .some(nil) }
    return try Wrapped.accept(value).map { .some($0) }
  }
}

/// Any value whatever.
public struct Anything: Accepted {
  public let value: any Value
  public static let expectation = "a value"
  public static func accept(_ value: any Value) -> Anything? { Anything(value: value) }
}

/// A type that takes what no other argument takes.
public protocol RestOfCall: Accepted {
  init(_ items: [(name: String?, value: any Value)])
}

/// Everything that was given beyond the declared arguments, in order, each with its name where it had one.
public struct Rest: RestOfCall, Value {
  public let items: [(name: String?, value: any Value)]
  public init(_ items: [(name: String?, value: any Value)]) { self.items = items }
  public static let kind = "arguments"
  public static let expectation = "arguments"
  public static func accept(_ value: any Value) -> Rest? { value as? Rest }
  public var shown: Shown { .text(items.map { ($0.name.map { "\($0)=" } ?? "") + $0.value.inlineText }.joined(separator: ", ")) }
  public var json: JSON { .array(items.map(\.value.json)) }
}
