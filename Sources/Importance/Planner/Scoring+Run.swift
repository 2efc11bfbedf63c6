import Builtins
import Engine
import NN

extension Scoring {
  /// How the scores would be computed. One sample goes through the model, to see how it is built.
  public func plan() throws -> Plan {
    try checkEach()
    return try evaluating {
      let effects = try effectPlan()
      var plan = try outline(effects)
      plan.seconds = try (isOfEffectsAlone ? effects?.seconds : nil) ?? PlanTiming(self, plan).seconds
      return plan
    }
  }

  /// The scores.
  /// - Throws: `TensorError.interrupted` at the next block where the statement is stopped.
  public func scores() throws -> ImportanceValue { try scores(of: [formula])[0] }

  /// The scores of each formula of which the request's own is made by `Formula.together`: they share all passes.
  public func scores(of formulas: [Formula]) throws -> [ImportanceValue] {
    let start = clock?()
    try checkEach()
    return try evaluating {
      guard subject.place == .parameters else {
        let scoring = try SampleScoring(self), parts = PartClock(clock)
        let effects = try formula.hasEffect ? parts.measure(.effects) { try scoring.effects() } : []
        let found = try scoring.scores(of: formulas, effects, parts), seconds = elapsed(since: start)
        let plan = try adding(effectPlan(), effects.steps, to: scoring.plan).done(parts, seconds: seconds)
        return zip(formulas, found).map { value($0, $1.scores, $1.errors, plan, seconds, effects.warnings) }
      }
      var planned = try Planned(self)
      let gathered: Gathered, parts = PartClock(clock)
      do {
        gathered = try Gathered(&planned, parts)
      } catch is SamplesDiffer {
        planned.fallBack()
        gathered = try Gathered(&planned, parts)
      }
      // What a closure may change is copied at each use.
      let done = planned
      let scores = try parts.measure(.formula) {
        try Recording.with(.none) {
          try formulas.map { formula in try done.targets.indices.map { try done.score($0, formula, gathered) } }
        }
      }
      let seconds = elapsed(since: start), plan = try adding(effectPlan(), gathered.effects.steps, to: done.plan).done(parts, seconds: seconds)
      return zip(formulas, scores).map { formula, scores in
        let errors = scores.compactMap(\.error)
        var value = value(formula, zip(parameters, scores).map { ($0.name, $1.value) }, errors.count == scores.count ? errors : nil, plan, seconds, gathered.effects.warnings)
        if !formula.methods.isEmpty { value.warnings += done.methodWarnings }
        return value
      }
    }
  }

  private func elapsed(since start: Double?) -> Double? { start.flatMap { start in clock.map { $0() - start } } }

  private func value(_ formula: Formula, _ scores: [(name: String, tensor: Tensor)], _ errors: [Tensor]?, _ plan: Plan, _ seconds: Double?, _ warnings: [ImportanceWarning]) -> ImportanceValue {
    let readsObjective = formula.hasMethodOfObjective || FormulaSymbol.allCases.contains { $0.isDerivative && formula.contains($0) } || formula.effects.contains { $0.metric == .objective }
    var value = ImportanceValue(
      scores, formula: formula, objective: readsObjective ? objective.text : nil, data: x == nil ? nil : data, plan: plan, seconds: seconds)
    (value.model, value.provenance, value.errors, value.warnings) = (model, provenance, errors, remarks + warnings)
    value.check = WarningCheck(self, value)
    return value
  }

  /// Whether changes are all that takes any time.
  private var isOfEffectsAlone: Bool { formula.methods.isEmpty && formula.firstAverage == nil && !FormulaSymbol.allCases.contains(where: formula.contains) }

  /// Runs `body` with the model in evaluation mode, and puts the mode of every module back. What is freed meanwhile is kept
  /// for later within the memory of the request.
  func evaluating<T>(_ body: () throws -> T) throws -> T {
    let modes = Journal()
    defer { modes.rollBack() }
    model.setTraining(false, journal: modes)
    return try Memory.bounded(memory, body)
  }
}

