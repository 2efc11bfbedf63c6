import Builtins
import Engine
import Language
import NN

/// What `model Name(…) { … }` defines: calling it makes a model of that kind.
final class ModelMaker: Callable {
  let declaration: ModelDeclaration
  private let scope: Scope
  private unowned let session: Session

  init(_ declaration: ModelDeclaration, _ scope: Scope, _ session: Session) {
    (self.declaration, self.scope, self.session) = (declaration, scope, session)
  }

  static let kind = "model definition"
  var shown: Shown { .text(declaration.span.text) }
  var json: JSON { .string(declaration.name.text) }

  func call(_ arguments: [any Value]) throws -> any Value {
    try call(arguments.map { PassedArgument(name: nil, value: $0, span: declaration.span) }, at: declaration.span)
  }

  func call(_ arguments: [PassedArgument], at span: Span) throws -> any Value {
    let local = Scope(parent: scope)
    try session.bind(arguments, to: declaration.parameters, of: declaration.name.text, in: local, at: span)
    guard session.stackHasRoom() else { throw Failure("models contain each other too deeply", at: span) }
    var parts: [Part] = []
    for field in declaration.fields {
      let value = try session.evaluate(field.value, local)
      local[field.key.text] = value
      if let part = part(field.key.text, value) { parts.append(part) }
    }
    let module = UserModule(declaration, parts, local, session)
    local["self"] = ModelReference(module)
    return module
  }

  /// Modules and parameters belong to the model; any other value is a name that its functions see.
  private func part(_ name: String, _ value: any Value) -> Part? {
    switch value {
    case let module as Module: .child(name, module)
    case let parameter as ParameterValue: .parameter(name, parameter.parameter)
    default: nil
    }
  }
}

/// A model whose forward is written in the language.
final class UserModule: Module {
  let declaration: ModelDeclaration
  private let ownParts: [Part]
  private let scope: Scope
  private unowned let session: Session

  init(_ declaration: ModelDeclaration, _ parts: [Part], _ scope: Scope, _ session: Session) {
    (self.declaration, ownParts, self.scope, self.session) = (declaration, parts, scope, session)
  }

  override var parts: [Part] { ownParts }
  override var typeName: String { declaration.name.text }

  override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    let y = try call([x], in: run)
    guard let tensor = try Tensor.accept(y) else { throw Failure("\(typeName).forward gave \(type(of: y).aKind), and a tensor is needed here", at: declaration.name.span) }
    return tensor
  }

  override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    guard declaration.method("forward") != nil else {
      throw Failure("\(typeName) has no `forward`", at: declaration.name.span, help: "add `forward(x) = …` to its definition")
    }
    return try call("forward", inputs, in: run)
  }

  private func call(_ method: String, _ inputs: [any Value], in run: Run) throws -> any Value {
    guard let function = declaration.method(method) else { return None() }
    let before = session.currentRun
    session.currentRun = run
    defer { session.currentRun = before }
    let local = Scope(parent: scope)
    let arguments = inputs.map { PassedArgument(name: nil, value: $0, span: function.span) }
    try session.bind(arguments, to: function.parameters, of: "\(typeName).\(method)", in: local, at: function.span)
    return try session.value(of: function.body, local, function.span)
  }

  override func field(_ name: String) throws -> (any Value)? {
    if let part = try super.field(name) { return part }
    if declaration.fields.contains(where: { $0.key.text == name }) { return scope.contents[name] }
    guard name != "forward", declaration.method(name) != nil else { return nil }
    return ModelMethod(name: name) { [self] in try call(name, $0, in: session.currentRun) }
  }

  override var fields: [String] { super.fields + declaration.methods.map(\.name.text) }
}

/// A function defined inside a `model`.
private struct ModelMethod: Callable {
  let name: String
  let body: ([any Value]) throws -> any Value
  static let kind = "method"
  var shown: Shown { .text(name) }
  var json: JSON { .string(name) }
  func call(_ arguments: [any Value]) throws -> any Value { try body(arguments) }
}

/// `self` inside a model. It does not keep the model alive, which keeps the names that `self` is among.
private struct ModelReference: Value {
  weak var module: UserModule?
  init(_ module: UserModule) { self.module = module }
  static let kind = "model"
  func field(_ name: String) throws -> (any Value)? { try module?.field(name) }
  var fields: [String] { module?.fields ?? [] }
  var shown: Shown { module?.shown ?? .nothing }
  var json: JSON { module?.json ?? .null }
}

/// What `Parameter(t)` gives: inside a `model`, a tensor that training changes.
struct ParameterValue: TensorHolder {
  let parameter: NN.Parameter
  static let kind = "parameter"
  var tensor: Tensor { parameter.value }
  func field(_ name: String) throws -> (any Value)? { try tensor.field(name) }
  var fields: [String] { tensor.fields }
  var shown: Shown { tensor.shown }
  var json: JSON { tensor.json }
}
