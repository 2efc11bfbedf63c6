import Builtins
import Engine
import NN

/// Criteria of how the weight was trained, from what `train … track=` keeps.
extension CriterionMethod {
  static let movementPruning = CriterionMethod(
    builtin: Builtin(
      "movement_pruning", "How far training moved the weight away from 0: above 0 it grew, below it shrank.",
      formula: "-Σ w g over the steps of the last training, w before each step", source: Source("Sanh, Wolf and Rush 2020, eq. 3, without the learning rate", arXiv: "2005.07683"),
      run: { (run: MethodRun) in try run.ofTrace(.weight_gradient) { sum, _ in try -sum } }),
    needs: .nothing, cost: "a tensor of each parameter's size while it trains: `train … track=[\"weight_gradient\"]`", isInvariantToRescaling: true,
    misleads: "It was made for fine-tuning with the pruned weights out of the way; with momentum or Adam a weight does not move as its gradient says.")

  static let synapticIntelligence = CriterionMethod(
    builtin: Builtin(
      "synaptic_intelligence", "How much the weight took off the loss while it was trained, for how far it moved.",
      .option("xi", 0.1, in: 1e-12...1e12, "What is added to the square of the distance."),
      formula: "-Σ g Δw over the steps of the last training, divided by (w - w0)² + ξ", source: Source("Zenke, Poole and Ganguli 2017, eq. 5", arXiv: "1703.04200"),
      run: { (run: MethodRun, xi: Double) in
        try run.ofTrace(.path_integral) { sum, parameter in
          let w = parameter.value.detached()
          return try sum / ((w - (parameter.origin ?? w)).square() + xi)
        }
      }),
    needs: .nothing, cost: "two tensors of each parameter's size while it trains: `train … track=[\"path_integral\"]`", isInvariantToRescaling: false,
    misleads: "Gradients of batches are noisy: on average they overrate how much each step took off the loss, the more so with small batches.")

  static let rwalk = CriterionMethod(
    builtin: Builtin(
      "rwalk", "How much the weight matters to what the network says, and how much it took off the loss for how far it moved that.",
      formula: "F / max F + s / max s, F the running Fisher information and s = Σ max(0, -g Δw / (F Δw² / 2 + 0.1)) of the last training",
      source: Source("Chaudhry et al. 2018, eq. 9 and 10, step by step", arXiv: "1801.10112"), run: walked),
    needs: .nothing, cost: "three tensors of each parameter's size while it trains: `train … track=[\"riemannian_walk\"]`", isInvariantToRescaling: false,
    misleads: "The two parts are brought to the same range, so that one outlier in either decides how much that part counts; the labels are those of the data.")
}

private func walked(_ run: MethodRun) throws -> MethodScores {
  func shares(_ kind: TrackName) throws -> [Tensor] {
    let tensors = try run.ofTrace(kind) { sum, _ in sum }.tensors
    return try Recording.with(.none) {
      let most = try tensors.reduce(0.0) { try max($0, $1.count == 0 ? 0 : $1.amax().item()) }
      return most > 0 ? try tensors.map { try $0 / most } : tensors
    }
  }
  let (fisher, walk) = (try shares(.running_fisher), try shares(.riemannian_walk))
  return MethodScores(tensors: try Recording.with(.none) { try zip(fisher, walk).map { try $0 + $1 } })
}

extension MethodRun {
  /// Scores made of what the last training kept of each parameter.
  /// - Throws: `noTrace` where it was not asked to.
  fileprivate func ofTrace(_ kind: TrackName, _ score: (Tensor, NN.Parameter) throws -> Tensor) throws -> MethodScores {
    try Recording.with(.none) {
      MethodScores(tensors: try request.parameters.map { name, parameter in
        guard let sum = parameter.trace[kind] else { throw ScoringError.noTrace(request.formula.description, name, kind: kind.rawValue) }
        return try score(sum, parameter)
      })
    }
  }
}
