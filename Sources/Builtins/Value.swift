/// Anything that a name of the shell can hold. A type conforms in its own file.
public protocol Value {
  /// What the value is called in messages, with its article left out: `tensor`, `data set`, `list`.
  static var kind: String { get }
  /// The field of that name, or nil where the value has none. Methods are not fields: `x.f(a)` falls back to `f(x, a)`.
  func field(_ name: String) throws -> (any Value)?
  /// The names that `field` knows, for completion and "did you mean".
  var fields: [String] { get }
  /// What a bare expression shows at the prompt. `Charts` lays it out.
  var shown: Shown { get }
  /// The value as one JSON tree, for `--json`.
  var json: JSON { get }
}

extension Value {
  /// The kind with its article: `a tensor`, `an integer`.
  public static var aKind: String { articled(kind) }
  public func field(_ name: String) throws -> (any Value)? { nil }
  public var fields: [String] { [] }
}

/// A value that a user can call: a function of the language, a module, a built-in.
public protocol Callable: Value {
  func call(_ arguments: [any Value]) throws -> any Value
}

/// A value that an index in brackets reads, `v[i]`, and that `for` walks over.
public protocol Indexed: Value {
  /// How many elements `for` meets.
  var count: Int { get }
  /// The element at a position already known to lie in `0..<count`.
  func element(_ position: Int) throws -> any Value
  /// The part under a name in brackets, `v["name"]`, or nil where there is none.
  func element(named name: String) throws -> (any Value)?
}

extension Indexed {
  public func element(named name: String) throws -> (any Value)? { nil }
}

/// A noun with the article that goes before it.
public func articled(_ noun: String) -> String { "aeio".contains(noun.first ?? "x") ? "an \(noun)" : "a \(noun)" }
