import Engine
import NN

/// A parameter that is scored, and how the gradients of single samples with respect to it are had.
struct Target {
  let name: String, parameter: Parameter
  var route: Route

  enum Route {
    /// The weight of linear layers called once on rows: the outer product of two factors.
    case outer([Linear])
    /// The weight of linear layers that work at several positions of a sample: a sum of outer products.
    case positions([Linear])
    /// The bias of linear layers: the derivative of their outputs itself.
    case bias([Linear])
    /// Anything else: one backward pass a sample.
    case sample
    /// The objective does not depend on it.
    case none
  }

  var w: Tensor { parameter.value.detached() }
  var w0: Tensor { parameter.origin ?? w }

  var isBias: Bool { if case .bias = route { true } else { false } }

  var linears: [Linear]? {
    switch route {
    case .outer(let modules), .positions(let modules), .bias(let modules): modules
    case .sample, .none: nil
    }
  }
}

/// What one sample, run alone, tells of a model: where its linear layers stand, and what a sample costs.
struct Analysis {
  var targets: [Target]
  /// The traced layers, each once.
  let modules: [Linear]
  /// The outputs of the layers for the last sample alone, which the passes over many must give again.
  private let alone: [[Tensor]]
  let cost: SampleCost
  /// Whether nothing had to be run: linear layers, each once, that nobody watches.
  let isPlain: Bool

  /// Runs the last sample. The gradients that its factors give are held against those of an ordinary backward pass; a
  /// parameter that is used elsewhere too, or in another way, is found out so and goes sample by sample.
  init(_ request: Scoring) throws {
    let owners = Owners(request.model)
    let found = request.parameters.map { owners.linears(of: $0.parameter) ?? [] }
    if let stack = PlainLayers(request), found.allSatisfy({ $0.count == 1 }) {
      var seen: Set<ObjectIdentifier> = []
      modules = found.joined().filter { seen.insert(ObjectIdentifier($0)).inserted }
      (alone, cost, isPlain) = ([], stack.cost, true)
      targets = zip(request.parameters, found).map { named, linears in
        Target(name: named.name, parameter: named.parameter, route: named.parameter.value.rank == 1 ? .bias(linears) : .outer(linears))
      }
      return
    }
    var seen: Set<ObjectIdentifier> = []
    let modules = found.joined().filter { seen.insert(ObjectIdentifier($0)).inserted }
    let trace = LinearTrace(modules, counting: request.model.namedModules.map(\.module), in: request.run)
    let last = (request.sampleCount - 1)..<request.sampleCount
    let total = try request.total(last, in: trace.run).total
    let gradients = try total.gradients(with: request.parameters.map(\.parameter.value), keepsHistory: true)
    let calls = modules.map(trace.calls)
    (cost, isPlain) = (SampleCost(request, trace, modules), false)
    alone = calls.map { $0.map(\.output) }
    self.modules = modules
    let factors: LinearFactors? = try? LinearFactors(total, last, modules, trace)
    targets = []
    for (i, (name, parameter)) in request.parameters.enumerated() {
      let route = try Self.route(parameter, found[i], factors, gradients[i])
      targets.append(Target(name: name, parameter: parameter, route: route))
    }
  }

  private static func route(_ parameter: Parameter, _ modules: [Linear], _ factors: LinearFactors?, _ gradient: Tensor?) throws -> Target.Route {
    guard let factors, !modules.isEmpty, let pair = try? factors.factors(of: modules) else { return gradient == nil ? .none : .sample }
    let isBias = parameter.value.rank == 1
    let (d, a) = pair
    let rows = d.rank == 2 ? d : try d.reshape([d.shape[1], d.shape[2]])
    let made = isBias ? try rows.sum([0]) : try rows.transpose(0, 1).matmul(a.rank == 2 ? a : a.reshape([a.shape[1], a.shape[2]]))
    let expected = try gradient ?? Tensor.zeros(parameter.value.shape, parameter.value.dtype)
    guard made.shape == expected.shape, try made.isNear(expected) else { return .sample }
    return isBias ? .bias(modules) : d.rank == 2 ? .outer(modules) : .positions(modules)
  }

