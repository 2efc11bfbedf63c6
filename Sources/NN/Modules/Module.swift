import Builtins
import Engine

/// A function with parameters: a layer, or a network of them.
///
/// A module keeps parameters, buffers and children, never hooks: those stand in the tables of a `Run`. A parent calls a
/// child as `run(child, x)`, so that its hooks fire.
open class Module: Value {
  /// Training mode: dropout drops, normalisation updates its statistics.
  public var isTraining = true

  public init() {}

  public static var kind: String { "model" }

  /// What it owns, in the order in which PyTorch lists it.
  open var parts: [Part] { [] }

  /// What the class is called where it is printed: `Linear`.
  open var typeName: String { "\(type(of: self))" }

  /// The arguments that it was built with, as PyTorch prints them: `in_features=4, out_features=16, bias=True`.
  open var details: String { "" }

  /// Settings that `module.name` reads beside the parts: `in_features`.
  open var attributes: [(name: String, value: any Value)] { [] }

  /// Gives its own parameters, not those below, the numbers that they start with.
  open func restart(using generator: Generator, _ journal: Journal) throws {}

  /// What a caller may call the inputs, in their order; one that is left out between others is `none`.
  open var inputNames: [String] { [] }

  /// The children as they are printed: name and text.
  open var printedChildren: [(name: String, text: String)] { children.map { ($0.name, $0.module.treeText) } }

  /// The output for one tensor. Modules of other inputs override `call`.
  open func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    throw TensorError.value(typeName, "has no forward of its own")
  }

  /// The output for what a caller passes. Only `Run` calls it.
  open func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    guard inputs.count == 1 else { throw TensorError.value(typeName, "takes one input, got \(inputs.count)") }
    guard let x = try Tensor.accept(inputs[0]) else {
      throw TensorError.value(typeName, "takes a tensor, got \(type(of: inputs[0]).aKind)")
    }
    return try forward(x, in: run)
  }

  public var shown: Shown { .text(treeText) }
  public var json: JSON {
    .object(["type": .string(typeName), "parameters": .object(namedParameters.map { JSON.Member($0.name, .array($0.parameter.value.shape.map(JSON.integer))) })])
  }

  open func field(_ name: String) throws -> (any Value)? {
    if let part = parts.first(where: { $0.name == name }) { return part.value }
    if let attribute = attributes.first(where: { $0.name == name }) { return attribute.value }
    return name == "training" ? isTraining : nil
  }
  open var fields: [String] { parts.map(\.name) + attributes.map(\.name) + ["training"] }
}

extension Module: Accepted {
  public static var expectation: String { "a model" }
  public static func accept(_ value: any Value) -> Self? { value as? Self }
}

/// Something that a module owns under a name.
public enum Part {
  /// Nil where the module was built without it, as `bias=false` does.
  case parameter(String, Parameter?)
  /// A tensor that is saved with the model and not trained.
  case buffer(String, Buffer?)
  case child(String, Module)

  public var name: String {
    switch self {
    case .parameter(let name, _), .buffer(let name, _), .child(let name, _): name
    }
  }

  var value: any Value {
    switch self {
    case .parameter(_, let parameter): parameter?.value ?? None()
    case .buffer(_, let buffer): buffer?.value ?? None()
    case .child(_, let module): module
    }
  }
}

/// A tensor that training changes. Its memory stays the same for life; its numbers are written through a journal.
public final class Parameter {
  /// A leaf that requires a gradient, unless it is frozen.
  public internal(set) var value: Tensor
  /// The numbers that `w0` of an importance formula stands for; nil while they are those of now.
  public private(set) var origin: Tensor?
  /// What the last training kept of its steps, where it was asked to.
  public private(set) var trace: [TrackName: Tensor] = [:]

  public init(_ value: Tensor) { self.value = value.requiringGrad() }

  public var isFrozen: Bool { !value.requiresGrad }

  /// A parameter of some of the numbers, as frozen as this one and with the same part of its origin.
  /// - Parameter places: which places stay along a dimension, for each dimension in which some go.
  func keeping(_ places: [(dim: Int, places: [Int])]) throws -> Parameter {
    try Recording.with(.none) {
      func part(_ whole: Tensor) throws -> Tensor {
        var part = whole.detached()
        for (dim, places) in places { part = try part.indexSelect(dim, Tensor(places)) }
        return try part.copied()
      }
      let kept = Parameter(try part(value))
      kept.origin = try origin.map(part)
      kept.trace = try trace.mapValues(part)
      if isFrozen { try kept.value.setRequiresGrad(false) }
      return kept
    }
  }

  /// Lets `body` write the numbers. The first change after `keepOrigin` keeps what was there as the origin.
  public func write(_ journal: Journal, _ body: () throws -> Void) throws {
    if origin == nil { try keepOrigin(journal) }
    try journal.write(value, body)
  }

  /// From here on `w0` stands for the numbers of now.
  public func keepOrigin(_ journal: Journal) throws {
    let before = origin
    journal.note { [self] in origin = before }
    origin = try Recording.with(.none) { () throws(TensorError) -> Tensor in try value.detached().copied() }
  }

  /// What a training kept of its steps, of the shape of the numbers.
  public func keepTrace(_ sums: [TrackName: Tensor], _ journal: Journal) {
    let before = trace
    journal.note { [self] in trace = before }
    trace = sums
  }

  /// Replaces the numbers by others of the same shape, which are then the origin too: a new start.
  public func start(from source: Tensor, _ journal: Journal) throws {
    let before = (origin, trace)
    try journal.write(value) { try value.copyNumbers(of: source) }
    journal.note { [self] in (origin, trace) = before }
    (origin, trace) = (nil, [:])
  }
}

/// A tensor that is saved with the model and not trained, such as running statistics.
public final class Buffer {
  public internal(set) var value: Tensor
  public init(_ value: Tensor) { self.value = value.detached() }
}
