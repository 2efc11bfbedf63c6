/// One argument of a built-in: its name, its type, its default and what it means.
public struct Argument<T: Accepted>: Sendable {
  public let name: String, help: String
  /// Nil where the argument must be given.
  let standard: (@Sendable () -> T)?
  let standardText: String?
  let range: ClosedRange<Double>?
  let gather: Parameter.Gathering

}

extension Argument {
  /// An argument that must be given.
  public static func required(_ name: String, _ type: T.Type, in range: ClosedRange<Double>? = nil, _ help: String) -> Argument {
    Argument(name: name, help: help, standard: nil, standardText: nil, range: range, gather: .nothing)
  }

  /// An argument with a default.
  public static func option(_ name: String, _ standard: T, in range: ClosedRange<Double>? = nil, _ help: String) -> Argument where T: Sendable {
    Argument(name: name, help: help, standard: { standard }, standardText: plainText(standard), range: range, gather: .nothing)
  }

  /// An argument that may be left out, which is then nil.
  public static func optional<W: Accepted>(
    _ name: String, _ type: W.Type, in range: ClosedRange<Double>? = nil, _ help: String
  ) -> Argument where T == W? {
    Argument(name: name, help: help, standard: { nil }, standardText: "none", range: range, gather: .nothing)
  }

  /// All values from this place on, given one by one or as one list: `permute(2, 0, 1)`, `permute([2, 0, 1])`.
  public static func several<E: Accepted>(_ name: String, _ type: [E].Type, in range: ClosedRange<Double>? = nil, _ help: String) -> Argument
  where T == [E] {
    Argument(name: name, help: help, standard: nil, standardText: nil, range: range, gather: .positional)
  }

  /// As `several`, but none at all will do.
  public static func any<E: Accepted>(_ name: String, _ type: [E].Type, _ help: String) -> Argument where T == [E] {
    Argument(name: name, help: help, standard: { [] }, standardText: nil, range: nil, gather: .positional)
  }
}

extension Argument where T: RestOfCall {
  /// Everything that no other argument takes, with the names that the caller chose.
  public static func rest(_ name: String, _ help: String) -> Argument {
    Argument(name: name, help: help, standard: { T([]) }, standardText: nil, range: nil, gather: .everything)
  }
}

/// An argument without its type: what help, completion and the binding of a call need.
public struct Parameter: Sendable {
  public let name: String, help: String, expectation: String
  public let form: ArgumentForm
  public let standardText: String?
  public let isRequired: Bool
  public let gather: Gathering
  public let range: ClosedRange<Double>?

  /// What a parameter takes of a call beside a value in its own place.
  public enum Gathering: Sendable { case nothing, positional, everything }
}

extension Argument {
  var parameter: Parameter {
    Parameter(
      name: name, help: help, expectation: T.expectation, form: T.form, standardText: standardText,
      isRequired: standard == nil, gather: gather, range: range)
  }

  /// The value for this argument out of what the call bound to it.
  func take(_ bound: (any Value)?, _ index: Int) throws -> T {
    guard let bound else {
      guard let standard else { throw ArgumentError.missing(name: name, expected: T.expectation) }
      return standard()
    }
    guard let value = try T.accept(bound) else {
      if case .choice(let words) = T.form, let word = bound as? String {
        throw ArgumentError.notAChoice(name: name, met: word, words: words)
      }
      throw ArgumentError.wrongType(name: name, expected: T.expectation, met: type(of: bound).kind)
    }
    if let range, let outside = firstNumber(of: value, outside: range) {
      throw ArgumentError.outOfRange(name: name, met: outside, range: range)
    }
    return value
  }
}

private func firstNumber(of value: Any, outside range: ClosedRange<Double>) -> Double? {
  switch value {
  case let i as Int: range.contains(Double(i)) ? nil : Double(i)
  case let d as Double: range.contains(d) ? nil : d
  case let list as [Any]: list.lazy.compactMap { firstNumber(of: $0, outside: range) }.first
  default: nil
  }
}

private func plainText(_ standard: some Sendable) -> String {
  switch standard {
  case let choice as any Choice: choice.rawValue
  case let value as any Value: value.inlineText
  case let list as [Int]: "[" + list.map(String.init).joined(separator: ", ") + "]"
  case let list as [Double]: "[" + list.map(\.shortText).joined(separator: ", ") + "]"
  default: "\(standard)"
  }
}