  /// Whether the last of these samples went through the layers as it does alone.
  func agrees(_ trace: LinearTrace) throws -> Bool {
    for (module, alone) in zip(modules, alone) {
      let together = trace.calls(of: module)
      guard together.count == alone.count else { return false }
      for (z, one) in zip(together.map(\.output), alone) {
        guard z.rank == one.rank, one.shape[0] == 1, try z.detached().narrow(0, z.shape[0] - 1, 1).isNear(one.detached()) else { return false }
      }
    }
    return true
  }
}

/// What one sample takes.
struct SampleCost {
  /// Of memory, for all that a backward pass keeps.
  let bytes: Double
  /// Multiplications and additions of a forward pass, as far as linear layers go.
  let flops: Double

  static let nothing = SampleCost(bytes: 0, flops: 0)

  fileprivate init(bytes: Double, flops: Double) { (self.bytes, self.flops) = (bytes, flops) }

  /// From one sample that went through the model with these hooks.
  init(_ request: Scoring, _ trace: LinearTrace, _ modules: [Linear]) {
    let size = Double(request.parameters.first?.parameter.value.dtype.size ?? 4)
    // Outputs, their derivatives, and as much again for what stands between two modules.
    bytes = 4 * size * Double(trace.activations + (request.x?.count ?? 0) / max(request.sampleCount, 1))
    flops = modules.reduce(0) { sum, module in
      sum + trace.calls(of: module).reduce(0) { $0 + 2 * Double($1.output.count) } * Double(module.inputs)
    }
  }

  /// From one forward pass of the last sample, where the model itself does not tell.
  init(of request: Scoring) throws {
    if let stack = PlainLayers(request) {
      self = stack.cost
      return
    }
    let all = request.model.namedModules.map(\.module), modules = all.compactMap { $0 as? Linear }
    let trace = LinearTrace(modules, counting: all, in: request.run)
    let x = try request.samples((request.sampleCount - 1)..<request.sampleCount).x
    _ = try Recording.with(.none) { try trace.run(request.model, x) }
    self.init(request, trace, modules)
  }
}

extension Tensor {
  /// Whether the numbers are the same but for rounding that many layers may have made larger.
  fileprivate func isNear(_ other: Tensor) throws(TensorError) -> Bool {
    guard shape == other.shape else { return false }
    if count == 0 { return true }
    let size = try other.abs().amax().item()
    let distance = try (self - other).abs().amax().item()
    return distance <= 1e-3 * size || distance.isNaN || distance == 0
  }
}

/// A model of linear layers, each once, with element-wise functions between them, that rows go through and nobody watches:
/// no sample need be run to know how its gradients are made.
private struct PlainLayers {
  let cost: SampleCost

  /// Nil for any other model.
  init?(_ request: Scoring) {
    guard let model = request.model as? Sequential, request.run.tables.allSatisfy(\.isEmpty), let x = request.x, x.rank == 2 else { return nil }
    var width = x.shape[1], activations = width, flops = 0.0
    var seen: Set<ObjectIdentifier> = []
    for (_, module) in model.layers {
      if let linear = module as? Linear {
        guard linear.inputs == width, seen.insert(ObjectIdentifier(linear.weight)).inserted else { return nil }
        flops += 2 * Double(linear.inputs) * Double(linear.outputs)
        width = linear.outputs
      } else {
        guard Self.isElementwise(module) else { return nil }
      }
      activations += width
    }
    let size = Double(request.parameters.first?.parameter.value.dtype.size ?? 4)
    cost = SampleCost(bytes: 4 * size * Double(activations + width), flops: flops)
  }

  private static func isElementwise(_ module: Module) -> Bool {
    module is ReLU || module is Tanh || module is Sigmoid || module is GELU || module is SiLU || module is LeakyReLU || module is ELU
      || module is Softplus || module is Dropout || module is Identity
  }
}

/// Which modules own each parameter of a model.
private struct Owners {
  private var modules: [ObjectIdentifier: [Module]] = [:]

  init(_ model: Module) {
    for (_, module) in model.namedModules {
      for case .parameter(_, let parameter?) in module.parts { modules[ObjectIdentifier(parameter), default: []].append(module) }
    }
  }

  /// The layers that own it, where all of them are linear.
  func linears(of parameter: Parameter) -> [Linear]? {
    let owners = modules[ObjectIdentifier(parameter)] ?? []
    let linears = owners.compactMap { $0 as? Linear }
    return linears.count == owners.count ? linears : nil
  }
}
