import Engine

/// What the averages and the reductions take that are made of requests of their own.
struct AveragePlan {
  private(set) var steps: [Plan.Step] = []
  private(set) var forwardPasses = 0, backwardPasses = 0
  private(set) var flops = 0.0, bytes = 0.0

  /// Nil where the formula has none.
  init?(_ request: Scoring) throws {
    let (whole, slow) = (request.wholeAverages, request.sampleRequests)
    guard let x = request.x, !whole.isEmpty || !slow.isEmpty else { return nil }
    // Sums or means and spreads in float64, and of an average the inputs that it makes, with what they are made of.
    let sums = 16 * request.parameters.reduce(0) { $0 + Double($1.parameter.value.count) }
    for leaf in whole + slow {
      guard case .averaged(let average, let inner) = (Averages.average(of: leaf) ?? leaf).kind else {
        if case .reduced(_, let inner) = leaf.kind {
          let one = try Recording.with(.none) { (try x.narrow(0, 0, 1), try request.y?.narrow(0, 0, 1)) }
          try add(leaf, "for each of \(x.shape[0]) samples by itself", x.shape[0], request.part(inner, on: one.0, one.1), beside: sums)
        }
        continue
      }
      try add(leaf, "\(average.words), one after the other", average.count, request.part(inner, on: x, request.y), beside: sums + 2 * Double(x.count * x.dtype.size))
    }
  }

  /// - Parameter words: over what it runs, so many times.
  private mutating func add(_ leaf: Formula, _ words: String, _ times: Int, _ part: Scoring, beside: Double) throws {
    let plan = try part.outline(part.effectPlan()), inside = plan.steps.filter { $0.part != .formula }.map(\.words)
    steps.append(Plan.Step(words: ([leaf.description, words] + (inside.isEmpty ? [] : [inside.joined(separator: "; ")])).joined(separator: ": "), parameters: [], part: part.subject.place == .parameters ? .averages : .effects))
    forwardPasses += times * plan.forwardPasses
    backwardPasses += times * plan.backwardPasses
    flops += Double(times) * plan.flops
    bytes = max(bytes, plan.bytes + beside)
  }
}

extension FormulaAverage {
  /// How many points or draws it has.
  var count: Int {
    switch self {
    case .path(let steps, _): steps
    case .smooth(let draws, _), .expect(let draws): draws
    }
  }

  /// Over what it is taken, in a plan.
  var words: String {
    switch self {
    case .path(let steps, let rule): "at \(steps) points from the baseline to the input (\(rule.rawValue))"
    case .smooth(let draws, let std): "for \(draws) copies with noise of \(std.formulaText)"
    case .expect(let draws): "for \(draws) baselines drawn from the data"
    }
  }
}

extension Scoring {
  /// How the scores would be computed, without the time that it takes.
  func outline(_ effects: EffectPlan?) throws -> Plan { try adding(effects, to: subject.place == .parameters ? Planned(self).plan : SampleScoring(self).plan) }

  /// A plan with the steps of averages and effects before its last; where the formula is of nothing else, with them alone.
  /// - Parameter found: what there is to say of how effects went.
  func adding(_ effects: EffectPlan?, _ found: [Plan.Step] = [], to plan: Plan) throws -> Plan {
    let averages = try AveragePlan(self)
    guard effects != nil || averages != nil else { return plan }
    let isAlone = formula.methods.isEmpty && !formula.reads(outside: wholeAverages + sampleRequests)
    let own = isAlone ? [] : plan.steps.filter { $0.part != .formula }, last = plan.steps.filter { $0.part == .formula }
    return Plan(
      formula: plan.formula, objective: plan.objective, samples: plan.samples, batch: plan.batch,
      forwardPasses: (isAlone ? 0 : plan.forwardPasses) + (averages?.forwardPasses ?? 0) + (effects?.passes ?? 0),
      backwardPasses: (isAlone ? 0 : plan.backwardPasses) + (averages?.backwardPasses ?? 0),
      steps: own + (averages?.steps ?? []) + (effects?.steps ?? []) + found + last,
      flops: (isAlone ? 0 : plan.flops) + (averages?.flops ?? 0) + (effects?.flops ?? 0),
      bytes: max(isAlone ? 0 : plan.bytes, averages?.bytes ?? 0, effects?.bytes ?? 0))
  }
}

extension Formula {
  /// Whether a symbol stands in it that none of these formulas holds.
  fileprivate func reads(outside others: [Formula]) -> Bool {
    if others.contains(self) { return false }
    switch kind {
    case .symbol, .step: return true
    default: return hasPart { $0.reads(outside: others) }
    }
  }
}
