extension Formula {
  /// Whether no value of it is below 0, as far as its form tells.
  var isNeverNegative: Bool {
    switch kind {
    case .number(let value): value >= 0
    case .magnitude: true
    case .reduced(let reducer, let a):
      switch reducer {
      case .std, .var, .norm: true
      case .mean, .sum, .max, .min: a.isNeverNegative
      }
    case .grouped(.matrix_rank, _): true
    case .averaged(_, let a), .grouped(.total, let a): a.isNeverNegative
    case .binary(.power, _, let b): b.isEvenNumber
    case .binary(.multiply, let a, let b): a == b || (a.isNeverNegative && b.isNeverNegative)
    case .binary(.add, let a, let b), .binary(.divide, let a, let b): a.isNeverNegative && b.isNeverNegative
    case .binary(.less, _, _), .binary(.lessOrEqual, _, _), .binary(.greater, _, _), .binary(.greaterOrEqual, _, _), .binary(.equal, _, _),
      .binary(.unequal, _, _): true
    case .call(let call): ["sqrt", "exp", "square", "relu", "softplus", "sigmoid"].contains(call.name)
    default: false
    }
  }

  private var isEvenNumber: Bool {
    guard case .number(let value) = kind else { return false }
    return value.truncatingRemainder(dividingBy: 2) == 0
  }

  /// Whether any derivative stands in it.
  var readsDerivative: Bool { FormulaSymbol.allCases.contains { $0.isDerivative && contains($0) } }

  /// How its value grows where the parameters of a layer are multiplied by a number and the next layer takes it back: as
  /// this power of the number. Nil where it is no power, or the form does not tell.
  var scalePower: Double? {
    switch kind {
    case .number, .step, .grouped(.matrix_rank, _): return 0
    case .symbol(let symbol): return Self.scalePowers[symbol.rawValue] ?? 0
    case .negated(let a), .magnitude(let a), .reduced(_, let a), .grouped(.total, let a), .averaged(_, let a): return a.scalePower
    // What a change does depends on nothing but the network, unless the change has a scale of its own.
    case .effect(let effect): return effect.hasOwnScale ? nil : 0
    case .call: return nil
    case .method(let call): return call.method.isInvariantToRescaling ? 0 : nil
    case .binary(let operation, let a, let b):
      guard let x = a.scalePower, let y = b.scalePower else { return nil }
      switch operation {
      case .multiply: return x + y
      case .divide: return x - y
      case .add, .subtract: return x == y ? x : nil
      case .power: if case .number(let exponent) = b.kind { return x * exponent } else { return nil }
      case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .unequal: return 0
      }
    }
  }

  private static let scalePowers: [String: Double] = ["w": 1, "w0": 1, "g": -1, "h": -2]

  /// All nodes, itself first.
  var nodes: [Formula] { [self] + parts.flatMap(\.nodes) }
}
