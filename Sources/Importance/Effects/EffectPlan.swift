import Engine

/// How the effects of a formula are measured, and what that takes.
struct EffectPlan {
  private(set) var steps: [Plan.Step] = []
  private(set) var passes = 0
  private(set) var flops = 0.0, bytes = 0.0

  /// A few samples go through the model, to see how it is built.
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
    var manners: [String] = [], ways: [String: [EffectWay]] = [:]
    for subject in subjects {
      let way = try Recording.with(.none) { try EffectWay(request, subject, keepsSamples: keepsSamples) }
      if ways[way.manner] == nil { manners.append(way.manner) }
      ways[way.manner, default: []].append(way)
      passes += way.passes
      flops += way.flops
      bytes = max(bytes, way.bytes)
    }
    for manner in manners {
      let same = ways[manner] ?? [], states = EffectWay.words(request, same.map(\.groups))
      steps.append(Plan.Step(words: "\(leaf): \(states)\(manner)", parameters: same.map(\.name), part: .effects))
    }
  }
}

/// How the changes at one place are run.
private struct EffectWay {
  let name: String, manner: String, groups: Int
  let passes: Int, flops: Double, bytes: Double

  init(_ request: EffectRequest, _ subject: EffectSubject, keepsSamples: Bool) throws {
    let n = request.x.shape[0]
    let runner = try EffectRunner(request.lastSamples(), request.site(subject)), chain = runner.chain
    (name, groups) = (runner.site.name, runner.groups.count)
    let states = Self.states(request, groups), rows = Double(states) * Double(n)
    let rest = min(runner.spot.start, chain.layers.count)
    bytes = Double(min(runner.rowLimit, n * max(1, states))) * chain.bytes(from: rest)
    if runner.isDrawnFromGroups, let columns = try EffectColumns(runner) {
      let follows = try chain.flops(from: columns.rest.lowerBound, columns.rows)
      (manner, flops) = (try columns.manner(keepsSamples: keepsSamples), rows * (2 * Double(columns.width) + follows))
      passes = 1
      return
    }
    let after = rest == 0 ? "the model" : rest == chain.layers.count ? "the metric" : "what follows"
    let atOnce = chain.isBatchable ? ", \(max(1, min(runner.rowLimit, n * states))) rows at a time" : ", one after the other: samples are mixed or hooks watch"
    manner = "\(after) runs again for each\(atOnce)"
    (passes, flops) = (states, rows * (try chain.flops(from: rest, runner.input)))
  }

  /// How many changed models are measured.
  private static func states(_ request: EffectRequest, _ groups: Int) -> Int {
    let draws = request.effect.draws
    switch request.effect.question {
    case .rise, .drop: return groups * draws
    case .cumulative: return 2 * groups * draws
    case .shapley: return groups <= EffectWork.mostCountedOut ? 1 << groups : 2 * ((draws + 1) / 2) * groups
    }
  }

  /// What they are, for places with so many groups each.
  static func words(_ request: EffectRequest, _ groups: [Int]) -> String {
    let draws = request.effect.draws, all = groups.reduce(0, +)
    switch request.effect.question {
    case .rise, .drop:
      return "\(all) \(all == 1 ? "change" : "changes")\(draws == 1 ? "" : ", \(draws) draws of each"); "
    case .cumulative:
      return "\(all) \(all == 1 ? "change" : "changes")\(draws == 1 ? "" : ", \(draws) draws of each"), and all of them one after the other, the largest first; "
    case .shapley:
      let counted = groups.filter { $0 <= EffectWork.mostCountedOut }, drawn = groups.filter { $0 > EffectWork.mostCountedOut }
      let sets = counted.map { "all \(1 << $0) sets of \($0) players, counted out: nothing is sampled" }
      let orders = drawn.map { "\(2 * ((draws + 1) / 2)) random orders of \($0) players, each with its reverse" }
      return (sets + orders).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }.joined(separator: ", ") + "; "
    }
  }
}

extension EffectRequest {
  /// The same for the last few samples, of which it shows whether a model mixes them.
  fileprivate func lastSamples() throws -> EffectRequest {
    let n = x.shape[0], few = 3
    guard n > few else { return self }
    var part = EffectRequest(effect, of: model, on: try x.narrow(0, n - few, few), try y?.narrow(0, n - few, few), for: objective, in: run)
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
    let last = plan.steps.filter { $0.part == .formula }, first = plan.steps.filter { $0.part != .formula }
    let steps = (isAlone ? [] : first) + effects.steps + last
    return Plan(
      formula: plan.formula, objective: plan.objective, samples: plan.samples, batch: plan.batch,
      forwardPasses: (isAlone ? 0 : plan.forwardPasses) + effects.passes, backwardPasses: isAlone ? 0 : plan.backwardPasses, steps: Array(steps),
      flops: (isAlone ? 0 : plan.flops) + effects.flops, bytes: max(isAlone ? 0 : plan.bytes, effects.bytes))
  }
}
