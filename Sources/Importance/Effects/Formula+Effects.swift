extension FormulaEffect {
  /// What it weighs; nil for a game, whose players are what it is asked of.
  var place: FormulaPlace? { question.change?.place.formulaPlace }
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
    case .reduced, .averaged: []
    default: parts.flatMap(\.bareEffectLeaves).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
  }

  var ownEffect: FormulaEffect? { if case .effect(let effect) = kind { effect } else { nil } }

  var hasEffect: Bool {
    if case .effect = kind { return true }
    return hasPart(where: \.hasEffect)
  }

  /// Whether only games say what it weighs: then that is what it is asked of.
  public var isOpenPlace: Bool { hasEffect && effects.allSatisfy { $0.place == nil } && methods.isEmpty && !FormulaSymbol.allCases.contains(where: contains) }

  /// What a formula with effects weighs.
  /// - Throws: where its effects and its symbols are of different things, or samples that are not the same meet.
  func effectPlace() throws(FormulaError) -> FormulaPlace {
    guard let leaf = effectLeaves.first else { return .units }
    try checkAverages()
    let placed = effectLeaves.first { $0.ownEffect?.place != nil }
    let symbols = FormulaSymbol.allCases.filter(contains)
    let place = placed?.ownEffect?.place ?? symbols.first?.place ?? (methods.isEmpty ? .units : .parameters)
    for other in effectLeaves {
      if let own = other.ownEffect?.place, own != place { throw .effectsDiffer(leaf.description, other.description, tag: other.tag) }
    }
    if let symbol = symbols.first(where: { $0.place != place }) { throw .effectMixed((placed ?? leaf).description, symbol, tag: tag) }
    if let method = methods.first, place != .parameters { throw .effectsDiffer(leaf.description, method.description, tag: method.tag) }
    return place
  }

  /// - Throws: `effectInAverage` for an effect on the data beside numbers of single samples, within one average.
  private func checkAverages(isReduced: Bool = false) throws(FormulaError) {
    if case .averaged(let average, let inner) = kind, let leaf = inner.effectLeaves.first,
      inner.isPerSample || isReduced && leaf.ownEffect?.place != .parameters
    {
      throw .effectInAverage(average, leaf.description, tag: leaf.tag)
    }
    let isReducer = if case .reduced = kind { true } else { false }
    for part in parts { try part.checkAverages(isReduced: isReduced || isReducer) }
  }

  /// The effects that are measured by themselves: those outside averages.
  var measuredEffects: [Formula] {
    switch kind {
    case .effect: [self]
    case .averaged: []
    default: parts.flatMap(\.measuredEffects).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
  }
}
