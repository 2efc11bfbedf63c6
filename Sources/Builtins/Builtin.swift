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
