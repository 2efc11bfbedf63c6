import Engine
import NN

extension SampleScoring {
  /// The average of a formula at a point, for each subject.
  func averaged(_ average: FormulaAverage, _ inner: Formula, at point: SamplePoint) throws -> Averaged {
    if case .expect = average {} else if !point.x.dtype.isFloating { throw ScoringError.notFloating("the input") }
    return switch average {
    case .path(let steps, let rule): try alongPath(inner, rule.nodes(steps), at: point)
    case .smooth(let draws, let std):
      try overDraws(inner, draws, at: point) {
        (try point.x + request.run.generator.normal(point.x.shape, std: std, point.x.dtype), point.x0)
      }
    case .expect(let draws):
      try overDraws(inner, draws, at: point) { (point.x, try drawnRows(point.count)) }
    }
  }

  /// Points of a path, or draws, that go through the model at once.
  private func chunk(_ point: SamplePoint, of count: Int) -> Int { max(1, min(count, rows / max(1, point.count))) }

  /// The straight line from the baseline to the input, `x0 + t (x - x0)`, its points weighed.
  private func alongPath(_ inner: Formula, _ nodes: [(t: Double, weight: Double)], at point: SamplePoint) throws -> Averaged {
    let line = try Recording.with(.none) { try point.x - point.x0 }
    let size = chunk(point, of: nodes.count), moving = [FormulaSymbol.a, .z, .x].filter(inner.hasStep)
    var bounds = [0.0]
    for node in nodes { bounds.append(bounds[bounds.count - 1] + node.weight) }
    bounds[bounds.count - 1] = 1
    var sums: [Tensor?] = Array(repeating: nil, count: subjects), ends: [FormulaSymbol: [Tensor]] = [:]
    for start in stride(from: 0, to: nodes.count, by: size) {
      let some = Array(nodes[start..<min(start + size, nodes.count)])
      let here = try self.point(at: some.map(\.t), on: line, from: point)
      if !moving.isEmpty { here.steps = try steps(moving, Array(bounds[start...(start + some.count)]), some.map(\.weight), line, point, &ends) }
      try Recording.with(.none) {
        for subject in 0..<subjects {
          let values = try samples(inner, at: here, subject).unflattened(some.count, point.count)
          try witness?.note(inner, nodes: values, some.map { ($0.t, $0.weight) }, at: point, subject)
          let weights = try Tensor(some.map(\.weight)).to(values.dtype).reshape([some.count] + Array(repeating: 1, count: values.rank - 1))
          let part = try (values * weights).sum([0])
          sums[subject] = try sums[subject].map { try $0 + part } ?? part
        }
      }
    }
    return Averaged(values: sums.compactMap { $0 }, errors: nil)
  }

  /// The same samples at several places of the line at once.
  private func point(at places: [Double], on line: Tensor, from point: SamplePoint) throws -> SamplePoint {
    try Recording.with(.none) {
      let shape = [places.count] + line.shape
      let t = try Tensor(places).to(line.dtype).reshape([places.count] + Array(repeating: 1, count: line.rank))
      let x = try (point.x0.unsqueeze(0) + line.unsqueeze(0) * t).flattened(shape)
      return SamplePoint(self, x: x, x0: try point.x0.repeated(places.count), y: try point.y?.repeated(places.count))
    }
  }

  /// How far symbols move from one bound to the next, over the weight of the point between. The bounds share out the whole
  /// line, so that the steps add up to all that lies between its ends.
  /// - Parameter ends: the symbols at the first bound, where the steps before these ended; then those at the last.
  private func steps(
    _ symbols: [FormulaSymbol], _ bounds: [Double], _ weights: [Double], _ line: Tensor, _ point: SamplePoint, _ ends: inout [FormulaSymbol: [Tensor]]
  ) throws -> [FormulaSymbol: [Tensor]] {
    let k = weights.count
    if ends.isEmpty { ends = try self.point(at: [bounds[0]], on: line, from: point).tensors(alone: symbols) }
    let next = try self.point(at: Array(bounds.dropFirst()), on: line, from: point).tensors(alone: symbols)
    return try Recording.with(.none) {
      var out: [FormulaSymbol: [Tensor]] = [:]
      for (symbol, tensors) in next {
        let before = ends[symbol] ?? []
        out[symbol] = try zip(before, tensors).map { first, tensor in
          let values = try tensor.unflattened(k, point.count), whole = try first.unsqueeze(0)
          let t = try Tensor(weights).to(values.dtype).reshape([k] + Array(repeating: 1, count: values.rank - 1))
          let moved = try values - (k == 1 ? whole : Tensor.cat([whole, values.narrow(0, 0, k - 1)], 0))
          return try (moved / t).flattened([k, point.count] + values.shape.dropFirst(2))
        }
        // In memory of their own: the points before the last are let go.
        ends[symbol] = try k == 1 ? tensors : tensors.map { try $0.narrow(0, (k - 1) * point.count, point.count).copied() }
      }
      return out
    }
  }

