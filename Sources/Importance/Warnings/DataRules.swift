import Engine
import NN

/// Rules that look at some samples.
extension WarningRule {
  /// T10: signed numbers whose mean is far smaller than the mean of their sizes.
  static let cancellation = WarningRule { check in
    let formula = check.value.formula
    guard formula.readsDerivative, let n = check.request.x?.shape[0], n > 1 else { return nil }
    let signed = formula.reductions.lazy.compactMap { node -> Formula? in
      guard case .reduced(let reducer, let inner) = node.kind, reducer == .mean || reducer == .sum, inner.readsDerivative, !inner.isNeverNegative else { return nil }
      return inner
    }.first
    let isBare = signed == nil && formula.containsBare(.g)
    guard let inner = signed ?? (isBare ? Formula.symbol(.g) : nil) else { return nil }
    let samples = min(n, 64), elements = check.value.elementCount
    guard elements <= 20_000_000 / samples, let mean = try check.scores(.reduced(.mean, inner), samples: samples),
      let size = try check.scores(.reduced(.mean, .magnitude(inner)), samples: samples)
    else { return nil }
    let whole = size.reduce(0, +)
    guard whole > 0, whole.isFinite else { return nil }
    let ratio = mean.reduce(0) { $0 + abs($1) } / whole
    // A gradient over all samples is small near a minimum by itself; there less is a reason to speak.
    guard ratio < (isBare ? 0.1 : 0.3) else { return nil }
    let reduced = "mean(|\(inner)|)"
    return ImportanceWarning(
      "signs cancel over the samples: |mean(\(inner))| comes to \(percent(ratio)) of \(reduced)",
      help: isBare ? "mean(|…|) over the samples keeps what cancels" : "`\(reduced)` keeps what cancels")
  }

  /// T11: signed derivatives whose average over noisy copies or drawn baselines is far smaller than that of their sizes.
  static let cancellingDraws = WarningRule { check in
    let drawn = check.value.formula.nodes.lazy.compactMap { node -> (average: FormulaAverage, inner: Formula)? in
      guard case .averaged(let average, let inner) = node.kind, !average.isPath, inner.readsDerivative, !inner.isNeverNegative else { return nil }
      return (average, inner)
    }.first
    guard let (average, inner) = drawn else { return nil }
    func size(_ formula: Formula) throws -> Double? {
      try check.scores(.reduced(.mean, .magnitude(formula)), samples: 32)?.reduce(0) { $0 + abs($1) }
    }
    guard let signed = try size(.averaged(average, inner)), let whole = try size(.averaged(average, .magnitude(inner))), whole > 0, whole.isFinite,
      signed < 0.3 * whole
    else { return nil }
    return ImportanceWarning(
      "signs cancel over the draws: |\(average.name)(\(inner))| comes to \(percent(signed / whole)) of \(average.name)(|\(inner)|)",
      help: "the size before the average and the size after it are two questions: `\(average.name)(|\(inner)|)` keeps what cancels")
  }

  /// T14: what comes out are probabilities already.
  static let probabilities = WarningRule { check in
    guard check.value.formula.readsDerivative, let probabilities = check.probabilities, probabilities.areOutputs else { return nil }
    switch check.request.objective {
    case .prob, .logprob:
      return ImportanceWarning("the model puts out probabilities, and `\(check.request.objective.text)` takes a softmax of them once more", help: "`for logit` takes the outputs as they are, or leave the last softmax off the model")
    case .loss(let loss) where (loss == .auto || loss == .cross_entropy) && check.hasLabels:
      return ImportanceWarning("the model puts out probabilities, and the cross-entropy takes a softmax of them once more", help: "leave the last softmax off the model")
    case .logit, .classLogit, .margin, .output:
      return ImportanceWarning("the model puts out probabilities: a score here is also about what lowers the other classes, and fades where one is sure", help: "score the layer before the softmax, with `for logit`")
    default: return nil
    }
  }

