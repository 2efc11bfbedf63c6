import Engine
import NN

/// Averages over points of a path, or over draws, of what a request over all samples gives, and reductions whose samples
/// each need a request of their own.
struct Averages {
  let request: Scoring

  /// A value for each subject, and its standard error where it was sampled.
  typealias Values = [Evaluated]

  /// The average of a formula; of a reduction of an average, the average of reductions.
  func average(_ leaf: Formula, _ share: Share) throws -> Values {
    guard case .averaged(let average, let inner) = leaf.kind, let x = request.x else { throw ScoringError.needsData(leaf.description) }
    let y = try targets(x), x0 = try request.baseline.map { try $0.to(x.dtype).expand(x.shape) } ?? Tensor.zeros([], x.dtype).expand(x.shape)
    func scores(_ x: Tensor, _ x0: Tensor?) throws -> [Tensor] {
      var part = try request.part(inner, on: x, y)
      part.baseline = x0
      return try part.scores().scores.map(\.tensor)
    }
    switch average {
    case .path(let steps, let rule):
      guard x.dtype.isFloating else { throw ScoringError.notFloating("the input") }
      var sums: [Tensor] = []
      for (i, node) in rule.nodes(steps).enumerated() {
        let parts = try scores(Recording.with(.none) { try x0 + (x - x0) * node.t }, x0)
        try Recording.with(.none) {
          let weighted = try parts.map { try $0.to(.float64) * node.weight }
          sums = sums.isEmpty ? weighted : try zip(sums, weighted).map { try $0 + $1 }
          sums = try zip(sums, parts).map { i == steps - 1 ? try $0.to($1.dtype) : $0 }
        }
        request.progress?(share.at(Double(i + 1) / Double(steps)))
      }
      return sums.map { Evaluated(value: $0, error: nil) }
    case .smooth(let draws, let std):
      guard x.dtype.isFloating else { throw ScoringError.notFloating("the input") }
      return try drawn(draws, share) { try scores(Recording.with(.none) { try x + request.run.generator.normal(x.shape, std: std, x.dtype) }, request.baseline) }
    case .expect(let draws):
      return try drawn(draws, share) { try scores(x, x.indexSelect(0, request.run.generator.integers([x.shape[0]], from: 0, to: x.shape[0]))) }
    }
  }

  private func drawn(_ draws: Int, _ share: Share, _ body: () throws -> [Tensor]) throws -> Values {
    var means: [RunningReduction] = [], spreads = means
    var dtypes: [DType] = []
    for draw in 0..<draws {
      let parts = try body()
      if draw == 0 { (means, spreads, dtypes) = (parts.map { _ in RunningReduction(.mean) }, parts.map { _ in RunningReduction(.var) }, parts.map(\.dtype)) }
      try Recording.with(.none) {
        for (i, part) in parts.enumerated() {
          try means[i].add(part.unsqueeze(0))
          try spreads[i].add(part.unsqueeze(0))
        }
      }
      request.progress?(share.at(Double(draw + 1) / Double(draws)))
    }
    return try Recording.with(.none) {
      try means.indices.compactMap { i in
        guard let value = try means[i].result(dtypes[i]) else { return nil }
        let variance = draws > 1 ? try spreads[i].result(dtypes[i]) : nil
        return Evaluated(value: value, error: try variance.map { try ($0 / Double(draws)).sqrt() })
      }
    }
  }

  /// A reduction over samples of something that is worked out for each of them by a request of its own.
  func reduction(_ formula: Formula, _ share: Share) throws -> Values {
    guard case .reduced(let reducer, let inner) = formula.kind, let x = request.x else { throw ScoringError.needsData(formula.description) }
    if let average = Self.average(of: formula) { return try self.average(average, share) }
    let y = try targets(x), n = x.shape[0]
    var running: [RunningReduction] = [], dtypes: [DType] = []
    for i in 0..<n {
      guard !Interrupt.isSet else { throw TensorError.interrupted }
      var part = try request.part(inner, on: x.narrow(0, i, 1), y?.narrow(0, i, 1))
      part.baseline = try request.baseline.map { $0.rank == x.rank && $0.shape[0] == n && n > 1 ? try $0.narrow(0, i, 1) : $0 }
      let values = try part.scores().scores.map(\.tensor)
      if i == 0 { (running, dtypes) = (values.map { _ in RunningReduction(reducer) }, values.map(\.dtype)) }
      try Recording.with(.none) { for (k, value) in values.enumerated() { try running[k].add(value.unsqueeze(0)) } }
      request.progress?(share.at(Double(i + 1) / Double(n)))
    }
    return try Recording.with(.none) { try zip(running, dtypes).compactMap { try $0.result($1).map { Evaluated(value: $0, error: nil) } } }
  }

  /// A mean of averages is an average of means, which the passes over many samples give. Nil for any other formula.
  static func average(of formula: Formula) -> Formula? {
    guard case .reduced(let reducer, let inner) = formula.kind, reducer == .mean || reducer == .sum, case .averaged(let average, let e) = inner.kind else { return nil }
    return Formula(.averaged(average, Formula(.reduced(reducer, e), tag: formula.tag)), tag: formula.tag)
  }

  /// The classes that an objective asks for, where the data has none: those of the inputs themselves.
  private func targets(_ x: Tensor) throws -> Tensor? {
    guard request.y == nil, request.objective.readsPrediction else { return request.y }
    return try request.predictedClasses()
  }
}

extension Scoring {
  /// A request like this one for part of its formula, whose numbers are left as they are.
  func part(_ formula: Formula, on x: Tensor, _ y: Tensor?) throws -> Scoring {
    var other = try Scoring(formula, of: model, subject, on: x, y, for: objective, in: run)
    (other.each, other.functions, other.values, other.memory) = (each, functions, values, memory)
    (other.isPart, other.baseline) = (true, baseline)
    return other
  }

  /// The averages outside reducers, each once, that are averages of whole requests: all over parameters, and those of effects.
  var wholeAverages: [Formula] {
    let all = formula.bareAverages
    return subject.place == .parameters ? all : all.filter(\.hasEffect)
  }

  /// The reductions over samples each of which needs a request of its own.
  var sampleRequests: [Formula] {
    guard subject.place == .parameters else { return [] }
    return formula.reductions.filter { $0.side == nil && ($0.firstAverage != nil || $0.hasEffect && $0.readsObjective) }
  }
}

extension Formula {
  /// The outermost averages outside reducers, each once.
  var bareAverages: [Formula] {
    switch kind {
    case .averaged: [self]
    case .reduced: []
    default: parts.flatMap(\.bareAverages).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
  }

  /// Whether the symbol stands in it outside all reducers and averages.
  func readsAtOnce(_ symbol: FormulaSymbol) -> Bool {
    switch kind {
    case .symbol(let s): s == symbol
    case .reduced, .averaged: false
    default: hasPart { $0.readsAtOnce(symbol) }
    }
  }
}
