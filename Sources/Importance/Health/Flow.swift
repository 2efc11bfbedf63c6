import Builtins
import Engine
import NN

/// What flows through a model for some samples: the outputs of its activations, and the gradients of its parameters.
struct Flow {
  let units: [Health.Units]
  /// In the order of the parameters; nil where the objective does not depend on one. Nil as a whole where the data has no
  /// targets that the objective needs.
  let gradients: [Tensor?]?
  let hasBadOutput: Bool

  private static let most = 2048

  init(_ request: HealthRequest, _ x: Tensor) throws {
    let n = min(x.shape[0], Flow.most)
    let (part, targets) = (try x.detached().narrow(0, 0, n), try request.y?.detached().narrow(0, 0, n))
    var gathered: [(name: String, module: Module, outputs: [Tensor])] = []
    let table = HookTable()
    for (name, module) in request.model.namedModules where isWatched(module) {
      let place = gathered.count
      gathered.append((name.isEmpty ? "output" : name, module, []))
      table.onForward(module) { _, _, output in
        if let y = output as? Tensor, y.rank > 1, y.shape[0] == n { gathered[place].outputs.append(y.detached()) }
        return nil
      }
    }
    let run = Run(request.run.tables + [table], generator: request.run.generator, journal: request.run.journal)
    let values = request.model.everyParameter.map(\.value)
    let modes = Journal()
    defer { modes.rollBack() }
    request.model.setTraining(false, journal: modes)
    let (out, found) = try Recording.with(.all) { () -> (Tensor, [Tensor?]?) in
      let out = try run(request.model, part)
      if targets == nil, request.objective.needsTargets { return (out.detached(), nil) }
      let mean = try request.objective.total(out, targets) / Double(n)
      return (out.detached(), try mean.gradients(with: values))
    }
    gradients = found
    hasBadOutput = try Recording.with(.none) { try !out.doubles().allSatisfy(\.isFinite) }
    units = try Recording.with(.none) {
      try gathered.filter { !$0.outputs.isEmpty }.map { try Flow.judged($0.name, $0.module, Tensor.cat($0.outputs, 0)) }
    }
  }

  /// A unit is dead where it puts out one number for every sample and place, and saturated where it stands at an end of its
  /// range for nine of ten.
  private static func judged(_ name: String, _ module: Module, _ y: Tensor) throws -> Health.Units {
    // The units of an activation behind a convolution are its channels.
    let rows = y.rank > 2 ? try y.permute([0] + Array(2..<y.rank) + [1]).reshape([y.count / max(y.shape[1], 1), y.shape[1]]) : y
    let (low, high) = (try rows.amin([0]).doubles(), try rows.amax([0]).doubles())
    var saturated = 0
    if let ends = limits(of: module) {
      let margin = 0.02 * (ends.upperBound - ends.lowerBound)
      let out = try rows.lt(Tensor.number(ends.lowerBound + margin)).logicalOr(rows.gt(Tensor.number(ends.upperBound - margin)))
      saturated = try out.to(.float64).mean([0]).doubles().count { $0 > 0.9 }
    }
    let size = try (rows.to(.float64) * rows.to(.float64)).mean().item().squareRoot()
    let dead = rows.shape[0] > 1 ? zip(low, high).count { $0 == $1 } : 0
    return Health.Units(name: name, count: low.count, dead: dead, saturated: saturated, size: size)
  }
}

/// Modules whose outputs show what is dead: those without children and parameters that are no reshaping, dropout or pooling.
private func isWatched(_ module: Module) -> Bool {
  module.children.isEmpty && module.namedParameters.isEmpty && isActivation(module)
}

/// The activations by what their classes are called.
func isActivation(_ module: Module) -> Bool {
  let names: Set<String> = [
    "ReLU", "ReLU6", "LeakyReLU", "ELU", "CELU", "SELU", "GELU", "SiLU", "Mish", "Tanh", "Sigmoid", "Softplus", "Softsign", "Hardtanh", "Hardsigmoid",
    "Hardswish", "Threshold", "Tanhshrink", "Softshrink", "Hardshrink", "LogSigmoid",
  ]
  return names.contains(module.typeName)
}

/// The ends of the range of an activation that has two.
private func limits(of module: Module) -> ClosedRange<Double>? {
  switch module.typeName {
  case "Sigmoid", "Hardsigmoid": 0...1
  case "Tanh", "Softsign", "Hardtanh": -1...1
  default: nil
  }
}

extension Objective {
  /// Whether it cannot be told without targets.
  var needsTargets: Bool { if case .loss = self { true } else { false } }
}
