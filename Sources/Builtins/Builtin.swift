/// Whatever a user can name: a function, a layer, a method, a measure, a command. Declared once, in one file; argument
/// checking, `help`, `explain`, completion, the pages and the shared tests read this value.
///
/// `Context` is what the body works on beside its arguments: nothing, a random generator, the session.
public struct Builtin<Context>: Sendable {
  public let name: String
  public let summary: String
  public let parameters: [Parameter]
  public let formula: String?
  public let source: Source?
  public let laws: [Law]
  public let examples: [Example]
  /// Runs the body with what `bind` made of a call: one value for each parameter, nil where the default stands.
  public let invoke: @Sendable (Context, [(any Value)?]) throws -> any Value

  /// - Parameters:
  ///   - formula: what it computes, as text, for `explain`; nil where the summary says all.
  ///   - run: the body; its parameters are the declared arguments, in order.
  public init<each A: Accepted>(
    _ name: String, _ summary: String, _ arguments: repeat Argument<each A>, formula: String? = nil, source: Source? = nil,
    laws: [Law] = [], examples: [Example] = [], run: @escaping @Sendable (Context, repeat each A) throws -> any Value
  ) {
    var parameters: [Parameter] = []
    repeat parameters.append((each arguments).parameter)
    (self.name, self.summary, self.parameters, self.formula) = (name, summary, parameters, formula)
    (self.source, self.laws, self.examples) = (source, laws, examples)
    invoke = { context, bound in
      var next = 0
      func take<T>(_ argument: Argument<T>) throws -> T {
        defer { next += 1 }
        return try argument.take(next < bound.count ? bound[next] : nil, next)
      }
      return try run(context, repeat take(each arguments))
    }
  }
}

extension Builtin {
  /// The same built-in for a caller who gives what its context is made of as arguments before its own.
  public func preceded<Outer, each A: Accepted>(
    by arguments: repeat Argument<each A>, making context: @escaping @Sendable (Outer, repeat each A) throws -> Context
  ) -> Builtin<Outer> {
    var before: [Parameter] = []
    repeat before.append((each arguments).parameter)
    let (count, invoke) = (before.count, invoke)
    return Builtin<Outer>(
      name: name, summary: summary, parameters: before + parameters, formula: formula, source: source, laws: laws, examples: examples
    ) { outer, bound in
      var next = 0
      func take<T>(_ argument: Argument<T>) throws -> T {
        defer { next += 1 }
        return try argument.take(next < bound.count ? bound[next] : nil, next)
      }
      return try invoke(context(outer, repeat take(each arguments)), Array(bound.dropFirst(count)))
    }
  }

  /// The same under another name, in its examples too.
  public func renamed(_ other: String) -> Builtin {
    Builtin(
      name: other, summary: "Another name of `\(name)`. \(summary)", parameters: parameters, formula: formula, source: source, laws: laws,
      examples: examples.map { Example($0.code.replacingName(name, with: other), gives: $0.gives) }, invoke: invoke)
  }

  private init(
    name: String, summary: String, parameters: [Parameter], formula: String?, source: Source?, laws: [Law], examples: [Example],
    invoke: @escaping @Sendable (Context, [(any Value)?]) throws -> any Value
  ) {
    (self.name, self.summary, self.parameters, self.formula) = (name, summary, parameters, formula)
    (self.source, self.laws, self.examples, self.invoke) = (source, laws, examples, invoke)
  }
}

extension String {
  /// The text with a name where another stood as a word of its own.
  fileprivate func replacingName(_ name: String, with other: String) -> String {
    var (out, word) = ("", "")
    for c in self + " " {
      if c.isLetter || c.isNumber || c == "_" {
        word.append(c)
        continue
      }
      out += (word == name ? other : word) + String(c)
      word = ""
    }
    return String(out.dropLast())
  }
}

extension Builtin where Context == Void {
  public init<each A: Accepted>(
    _ name: String, _ summary: String, _ arguments: repeat Argument<each A>, formula: String? = nil, source: Source? = nil,
    laws: [Law] = [], examples: [Example] = [], run: @escaping @Sendable (repeat each A) throws -> any Value
  ) {
    self.init(
      name, summary, repeat each arguments, formula: formula, source: source, laws: laws, examples: examples
    ) { (_: Void, values: repeat each A) in try run(repeat each values) }
  }
}

/// Where a definition comes from.
public struct Source: Sendable, Equatable {
  /// Authors, year, place.
  public let text: String
  public let arXiv: String?
  public init(_ text: String, arXiv: String? = nil) { (self.text, self.arXiv) = (text, arXiv) }
}

/// A line that a user can type, and a part of what it prints. All are run by the tests.
public struct Example: Sendable, Equatable {
  public let code: String, gives: String
  public init(_ code: String, gives: String = "") { (self.code, self.gives) = (code, gives) }
}

/// Something that a built-in claims of itself and the shared tests hold it to.
public enum Law: Sendable, Equatable {
  /// The gradient agrees with central differences for inputs in the range, in first and second order.
  case gradient(in: ClosedRange<Double>)
}
