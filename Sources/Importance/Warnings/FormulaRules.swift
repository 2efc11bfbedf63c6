import Engine
import NN

/// Rules that the formula, the request and the scores tell alone.
extension WarningRule {
  /// T15: with a loss, above 0 is bad.
  static let lossSign = WarningRule { check in
    guard check.isLoss, check.value.formula.readsDerivative, check.scores.contains(where: { $0 < 0 }), check.scores.contains(where: { $0 > 0 }) else { return nil }
    return ImportanceWarning("these scores have signs: above 0 more of it raises the loss, below 0 it lowers the loss", help: "|…| ranks by size")
  }

  /// T15: what is useful raises the loss when it goes, and lowers the accuracy.
  static let direction = WarningRule { check in
    for effect in check.value.formula.effects {
      let isLoss = effect.metric == .loss || (effect.metric == .objective && check.isLoss)
      switch (effect.question, isLoss) {
      case (.drop(let action, let place), true):
        return ImportanceWarning(
          "`\(effect)` is below 0 where the loss rises: what the model needs most scores lowest", help: "`rise(\(effect.metric), \(action.text(place)))`")
      case (.rise(let action, let place), false) where [.accuracy, .logit, .prob, .logprob, .margin].contains(effect.metric):
        return ImportanceWarning(
          "`\(effect)` is below 0 where \(effect.metric.noun) falls: what the model needs most scores lowest", help: "`drop(\(effect.metric), \(action.text(place)))`")
      default: continue
      }
    }
    return nil
  }

  /// T12: what comes out of a module belongs with the derivative with respect to that, and what goes in with the other.
  static let sides = WarningRule { check in
    let formula = check.value.formula
    let mixed = formula.nodes.contains { node in
      guard case .binary(.multiply, let a, let b) = node.kind else { return false }
      return [(FormulaSymbol.a, FormulaSymbol.dz), (.z, .da)].contains { x, y in (a == .symbol(x) && b == .symbol(y)) || (a == .symbol(y) && b == .symbol(x)) }
    }
    guard mixed else { return nil }
    return ImportanceWarning(
      "one factor is of what goes into the module, and the other of what comes out: their product is no first-order effect of either",
      help: "`a * da` is of the output, `z * dz` of the input")
  }

  /// T29: flow in which more than weights take part.
  static let synflow = WarningRule { check in
    let isFlow = check.value.formula.methods.contains { if case .method(let call) = $0.kind { call.name == CriterionMethod.synflow.builtin.name } else { false } }
    guard isFlow else { return nil }
    let modules = check.request.model.namedModules, norms = modules.count { $0.module is RunningNorm }
    let biases = modules.flatMap(\.module.parts).count { if case .parameter("bias", let bias?) = $0 { bias.value.count > 0 } else { false } }
    guard norms + biases > 0 else { return nil }
    let what = [biases > 0 ? "\(biases) \(biases == 1 ? "bias" : "biases")" : nil, norms > 0 ? "running statistics of \(norms) batch normalisation\(norms == 1 ? "" : "s")" : nil]
    return ImportanceWarning(
      "the flow is not of weights alone: \(what.compactMap { $0 }.joined(separator: " and ")) take part in it with their sizes",
      help: "the paper's networks have neither: build the layers with bias=false, and leave batch normalisation out while scoring")
  }

  /// T25: scores of layers that a change of scale moves do not compare.
  static let layerScales = WarningRule { check in
    guard check.request.subject.place == .parameters, check.value.formula.scalePower != 0 else { return nil }
    let layers = try check.value.scores.filter { $0.tensor.rank > 1 && $0.tensor.count > 0 }.map { (name: $0.name, mean: try $0.tensor.to(.float64).abs().mean().item()) }
    guard let most = layers.max(by: { $0.mean < $1.mean }), let least = layers.min(by: { $0.mean < $1.mean }), least.mean > 0, most.mean.isFinite,
      most.mean > 5 * least.mean
    else { return nil }
    return ImportanceWarning(
      "layers do not compare: a score of \(most.name) is \(text(most.mean / least.mean)) times one of \(least.name), which scaling a layer up and the next one down changes at will",
      help: "`.normalize(per=layer)`, `scope=layer`, or a formula such as |w * g| that keeps still")
  }

  /// T26: labels of the data are not labels drawn from the model.
  static let empiricalFisher = WarningRule { check in
    guard check.isLoss, check.hasLabels else { return nil }
    let g = Formula.symbol(.g)
    let isFisher = check.value.formula.nodes.contains { node in
      guard case .reduced(.mean, let inner) = node.kind else { return false }
      return inner.nodes.contains { $0 == .binary(.power, g, .number(2)) || $0 == .binary(.multiply, g, g) }
    }
    guard isFisher else { return nil }
    return ImportanceWarning(
      "this is the empirical Fisher information: it takes the labels of the data, where the true one draws them from the model",
      help: "they agree only for a model that is right about its own doubts; `explain fisher`")
  }

