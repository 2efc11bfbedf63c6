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

  /// Modules under the names "0", "1", ...
  public init(_ modules: [Module]) {
    layers = modules.enumerated().map { (String($0.offset), $0.element) }
  }

  /// - Throws: `value` where a name is used twice, empty, or has a point in it.
  public init(named modules: [(String, Module)]) throws(TensorError) {
    var seen: Set<String> = []
    for (name, _) in modules {
      guard !name.isEmpty, !name.contains(".") else { throw .value("Sequential", "\"\(name)\" cannot be the name of a module") }
      guard seen.insert(name).inserted else { throw .value("Sequential", "two modules are called `\(name)`") }
    }
    layers = modules.map { ($0.0, $0.1) }
  }

  public override var parts: [Part] { layers.map { .child($0.name, $0.module) } }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    var y = x, next = 0
    // Without hooks nothing can look between a layer and its ReLU: they run as one.
    let isUnwatched = run.tables.allSatisfy(\.isEmpty)
    while next < layers.count {
      let module = layers[next].module
      next += 1
      if isUnwatched, next < layers.count, layers[next].module is ReLU, let linear = module as? Linear {
        y = try y.linearReLU(linear.weight.value, linear.bias?.value)
        next += 1
      } else if isUnwatched, next < layers.count, layers[next].module is ReLU, let convolution = module as? Convolution {
        y = try convolution.convolved(y, relu: true)
        next += 1
      } else if isUnwatched, next < layers.count, let norm = layers[next].module as? BatchNorm, let convolution = module as? Convolution {
        let hasReLU = next + 1 < layers.count && layers[next + 1].module is ReLU
        y = try convolution.normalised(by: norm, y, relu: hasReLU, in: run)
        next += hasReLU ? 2 : 1
      } else {
        y = try run(module, y)
      }
    }
    return y
  }

  /// The first module may take, and any may give, something other than one tensor.
  public override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    guard let first = layers.first else { return try super.call(inputs, in: run) }
    var y = try run(first.module, inputs)
    for layer in layers.dropFirst() { y = try run(layer.module, [y]) }
    return y
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
