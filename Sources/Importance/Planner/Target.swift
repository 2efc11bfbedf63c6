import Engine
import NN

/// A parameter that is scored, and how the gradients of single samples with respect to it are had.
struct Target {
  let name: String, parameter: Parameter
  var route: Route
  /// What `total` adds up; nil where each score is of one element.
  var groups: ElementGroups?

  enum Route {
    /// Each is the outer product of two factors, as for a linear layer called once on rows.
    case outer
    /// From one pass over many samples, as sums of outer products, patches, rows or what else the operations tell.
    case gathered
    /// One backward pass a sample.
    case sample
    /// The objective does not depend on it.
    case none
  }

  var w: Tensor { parameter.value.detached() }
  var w0: Tensor { parameter.origin ?? w }

  var isOuter: Bool { if case .outer = route { true } else { false } }
  /// Whether a pass over many samples gives what it needs.
  var isTogether: Bool {
    switch route {
    case .outer, .gathered: true
    case .sample, .none: false
    }
  }
}

/// What a few samples tell of a model: how the gradients of single samples are had, and what a sample costs.
struct Analysis {
  var targets: [Target]
  /// How to take them from a pass over many; nil where each is to have a pass of its own.
  let samples: SamplePlan?
  /// What the model gives for the last sample in a pair, which the passes over many must give again.
  private let last: Tensor?
  let cost: SampleCost
  /// Whether nothing had to be run: layers that rows go through one by one, and that nobody watches.
  let isPlain: Bool

  /// Below this many samples a pass for each is no more than looking at how the model treats them.
  private static let fewest = 3

  init(_ request: Scoring) throws {
    let values = request.parameters.map(\.parameter.value), n = request.sampleCount
    func targets(_ routes: [Target.Route]) -> [Target] {
      zip(request.parameters, routes).map { Target(name: $0.name, parameter: $0.parameter, route: $1) }
    }
    if let stack = PlainLayers(request) {
      (samples, last, cost, isPlain) = (SamplePlan(ofRowsWith: values, bytes: stack.cost.bytes, multiplications: stack.cost.flops / 2), nil, stack.cost, true)
      self.targets = targets(values.map { $0.rank == 1 ? .gathered : .outer })
      return
    }
    isPlain = false
    let three = n < Self.fewest ? nil : SampleOutline(of: try request.total((n - 3)..<n, in: request.layerRun).total)
    let (out, total) = try request.total(max(0, n - 2)..<n, in: request.layerRun)
    let expected = try total.gradients(with: values)
    guard let three else {
      let cost = SamplePlan.cost(total)
      (samples, last, self.cost) = (nil, nil, SampleCost(bytes: cost.bytes / Double(n), flops: 2 * cost.multiplications / Double(n)))
      self.targets = targets(expected.map { $0 == nil ? .none : .sample })
      return
    }
    let plan = try SamplePlan(total, three, with: values)
    (samples, last, cost) = (plan, try out.detached().narrow(0, 1, 1), SampleCost(bytes: plan.bytes, flops: 2 * plan.multiplications))
    self.targets = targets(try Self.routes(plan, total, expected))
  }

  /// Holds what the plan makes of two samples against an ordinary backward pass: what differs goes sample by sample.
  private static func routes(_ plan: SamplePlan, _ total: Tensor, _ expected: [Tensor?]) throws -> [Target.Route] {
    let found = Found(expected.map { $0 == nil ? .none : .sample })
    // A sum that comes to nothing but rounding is near any other such sum.
    let rest = try 1e-6 * Recording.with(.none) { try expected.compactMap { try $0.map { $0.count == 0 ? 0 : try $0.abs().amax().item() } }.max() ?? 0 }
    do {
      try plan.run(total, samples: 2, .remember) { i, gradients in
        let made = try Recording.with(.none) { try gradients.total() }
        let other = try expected[i] ?? Tensor.zeros(made.shape, made.dtype)
        guard try Recording.with(.none, { try made.isNear(other, rest: rest) }) else { return plan.isolate(i) }
        if expected[i] != nil { found.routes[i] = gradients.factors?.d.shape[1] == 1 ? .outer : .gathered }
      }
      return found.routes
    } catch is SamplesDiffer {
      for i in expected.indices { plan.isolate(i) }
      return expected.map { $0 == nil ? .none : .sample }
    }
  }