  /// T27: a Hessian that is not positive turns the meaning of second-order scores around.
  static let negativeCurvature = WarningRule { check in
    guard check.value.formula.nodes.contains(where: { if case .symbol(let symbol) = $0.kind { symbol.rawValue == "h" } else { false } }) else { return nil }
    let below = check.scores.count { $0 < 0 }
    guard below > 0 else { return nil }
    return ImportanceWarning(
      "\(below) of \(check.scores.count) scores are below 0: the Hessian is indefinite here, and a negative curvature is no importance",
      help: "mean(g^2) * w^2 / 2 is never below 0; or train further")
  }

  /// T28: few samples.
  static let fewSamples = WarningRule { check in
    guard let n = check.request.x?.shape[0], n < 30, !check.value.formula.reductions.isEmpty || check.value.formula.contains(.g) else { return nil }
    return ImportanceWarning("only \(n) sample\(n == 1 ? "" : "s"): on others the order may be another", help: "compare scores of two halves: `compare a with b`")
  }

  /// Numbers that are none, in the scores or in the model: those of a ReLU or a comparison further on may look sound.
  static let notANumber = WarningRule { check in
    let odd = check.scores.count { $0.isNaN }
    let spoilt = try Recording.with(.none) {
      try check.isCurrent ? check.request.model.namedParameters.first { try $0.parameter.value.detached().isFinite().all().item() == 0 } : nil
    }
    guard odd > 0 || spoilt != nil else { return nil }
    let scores = odd > 0 ? "\(odd) of \(check.scores.count) scores are not a number (NaN), and rank nowhere" : nil
    let model = spoilt.map { "`\($0.name)` holds numbers that are infinite or none" }
    return ImportanceWarning(
      [scores, model].compactMap { $0 }.joined(separator: "; "),
      help: spoilt == nil ? "0 / 0, a root or a logarithm of what is below 0, or a spread over one sample gives them" : "no score of this model says anything: `health net on data` looks for where it began")
  }

  /// T30: a parameter that is used in several places.
  static let tiedWeights = WarningRule { check in
    var uses: [ObjectIdentifier: Int] = [:]
    for (_, module) in check.request.model.namedModules {
      for case .parameter(_, let parameter?) in module.parts { uses[ObjectIdentifier(parameter), default: 0] += 1 }
    }
    guard let tied = check.request.parameters.first(where: { uses[ObjectIdentifier($0.parameter)] ?? 0 > 1 }) else { return nil }
    let count = uses[ObjectIdentifier(tied.parameter)] ?? 0
    return ImportanceWarning("`\(tied.name)` is used in \(count) places: its scores are those of all of them together", help: "score the units of each place: `a * da` of the layer")
  }

  /// T31, T32: an error larger than the differences in the ranking.
  static let samplingError = WarningRule { check in
    guard let errors = check.value.flatErrors else { return nil }
    let scores = check.scores, order = Ranking(scores).largest(min(11, scores.count))
    guard order.count > 1 else { return nil }
    let blurred = zip(order, order.dropFirst()).count { a, b in
      let error = (errors[a] * errors[a] + errors[b] * errors[b]).squareRoot()
      return error.isFinite && scores[a] - scores[b] < 2 * error
    }
    guard 2 * blurred > order.count - 1 else { return nil }
    return ImportanceWarning(
      "\(blurred) of the \(order.count - 1) steps between the highest scores are smaller than twice their standard error: that order is chance",
      help: "more draws: a larger `n=`")
  }

  /// T41: a layer and its activation are two places.
  static let place = WarningRule { check in
    guard case .modules(let modules) = check.request.subject, check.value.formula.contains(.a) else { return nil }
    let children = check.request.model.namedModules.flatMap { $0.module is Sequential ? $0.module.children : [] }
    for (name, module) in modules where module is Linear || module is Convolution {
      guard let i = children.firstIndex(where: { $0.module === module }), i + 1 < children.count, isActivation(children[i + 1].module) else { continue }
      let next = check.request.model.namedModules.first { $0.module === children[i + 1].module }?.name ?? children[i + 1].name
      return ImportanceWarning("`\(name)` is scored at its own output, before `\(next)`", help: "`of` that layer scores what comes after it")
    }
    return nil
  }

  /// T19: scores are made in evaluation mode, whatever mode the model is in.
  static let trainingMode = WarningRule { check in
    guard check.value.formula.readsDerivative || !check.value.formula.reductions.isEmpty else { return nil }
    let odd = check.request.model.namedModules.first { _, module in
      module.isTraining && (module.typeName.contains("Dropout") || module is RunningNorm)
    }
    guard let odd else { return nil }
    return ImportanceWarning(
      "the model is in training mode, and was scored in evaluation mode: `\(odd.name)` (\(odd.module.typeName)) behaves differently when it trains",
      help: "`net.eval()` makes what you run yourself agree")
  }
}

private func text(_ value: Double) -> String { value < 1e6 ? value.rounded().formulaText : "over a million" }
