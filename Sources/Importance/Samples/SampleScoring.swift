import Engine
import NN

/// The scoring of units and inputs: the symbols belong to samples, and reducers make one number of all of them.
struct SampleScoring {
  let request: Scoring
  /// The modules whose units are scored; none where the input is.
  let modules: [(name: String, module: Module)]
  /// What the formula reads of a sample.
  let symbols: Set<FormulaSymbol>
  let cost: SampleCost
  /// Looks on while one element is computed; nil where nobody does.
  var witness: SampleWitness?
  private let x: Tensor, x0: Tensor, y: Tensor?
  private let groups = KnownGroups()

  init(_ request: Scoring) throws {
    guard let x = request.x else { throw ScoringError.needsData(request.formula.description) }
    (self.request, self.x) = (request, x)
    if case .modules(let list) = request.subject { modules = list } else { modules = [] }
    symbols = Set(FormulaSymbol.allCases.filter(request.formula.contains))
    cost = try SampleCost(of: request)
    x0 = try Self.baseline(request.baseline, for: x)
    y = try Self.targets(request, x)
  }

  /// - Throws: `baseline` where it does not broadcast to the inputs.
  private static func baseline(_ baseline: Tensor?, for x: Tensor) throws -> Tensor {
    guard let baseline else { return try Tensor.zeros([], x.dtype).expand(x.shape) }
    let row = baseline.rank == x.rank - 1 && baseline.shape == Array(x.shape.dropFirst())
    guard row || baseline.shape == x.shape || baseline.count == 1 || baseline.shape == [1] + x.shape.dropFirst() else {
      throw ScoringError.baseline(baseline.shape, inputs: x.shape)
    }
    let flat = baseline.count == 1 ? try baseline.reshape([]) : baseline
    return try flat.to(x.dtype).expand(x.shape)
  }

  /// The targets; where an objective takes the predicted class, that of the inputs themselves, whatever point of a path or
  /// copy with noise the model is run at.
  private static func targets(_ request: Scoring, _ x: Tensor) throws -> Tensor? {
    guard request.y == nil, request.objective.readsPrediction, request.formula.firstAverage != nil else { return request.y }
    return try request.predictedClasses()
  }

  /// How many tensors the scores are.
  var subjects: Int { max(1, modules.count) }
  var names: [String] { request.subject.names }

  /// Samples that go through the model at once.
  var batch: Int { max(1, min(request.sampleCount, room(request.memory))) }

  /// Rows that go through the model at once where samples are taken several times: beyond some bytes they are none the
  /// faster for being more.
  var rows: Int { max(batch, room(min(request.memory, SampleCost.enough))) }

  private func room(_ memory: Double) -> Int { bytes > 0 ? Int(min(memory / bytes, 1e15)) : request.sampleCount }

  /// Bytes that a row takes while it goes through: averages keep copies and sums beside it, and steps of a path the
  /// activations at both of their ends.
  var bytes: Double {
    let isBack = symbols.contains(where: \.isDerivative), isOfSteps = request.formula.nodes.contains { if case .step = $0.kind { true } else { false } }
    // Points and copies of the input, their derivatives, and what the formula makes of them.
    let inputs = request.subject.place == .inputs || request.formula.firstAverage != nil ? 5 * Double(x.count * x.dtype.size) / Double(max(1, request.sampleCount)) : 0
    return inputs + cost.bytes * (isOfSteps ? SampleCost.back + 1 : isBack ? SampleCost.back : SampleCost.forth)
  }

  private var batches: [Range<Int>] {
    stride(from: 0, to: request.sampleCount, by: batch).map { $0..<min($0 + batch, request.sampleCount) }
  }

  private func point(_ rows: Range<Int>) throws -> SamplePoint {
    if rows.count == request.sampleCount { return SamplePoint(self, x: x, x0: x0, y: y, start: 0) }
    let part = { (t: Tensor) throws(TensorError) in try t.narrow(0, rows.lowerBound, rows.count) }
    return SamplePoint(self, x: try part(x), x0: try part(x0), y: try y.map(part), start: rows.lowerBound)
  }

