import Engine

/// How the effects of a formula are measured, and what that takes.
struct EffectPlan {
  private(set) var steps: [Plan.Step] = []
  private(set) var passes = 0
  private(set) var flops = 0.0, bytes = 0.0
  /// What all changes are likely to take; nil where no clock runs, and where some way cannot be tried on a few of them.
  private(set) var seconds: Double?

  /// A few samples go through the model, to see how it is built.
  init?(_ scoring: Scoring) throws {
    seconds = scoring.clock == nil ? nil : 0
    let leaves = scoring.formula.measuredEffects
    guard !leaves.isEmpty else { return nil }
    for leaf in leaves {
      guard let effect = leaf.ownEffect, let request = try scoring.effectRequest(effect) else { continue }
      let keeps = !scoring.formula.bareEffectLeaves.contains(leaf) && !scoring.formula.reductions.contains(.mean(of: leaf))
      try add(leaf, request, scoring.effectSubjects, keepsSamples: keeps, scoring.clock)
    }
  }

  /// Subjects that are measured in the same way are one step.
  private mutating func add(_ leaf: Formula, _ request: EffectRequest, _ subjects: [EffectSubject], keepsSamples: Bool, _ clock: (() -> Double)?) throws {
    var manners: [String] = [], ways: [String: [EffectWay]] = [:]
    for subject in subjects {
      let way = try Recording.with(.none) { try EffectWay(request, subject, keepsSamples: keepsSamples) }
      if let sum = seconds, let clock { seconds = try way.isOfColumns ? nil : sum + way.seconds(request, subject, clock) }
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
  /// Whether one number moves for each change, which takes ever less the more of them there are.
  let isOfColumns: Bool

  init(_ request: EffectRequest, _ subject: EffectSubject, keepsSamples: Bool) throws {
    let n = request.x.shape[0]
    let runner = try EffectRunner(request.lastSamples(), request.site(subject)), chain = runner.chain
    (name, groups) = (runner.site.name, runner.groups.count)
    let states = Self.states(request, groups), rows = Double(states) * Double(n)
    let rest = min(runner.spot.start, chain.layers.count)
    // Rows that move, what all samples of a part are, and the sums; of each sample's own effects, with copies.
    let held = min(request.memory / 2, Double(n) * chain.bytes(from: 0)), sums = 16 * Double(groups) * (keepsSamples ? Double(n) : 1)
    bytes = Double(min(runner.rowLimit, n * max(1, states))) * chain.bytes(from: rest) + held + sums
    if request.effect.question.isOneByOne, let columns = try EffectColumns(runner) {
      let follows = try chain.flops(from: columns.rest.lowerBound, columns.rows)
      (manner, flops) = (try columns.manner(keepsSamples: keepsSamples), rows * (2 * Double(columns.width) + follows))
      (passes, isOfColumns) = (1, true)
      return
    }
    let after = rest == 0 ? "the model" : rest == chain.layers.count ? "the metric" : "what follows"
    let atOnce = chain.isBatchable ? ", \(max(1, min(runner.rowLimit, n * states))) rows at a time" : ", one after the other: samples are mixed or hooks watch"
    manner = "\(after) runs again for each\(atOnce)"
    // The metric is of every number at least.
    (passes, isOfColumns) = (states, false)
    flops = rows * (try chain.flops(from: rest, runner.input) + chain.bytes(from: rest) / 8)
  }

  /// Seconds for a second look at a few states, and some of the samples, beside which it is a line.
  private static let trial = 0.05

  /// Likely time, from some of the changes on some of the samples.
  func seconds(_ request: EffectRequest, _ subject: EffectSubject, _ clock: () -> Double) throws -> Double {
    let n = request.x.shape[0], states = Self.states(request, groups), position = request.run.generator.position
    defer { request.run.generator.position = position }
    let one = max(1, flops / Double(max(1, states)) / Double(n)), some = max(min(n, 3), Int(min(Double(n), 2e8 / one)))
    let part = try request.lastSamples(some)
    return try Recording.with(.none) {
      let start = clock(), work = try EffectWork(part, part.site(subject)), made = clock() - start
      let new = try work.numbers(.zero), isOfSets = !request.effect.question.isOneByOne
      func time(_ count: Int) throws -> Double {
        let lists = (0..<count).map { i in isOfSets ? stride(from: i % 2, to: groups, by: 2).flatMap(work.groups.places) : work.groups.places(i % groups) }
        var totals = try work.totals(count, keepsSamples: false)
        let start = clock()
        try work.add(ElementGroups(lists, shape: [count], of: work.groups.elementShape), new, to: &totals, Share())
        return clock() - start
      }
      guard groups > 0 else { return made }
      var count = 1, last = try time(1)
      last = min(last, try time(1))
      while last < Self.trial, count < min(states, 4096) {
        count = min(4 * count, states, 4096)
        last = try time(count)
      }
      let scale = Double(n) / Double(some)
      return scale * (made * Double(request.effect.question.change == nil ? 1 : max(1, request.effect.draws)) + last * Double(states) / Double(count))
    }
  }

  /// How many changed models are measured.
  private static func states(_ request: EffectRequest, _ groups: Int) -> Int {
    let draws = request.effect.draws
    switch request.effect.question {
    case .rise, .drop: return groups * draws
    case .cumulative: return 2 * groups * draws
    case .shapley: return groups <= EffectGame.mostCountedOut ? 1 << groups : 2 * ((draws + 1) / 2) * groups
    case .lime: return groups <= EffectGame.mostCountedOut ? 1 << groups : draws
    }
  }

  private static func games(_ groups: [Int], _ drawn: (Int) -> String) -> String {
    let words = groups.map { $0 <= EffectGame.mostCountedOut ? "all \(1 << $0) sets of \($0) players, counted out: nothing is sampled" : drawn($0) }
    return words.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }.joined(separator: ", ") + "; "
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
      return games(groups) { "\(2 * ((draws + 1) / 2)) orders of \($0) players, half of them random and half their reverses" }
    case .lime(_, let drop):
      return games(groups) { "\(draws) random sets of \($0) players, each dropped with probability \(drop.formulaText), and a line through them" }
    }
  }
}

extension EffectRequest {
  /// The same for the last few samples, of which it shows whether a model mixes them.
  fileprivate func lastSamples(_ few: Int = 3) throws -> EffectRequest {
    let n = x.shape[0]
    guard n > few else { return self }
    var part = EffectRequest(effect, of: model, on: try x.narrow(0, n - few, few), try y?.narrow(0, n - few, few), for: objective, in: run)
    (part.each, part.functions, part.values, part.memory) = (each, functions, values, memory)
    if let baseline { part.baseline = try baseline.rank == x.rank && baseline.shape[0] == n ? baseline.narrow(0, n - few, few) : baseline }
    return part
  }
}

extension Formula {
  fileprivate static func mean(of leaf: Formula) -> Formula { Formula(.reduced(.mean, leaf), tag: 0) }
}

extension Scoring {
  func effectPlan() throws -> EffectPlan? { try EffectPlan(self) }
}
