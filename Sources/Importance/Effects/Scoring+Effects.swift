import Engine
import NN

/// What the effects in a formula come to for one subject.
struct EffectValues {
  /// Effects outside reducers, and reductions that hold effects.
  private(set) var values: [Formula: Tensor] = [:]
  /// The standard errors of those that were drawn.
  private(set) var errors: [Formula: Tensor] = [:]
  /// How well straight lines fit, effect by effect.
  private(set) var fits: [(leaf: Formula, subject: String, explained: Double)] = []

  /// - Parameter inputs: what else a reduction reads, with the samples along the first dimension where it belongs to them.
  init(_ request: Scoring, _ subject: EffectSubject, _ dtype: DType, _ share: Share, inputs: (Formula) throws -> FormulaInputs) throws {
    let formula = request.formula, others = request.sampleRequests, leaves = formula.bareEffectLeaves
    let reductions = formula.reductions.filter { $0.hasEffect && !others.contains($0) }
    let parts = leaves.count + reductions.reduce(0) { $0 + $1.effectLeaves.count }
    var done = 0
    func next() -> Share {
      defer { done += 1 }
      return share.part(Double(done) / Double(parts), Double(done + 1) / Double(parts))
    }
    func result(_ leaf: Formula, keepsSamples: Bool = false) throws -> EffectResult? {
      guard let found = try measured(leaf, keepsSamples: keepsSamples) else { return nil }
      if let explained = found.explained { fits.append((leaf, subject.words, explained)) }
      return found
    }
    func measured(_ leaf: Formula, keepsSamples: Bool) throws -> EffectResult? {
      guard let effect = leaf.ownEffect, var part = try request.effectRequest(effect, next()) else { return nil }
      part.kept = request.kept.map { KeptPart(work: $0, name: "draws of \(leaf) on \(subject.words)\(keepsSamples ? " by sample" : "")") }
      return try part.result(on: subject, keepsSamples: keepsSamples)
    }
    for leaf in leaves {
      guard let found = try result(leaf) else { continue }
      (values[leaf], errors[leaf]) = (try found.value.to(dtype), try found.error?.to(dtype))
    }
    for reduction in reductions {
      guard case .reduced(let reducer, let inner) = reduction.kind else { continue }
      if reducer == .mean, inner.ownEffect != nil {
        // The effect on all data is the mean of those on its samples.
        guard let found = try result(inner) else { continue }
        (values[reduction], errors[reduction]) = (try found.value.to(dtype), try found.error?.to(dtype))
        continue
      }
      var read = try inputs(inner)
      for leaf in inner.effectLeaves {
        read.bindings.reductions[leaf] = try result(leaf, keepsSamples: true)?.value.to(dtype)
      }
      var running = RunningReduction(reducer)
      try Recording.with(.none) { try running.add(read.evaluate(inner).value) }
      values[reduction] = try running.result(dtype)
    }
  }

  /// Takes in what an average of effects came to.
  mutating func add(_ formula: Formula, _ made: Evaluated) { (values[formula], errors[formula]) = (made.value, made.error) }

  func put(into inputs: inout FormulaInputs) {
    inputs.bindings.reductions.merge(values) { $1 }
    inputs.errors.merge(errors) { $1 }
  }
}

extension [EffectValues] {
  /// How well straight lines fit, as steps of a plan that is done.
  var steps: [Plan.Step] {
    flatMap(\.fits).map { leaf, subject, explained in
      Plan.Step(words: "\(leaf) on \(subject): the line explains \(percent(explained)) of how the sets differ", parameters: [], part: .effects)
    }
  }

  /// T31: a line that misses most of what it stands for.
  var warnings: [ImportanceWarning] {
    flatMap(\.fits).filter { $0.explained < 0.5 }.map { leaf, subject, explained in
      ImportanceWarning(
        "`\(leaf)` on \(subject): a straight line explains \(percent(explained)) of how the sets differ, so that what a player is worth depends on the others",
        help: "a smaller `p=` stays nearer to the whole model; `shapley(…)` shares out what players do together")
    }
  }
}

private func percent(_ share: Double) -> String { "\((share * 100).rounded().formulaText) %" }

extension Scoring {
  /// The request for one effect; nil without data.
  func effectRequest(_ effect: FormulaEffect, _ share: Share = Share()) throws -> EffectRequest? {
    guard let x else { throw ScoringError.needsData(formula.description) }
    var request = EffectRequest(effect, of: model, on: x, y, for: objective, in: run)
    (request.each, request.functions, request.values) = (each, functions, values)
    (request.memory, request.baseline) = (memory, baseline)
    request.progress = progress.map { report in { report(share.at($0)) } }
    return request
  }

  var effectSubjects: [EffectSubject] {
    switch subject {
    case .parameters(let list): list.map { .parameter($0.name, $0.parameter) }
    case .modules(let list): list.map { .module($0.name, $0.module) }
    case .input: [.features]
    }
  }
}
