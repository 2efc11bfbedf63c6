import Builtins

/// What is wrong with a JSON text, and at which byte.
public struct JSONError: Error, Equatable, CustomStringConvertible {
  public let what: String, offset: Int
  public var description: String { "\(what) at byte \(offset)" }
}

/// Reads JSON (RFC 8259) strictly: one value, no duplicate names, no numbers that are none, bounded depth.
struct JSONReader {
  private let bytes: [UInt8]
  private var at = 0
  private static let deepest = 32

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  static func read(_ bytes: [UInt8]) throws(JSONError) -> JSON {
    guard String(validating: bytes, as: UTF8.self) != nil else { throw JSONError(what: "text that is not UTF-8", offset: 0) }
    var reader = JSONReader(bytes)
    let value = try reader.value(depth: 0)
    reader.skipSpace()
    guard reader.at == bytes.count else { throw reader.error("text behind the end") }
    return value
  }

  private func error(_ what: String) -> JSONError { JSONError(what: what, offset: at) }
  private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { at += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  /// value = object | array | string | number | "true" | "false" | "null"
  private mutating func value(depth: Int) throws(JSONError) -> JSON {
    guard depth < JSONReader.deepest else { throw error("more than \(JSONReader.deepest) levels") }
    skipSpace()
    guard let byte = next else { throw error("the text ends too soon") }
    switch byte {
    case UInt8(ascii: "{"): return try object(depth)
    case UInt8(ascii: "["): return try array(depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), 48...57: return try number()
    default: break
    }
    for (word, value) in [("true", JSON.bool(true)), ("false", .bool(false)), ("null", .null)] where bytes[at...].starts(with: word.utf8) {
      at += word.utf8.count
      return value
    }
    throw error("no value")
  }

  private mutating func object(_ depth: Int) throws(JSONError) -> JSON {
    at += 1
    var members: [JSON.Member] = [], names: Set<String> = []
    skipSpace()
    if take("}") { return .object([]) }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw error("a name in quotes was expected") }
      let name = try string()
      guard names.insert(name).inserted else { throw error("the name \(name) comes twice") }
      skipSpace()
      guard take(":") else { throw error("`:` was expected") }
      members.append(JSON.Member(name, try value(depth: depth + 1)))
      skipSpace()
      if take("}") { return .object(members) }
      guard take(",") else { throw error("`,` or `}` was expected") }
    }
  }

  private mutating func array(_ depth: Int) throws(JSONError) -> JSON {
    at += 1
    var items: [JSON] = []
    skipSpace()
    if take("]") { return .array([]) }
    while true {
      items.append(try value(depth: depth + 1))
      skipSpace()
      if take("]") { return .array(items) }
      guard take(",") else { throw error("`,` or `]` was expected") }
    }
  }

  /// number = ["-"] ("0" | digit1-9 {digit}) ["." digits] [("e" | "E") ["+" | "-"] digits]
  private mutating func number() throws(JSONError) -> JSON {
    let start = at
    _ = take("-")
    if !take("0") { try digits() }
    var isInteger = true
    if take(".") {
      isInteger = false
      try digits()
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      try digits()
    }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    if isInteger, let integer = Int(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else { throw error("the number \(text.prefix(40)) is too large") }
    return .number(number)
  }

  private mutating func digits() throws(JSONError) {
    let start = at
    while let byte = next, 48...57 ~= byte { at += 1 }
    guard at > start else { throw error("a digit was expected") }
  }

  private mutating func string() throws(JSONError) -> String {
    at += 1
    var out: [UInt8] = []
    while let byte = next {
      at += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: out, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(&out)
      case 0..<0x20: throw error("a control character in a string")
      default: out.append(byte)
      }
    }
    throw error("a string is never closed")
  }

  private mutating func escape(_ out: inout [UInt8]) throws(JSONError) {
    guard let byte = next else { throw error("a string is never closed") }
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
    case UInt8(ascii: "b"): out.append(8)
    case UInt8(ascii: "f"): out.append(12)
    case UInt8(ascii: "n"): out.append(10)
    case UInt8(ascii: "r"): out.append(13)
    case UInt8(ascii: "t"): out.append(9)
    case UInt8(ascii: "u"):
      var code = try hex()
      if 0xd800..<0xdc00 ~= code {
        guard take("\\"), take("u"), case let low = try hex(), 0xdc00..<0xe000 ~= low else { throw error("half of a surrogate pair") }
        code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw error("half of a surrogate pair") }
      out.append(contentsOf: Array(String(Character(scalar)).utf8))
    default: throw error("an unknown escape")
    }
  }

  private mutating func hex() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw error("four hexadecimal digits were expected") }
      code = code << 4 | UInt32(digit)
      at += 1
    }
    return code
  }
}