  /// Hands over the samples, batch by batch.
  func eachBatch(_ body: (SamplePoint) throws -> Void) throws {
    for rows in batches { try body(point(rows)) }
  }

  /// The scores of formulas that the request's own formula is made of, which share their passes, and the standard errors
  /// where something was sampled.
  /// - Parameter effects: what those in the formula come to.
  func scores(of formulas: [Formula], _ effects: [EffectValues], _ clock: PartClock = PartClock(nil)) throws -> [(scores: [(name: String, tensor: Tensor)], errors: [Tensor]?)] {
    let reductions = request.formula.reductions.filter { !$0.hasEffect }, isPerSample = formulas.contains(where: \.isPerSample)
    var progress = Progress(total: Double((reductions.isEmpty ? 0 : 1) + (isPerSample ? 1 : 0)) * Double(request.sampleCount), report: request.progress)
    let (reduced, kept) = try clock.measure(.together) { try reduce(reductions, &progress) }
    var parts: [[[Evaluated]]] = formulas.map { _ in Array(repeating: [], count: subjects) }
    var first = 0
    let rounds = isPerSample ? batches : [0..<0], generator = request.run.generator
    if let (next, state) = try request.kept?.state("rows", (Int, [[[Evaluated]]]).self, generator) {
      (first, parts) = (next, state)
      progress.advance(rounds[..<first].reduce(0) { $0 + Double($1.count) })
    }
    for (i, rows) in rounds.enumerated().dropFirst(first) {
      if i > first { try request.kept?.keep("rows", generator) { (i, parts) } }
      let point = try kept ?? (isPerSample ? point(rows) : nil)
      try clock.measure(isPerSample ? .together : .formula) {
        for (f, formula) in formulas.enumerated() where formula.isPerSample || rows.lowerBound == 0 {
          for subject in 0..<subjects { parts[f][subject].append(try evaluated(formula, at: point, subject, reduced[subject], effects)) }
        }
      }
      progress.advance(Double(rows.count))
    }
    return try parts.map { parts in
      try Recording.with(.none) {
        let scores = try zip(names, parts).map { name, parts in (name: name, tensor: try own(joined(parts.map(\.value)))) }
        let errors = parts.compactMap { parts in parts.allSatisfy { $0.error != nil } ? parts.compactMap(\.error) : nil }
        return (scores, errors.count == subjects ? try errors.map { try own(joined($0)) } : nil)
      }
    }
  }

  /// The reductions over all samples for each subject, and the point of all samples where one batch holds them.
  private func reduce(_ reductions: [Formula], _ progress: inout Progress) throws -> (reduced: [[SampledReduction]], kept: SamplePoint?) {
    var reduced = try (0..<subjects).map { _ in try reductions.map { try SampledReduction($0) } }
    var kept: SamplePoint?, first = 0
    let generator = request.run.generator
    if let (next, state) = try request.kept?.state("reductions", (Int, [[SampledReduction]]).self, generator) {
      (first, reduced) = (next, try state.map { try $0.map { try $0.copied() } })
      progress.advance(batches[..<first].reduce(0) { $0 + Double($1.count) })
    }
    for (i, rows) in (reductions.isEmpty ? [] : batches).enumerated().dropFirst(first) {
      if i > first { try request.kept?.keep("reductions", generator) { (i, try reduced.map { try $0.map { try $0.copied() } }) } }
      let point = try point(rows)
      for subject in 0..<subjects {
        for i in reductions.indices { try reduced[subject][i].add(at: point, subject, self) }
      }
      kept = batches.count == 1 ? point : nil
      progress.advance(Double(rows.count))
    }
    return (reduced, kept)
  }