  /// What a pass tells on its way.
  private final class Found {
    var routes: [Target.Route]
    init(_ routes: [Target.Route]) { self.routes = routes }
  }

  /// Whether the last of these samples comes out as it did among others.
  func agrees(_ out: Tensor) throws -> Bool {
    guard let last else { return true }
    return try out.rank == last.rank && out.detached().narrow(0, out.shape[0] - 1, 1).isNear(last)
  }
}

/// What one sample takes.
struct SampleCost {
  /// Of memory, for the outputs that a backward pass keeps and for gradients beside them.
  let bytes: Double
  /// Times `bytes` that passes take, there alone and there and back, with the copies that kernels make and with what was freed
  /// and is kept for the next batch: so much that next to nothing is fetched from the system anew.
  static let forth = 1.3, back = 2.4
  /// Bytes beyond which a batch is none the faster for being larger.
  static let enough = 300e6
  /// Multiplications and additions of a forward pass, as far as layers with weights go.
  let flops: Double

  static let nothing = SampleCost(bytes: 0, flops: 0)

  init(bytes: Double, flops: Double) { (self.bytes, self.flops) = (bytes, flops) }

  init(_ cost: (bytes: Double, multiplications: Double)) { (bytes, flops) = (cost.bytes, 2 * cost.multiplications) }

  /// From one forward pass of the last sample, where the model itself does not tell.
  init(of request: Scoring) throws {
    if let stack = PlainLayers(request) {
      self = stack.cost
    } else {
      // What the objective adds is little, and there may be none.
      let x = try request.samples((request.sampleCount - 1)..<request.sampleCount).x
      self.init(SamplePlan.cost(try Recording.with(.all) { try request.run(request.model, x) }))
    }
  }
}

/// A model of linear layers, each once, with element-wise functions between them, that rows go through and nobody watches:
/// no sample need be run to know how its gradients are made.
private struct PlainLayers {
  let cost: SampleCost

  /// Nil for any other model.
  init?(_ request: Scoring) {
    guard let model = request.model as? Sequential, request.run.tables.allSatisfy(\.isEmpty), let x = request.x, x.rank == 2 else { return nil }
    var width = x.shape[1], outputs = 0, largest = 0, flops = 0.0
    var seen: Set<ObjectIdentifier> = []
    for (_, module) in model.layers {
      if let linear = module as? Linear {
        guard linear.inputs == width else { return nil }
        for parameter in [linear.weight, linear.bias].compactMap({ $0 }) {
          guard seen.insert(ObjectIdentifier(parameter)).inserted else { return nil }
        }
        flops += 2 * Double(linear.inputs) * Double(linear.outputs)
        width = linear.outputs
      } else {
        guard Self.isElementwise(module) else { return nil }
        // A ReLU is part of the layer before it.
        if module is ReLU { continue }
      }
      outputs += width
      largest = max(largest, width)
    }
    guard request.parameters.allSatisfy({ seen.contains(ObjectIdentifier($0.parameter)) }) else { return nil }
    // What `SamplePlan.cost` counts.
    cost = SampleCost(bytes: Double(x.dtype.size * (outputs + 3 * largest)), flops: flops)
  }

  private static func isElementwise(_ module: Module) -> Bool {
    module is ReLU || module is Tanh || module is Sigmoid || module is GELU || module is SiLU || module is LeakyReLU || module is ELU
      || module is Softplus || module is Dropout || module is Identity
  }
}
