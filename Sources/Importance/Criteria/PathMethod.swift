import Builtins
import Engine
import NN

extension CriterionMethod {
  static let parameterIntegratedGradients = CriterionMethod(
    builtin: Builtin(
      "parameter_integrated_gradients", "The weight's share of the difference that the scored parameters make to the objective, on the straight way from 0 to what they are.",
      .option("steps", 50, in: 1...100_000, "Points on the way."),
      formula: "w ∫₀¹ g(t w) dt, all scored parameters at t times their numbers; the scores add up to the objective at w less that at 0",
      source: Source("after Sundararajan, Taly and Yan 2017, eq. 1, over parameters", arXiv: "1703.01365"), run: integrated),
    needs: .objective, cost: "one forward and one backward pass over the data for each point", isInvariantToRescaling: true,
    misleads: "Halfway to 0 a network computes nothing of use: much of the way leads where no gradient says anything of the trained network.", parts: MethodParts.alongWeights)
}

private func integrated(_ run: MethodRun, steps: Int) throws -> MethodScores {
  try run.restoring { journal in
    let values = run.values, whole = try values.map { try $0.detached().copied() }
    func scale(_ t: Double) throws {
      for (value, w) in zip(values, whole) {
        let scaled = try Recording.with(.none) { try w * t }
        try journal.write(value) { try value.copyNumbers(of: scaled) }
      }
    }
    let nodes = PathRule.gausslegendre.nodes(steps)
    let sums = try run.resuming(steps, from: [Tensor]()) { sums, i in
      let node = nodes[i]
      try scale(node.t)
      let parts = try run.scores(.g)
      try Recording.with(.none) {
        let weighted = try parts.map { try $0.to(.float64) * node.weight }
        sums = sums.isEmpty ? weighted : try zip(sums, weighted).map { try $0 + $1 }
      }
      run.report(Double(i + 1) / Double(steps))
    }
    try scale(0)
    let bottom = try run.objective()
    for (value, w) in zip(values, whole) { try journal.write(value) { try value.copyNumbers(of: w) } }
    let difference = try run.objective() - bottom
    return try Recording.with(.none) {
      let scores = try zip(whole, sums).map { try $0.to(.float64) * $1 }
      let sum = try scores.reduce(0) { try $0 + $1.sum().item() }
      var result = MethodScores(tensors: try zip(scores, values).map { try $0.to($1.dtype) })
      result.notes = ["the scores add up to \(sum.shortText); the objective differs by \(difference.shortText)"]
      if abs(sum - difference) > 0.05 * abs(difference) {
        result.warnings = [
          ImportanceWarning(
            "the scores add up to \(sum.shortText), the objective differs by \(difference.shortText)",
            help: "more points on the way: parameter_integrated_gradients(steps=\(min(steps * 4, 100_000)))")
        ]
      }
      return result
    }
  }
}

extension MethodRun {
  /// The objective, the mean over the samples.
  func objective() throws -> Double {
    var sum = 0.0
    for rows in try blocks(SampleCost.back) {
      guard !Interrupt.isSet else { throw TensorError.interrupted }
      let (x, y) = try request.samples(rows)
      sum += try Recording.with(.none) { try request.objective.perSample(request.run(request.model, x), y).to(.float64).sum().item() }
    }
    return sum / Double(max(1, request.sampleCount))
  }
}