  private func joined(_ parts: [Tensor]) throws(TensorError) -> Tensor { parts.count == 1 ? parts[0] : try Tensor.cat(parts, 0) }

  /// In memory that nothing else writes to.
  private func own(_ t: Tensor) throws(TensorError) -> Tensor {
    let isShared = t.storage === x.storage || t.storage === x0.storage || !t.isContiguous
    return isShared || t.storage === y?.storage ? try t.detached().copied() : t.detached()
  }

  /// What the effects in the formula come to, for each subject.
  func effects() throws -> [EffectValues] {
    guard request.formula.hasEffect else { return [] }
    let all = try point(0..<request.sampleCount), parts = request.effectSubjects
    if request.formula.hasTotal { for i in parts.indices { _ = try groups(i, at: all) } }
    var found = try parts.enumerated().map { i, subject in
      try request.keeping("effects \(i)") { try EffectValues(request, subject, dtype, Share(from: Double(i), of: Double(parts.count))) { try inputs(of: $0, at: all, i) } }
    }
    for leaf in request.wholeAverages {
      for (i, made) in try Averages(request: request).average(leaf, Share()).enumerated() { found[i].add(leaf, made) }
    }
    return found
  }

  /// The formula for the samples of a point, with the reductions over all samples; the point may be nil where the formula
  /// reads nothing of a sample outside them.
  private func evaluated(_ formula: Formula, at point: SamplePoint?, _ subject: Int, _ reduced: [SampledReduction], _ effects: [EffectValues]) throws -> Evaluated {
    try Recording.with(.none) {
      var inputs = try point.map { try self.inputs(of: formula, at: $0, subject) } ?? FormulaInputs(Bindings([:], dtype, groups: groups.of[subject]))
      for reduction in reduced {
        let (value, error) = try reduction.result(dtype)
        inputs.bindings.reductions[reduction.formula] = value
        if let error { inputs.errors[reduction.formula] = error }
      }
      if !effects.isEmpty { effects[subject].put(into: &inputs) }
      return try inputs.evaluate { try request.isPart ? formula.tensor($0) : formula.scores($0) }
    }
  }

  /// What `total` adds up for a subject; nil where each score is of one element.
  private func groups(_ subject: Int, at point: SamplePoint) throws -> ElementGroups? {
    guard request.isGrouped else { return nil }
    if let known = groups.of[subject] { return known }
    let site: EffectSite, side = request.formula.side ?? .a
    if modules.isEmpty {
      site = .features
    } else {
      site = side == .z ? .input(modules[subject].name, modules[subject].module) : .output(modules[subject].name, modules[subject].module)
    }
    let shape = modules.isEmpty ? point.x.shape : try point.tensors(side)[subject].shape
    let made = try site.groups(request.each, Array(shape.dropFirst()), in: request.model)
    groups.of[subject] = made
    return made
  }

  /// That of the inputs; where they are whole numbers, that of the model.
  private var dtype: DType {
    if x.dtype.isFloating { return x.dtype }
    return request.model.everyParameter.lazy.map(\.value.dtype).first(where: \.isFloating) ?? .float32
  }

  /// What the parts of a formula outside reducers come to at a point.
  func inputs(of formula: Formula, at point: SamplePoint, _ subject: Int) throws -> FormulaInputs {
    var symbols: [FormulaSymbol: Tensor] = [:], inputs = FormulaInputs(Bindings([:], dtype))
    for symbol in FormulaSymbol.allCases where formula.readsDirectly(symbol) {
      let tensors = try point.tensors(symbol)
      symbols[symbol] = tensors[tensors.count == 1 ? 0 : subject]
    }
    inputs.bindings = Bindings(symbols, dtype, groups: try groups(subject, at: point))
    for leaf in formula.samplesLeaves {
      switch leaf.kind {
      // An average of effects is of all samples, and was made before.
      case .averaged where !leaf.hasEffect:
        let average = try point.average(leaf)
        inputs.bindings.reductions[leaf] = average.values[subject]
        if let errors = average.errors { inputs.errors[leaf] = errors[subject] }
      case .step(let symbol):
        guard let steps = point.steps[symbol] else { throw ScoringError.unplanned("\(leaf)") }
        inputs.bindings.reductions[leaf] = steps[steps.count == 1 ? 0 : subject]
      default: break
      }
    }
    return inputs
  }
}

