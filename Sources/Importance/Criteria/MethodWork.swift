import Builtins
import Engine
import NN

/// What the algorithms take, for plans: forward and backward passes over all samples, and bytes.
enum MethodWork {
  /// By name; those that are not here read no sample, or are counted as one pass.
  private static let passes: [String: @Sendable (FormulaMethod, Scoring) throws -> Double] = [
    "force": { call, _ in call.setting("rounds") },
    "fpgm": { _, _ in 0 },
    "grasp": { _, _ in 3 },
    "hvp": { _, _ in 2 },
    "iterative_snip": { call, _ in call.setting("rounds") },
    "lamp": { _, _ in 0 },
    "obs": { call, request in try outputs(request) * rounds(call, request) },
    "parameter_integrated_gradients": { call, _ in call.setting("steps") },
    "synflow": { call, request in call.setting("rounds") / Double(max(1, request.sampleCount)) },
    "true_fisher": { call, request in call.setting("draws") > 0 ? call.setting("draws") : try outputs(request) },
    "woodfisher": { call, request in try rounds(call, request) },
  ]

  /// Bytes at once beside the numbers of the parameters, by name; those that are not here take what a pass takes.
  private static let bytes: [String: @Sendable (FormulaMethod, Scoring) throws -> Double] = [
    "fpgm": { _, _ in 0 },
    "grasp": { _, request in try ofPass(request, MethodRun.secondOrder) },
    "hvp": { _, request in try ofPass(request, MethodRun.secondOrder) },
    "lamp": { _, _ in 0 },
    "obs": { call, request in try cut(call, request).bytes + ofPass(request, SampleCost.back, request.memory / 4) },
    "sparsegpt": { _, request in
      let owners = ParameterOwners(request.model)
      var layers: [CurvatureLayer] = []
      for layer in request.parameters.compactMap({ owners.layer(of: $0.parameter) }) where !layers.contains(where: { $0.weight === layer.weight }) { layers.append(layer) }
      return try InputProducts.bytes(layers, request.memory) + ofPass(request, 12)
    },
    "synflow": { _, request in try request.sampleCount > 0 ? SampleCost(of: request).bytes : 0 },
    "true_fisher": { _, request in try ofPass(request, SampleCost.back) },
    "woodfisher": { call, request in try cut(call, request).bytes + ofPass(request, SampleCost.back, request.memory / 4) },
  ]

  /// Bytes of the algorithms of a formula, of which one is at work at a time.
  static func bytes(_ formula: Formula, _ request: Scoring) throws -> Double {
    let values = request.parameters.map(\.parameter.value)
    let all = values.reduce(0) { $0 + Double($1.count) }, largest = values.map { Double($0.count) }.max() ?? 0
    return try formula.methods.reduce(0) { most, method in
      guard case .method(let call) = method.kind else { return most }
      // Sums in float64 beside the numbers; orders and ranks of one parameter.
      return try max(most, (bytes[call.name]?(call, request) ?? (request.sampleCount > 0 ? ofPass(request, SampleCost.back) : 0)) + 16 * all + 32 * largest)
    }
  }

  /// Of a pass over as many samples as have room.
  private static func ofPass(_ request: Scoring, _ factor: Double, _ memory: Double? = nil) throws -> Double {
    let own = try SampleCost(of: request).bytes * factor
    return min(Double(request.sampleCount) * own, max(own, memory ?? request.memory))
  }

  private static func cut(_ call: FormulaMethod, _ request: Scoring) throws -> CurvatureCut {
    try CurvatureCut(call.name, MethodRun(request: request, operand: nil, name: call.text), Int(min(call.setting("block"), 1e6)))
  }

  private static func rounds(_ call: FormulaMethod, _ request: Scoring) throws -> Double { Double(max(1, try cut(call, request).groups.count)) }

  /// The passes of all methods in a formula.
  static func passes(_ formula: Formula, _ request: Scoring) throws -> Double {
    try formula.methods.reduce(0) { sum, method in
      guard case .method(let call) = method.kind else { return sum }
      return try sum + (passes[call.name]?(call, request) ?? 1)
    }
  }

  private static func outputs(_ request: Scoring) throws -> Double {
    let n = request.sampleCount
    guard n > 0 else { return 0 }
    return Double(try request.total((n - 1)..<n, in: request.run).out.count)
  }
}

extension FormulaMethod {
  /// A setting as it was given, or as it is where it was not.
  fileprivate func setting(_ name: String) -> Double {
    let place = method.builtin.parameters.firstIndex { $0.name == name } ?? 0
    let given = arguments.first { $0.name == name } ?? (place < arguments.count && arguments[place].name == nil ? arguments[place] : nil)
    return given?.value.constant ?? method.builtin.parameters[place].standardText.flatMap(Double.init) ?? 1
  }
}
