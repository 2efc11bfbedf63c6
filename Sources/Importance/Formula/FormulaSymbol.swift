/// A letter of a formula.
public enum FormulaSymbol: String, Sendable, CaseIterable {
  /// The parameter.
  case w
  /// The gradient of the objective with respect to it.
  case g
  /// The diagonal of the Hessian of the objective with respect to it.
  case h
  /// The parameter before it was last trained.
  case w0
  /// The output of a module, and the derivative of a sample's own objective with respect to it.
  case a, da
  /// The input of a module, and the derivative with respect to it.
  case z, dz
  /// The input of the model, the derivative with respect to it, and the baseline.
  case x, dx, x0

  /// What has one number for each element of the symbol.
  public var place: FormulaPlace {
    switch self {
    case .w, .g, .h, .w0: .parameters
    case .a, .da, .z, .dz: .units
    case .x, .dx, .x0: .inputs
    }
  }

  /// Whether it is a derivative, which backward passes give.
  var isDerivative: Bool { self == .g || self == .h || self == .da || self == .dz || self == .dx }

  /// What it stands for, in words.
  public var meaning: String {
    switch self {
    case .w: "the parameter"
    case .g: "the gradient of the objective with respect to the parameter"
    case .h: "the diagonal of the Hessian: the second derivative of the objective with respect to each number of the parameter"
    case .w0: "the parameter when the session first saw it, or before the last training"
    case .a: "the output of the module"
    case .da: "the derivative of a sample's objective with respect to the output of the module"
    case .z: "the input of the module"
    case .dz: "the derivative of a sample's objective with respect to the input of the module"
    case .x: "the input of the model"
    case .dx: "the derivative of a sample's objective with respect to the input of the model"
    case .x0: "the baseline of the input"
    }
  }
}

/// What a formula weighs.
public enum FormulaPlace: String, Sendable, CaseIterable {
  /// The elements of parameters.
  case parameters
  /// The units of a module.
  case units
  /// The features of the model's input.
  case inputs
}

extension Formula {
  /// What it weighs. A formula over parameters may read units too, where a reducer makes one number of their samples.
  /// - Throws: `mixedSymbols` where no element has all that it reads.
  public func place() throws(FormulaError) -> FormulaPlace {
    if hasEffect { return try effectPlace() }
    let symbols = FormulaSymbol.allCases.filter(contains)
    if !methods.isEmpty, let other = symbols.first(where: { $0.place != .parameters && ($0.place == .inputs || containsBare($0)) }) {
      throw .mixedSymbols(.w, other, tag: tag)
    }
    if let first = symbols.first(where: { $0.place == .parameters }) {
      if let other = symbols.first(where: { $0.place == .inputs }) { throw .mixedSymbols(first, other, tag: tag) }
      if let bare = symbols.first(where: { $0.place == .units && containsBare($0) }) { throw .unreducedUnits(bare, tag: tag) }
      for reduction in reductions { try reduction.checkSide() }
      return .parameters
    }
    if !methods.isEmpty {
      for reduction in reductions { try reduction.checkSide() }
      return .parameters
    }
    let units = symbols.first { $0.place == .units }
    if let units, let input = symbols.first(where: { $0.place == .inputs }) { throw .mixedSymbols(units, input, tag: tag) }
    return units == nil ? .inputs : .units
  }

  /// Whether it has one value for each sample.
  var isPerSample: Bool {
    switch kind {
    case .symbol(let symbol): symbol.place != .parameters
    case .step: true
    case .reduced: false
    default: hasPart(where: \.isPerSample)
    }
  }

  /// The side of a layer that it reads: `.z` for what goes in, `.a` for what comes out; nil where it reads neither.
  var side: FormulaSymbol? {
    if contains(.z) || contains(.dz) { return .z }
    return contains(.a) || contains(.da) ? .a : nil
  }

  /// - Throws: `mixedSymbols` and `notSeparable` for a reducer beside a parameter that holds more than what is on one side of a
  ///   layer, unless it is a product that can be taken apart.
  private func checkSide() throws(FormulaError) {
    guard let side else { return }
    if hasTotal { throw .totalBeside(description, tag: tag) }
    let own: [FormulaSymbol] = side == .z ? [.z, .dz] : [.a, .da]
    if let other = FormulaSymbol.allCases.first(where: { contains($0) && !own.contains($0) }) {
      guard case .reduced(let reducer, let inner) = kind, ![.g, .h].contains(other), other.place != .inputs else {
        throw .mixedSymbols(contains(own[0]) ? own[0] : own[1], other, tag: tag)
      }
      guard Separation(inner)?.factor(reducer) != nil else { throw .notSeparable(description, tag: tag) }
    }
  }
}