/// The groups of each subject, once its shape was met.
private final class KnownGroups { var of: [Int: ElementGroups] = [:] }

/// A value, and its standard error where something that it was made of was sampled.
struct Evaluated {
  let value: Tensor, error: Tensor?
}

/// What a formula reads, with the standard errors of what was sampled.
struct FormulaInputs {
  var bindings: Bindings
  var errors: [Formula: Tensor] = [:]

  init(_ bindings: Bindings) { self.bindings = bindings }

  /// The formula, and its error: how far it moves when each sampled part moves by its own, taken as independent.
  func evaluate(_ formula: Formula) throws -> Evaluated { try evaluate { try formula.tensor($0) } }

  /// The same of what is made of bindings.
  func evaluate(_ body: (Bindings) throws -> Tensor) throws -> Evaluated {
    let value = try body(bindings).to(bindings.dtype)
    var squares: Tensor?
    for (part, error) in errors {
      guard let there = bindings.reductions[part] else { continue }
      var moved = bindings
      moved.reductions[part] = try there + error
      let square = try (body(moved).to(bindings.dtype) - value).square()
      squares = try squares.map { try $0 + square } ?? square
    }
    return Evaluated(value: value, error: try squares?.sqrt())
  }
}

extension Formula {
  /// Whether the symbol stands in it outside reducers and averages.
  fileprivate func readsDirectly(_ symbol: FormulaSymbol) -> Bool {
    switch kind {
    case .symbol(let s): s == symbol
    case .reduced, .averaged, .step: false
    default: hasPart { $0.readsDirectly(symbol) }
    }
  }

  /// The averages and steps in it outside reducers, each once.
  var samplesLeaves: [Formula] {
    switch kind {
    case .averaged, .step: [self]
    case .reduced: []
    default: parts.flatMap(\.samplesLeaves).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
  }
}

/// A reduction over samples of a formula over units or inputs.
struct SampledReduction {
  let formula: Formula
  private let reducer: FormulaReducer, inner: Formula
  private var running: RunningReduction
  /// The sum of squared errors of what was sampled.
  private var squares: Tensor?
  private var count = 0

  init(_ formula: Formula) throws(ScoringError) {
    guard case .reduced(let reducer, let inner) = formula.kind else { throw .unplanned("\(formula)") }
    (self.formula, self.reducer, self.inner) = (formula, reducer, inner)
    running = RunningReduction(reducer)
  }

  mutating func add(at point: SamplePoint, _ subject: Int, _ scoring: SampleScoring) throws {
    try Recording.with(.none) {
      let made = try scoring.inputs(of: inner, at: point, subject).evaluate(inner)
      // A formula of plain numbers is the same for every sample.
      let values = made.value.rank > 0 ? made.value : try made.value.expand([point.count])
      try running.add(values)
      try scoring.witness?.note(inner, values, at: point, subject, scoring)
      if let error = made.error, reducer == .mean || reducer == .sum {
        let sum = try error.square().sum([0])
        squares = try squares.map { try $0 + sum } ?? sum
      }
      count += point.count
    }
  }

  /// The same in memory of its own, which what is added to this one does not reach.
  func copied() throws -> SampledReduction {
    var copy = self
    copy.running = try running.copied()
    return copy
  }

  func result(_ dtype: DType) throws -> (value: Tensor, error: Tensor?) {
    let value = try running.result(dtype) ?? Tensor.zeros([], dtype)
    let error = try squares.map { try $0.sqrt() / (reducer == .mean ? Double(count) : 1) }
    return (value, error)
  }
}
