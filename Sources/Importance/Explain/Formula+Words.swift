extension Formula {
  /// What it asks for, in words.
  /// - Parameter objective: what is differentiated, as a noun: `the loss`.
  func words(_ objective: String) -> String {
    switch kind {
    case .number(let value): value.formulaText
    case .symbol(let symbol): symbol.noun(objective)
    case .negated(let a): "minus \(a.inner(objective))"
    case .magnitude(let a): "the size of \(a.inner(objective))"
    case .reduced(let reducer, let a): "\(reducer.noun) over the samples of \(a.inner(objective))"
    case .averaged(let average, let a): "\(average.noun) of \(a.inner(objective))"
    case .grouped(.total, let a): "the sum over the elements of a group of \(a.inner(objective))"
    case .grouped(.matrix_rank, let a): "the rank of the matrix that a group has of \(a.inner(objective))"
    case .step(let symbol): "the step of \(symbol.noun(objective)) along the path"
    case .effect(let effect): effect.words
    case .method(let call): "\(call.text), \(call.method.builtin.summary.decapitalised.withoutPeriod)"
    case .call(let call): "\(call.name) of " + call.arguments.map { $0.value.inner(objective) }.joined(separator: " and ")
    case .binary(.power, let a, .two): "the square of \(a.inner(objective))"
    case .binary(let operation, let a, let b): "\(a.inner(objective)) \(operation.words) \(b.inner(objective))"
    }
  }

  /// The formula without a model: its words, its signs, and what its letters stand for.
  public var page: String {
    let symbols = FormulaSymbol.allCases.filter(contains)
    let width = symbols.map(\.rawValue.count).max() ?? 0
    var lines = ["\(self)", "", "  In words: \(words("the objective")).", "  In signs: \(mathematics())"]
    lines += symbols.map { "  \($0.rawValue)\(String(repeating: " ", count: width - $0.rawValue.count))  \($0.meaning)" }
    if contains(.g) {
      lines.append("  g is over all samples, and inside mean sum max min std var norm that of one sample alone: |mean(g)|, mean(|g|) and mean(g^2) are three different things.")
    }
    return lines.flatMap { $0.folded(to: Explanation.width) }.joined(separator: "\n")
  }

  /// In brackets where it is of two parts, so that what stands before is of both.
  private func inner(_ objective: String) -> String {
    if case .binary(let operation, _, let b) = kind, operation != .power || b != .two { return "(\(words(objective)))" }
    return words(objective)
  }

  fileprivate static let two = Formula.number(2)

  /// The same in the signs of mathematics.
  /// - Parameter index: the mark of what belongs to a sample: `ᵢ` inside a reducer.
  func mathematics(_ index: String = "") -> String {
    switch kind {
    case .number(let value): value.formulaText
    case .symbol(let symbol): symbol.mathematics(index)
    case .negated(let a): "−\(a.factor(index))"
    case .magnitude(let a): "|\(a.mathematics(index))|"
    case .reduced(let reducer, let a): reducer.mathematics(a)
    case .averaged(.path, let a): "∫₀¹ \(a.mathematics(index)) dt"
    case .averaged(.smooth, let a): "E_ε[ \(a.mathematics(index)) ]"
    case .averaged(.expect, let a): "E_x₀[ \(a.mathematics(index)) ]"
    case .grouped(.total, let a): "Σ \(a.term(index))"
    case .grouped(.matrix_rank, let a): "rank \(a.term(index))"
    case .step(let symbol): "d\(symbol.rawValue)/dt"
    case .effect, .method: description
    case .call(let call): "\(call.name)(" + call.arguments.map { $0.value.mathematics(index) }.joined(separator: ", ") + ")"
    case .binary(.power, let a, .two): a.factor(index) + "²"
    case .binary(.power, let a, let b): "\(a.factor(index))^\(b.factor(index))"
    case .binary(.multiply, let a, let b): "\(a.term(index)) · \(b.term(index))"
    case .binary(.divide, let a, let b): "\(a.term(index)) / \(b.factor(index))"
    case .binary(let operation, let a, let b): "\(a.mathematics(index)) \(operation.sign) \(b.term(index))"
    }
  }

  /// As it stands under a power: a fraction such as ∂L/∂w is one thing only in brackets.
  private func factor(_ index: String) -> String {
    switch kind {
    case .binary, .negated, .reduced(.mean, _), .reduced(.sum, _), .grouped: "(\(mathematics(index)))"
    case .symbol(let symbol) where symbol.isDerivative: "(\(mathematics(index)))"
    default: mathematics(index)
    }
  }

  /// As it stands in a product.
  fileprivate func term(_ index: String) -> String {
    switch kind {
    case .binary(.add, _, _), .binary(.subtract, _, _), .binary(.less, _, _), .binary(.lessOrEqual, _, _), .binary(.greater, _, _),
      .binary(.greaterOrEqual, _, _), .binary(.equal, _, _), .binary(.unequal, _, _), .negated, .reduced(.mean, _), .reduced(.sum, _), .grouped:
      "(\(mathematics(index)))"
    default: mathematics(index)
    }
  }
}