/// The gradients and the reductions over samples that a formula reads, for each parameter.
struct Gathered {
  var gradients: [Tensor?], hessians: [Tensor?]
  var reductions: [[Formula: Tensor]]
  var effects: [EffectValues]
  /// The standard errors of what was sampled.
  var errors: [[Formula: Tensor]]

  init(_ planned: inout Planned, _ parts: PartClock) throws {
    let count = planned.targets.count
    (gradients, hessians) = (Array(repeating: nil, count: count), Array(repeating: nil, count: count))
    reductions = Array(repeating: [:], count: count)
    (effects, errors) = ([], Array(repeating: [:], count: count))
    var progress = Progress(total: planned.cost, report: planned.request.progress)
    if !planned.togetherTargets.isEmpty {
      try parts.measure(.together) { try Memory.bounded(planned.room) { try gatherTogether(planned, &progress) } }
    }
    if !planned.sampleTargets.isEmpty { try parts.measure(.alone) { try gatherSamples(planned, &progress) } }
    for method in planned.request.formula.methods {
      for (i, scores) in try parts.measure(.method, { try planned.keptScores(of: method) }).enumerated() { reductions[i][method] = scores }
    }
    if let own = LayerStatistics(planned.request) {
      let statistics = try parts.measure(.statistics) { try own.reductions() }
      for (i, reductions) in statistics.enumerated() { self.reductions[i].merge(reductions) { $1 } }
    }
    if planned.hessian != nil, let found = try parts.measure(.curvature, { try planned.hessian?.run(planned.curved, readsBare: planned.readsHessian, &progress) }) {
      for (i, (h, own)) in found.enumerated() {
        if planned.readsHessian { hessians[i] = h }
        reductions[i].merge(own) { $1 }
      }
    }
    if planned.request.formula.hasEffect { try parts.measure(.effects) { try gatherEffects(planned) } }
    if !planned.request.wholeAverages.isEmpty || !planned.request.sampleRequests.isEmpty { try parts.measure(.averages) { try gatherAverages(planned) } }
    guard planned.readsGradient else { return }
    if planned.sharesGradient {
      gradients = reductions.map { $0[.meanGradient] }
    } else {
      gradients = try parts.measure(.gradient) {
        try Memory.bounded(planned.room) { try planned.bareGradients(planned.targets.map(\.parameter.value)) }
      }
    }
    progress.advance(Double(planned.request.sampleCount))
  }

  private mutating func gatherEffects(_ planned: Planned) throws {
    let subjects = planned.request.effectSubjects
    effects = try zip(subjects, planned.targets).enumerated().map { i, part in
      let target = part.1
      return try planned.request.keeping("effects \(i)") {
        try EffectValues(planned.request, part.0, target.w.dtype, Share(from: Double(i), of: Double(subjects.count))) { _ in
          FormulaInputs(Bindings(w: target.w, g: nil, w0: target.w0, groups: target.groups))
        }
      }
    }
  }

  private mutating func gatherAverages(_ planned: Planned) throws {
    let averages = Averages(request: planned.request), whole = planned.request.wholeAverages, slow = planned.request.sampleRequests
    for (k, leaf) in (whole + slow).enumerated() {
      let share = Share(from: Double(k), of: Double(whole.count + slow.count))
      let values = try k < whole.count ? averages.average(leaf, share) : averages.reduction(leaf, share)
      for (i, value) in values.enumerated() { (reductions[i][leaf], errors[i][leaf]) = (value.value, value.error) }
    }
  }

