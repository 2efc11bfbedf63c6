import Engine

/// How the effects of a formula are measured, and what that takes.
struct EffectPlan {
  private(set) var steps: [Plan.Step] = []
  private(set) var passes = 0
  private(set) var flops = 0.0, bytes = 0.0

  /// One sample goes through the model, to see how it is built.
  init?(_ scoring: Scoring) throws {
    let leaves = scoring.formula.measuredEffects
    guard !leaves.isEmpty else { return nil }
    for leaf in leaves {
      guard let effect = leaf.ownEffect, let request = try scoring.effectRequest(effect) else { continue }
      let keeps = !scoring.formula.bareEffectLeaves.contains(leaf) && !scoring.formula.reductions.contains(.mean(of: leaf))
      try add(leaf, request, scoring.effectSubjects, keepsSamples: keeps)
    }
  }

  /// Subjects that are measured in the same way are one step.
  private mutating func add(_ leaf: Formula, _ request: EffectRequest, _ subjects: [EffectSubject], keepsSamples: Bool) throws {
    var words: [String] = [], names: [String: [String]] = [:]
    for subject in subjects {
      let way = try Recording.with(.none) { try EffectWay(request, subject, keepsSamples: keepsSamples) }
      if names[way.words] == nil { words.append(way.words) }
      names[way.words, default: []].append(way.name)
      passes += way.passes
      flops += way.flops
      bytes = max(bytes, way.bytes)
    }
    for word in words { steps.append(Plan.Step(words: "\(leaf): \(word)", parameters: names[word] ?? [])) }
  }
}

/// How the changes at one place are run.
private struct EffectWay {
  let name: String, words: String
  let passes: Int, flops: Double, bytes: Double

  init(_ request: EffectRequest, _ subject: EffectSubject, keepsSamples: Bool) throws {
    let n = request.x.shape[0]
    let runner = try EffectRunner(request.lastSample(), request.site(subject)), chain = runner.chain, groups = runner.groups.count
    name = runner.site.name
    let (states, how) = Self.states(request, groups)
    let rows = Double(states) * Double(n)
    let layout = EffectColumns.Layout(chain, runner.spot, runner.site)
    if runner.isDrawnFromGroups, chain.isBatchable, let layout, layout.columns(runner.groups, runner.site) != nil {
      let isFused = !keepsSamples && layout.rest.isEmpty && !layout.hasReLU && layout.changed != nil && runner.groups.areElements
      words = "\(how), each of which moves one column before a linear layer: "
        + (isFused ? "where it is the scores that move, their losses alone are worked out anew" : "its output moves along one row of its weight, and what follows runs for the samples that move")
      passes = 1
      flops = rows * (2 * Double(layout.width(chain)) + chain.flops(from: layout.rest.lowerBound))
    } else {
      let isWhole = chain.layers.count == 1
      let after = isWhole ? "the model" : runner.spot.start == chain.layers.count ? "the metric" : "what follows"
      words = "\(how), \(after) run again for each" + (chain.isBatchable ? ", \(max(1, runner.rowLimit)) rows at a time" : ", one after the other: samples are mixed or hooks watch")
      passes = states
      flops = rows * chain.flops(from: min(runner.spot.start, chain.layers.count))
    }
    bytes = Double(min(runner.rowLimit, n * max(1, states))) * chain.bytes(from: min(runner.spot.start, chain.layers.count))
  }

  /// How many changed models are measured, and what they are.
  private static func states(_ request: EffectRequest, _ groups: Int) -> (Int, String) {
    let draws = request.effect.draws, many = draws == 1 ? "" : ", \(draws) draws of each"
    switch request.effect.question {
    case .cumulative: return (2 * groups * draws, "\(groups) \(groups == 1 ? "change" : "changes")\(many), and all of them one after the other, the largest first")
    case .rise, .drop: return (groups * draws, "\(groups) \(groups == 1 ? "change" : "changes")\(many)")
    case .shapley:
      guard groups > EffectRunner.mostCountedOut else { return (1 << groups, "all \(1 << groups) sets of \(groups) players, counted out: nothing is sampled") }
      let orders = 2 * ((draws + 1) / 2)
      return (orders * groups, "\(orders) random orders of \(groups) players, each with its reverse")
    }
  }
}

extension EffectRequest {
  /// The same for the last sample alone.
  fileprivate func lastSample() throws -> EffectRequest {
    let n = x.shape[0]
    guard n > 1 else { return self }
    var part = EffectRequest(effect, of: model, on: try x.narrow(0, n - 1, 1), try y?.narrow(0, n - 1, 1), for: objective, in: run)
    (part.each, part.functions, part.values, part.memory) = (each, functions, values, memory)
    return part
  }
}

extension Formula {
  fileprivate static func mean(of leaf: Formula) -> Formula { Formula(.reduced(.mean, leaf), tag: 0) }
}

extension Scoring {
  func effectPlan() throws -> EffectPlan? { try EffectPlan(self) }

  /// A plan with the steps of the effects before its last; where the formula is of nothing else, with them alone.
  func adding(_ effects: EffectPlan?, to plan: Plan) -> Plan {
    guard let effects else { return plan }
    let isAlone = !FormulaSymbol.allCases.contains(where: formula.contains)
    let steps = (isAlone ? [] : plan.steps.dropLast()) + effects.steps + plan.steps.suffix(1)
    return Plan(
      formula: plan.formula, objective: plan.objective, samples: plan.samples, batch: plan.batch,
      forwardPasses: (isAlone ? 0 : plan.forwardPasses) + effects.passes, backwardPasses: isAlone ? 0 : plan.backwardPasses, steps: Array(steps),
      flops: (isAlone ? 0 : plan.flops) + effects.flops, bytes: max(isAlone ? 0 : plan.bytes, effects.bytes))
  }
}