  /// T14: where a probability is near 1 its derivative is near 0.
  static let saturated = WarningRule { check in
    guard check.value.formula.readsDerivative, let (values, areOutputs) = check.probabilities, !areOutputs, let probe = check.probe else { return nil }
    switch check.request.objective {
    case .prob, .logprob: break
    case .loss(let loss) where (loss == .auto || loss == .cross_entropy) && check.hasLabels: break
    default: return nil
    }
    let share = try Recording.with(.none) {
      let picked = if check.hasLabels, let y = probe.y { try values.elements(inColumns: checkedLabels(y, values.shape, "prob")) } else { try values.amax([1]) }
      return try picked.gt(Tensor.number(0.99)).to(.float64).mean().item()
    }
    guard share > 0.5 else { return nil }
    let what = check.isLoss ? "the loss hardly changes with anything there, and the scores are of the other samples" : "its derivative is nearly 0 there"
    return ImportanceWarning("p > 0.99 for \(percent(share)) of the samples: \(what)", help: "`for logit` or `for margin` does not fade")
  }

  /// T13: an objective that is one number whatever comes in has no derivative.
  static let constantObjective = WarningRule { check in
    guard check.value.formula.readsDerivative, let probe = check.probe, probe.x.shape[0] > 1 else { return nil }
    let values = try Recording.with(.none) { try check.request.objective.perSample(probe.out, probe.y).doubles() }
    guard let low = values.min(), let high = values.max(), low.isFinite, high.isFinite, high - low <= 1e-5 * max(abs(low), abs(high)) else { return nil }
    return ImportanceWarning(
      "the objective is \(Float((low + high) / 2)) for every sample: what does not change has no derivative to rank by",
      help: "a sum of probabilities is 1 whatever comes in; `for logit` or `for logit[k]` picks one class")
  }

  /// T20: a baseline that is an answer by itself.
  static let baseline = WarningRule { check in
    let usesBaseline = check.value.formula.nodes.contains { node in
      if case .averaged(let average, _) = node.kind { return average.isPath }
      return node == .symbol(.x0)
    }
    guard usesBaseline, check.isCurrent, let x = check.request.x, let probabilities = check.probabilities else { return nil }
    let row = [1] + x.shape.dropFirst()
    let input = try Recording.with(.none) { () -> Tensor in
      guard let baseline = check.request.baseline else { return try Tensor.zeros(row, x.dtype) }
      return baseline.rank == x.rank ? try baseline.narrow(0, 0, 1).to(x.dtype).expand(row) : try baseline.to(x.dtype).expand(row)
    }
    let out = try check.request.model.evaluating { try check.request.run(check.request.model, input) }
    let values = try Recording.with(.none) { try probabilities.areOutputs ? out.detached() : out.softmax(1) }
    let (most, place) = (try values.amax().item(), Int(try values.argmax(1).item()))
    guard most > 0.5 else { return nil }
    return ImportanceWarning(
      "the baseline is no blank: the model calls it class \(place) with p = \(percent(most)), and a feature that equals it scores 0",
      help: "`baselines=` takes another, `expect(…)` averages over those of the data")
  }

  /// T24: scores that are exactly 0 because nothing comes through.
  static let deadUnits = WarningRule { check in
    guard check.value.formula.readsDerivative, check.request.subject.place != .inputs, check.scores.count > 1 else { return nil }
    let zeros = check.scores.count { $0 == 0 }
    guard Double(zeros) > 0.2 * Double(check.scores.count) else { return nil }
    return ImportanceWarning(
      "\(zeros) of \(check.scores.count) scores are exactly 0: what never answers, or is not read, lets no derivative through, which is not to say that they do nothing",
      help: "`health net on data` finds dead and saturated units")
  }
}

private func percent(_ share: Double) -> String { "\(((share * 1000).rounded() / 10).formulaText) %" }
