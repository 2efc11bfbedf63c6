import Builtins
import Engine
import NN

/// A model as layers one after the other, as far as it is one.
///
/// Where hooks of the user's watch, or where something else than one tensor goes from layer to layer, it is one layer: itself.
struct EffectChain {
  let layers: [Module]
  let run: Run
  /// Whether copies of the samples may go through together, each changed in another way.
  let isBatchable: Bool
  /// What one sample is before each layer and after the last, its own dimension left out; nil where it cannot be said.
  let shapes: [[Int]]?
  /// The numbers that each layer puts out for one sample, with those of the modules inside.
  private let activations: [Int]
  /// Numbers of a sample.
  private let width: Int

  init(_ model: Module, _ x: Tensor, in run: Run) throws {
    self.run = run
    width = x.count / max(x.shape[0], 1)
    guard run.tables.allSatisfy(\.isEmpty) else {
      (layers, isBatchable, shapes, activations) = ([model], false, nil, [0])
      return
    }
    let flat = flattened(model), isChain = !flat.isEmpty && Set(flat.map(ObjectIdentifier.init)).count == flat.count
    let alone = try isChain ? Walk(flat, x, run) ?? Walk([model], x, run) : Walk([model], x, run)
    guard let alone else {
      (layers, isBatchable, shapes, activations) = ([model], false, nil, [0])
      return
    }
    layers = alone.layers
    (shapes, activations) = (alone.shapes, alone.activations)
    isBatchable = try !mixesSamples(model, x, alone.output, run)
  }

  /// What reaches a layer, for some inputs of the model; after the last, its output.
  func input(of layer: Int, _ x: Tensor, batch: Int) throws -> Tensor {
    layer == 0 ? x : try output(of: 0..<layer, x, batch: batch)
  }

  /// The outputs of layers for many rows, some at a time where rows are independent.
  func output(of range: Range<Int>, _ x: Tensor, batch: Int) throws -> Tensor {
    guard !range.isEmpty else { return x }
    let n = x.shape[0], tail = tail(range)
    guard isBatchable, batch < n else { return try through(tail, x) }
    let parts = try stride(from: 0, to: n, by: batch).map { try through(tail, x.narrow(0, $0, min(batch, n - $0))) }
    return try Tensor.cat(parts, 0)
  }

  private func through(_ tail: Module, _ x: Tensor) throws -> Tensor {
    guard !Interrupt.isSet else { throw TensorError.interrupted }
    return try run(tail, x)
  }

  /// Several layers as one module, in which those that can run as one do.
  func tail(_ range: Range<Int>) -> Module { range.count == 1 ? layers[range.lowerBound] : Sequential(Array(layers[range])) }

  /// The layers that a module or a parameter is part of, from the first to the last of them.
  func layers(holding isOwner: (Module) -> Bool) -> ClosedRange<Int>? {
    let places = layers.indices.filter { layers[$0].namedModules.contains { isOwner($0.module) } }
    guard let first = places.first, let last = places.last else { return nil }
    return first...last
  }

  /// The layers that a sequence of some of them is.
  func layers(of module: Module) -> ClosedRange<Int>? {
    let own = flattened(module)
    guard let first = own.first, let start = layers.firstIndex(where: { $0 === first }), start + own.count <= layers.count,
      zip(layers[start...], own).allSatisfy({ $0 === $1 })
    else { return nil }
    return start...(start + own.count - 1)
  }

  /// Bytes that one row takes on its way from a layer to the end.
  func bytes(from layer: Int) -> Double {
    let input = shapes.map { $0[layer].reduce(1, *) } ?? width
    return 8 * Double(max(1, activations[layer...].reduce(input, +)))
  }

  /// Multiplications and additions of one row from a layer to the end, from what a pass of one sample notes.
  /// - Parameter input: what reaches the layer, of the last sample.
  func flops(from layer: Int, _ input: Tensor) throws -> Double {
    guard layer < layers.count else { return 0 }
    let out = try Recording.with(.all) { try run(tail(layer..<layers.count), input.dtype.isFloating ? input.detached().requiringGrad() : input).sum() }
    return 2 * SamplePlan.cost(out).multiplications / Double(max(1, input.shape.first ?? 1))
  }
}

private func flattened(_ module: Module) -> [Module] {
  guard let sequence = module as? Sequential, type(of: sequence) == Sequential.self else { return [module] }
  return sequence.layers.flatMap { flattened($0.module) }
}

/// The last sample alone on its way through layers.
private struct Walk {
  let layers: [Module]
  private(set) var shapes: [[Int]] = [], activations: [Int] = []
  private(set) var output: Tensor

  /// Nil where something else than one tensor with a row for the sample goes from layer to layer.
  init?(_ layers: [Module], _ x: Tensor, _ run: Run) throws {
    self.layers = layers
    output = try x.narrow(0, x.shape[0] - 1, 1)
    shapes = [Array(x.shape.dropFirst())]
    for layer in layers {
      let trace = ActivationCount(layer.everyModule, in: run)
      guard let y = try trace.run(layer, [output]) as? Tensor, y.shape.first == 1 else { return nil }
      output = y
      shapes.append(Array(y.shape.dropFirst()))
      activations.append(max(trace.count, y.count))
    }
  }
}

/// Whether the last sample gives something else among others than alone, or rows are not samples.
private func mixesSamples(_ model: Module, _ x: Tensor, _ alone: Tensor, _ run: Run) throws -> Bool {
  let n = x.shape[0], few = n == 1 ? 2 : min(n, 4)
  let together = try run(model, n == 1 ? Tensor.cat([x, x], 0) : x.narrow(0, n - few, few))
  guard together.shape == [few] + alone.shape.dropFirst() else { return true }
  guard alone.count > 0, alone.dtype.isFloating else { return alone.count > 0 }
  let size = try alone.abs().amax().item(), distance = try (together.narrow(0, few - 1, 1) - alone).abs().amax().item()
  return distance > 1e-3 * size
}

extension Module {
  /// Whether it makes each number of `[n, width]` of the one number there, in evaluation.
  var isElementwise: Bool {
    switch self {
    case is ReLU, is ReLU6, is Tanh, is Sigmoid, is GELU, is SiLU, is LeakyReLU, is ELU, is CELU, is SELU, is Softplus, is Softsign, is Mish,
      is Hardtanh, is Hardswish, is Hardsigmoid, is LogSigmoid, is Dropout, is Identity: true
    case let flatten as Flatten: flatten.start == 1
    default: false
    }
  }

  /// What it does to a unit's sum, where a kernel knows it.
  var unitActivation: UnitActivation? {
    switch self {
    case is ReLU: .relu
    case is Tanh: .tanh
    case is Sigmoid: .sigmoid
    case let gelu as GELU: gelu.form == .none ? .gelu : nil
    case is SiLU: .silu
    case let softplus as Softplus: softplus.beta == 1 && softplus.threshold == 20 ? .softplus : nil
    case is Dropout, is Identity, is Flatten: .identity
    default: nil
    }
  }
}