extension FormulaSymbol {
  /// Short enough for the middle of a sentence.
  func noun(_ objective: String) -> String {
    switch self {
    case .w: "the parameter"
    case .g: "the gradient of \(objective)"
    case .h: "the second derivative of \(objective)"
    case .w0: "the parameter as it was"
    case .a: "the output of the unit"
    case .da: "the derivative of \(objective) with respect to the output of the unit"
    case .z: "the input of the unit"
    case .dz: "the derivative of \(objective) with respect to the input of the unit"
    case .x: "the input"
    case .dx: "the derivative of \(objective) with respect to the input"
    case .x0: "the baseline"
    }
  }

  func mathematics(_ index: String) -> String {
    let objective = index.isEmpty ? "L" : "ℓ\(index)"
    return switch self {
    case .w: "w"
    case .g: "∂\(objective)/∂w"
    case .h: "∂²\(objective)/∂w²"
    case .w0: "w₀"
    case .a: "aᵢ"
    case .da: "∂ℓᵢ/∂aᵢ"
    case .z: "zᵢ"
    case .dz: "∂ℓᵢ/∂zᵢ"
    case .x: "xᵢ"
    case .dx: "∂ℓᵢ/∂xᵢ"
    case .x0: "x₀"
    }
  }
}

extension FormulaReducer {
  fileprivate var noun: String {
    switch self {
    case .mean: "the mean"
    case .sum: "the sum"
    case .max: "the largest"
    case .min: "the smallest"
    case .std: "the standard deviation"
    case .var: "the variance"
    case .norm: "the root of the sum of squares"
    }
  }

  fileprivate func mathematics(_ a: Formula) -> String {
    let inner = a.mathematics("ᵢ"), term = a.term("ᵢ")
    return switch self {
    case .mean: "1/n Σᵢ \(term)"
    case .sum: "Σᵢ \(term)"
    case .max: "maxᵢ \(term)"
    case .min: "minᵢ \(term)"
    case .std: "stdᵢ[ \(inner) ]"
    case .var: "varᵢ[ \(inner) ]"
    case .norm: "√( Σᵢ [ \(inner) ]² )"
    }
  }
}

extension FormulaAverage {
  fileprivate var noun: String {
    switch self {
    case .path(let steps, _): "the average over \(steps) points on the line from the baseline to the input"
    case .smooth(let draws, let std): "the average over \(draws) copies of the input with noise of \(std.formulaText)"
    case .expect(let draws): "the average over \(draws) baselines drawn from the data"
    }
  }
}

extension FormulaOperator {
  fileprivate var words: String {
    switch self {
    case .add: "plus"
    case .subtract: "less"
    case .multiply: "times"
    case .divide: "divided by"
    case .power: "to the power of"
    case .less: "below"
    case .lessOrEqual: "at most"
    case .greater: "above"
    case .greaterOrEqual: "at least"
    case .equal: "equal to"
    case .unequal: "other than"
    }
  }

  fileprivate var sign: String {
    switch self {
    case .subtract: "−"
    case .lessOrEqual: "≤"
    case .greaterOrEqual: "≥"
    case .equal: "="
    case .unequal: "≠"
    default: rawValue
    }
  }
}

extension FormulaEffect {
  /// The effect in words.
  var words: String {
    switch question {
    case .rise(let action, let place): "how much \(metric.noun) rises on \(action.words(place.words))"
    case .cumulative(let action, let place): "how much \(metric.noun) rises on \(action.words(place.words)), with all those that raise it more"
    case .drop(let action, let place): "how much \(metric.noun) drops on \(action.words(place.words))"
    case .shapley: "the share in \(metric.noun) that is due to the player, over all orders in which players may join (its Shapley value)"
    case .lime(_, let drop): "how much more \(metric.noun) is with the player than without it, on average over random sets of the others, each dropped with probability \(drop.formulaText)"
    }
  }
}

extension EffectMetric {
  var noun: String {
    switch self {
    case .objective: "the objective"
    case .loss: "the loss"
    case .accuracy: "the accuracy"
    case .logit: "the logit of the right class"
    case .prob: "the probability of the right class"
    case .logprob: "the log-probability of the right class"
    case .margin: "the margin"
    case .classLogit(let k): "the logit of class \(k)"
    case .output(let k): "output \(k)"
    case .function: "what the function gives"
    }
  }
}

extension Objective {
  /// In the middle of a sentence.
  func noun(hasLabels: Bool) -> String {
    let which = hasLabels ? "right" : "predicted"
    return switch self {
    case .loss: "the loss"
    case .logit: "the logit of the \(which) class"
    case .prob: "the probability of the \(which) class"
    case .logprob: "the log-probability of the \(which) class"
    case .margin: "the margin"
    case .classLogit(let k): "the logit of class \(k)"
    case .output(let k): "output \(k)"
    case .function: "the objective"
    }
  }
}

extension String {
  fileprivate var withoutPeriod: String { hasSuffix(".") ? String(dropLast()) : self }
  var decapitalised: String { prefix(1).lowercased() + dropFirst() }
}
