import Builtins
import Engine

extension Builtin<Generator> {
  static let sequential = Builtin(
    "Sequential", "Modules one after the other: each is given what the one before gave.",
    .rest("modules", "Modules by place or by name, or a list or a record of them."),
    examples: [Example("Sequential(fc1=Linear(4, 16), act=ReLU(), fc2=Linear(16, 3))", gives: "(act): ReLU()")]
  ) { (_: Generator, modules: Rest) in
    var layers: [(String, Module)] = []
    for (name, value) in modules.items { try append(value, named: name, to: &layers) }
    return try Sequential(named: layers)
  }
}

/// Adds a module, or all of a list or a record; one without a name is called after its place.
private func append(_ value: any Value, named name: String?, to layers: inout [(String, Module)]) throws {
  switch value {
  case let module as Module: layers.append((name ?? String(layers.count), module))
  case let list as List where name == nil: for item in list.items { try append(item, named: nil, to: &layers) }
  case let record as Record where name == nil: for member in record.members { try append(member.value, named: member.name, to: &layers) }
  default: throw TensorError.value("Sequential", "takes modules, got \(type(of: value).aKind)\(name.map { " for `\($0)`" } ?? "")")
  }
}

/// Modules one after the other.
public class Sequential: Module, Indexed {
  public let layers: [(name: String, module: Module)]
  /// By the place of the first, the modules that run as one where nothing looks between them.
  private let fused: [FusedModules?]

  /// Modules under the names "0", "1", ...
  public init(_ modules: [Module]) {
    layers = modules.enumerated().map { (String($0.offset), $0.element) }
    fused = FusedModules.among(modules)
  }

  /// - Throws: `value` where a name is used twice, empty, or has a point in it.
  public init(named modules: [(String, Module)]) throws(TensorError) {
    var seen: Set<String> = []
    for (name, _) in modules {
      guard !name.isEmpty, !name.contains(".") else { throw .value("Sequential", "\"\(name)\" cannot be the name of a module") }
      guard seen.insert(name).inserted else { throw .value("Sequential", "two modules are called `\(name)`") }
    }
    layers = modules.map { ($0.0, $0.1) }
    fused = FusedModules.among(modules.map { $0.1 })
  }

  public override var parts: [Part] { layers.map { .child($0.name, $0.module) } }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    let y = try call([x], in: run)
    guard let tensor = try Tensor.accept(y) else { throw TensorError.value(typeName, "gave \(type(of: y).aKind) where a tensor was expected") }
    return tensor
  }

  /// The first module may take, and any may give, something other than one tensor.
  public override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    guard !layers.isEmpty || inputs.count == 1 else { throw TensorError.value(typeName, "without modules takes one input, got \(inputs.count)") }
    // Without hooks nothing can look between a layer and what is made one with it.
    let isUnwatched = run.isUnwatched
    var values = inputs, next = 0
    while next < layers.count {
      if isUnwatched, let fused = fused[next], values.count == 1, let x = values[0] as? Tensor {
        values[0] = try fused(x, in: run)
        next += fused.length
      } else {
        values = [try run(layers[next].module, values)]
        next += 1
      }
    }
    return values[0]
  }

  /// The layers, where all of them are linear, each perhaps with a ReLU after it.
  public var linearStack: [(linear: Linear, hasReLU: Bool)]? {
    guard case .stack(let layers)?? = fused.first, fused[0]?.length == fused.count else { return nil }
    return layers
  }

  // MARK: by place

  public var count: Int { layers.count }
  public func element(_ position: Int) -> any Value { layers[position].module }
  public func element(named name: String) -> (any Value)? { layers.first { $0.name == name }?.module }

  /// The module at a place, counted from either end.
  public func module(at place: Int) throws(TensorError) -> Module {
    let wrapped = place < 0 ? place &+ layers.count : place
    guard layers.indices.contains(wrapped) else { throw .index(place, size: layers.count, dimension: 0) }
    return layers[wrapped].module
  }

  /// The modules of a slice, which keep their names, as a network of their own that shares their parameters.
  public func sliced(from: Int?, to: Int?, step: Int = 1) throws(TensorError) -> Sequential {
    guard step > 0 else { throw .value("Sequential", "a step must be above 0, got \(step)") }
    let size = layers.count
    let clamp = { (i: Int) in max(0, min(size, i < 0 ? i &+ size : i)) }
    let (start, end) = (clamp(from ?? 0), clamp(to ?? size))
    return try Sequential(named: stride(from: start, to: max(start, end), by: step).map { (layers[$0].name, layers[$0].module) })
  }
}
