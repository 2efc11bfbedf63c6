/// The absence of a value: `none`.
public struct None: Value, Sendable, Equatable {
  public init() {}
  public static let kind = "none"
  public var shown: Shown { .nothing }
  public var json: JSON { .null }
}

extension Bool: Value {
  public static var kind: String { "bool" }
  public var shown: Shown { .text(self ? "true" : "false") }
  public var json: JSON { .bool(self) }
}

extension Int: Value {
  public static var kind: String { "integer" }
  public var shown: Shown { .text(String(self)) }
  public var json: JSON { .integer(self) }
}

extension Double: Value {
  public static var kind: String { "number" }
  public var shown: Shown { .text(shortText) }
  public var json: JSON { .number(self) }

  /// The shortest text that reads back as the same number, with `.0` kept so that it reads as a real number.
  public var shortText: String {
    isNaN ? "nan" : isInfinite ? (self < 0 ? "-inf" : "inf") : "\(self)"
  }
}

extension String: Value {
  public static var kind: String { "string" }
  public var shown: Shown { .text(self) }
  public var json: JSON { .string(self) }
}