  /// Draws of the inputs and the baselines; the standard error is that of their mean.
  private func overDraws(_ inner: Formula, _ draws: Int, at point: SamplePoint, _ draw: () throws -> (x: Tensor, x0: Tensor)) throws -> Averaged {
    var running = (0..<subjects).map { _ in RunningReduction(.var) }, means = (0..<subjects).map { _ in RunningReduction(.mean) }
    let size = chunk(point, of: draws)
    for start in stride(from: 0, to: draws, by: size) {
      let some = min(size, draws - start)
      let here = try Recording.with(.none) {
        // One after the other, so that the numbers are those of any other number at once.
        let drawn = try (0..<some).map { _ in try draw() }
        return SamplePoint(self, x: try Tensor.cat(drawn.map(\.x), 0), x0: try Tensor.cat(drawn.map(\.x0), 0), y: try point.y?.repeated(some))
      }
      for subject in 0..<subjects {
        let values = try samples(inner, at: here, subject)
        try Recording.with(.none) {
          let drawn = try values.unflattened(some, point.count)
          try witness?.note(inner, nodes: drawn, Array(repeating: (t: nil, weight: 1 / Double(draws)), count: some), at: point, subject)
          try means[subject].add(drawn)
          try running[subject].add(drawn)
        }
      }
    }
    return try Recording.with(.none) {
      let values = try means.compactMap { try $0.result($0.dtype ?? .float32) }
      let errors = draws > 1 ? try running.compactMap { part in try part.result(part.dtype ?? .float32).map { try ($0 / Double(draws)).sqrt() } } : nil
      return Averaged(values: values, errors: errors)
    }
  }

  /// The inner formula for each sample of a point.
  func samples(_ inner: Formula, at point: SamplePoint, _ subject: Int) throws -> Tensor {
    let inputs = try inputs(of: inner, at: point, subject)
    return try Recording.with(.none) {
      let value = try inputs.evaluate(inner).value
      return value.rank > 0 && value.shape[0] == point.count ? value : try value.expand([point.count] + value.shape)
    }
  }

  /// Rows of the data, each as likely.
  private func drawnRows(_ count: Int) throws -> Tensor {
    guard let data = request.x else { throw ScoringError.needsData(request.formula.description) }
    return try data.indexSelect(0, request.run.generator.integers([count], from: 0, to: data.shape[0]))
  }
}

extension Formula {
  /// Whether `d(symbol)` stands anywhere in it.
  fileprivate func hasStep(_ symbol: FormulaSymbol) -> Bool {
    if case .step(symbol) = kind { return true }
    return hasPart { $0.hasStep(symbol) }
  }
}

extension Tensor {
  /// All rows again and again.
  fileprivate func repeated(_ times: Int) throws(TensorError) -> Tensor {
    times == 1 ? self : try unsqueeze(0).expand([times] + shape).flattened([times] + shape)
  }

  /// `[k, n, *]` as `[k n, *]`.
  fileprivate func flattened(_ shape: [Int]) throws(TensorError) -> Tensor { try reshape([shape[0] * shape[1]] + shape.dropFirst(2)) }

  /// `[k n, *]` as `[k, n, *]`.
  fileprivate func unflattened(_ k: Int, _ n: Int) throws(TensorError) -> Tensor { try reshape([k, n] + shape.dropFirst()) }
}
