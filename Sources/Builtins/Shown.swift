/// What a value shows, as data: the layout for a terminal, a page or a pipe is made of it elsewhere.
public indirect enum Shown: Sendable, Equatable {
  case nothing
  /// Text that is laid out already, without a line break at its end.
  case text(String)
  case table(Table)
  /// One under the other.
  case several([Shown])
}

/// Rows under named columns.
public struct Table: Sendable, Equatable {
  public var title: String?
  public var columns: [String]
  public var rows: [[Cell]]
  /// A line under the table: totals, what was left out, what to type to see the rest.
  public var note: String?

  public init(_ columns: [String], _ rows: [[Cell]], title: String? = nil, note: String? = nil) {
    (self.title, self.columns, self.rows, self.note) = (title, columns, rows, note)
  }
}

/// One place of a table.
public enum Cell: Sendable, Equatable {
  case empty
  case text(String)
  case integer(Int)
  /// A measured number, printed with four significant digits.
  case number(Double)
  /// A part of a whole, 0 to 1, printed in per cent.
  case share(Double)
  case shape([Int])
  case flag(Bool)
  /// A bar from 0 whose length is a part of the column's width, -1 to 1.
  case bar(Double)
}

/// A JSON tree whose objects keep their order.
public indirect enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([Member])

  public struct Member: Sendable, Equatable {
    public let name: String, value: JSON
    public init(_ name: String, _ value: JSON) { (self.name, self.value) = (name, value) }
  }

  public static func object(_ members: KeyValuePairs<String, JSON>) -> JSON {
    .object(members.map { Member($0.key, $0.value) })
  }
}

extension JSON {
  /// The tree as text on one line. Numbers that JSON has no form for (NaN, infinities) become strings, as they carry meaning.
  public var text: String {
    var out = ""
    write(to: &out)
    return out
  }

  private func write(to out: inout String) {
    switch self {
    case .null: out += "null"
    case .bool(let b): out += b ? "true" : "false"
    case .integer(let i): out += String(i)
    case .number(let d): out += d.isFinite ? "\(d)" : d.isNaN ? "\"nan\"" : d > 0 ? "\"inf\"" : "\"-inf\""
    case .string(let s): JSON.quote(s, to: &out)
    case .array(let items):
      out += "["
      for (i, item) in items.enumerated() {
        if i > 0 { out += "," }
        item.write(to: &out)
      }
      out += "]"
    case .object(let members):
      out += "{"
      for (i, member) in members.enumerated() {
        if i > 0 { out += "," }
        JSON.quote(member.name, to: &out)
        out += ":"
        member.value.write(to: &out)
      }
      out += "}"
    }
  }

  /// Appends `text` in double quotes with JSON's escapes.
  public static func quote(_ text: String, to out: inout String) {
    out += "\""
    for u in text.unicodeScalars {
      switch u {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where u.value < 0x20 || u.value == 0x7f:
        let hex = String(u.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: out.unicodeScalars.append(u)
      }
    }
    out += "\""
  }
}
