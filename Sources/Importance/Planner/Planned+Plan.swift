import Engine

extension Planned {
  var plan: Plan {
    let n = request.sampleCount, count = batches.count
    let usesFactors = !togetherTargets.isEmpty, usesSamples = !sampleTargets.isEmpty
    let isOrdinary = readsGradient && !sharesGradient
    let passes = (usesFactors ? count : 0) + (usesSamples ? n : 0) + (isOrdinary ? count : 0)
    let forward = sampleCost.flops * Double(n)
    // A backward pass takes the forward pass once for the derivatives of outputs, and once more where weights get theirs.
    let statistics = request.formula.reductions.contains { $0.side != nil } ? 1 : 0
    let methods = request.formula.methods.isEmpty || n == 0 ? 0 : (try? MethodWork.passes(request.formula, request)) ?? 0
    let own = statistics == 0 && methods == 0 ? .nothing : (try? SampleCost(of: request)) ?? .nothing, through = own.flops
    let ofMethods = methods == 0 ? 0 : max(1, Int(min(1e15, (methods * Double(count)).rounded())))
    let flops = Double(n) * through * (Double(statistics) + 3 * methods) + (usesFactors ? 2 * forward : 0) + (usesSamples ? 3 * forward : 0) + (isOrdinary ? 3 * forward : 0) + productFlops
    let curved = (bare: readsHessian, each: !self.curved.isEmpty)
    let second = hessian?.passes(readsBare: curved.bare, hasReductions: curved.each) ?? (forward: 0, backward: 0)
    return Plan(
      formula: request.title, objective: request.objective.words, samples: n, batch: hessian.map { min($0.batch, batch) } ?? batch,
      forwardPasses: passes + second.forward + statistics * count + ofMethods, backwardPasses: passes + second.backward + ofMethods, steps: steps,
      flops: flops + (hessian?.flops(readsBare: curved.bare, hasReductions: curved.each) ?? 0),
      bytes: max(Double(batch) * SampleCost.back * sampleCost.bytes, hessian?.bytes ?? 0, statistics == 0 ? 0 : min(Double(n) * own.bytes, request.memory)) + numberBytes)
  }

  /// Bytes within which what a batch frees is kept for the next: more makes none the faster.
  var room: Double { min(request.memory, SampleCost.enough + numberBytes) }

  /// Bytes of what has a number for each element: scores and parts of the formula, and sums over samples in float64.
  var numberBytes: Double {
    let values = request.parameters.map(\.parameter.value)
    let all = values.reduce(0) { $0 + Double($1.count * $1.dtype.size) }, largest = values.map { Double($0.count * $0.dtype.size) }.max() ?? 0
    let ofMethods = request.formula.methods.isEmpty ? 0 : (try? MethodWork.bytes(request.formula, request)) ?? 0
    return ofMethods + (readsGradient || readsHessian || !varying.isEmpty || !curved.isEmpty ? 4 : 1) * all + 2 * largest
  }

  private var productFlops: Double {
    togetherTargets.reduce(0) { sum, target in
      let powers = computed.reduce(into: Set<GradientPower>()) { $0.formUnion(SampleReductions.closedForm($1, target)?.powers ?? []) }
      let open = computed.count { SampleReductions.closedForm($0, target) == nil }
      return sum + Double(target.w.count) * Double(request.sampleCount) * (2 * Double(powers.count) + 3 * Double(open))
    }
  }

  private var steps: [Plan.Step] {
    var steps: [Plan.Step] = []
    let size = batches.count == 1 ? (request.sampleCount == 1 ? "one sample" : "all \(request.sampleCount) samples at once") : "\(request.sampleCount) samples in \(batches.count) batches"
    if !togetherTargets.isEmpty {
      steps.append(Plan.Step(
        words: "one forward and one backward pass over \(size), which stops where the parameters come in: no gradient of a weight is formed",
        parameters: togetherTargets.map(\.name), part: .together))
      for formula in computed { steps += closedSteps(formula) }
    }
    if !sampleTargets.isEmpty {
      steps.append(Plan.Step(
        words: "one forward and one backward pass for each sample alone, for \(varying.map(\.description).joined(separator: ", "))",
        parameters: sampleTargets.map(\.name), part: .alone))
    }
    if readsGradient, sharesGradient {
      steps.append(Plan.Step(words: "g over all data is mean(g)", parameters: [], part: .together))
    } else if readsGradient {
      steps.append(Plan.Step(words: "one forward and one ordinary backward pass over \(size), for g", parameters: [], part: .gradient))
    }
    for formula in request.formula.methods {
      if case .method(let call) = formula.kind { steps.append(Plan.Step(words: "\(formula): \(call.method.cost)", parameters: [], part: .method)) }
    }
    steps += methodNotes.map { Plan.Step(words: $0, parameters: [], part: .method) }
    steps += hessian?.steps(readsBare: readsHessian, hasReductions: !curved.isEmpty) ?? []
    for reduction in request.formula.reductions where reduction.side != nil {
      steps.append(Plan.Step(words: "one forward pass over the samples, in blocks, for \(reduction) of each layer", parameters: [], part: .statistics))
    }
    return steps + (request.formula.isOneQuantity && !request.isGrouped ? [] : [Plan.Step(words: "\(request.title), \(request.pieces)", parameters: targets.map(\.name))])
  }

  private func closedSteps(_ formula: Formula) -> [Plan.Step] {
    let closed = togetherTargets.filter { SampleReductions.closedForm(formula, $0) != nil }
    let open = togetherTargets.filter { SampleReductions.closedForm(formula, $0) == nil }
    let (outer, sums) = (closed.filter(\.isOuter), closed.filter { !$0.isOuter })
    var steps: [Plan.Step] = []
    if let first = outer.first, let form = SampleReductions.closedForm(formula, first) {
      let products = form.powers.count == 1 ? "one matrix product" : "\(form.powers.count) matrix products"
      let care = formula.isSpread ? ", and sample by sample where the spread is small beside the mean" : ""
      steps.append(Plan.Step(words: "\(formula) in closed form: \(products) of powers of the factors for each layer\(care)", parameters: outer.map(\.name), part: .together))
    }
    if let first = sums.first, let form = SampleReductions.closedForm(formula, first) {
      let words = form.powers.isSubset(of: [.gradient]) ? "from the ordinary gradient of each batch" : "from sums of powers of the gradients of single samples, in blocks"
      steps.append(Plan.Step(words: "\(formula) \(words)", parameters: sums.map(\.name), part: .together))
    }
    if !open.isEmpty {
      steps.append(Plan.Step(words: "\(formula) from blocks of the gradients of single samples, formed out of their factors", parameters: open.map(\.name), part: .together))
    }
    return steps
  }
}

extension Formula {
  /// Whether it is one reduction, method or effect, so that nothing is left to be put together.
  var isOneQuantity: Bool {
    switch kind {
    case .reduced, .method, .effect, .averaged: true
    default: false
    }
  }

  fileprivate var isSpread: Bool {
    if case .reduced(let reducer, _) = kind { reducer == .std || reducer == .var } else { false }
  }
}
