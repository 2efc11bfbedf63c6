import Builtins
import Engine
import Language
import NN

/// A function that the user wrote, with the names that it can see.
final class UserFunction: Callable {
  let name: String
  let function: Function
  private let scope: Scope
  private unowned let session: Session

  init(_ name: String, _ function: Function, _ scope: Scope, _ session: Session) {
    (self.name, self.function, self.scope, self.session) = (name, function, scope, session)
  }

  static let kind = "function"
  var shown: Shown { .text(function.span.text) }
  var json: JSON { .string(function.span.text) }

  func call(_ arguments: [any Value]) throws -> any Value {
    try call(arguments.map { PassedArgument(name: nil, value: $0, span: function.span) }, at: function.span)
  }

  /// - Parameter span: the call, for errors about its arguments.
  func call(_ arguments: [PassedArgument], at span: Span) throws -> any Value {
    let local = Scope(parent: scope)
    try session.bind(arguments, to: function.parameters, of: name, in: local, at: span)
    return try session.value(of: function.body, local, span)
  }
}

extension Session {
  /// Puts arguments under the names of parameters; defaults are evaluated where they are needed.
  func bind(_ arguments: [PassedArgument], to parameters: [Language.Parameter], of name: String, in local: Scope, at span: Span) throws {
    var given: Set<String> = []
    for (i, argument) in arguments.enumerated() {
      let parameter: String
      if let named = argument.name {
        guard parameters.contains(where: { $0.name.text == named.text }) else {
          let near = nearest(to: named.text, among: parameters.map(\.name.text))
          throw Failure("\(name) has no parameter `\(named.text)`", at: named.span, help: near.map { "did you mean `\($0)`?" } ?? "it takes " + parameters.map(\.name.text).joined(separator: ", "))
        }
        parameter = named.text
      } else {
        guard i < parameters.count else {
          throw Failure("\(name) takes \(parameters.count) argument\(parameters.count == 1 ? "" : "s"), and this is one too many", at: argument.span)
        }
        parameter = parameters[i].name.text
      }
      guard given.insert(parameter).inserted else { throw Failure("`\(parameter)` is given twice", at: argument.span) }
      local[parameter] = argument.value
    }
    for parameter in parameters where !given.contains(parameter.name.text) {
      guard let standard = parameter.defaultValue else {
        throw Failure("\(name): `\(parameter.name.text)` is missing", at: span, help: "it takes " + parameters.map(\.name.text).joined(separator: ", "))
      }
      local[parameter.name.text] = try evaluate(standard, local)
    }
  }

  /// What a body gives back.
  func value(of body: Function.Body, _ local: Scope, _ span: Span) throws -> any Value {
    try poll(span)
    guard stackHasRoom() else {
      throw Failure("functions call each other too deeply", at: span, "\(depth) calls inside each other", help: "a function that calls itself needs a case in which it does not")
    }
    depth += 1
    defer { depth -= 1 }
    switch body {
    case .expression(let expression): return try evaluate(expression, local)
    case .block(let block):
      guard case .leave(let value) = try execute(block, local, isTop: false) else { return None() }
      return value
    }
  }
}

/// A built-in under a name of the user's: `f = relu`.
struct BuiltinFunction: Callable {
  let entry: Entry
  private unowned let session: Session
  init(_ entry: Entry, _ session: Session) { (self.entry, self.session) = (entry, session) }

  static let kind = "function"
  var shown: Shown { .text("\(entry.usage)\n  \(entry.summary)") }
  var json: JSON { .string(entry.name) }

  func call(_ arguments: [any Value]) throws -> any Value {
    try entry.body(session, bind(arguments.map { Passed(nil, $0) }, to: entry.parameters).values)
  }
}

/// A method with its receiver: `f = x.sum`.
struct BoundMethod: Callable {
  let entry: Entry
  let receiver: any Value
  private unowned let session: Session
  init(_ entry: Entry, _ receiver: any Value, _ session: Session) { (self.entry, self.receiver, self.session) = (entry, receiver, session) }

  static let kind = "method"
  var shown: Shown { .text("\(entry.usage)\n  \(entry.summary)") }
  var json: JSON { .string(entry.name) }

  func call(_ arguments: [any Value]) throws -> any Value {
    try entry.body(session, bind(([receiver] + arguments).map { Passed(nil, $0) }, to: entry.parameters).values)
  }
}

/// A model where a function is wanted: `jacobian(net, x)`.
struct ModelFunction: Callable {
  let model: Module
  private unowned let session: Session
  init(_ model: Module, _ session: Session) { (self.model, self.session) = (model, session) }

  static let kind = "function"
  var shown: Shown { model.shown }
  var json: JSON { model.json }

  func call(_ arguments: [any Value]) throws -> any Value { try session.currentRun(model, arguments) }
}

/// Something that can be called with values, as an argument of a built-in: a function, or a model.
struct AnyFunction: Accepted {
  let body: ([any Value]) throws -> any Value
  static let expectation = "a function, such as (x, y) -> x + y, or a model"
  static func accept(_ value: any Value) -> AnyFunction? { (value as? any Callable).map { AnyFunction(body: $0.call) } }
}
