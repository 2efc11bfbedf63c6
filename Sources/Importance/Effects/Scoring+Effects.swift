import Engine
import NN

/// What the effects in a formula come to for one subject.
struct EffectValues {
  /// Effects outside reducers, and reductions that hold effects.
  private(set) var values: [Formula: Tensor] = [:]
  /// The standard errors of those that were drawn.
  private(set) var errors: [Formula: Tensor] = [:]

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
