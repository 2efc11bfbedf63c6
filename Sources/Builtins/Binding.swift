/// One value that a call passes, with the name it was given, if any.
public struct Passed {
  public let name: String?, value: any Value
  public init(_ name: String? = nil, _ value: any Value) { (self.name, self.value) = (name, value) }
}

/// What is wrong with the arguments of a call. `index` counts the arguments as they were written.
public enum ArgumentError: Error, Equatable {
  case missing(name: String, expected: String)
  case unknownName(String, index: Int, nearest: String?, known: [String])
  case tooMany(index: Int, takes: Int)
  case twice(name: String, index: Int)
  case wrongType(name: String, expected: String, met: String)
  case notAChoice(name: String, met: String, words: [String])
  case outOfRange(name: String, met: Double, range: ClosedRange<Double>)
}

extension Builtin {
  /// Checks the arguments and runs the body.
  public func call(_ context: Context, _ passed: [Passed]) throws -> any Value {
    try invoke(context, bind(passed, to: parameters).values)
  }
}

/// Where each argument of a call went: a value for each parameter, nil where the default stands, and the argument it came from.
public struct Bound {
  public var values: [(any Value)?]
  public var origins: [Int?]
}

/// Puts what a call passes in the places of the parameters.
public func bind(_ passed: [Passed], to parameters: [Parameter]) throws(ArgumentError) -> Bound {
  var bound = Bound(values: .init(repeating: nil, count: parameters.count), origins: .init(repeating: nil, count: parameters.count))
  var several: [any Value] = []
  var rest: [(name: String?, value: any Value)] = []
  let restIndex = parameters.firstIndex { $0.gather == .everything }
  var place = 0
  for (index, argument) in passed.enumerated() {
    if let name = argument.name {
      guard let at = parameters.firstIndex(where: { $0.name == name && $0.gather != .everything }) else {
        guard restIndex != nil else {
          let known = parameters.map(\.name)
          throw .unknownName(name, index: index, nearest: nearest(to: name, among: known), known: known)
        }
        rest.append((name, argument.value))
        continue
      }
      guard bound.values[at] == nil else { throw .twice(name: name, index: index) }
      (bound.values[at], bound.origins[at]) = (argument.value, index)
      continue
    }
    while place < parameters.count, parameters[place].gather == .nothing, bound.values[place] != nil { place += 1 }
    guard place < parameters.count else { throw .tooMany(index: index, takes: parameters.count) }
    switch parameters[place].gather {
    case .nothing: (bound.values[place], bound.origins[place]) = (argument.value, index)
    case .everything: rest.append((nil, argument.value))
    case .positional:
      // One value alone may itself be the list of all.
      several.append(argument.value)
      bound.values[place] = several.count == 1 ? several[0] : List(several)
      bound.origins[place] = bound.origins[place] ?? index
    }
  }
  if let restIndex { bound.values[restIndex] = Rest(rest) }
  return bound
}

/// An error that says in the user's words what is wrong; whoever knows the place adds it.
public protocol Described: Error {
  /// What is wrong: one line without a full stop.
  var title: String { get }
  /// What to say beside the marked text; may be empty.
  var label: String { get }
  /// The next thing to type.
  var help: String? { get }
}

extension Described {
  public var label: String { "" }
  public var help: String? { nil }
}

extension ArgumentError: Described {
  public var title: String {
    switch self {
    case .missing(let name, let expected): "`\(name)` is missing: \(expected)"
    case .unknownName(let name, _, _, _): "there is no argument `\(name)`"
    case .tooMany(_, let takes): takes == 0 ? "it takes no argument" : "it takes \(takes) argument\(takes == 1 ? "" : "s"), and this is one too many"
    case .twice(let name, _): "`\(name)` is given twice"
    case .wrongType(let name, let expected, let met): "`\(name)` takes \(expected), got \(articled(met))"
    case .notAChoice(let name, let met, _): "`\(met)` is no choice for `\(name)`"
    case .outOfRange(let name, let met, let range):
      "`\(name)` is between \(plain(range.lowerBound)) and \(plain(range.upperBound)), got \(plain(met))"
    }
  }

  public var help: String? {
    switch self {
    case .unknownName(_, _, let nearest, let known):
      nearest.map { "did you mean `\($0)`?" } ?? (known.isEmpty ? "it takes no arguments by name" : "it takes " + known.joined(separator: ", "))
    case .notAChoice(_, let met, let words):
      Builtins.nearest(to: met, among: words).map { "did you mean `\($0)`?" } ?? "choose one of " + words.joined(separator: ", ")
    default: nil
    }
  }
}

private func plain(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? value.shortText }
