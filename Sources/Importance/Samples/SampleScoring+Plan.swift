import Engine

extension SampleScoring {
  /// What `scores` does.
  var plan: Plan {
    let formula = request.formula, n = request.sampleCount
    let points = Double(Self.points(formula, outside: request.wholeAverages))
    let backward = symbols.contains(where: \.isDerivative)
    let twice = !formula.reductions.isEmpty && formula.isPerSample && batch < n
    let passes = Int((points * Double(n) / Double(max(1, points > 1 ? rows : batch))).rounded(.up)) * (twice ? 2 : 1)
    let forward = cost.flops * Double(n) * points * (twice ? 2 : 1)
    return Plan(
      formula: request.title, objective: request.objective.words, samples: n, batch: batch, forwardPasses: passes, backwardPasses: backward ? passes : 0,
      steps: steps(backward, twice), flops: backward ? 2 * forward : forward, bytes: min(Double(max(batch, rows)), Double(n) * max(1, points)) * bytes + resultBytes)
  }

  /// Bytes of scores that each sample has of its own, in parts and together.
  private var resultBytes: Double {
    guard request.formula.isPerSample, let x = request.x else { return 0 }
    let size = Double(x.dtype.isFloating ? x.dtype.size : 4)
    if modules.isEmpty { return 2 * size * Double(x.count) }
    let trace = UnitTrace(modules, in: request.run)
    let calls = (try? Recording.with(.none) { () throws -> [UnitTrace.Call] in
      _ = try trace.run(request.model, x.narrow(0, 0, 1))
      return try trace.calls()
    }) ?? []
    let isInput = request.formula.side == .z
    return 2 * size * Double(request.sampleCount) * calls.reduce(0) { $0 + Double(isInput ? $1.input.count : $1.output.count) }
  }

  /// How often each sample goes through the model.
  /// - Parameter others: averages that are counted by themselves.
  private static func points(_ formula: Formula, outside others: [Formula]) -> Int {
    if others.contains(formula) { return 0 }
    let inside = formula.parts.map { points($0, outside: others) }.max() ?? 0
    switch formula.kind {
    case .averaged(let average, _): return average.count * max(1, inside)
    case .symbol(let symbol): return symbol == .x || symbol == .x0 ? 0 : 1
    default: return inside
    }
  }

  private func steps(_ backward: Bool, _ twice: Bool) -> [Plan.Step] {
    let n = request.sampleCount
    let over = batch >= n ? "all \(n) samples at once" : "\(n) samples in batches of \(batch)"
    let place = modules.isEmpty ? "the input" : modules.count == 1 ? "the module" : "the \(modules.count) modules"
    let back = backward ? ", and one backward pass that stops at \(place): no gradient of a weight is formed" : ""
    var steps = [Plan.Step(words: "one forward pass over \(over)\(back)", parameters: modules.map(\.name), part: .together)]
    for average in request.formula.averages(outside: request.wholeAverages) {
      steps.append(Plan.Step(words: "the same \(average.words), as many at once as fit", parameters: [], part: .together))
    }
    for reduction in request.formula.reductions { steps.append(Plan.Step(words: "\(reduction) over the samples", parameters: [], part: .together)) }
    if twice { steps.append(Plan.Step(words: "a second pass, since samples are held against what all of them gave", parameters: [], part: .together)) }
    return steps + (request.formula.isOneQuantity && !request.isGrouped ? [] : [Plan.Step(words: "\(request.title), \(request.pieces)", parameters: [])])
  }
}

extension Formula {
  /// The averages in it, from the outside in.
  /// - Parameter others: averages that are counted by themselves.
  fileprivate func averages(outside others: [Formula]) -> [FormulaAverage] {
    if others.contains(self) { return [] }
    let below = parts.flatMap { $0.averages(outside: others) }
    if case .averaged(let average, _) = kind { return [average] + below }
    return below
  }
}
