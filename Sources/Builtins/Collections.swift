/// Values in a row: `[1, 2]`. Assigning a list copies it: no two names share one.
public struct List: Indexed {
  public var items: [any Value]
  public init(_ items: [any Value]) { self.items = items }

  public static let kind = "list"
  public var count: Int { items.count }
  public func element(_ position: Int) -> any Value { items[position] }
  public var shown: Shown { .text("[" + items.map { $0.inlineText }.joined(separator: ", ") + "]") }
  public var json: JSON { .array(items.map(\.json)) }
}

/// Values under names, in the order in which they were put there: `{lr: 0.1, name: "a"}`. Assigning a record copies it.
public struct Record: Indexed {
  public private(set) var keys: [String] = []
  private var values: [String: any Value] = [:]

  public init() {}
  public init(_ members: [(String, any Value)]) {
    for (name, value) in members { self[name] = value }
  }

  /// The value under a name. Setting nil removes it.
  public subscript(_ name: String) -> (any Value)? {
    get { values[name] }
    set {
      if values[name] == nil, newValue != nil { keys.append(name) }
      if newValue == nil { keys.removeAll { $0 == name } }
      values[name] = newValue
    }
  }

  public static let kind = "record"
  public var count: Int { keys.count }
  public var members: [(name: String, value: any Value)] { keys.compactMap { key in values[key].map { (key, $0) } } }
  /// `for` meets the names.
  public func element(_ position: Int) -> any Value { keys[position] }
  public func element(named name: String) -> (any Value)? { values[name] }
  public func field(_ name: String) -> (any Value)? { values[name] }
  public var fields: [String] { keys }
  public var shown: Shown { .text("{" + members.map { "\($0.name): \($0.value.inlineText)" }.joined(separator: ", ") + "}") }
  public var json: JSON { .object(members.map { JSON.Member($0.name, $0.value.json) }) }
}

extension Value {
  /// The value inside a list or a record: strings in quotes, long pictures cut to their kind.
  public var inlineText: String {
    if let text = self as? String {
      var out = ""
      JSON.quote(text, to: &out)
      return out
    }
    switch shown {
    case .nothing: return "none"
    case .text(let text): return text
    case .table, .several: return "<\(Self.kind)>"
    }
  }
}
