import Builtins
import Engine
import NN

/// What the algorithms take, for plans: forward and backward passes over all samples.
enum MethodWork {
  /// By name; those that are not here read no sample, or are counted as one pass.
  private static let passes: [String: @Sendable (FormulaMethod, Scoring) throws -> Double] = [
    "force": { call, _ in call.setting("rounds") },
    "fpgm": { _, _ in 0 },
    "grasp": { _, _ in 3 },
    "hvp": { _, _ in 2 },
    "iterative_snip": { call, _ in call.setting("rounds") },
    "lamp": { _, _ in 0 },
    "obs": { _, request in try outputs(request) },
    "parameter_integrated_gradients": { call, _ in call.setting("steps") },
    "synflow": { call, request in call.setting("rounds") / Double(max(1, request.sampleCount)) },
    "true_fisher": { call, request in call.setting("draws") > 0 ? call.setting("draws") : try outputs(request) },
  ]

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