  private mutating func gatherTogether(_ planned: Planned, _ progress: inout Progress) throws {
    guard !planned.togetherTargets.isEmpty, let analysis = planned.analysis, let samples = analysis.samples else { return }
    let work = TogetherWork(planned), request = planned.request, generator = request.run.generator
    var first = 0
    if let (next, state) = try request.kept?.state("together", (Int, [SampleReductions?]).self, generator) {
      try work.restore(state)
      first = next
      progress.advance(planned.batches[..<first].reduce(0) { $0 + Double($1.count) })
    }
    for (i, rows) in planned.batches.enumerated().dropFirst(first) {
      if i > first { try request.kept?.keep("together", generator) { (i, try work.state()) } }
      if analysis.isPlain, try work.addSums(planned.request, rows) {
        progress.advance(Double(rows.count))
        continue
      }
      let (out, total) = try planned.request.total(rows, in: planned.request.layerRun)
      let isLast = rows.upperBound == planned.request.sampleCount
      if isLast, try !Recording.with(.none, { try analysis.agrees(out) }) { throw SamplesDiffer() }
      try samples.run(total, samples: rows.count, isLast ? .compare : .none) { i, gradients in try work.add(i, gradients) }
      progress.advance(Double(rows.count))
    }
    try work.finish()
    if try work.doubts() {
      for rows in planned.batches {
        let total = try planned.request.total(rows, in: planned.request.layerRun).total
        try samples.run(total, samples: rows.count) { i, gradients in try work.refine(i, gradients) }
      }
    }
    for (i, values) in try work.results() { reductions[i] = values }
  }

  private mutating func gatherSamples(_ planned: Planned, _ progress: inout Progress) throws {
    let places = planned.targets.indices.filter { if case .sample = planned.targets[$0].route { true } else { false } }
    guard !places.isEmpty, !planned.varying.isEmpty else { return }
    var loop = SampleLoop(planned.request, places.map { planned.targets[$0] }, planned.varying)
    try loop.run(&progress)
    for (i, place) in places.enumerated() { reductions[place] = try loop.results(i) }
  }
}

extension Planned {
  /// The formula for one parameter, of its shape and dtype, in memory of its own.
  func score(_ i: Int, _ formula: Formula, _ gathered: Gathered) throws -> Evaluated {
    let target = targets[i], w = target.w
    var bindings = Bindings(w: w, g: gathered.gradients[i], w0: target.w0, groups: target.groups)
    // Where nothing reaches the parameter, its gradient is 0 for every sample.
    if bindings.g == nil, readsGradient { bindings.g = try Tensor.zeros(w.shape, w.dtype) }
    bindings.h = gathered.hessians[i]
    bindings.reductions = gathered.reductions[i]
    for reduction in constant + varying where bindings.reductions[reduction] == nil {
      guard case .reduced(let reducer, let inner) = reduction.kind else { continue }
      let same = Bindings(w: w, g: try Tensor.zeros(w.shape, w.dtype), w0: target.w0, groups: target.groups)
      bindings.reductions[reduction] = try RunningReduction.ofConstant(inner.tensor(same), reducer, count: request.sampleCount)
    }
    var inputs = FormulaInputs(bindings)
    inputs.errors = gathered.errors[i]
    if !gathered.effects.isEmpty { gathered.effects[i].put(into: &inputs) }
    let made = try inputs.evaluate { try request.isPart ? formula.tensor($0) : formula.scores($0) }
    let shape = request.isPart && formula.extent == .element ? w.shape : target.groups?.shape ?? w.shape
    return Evaluated(value: try own(made.value, shape, target), error: try made.error.map { try own($0, shape, target) })
  }

  /// In the shape of the scores, and in memory that nothing else writes to.
  private func own(_ value: Tensor, _ shape: [Int], _ target: Target) throws -> Tensor {
    let w = target.w, full = value.shape == shape ? value : try value.expand(shape)
    return full.storage === w.storage || full.storage === target.w0.storage || !full.isContiguous ? try full.copied() : full
  }

  /// What the passes cost, in samples of a batch.
  var cost: Double {
    let n = Double(request.sampleCount)
    let second = hessian?.work(readsBare: readsHessian, hasReductions: !curved.isEmpty) ?? 0
    return (togetherTargets.isEmpty ? 0 : n) + (sampleTargets.isEmpty ? 0 : n * Progress.sampleCost) + (readsGradient ? n : 0) + second
  }
}
