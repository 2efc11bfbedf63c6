extension FormulaEffect {
  /// What it weighs; nil for a Shapley value, which what it is asked of decides.
  var place: FormulaPlace? {
    switch question {
    case .rise(_, let place), .drop(_, let place), .cumulative(_, let place): place.formulaPlace
    case .shapley: nil
    }
  }
}

extension EffectPlace {
  var formulaPlace: FormulaPlace {
    switch self {
    case .w: .parameters
    case .a, .z: .units
    case .x: .inputs
    }
  }
}

extension Formula {
  /// The effects in it, each once.
  var effects: [FormulaEffect] { effectLeaves.compactMap(\.ownEffect) }

  /// The leaves that are effects, each once, with those inside reducers.
  var effectLeaves: [Formula] {
    if case .effect = kind { return [self] }
    return parts.flatMap(\.effectLeaves).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// The leaves that are effects outside all reducers.
  var bareEffectLeaves: [Formula] {
    switch kind {
    case .effect: [self]
    case .reduced: []
    default: parts.flatMap(\.bareEffectLeaves).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
  }

  var ownEffect: FormulaEffect? { if case .effect(let effect) = kind { effect } else { nil } }

  var hasEffect: Bool {
    if case .effect = kind { return true }
    return parts.contains(where: \.hasEffect)
  }

  /// Whether only Shapley values say what it weighs: then that is what it is asked of.
  public var isOpenPlace: Bool { hasEffect && effects.allSatisfy { $0.place == nil } && !FormulaSymbol.allCases.contains(where: contains) }

  /// What a formula with effects weighs.
  /// - Throws: where its effects and its symbols are of different things, or samples that are not the same meet.
  func effectPlace() throws(FormulaError) -> FormulaPlace {
    guard let leaf = effectLeaves.first else { return .units }
    try checkAverages()
    let placed = effectLeaves.first { $0.ownEffect?.place != nil }
    let symbols = FormulaSymbol.allCases.filter(contains)
    let place = placed?.ownEffect?.place ?? symbols.first?.place ?? .units
    for other in effectLeaves {
      if let own = other.ownEffect?.place, own != place { throw .effectsDiffer(leaf.description, other.description, tag: other.tag) }
    }
    if let symbol = symbols.first(where: { $0.place != place }) { throw .effectMixed((placed ?? leaf).description, symbol, tag: tag) }
    for reduction in reductions where reduction.hasEffect {
      if let derivative = [FormulaSymbol.g, .h].first(where: reduction.contains) { throw .effectMixed(leaf.description, derivative, tag: reduction.tag) }
    }
    return place
  }

  private func checkAverages() throws(FormulaError) {
    if case .averaged(let average, let inner) = kind, let leaf = inner.effectLeaves.first {
      throw .effectInAverage(average, leaf.description, tag: leaf.tag)
    }
    for part in parts { try part.checkAverages() }
  }
}
