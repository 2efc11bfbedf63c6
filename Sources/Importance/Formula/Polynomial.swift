/// A formula over one sample as a sum of products `c(w, w0) · h(g)`, where `h(g) = |g|ᵖ` or `sign(g)|g|ᵖ`.
///
/// Such an `h` is multiplicative: with `g = d a`, as a linear layer has it, `h(g) = h(d) h(a)`, and its sum over samples is
/// one matrix product.
struct Polynomial {
  var terms: [Term]

  struct Term {
    var coefficient: Formula
    var power: GradientPower
  }

  /// More terms than this are no gain over working sample by sample.
  private static let most = 8
  /// Beyond, the factors of a product may leave the range of float32 where the product does not.
  private static let highestPower = 4.0

  /// Nil where the formula is not of that form.
  init?(_ formula: Formula) {
    guard !formula.hasTotal, let terms = Self.terms(formula), terms.count <= Self.most, terms.allSatisfy({ $0.power.exponent <= Self.highestPower }) else { return nil }
    self.terms = terms
  }

  private init(_ terms: [Term]) { self.terms = terms }

  /// The square; nil where it has too many terms.
  var squared: Polynomial? {
    let product = Self.product(terms, terms)
    guard product.count <= 2 * Self.most, product.allSatisfy({ $0.power.exponent <= Self.highestPower }) else { return nil }
    return Polynomial(product)
  }

  /// Without the terms that are the same for all samples, which no spread depends on.
  var varying: Polynomial { Polynomial(terms.filter { $0.power != .one }) }

  private static func terms(_ formula: Formula) -> [Term]? {
    guard formula.contains(.g) else { return [Term(coefficient: formula, power: .one)] }
    switch formula.kind {
    case .symbol: return [Term(coefficient: .number(1), power: .gradient)]
    case .negated(let a):
      return terms(a)?.map { Term(coefficient: product($0.coefficient, .number(-1)), power: $0.power) }
    case .magnitude(let a):
      guard let inner = terms(a), inner.count == 1 else { return nil }
      return inner.map { Term(coefficient: $0.coefficient.asMagnitude, power: $0.power.unsigned) }
    case .binary(let operation, let a, let b): return terms(operation, a, b)
    case .call(let call): return terms(call)
    case .number, .reduced, .grouped, .averaged, .step, .effect, .method: return nil
    }
  }

  private static func terms(_ operation: FormulaOperator, _ a: Formula, _ b: Formula) -> [Term]? {
    switch operation {
    case .add, .subtract:
      guard let x = terms(a), let y = terms(b) else { return nil }
      let right = operation == .add ? y : y.map { Term(coefficient: product($0.coefficient, .number(-1)), power: $0.power) }
      return gathered(x + right)
    case .multiply:
      guard let x = terms(a), let y = terms(b), x.count * y.count <= 4 * most else { return nil }
      return product(x, y)
    case .divide:
      guard !b.contains(.g), let x = terms(a) else { return nil }
      return x.map { Term(coefficient: .binary(.divide, $0.coefficient, b), power: $0.power) }
    case .power:
      guard let exponent = b.constant, let x = terms(a) else { return nil }
      return power(x, exponent)
    case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .unequal: return nil
    }
  }

  /// `sign`, `sqrt` and `square` keep a product a product.
  private static func terms(_ call: FormulaCall) -> [Term]? {
    guard call.arguments.count == 1, let x = terms(call.arguments[0].value), x.count == 1 else { return nil }
    switch call.name {
    case "sign" where x[0].coefficient.constant != 1 || x[0].power != .gradient: return nil
    case "sqrt": return power(x, 0.5)
    case "square": return power(x, 2)
    case "sign": return [Term(coefficient: .number(1), power: .sign)]
    default: return nil
    }
  }

  private static func power(_ x: [Term], _ exponent: Double) -> [Term]? {
    guard exponent > 0, exponent.isFinite else { return nil }
    if let whole = Int(exactly: exponent), whole <= 4 {
      var out = x
      for _ in 1..<whole {
        guard out.count * x.count <= 4 * most else { return nil }
        out = product(out, x)
      }
      return out
    }
    // A root of a product is the product of roots where none of them is negative.
    guard x.count == 1, !x[0].power.isSigned, x[0].coefficient.isNotNegative else { return nil }
    let coefficient = x[0].coefficient.constant == 1 ? x[0].coefficient : .binary(.power, x[0].coefficient, .number(exponent))
    return [Term(coefficient: coefficient, power: GradientPower(x[0].power.exponent * exponent, vanishes: x[0].power.vanishes))]
  }

  private static func product(_ a: [Term], _ b: [Term]) -> [Term] {
    gathered(a.flatMap { x in b.map { y in Term(coefficient: product(x.coefficient, y.coefficient), power: x.power * y.power) } })
  }

  private static func product(_ a: Formula, _ b: Formula) -> Formula {
    if a.constant == 1 { return b }
    if b.constant == 1 { return a }
    if let x = a.constant, let y = b.constant { return .number(x * y) }
    return .binary(.multiply, a, b)
  }

  private static func gathered(_ terms: [Term]) -> [Term] {
    var out: [Term] = []
    for term in terms {
      if let i = out.firstIndex(where: { $0.power == term.power }) {
        out[i].coefficient = .binary(.add, out[i].coefficient, term.coefficient)
      } else {
        out.append(term)
      }
    }
    return out
  }
}

/// `|g|ᵖ`, or `sign(g)|g|ᵖ` where it is signed.
struct GradientPower: Hashable {
  var exponent: Double
  var isSigned: Bool
  /// Whether it is 0 at `g = 0`, which for an exponent of 0 tells `|sign(g)|` from 1.
  var vanishes: Bool

  init(_ exponent: Double, isSigned: Bool = false, vanishes: Bool = true) {
    (self.exponent, self.isSigned, self.vanishes) = (exponent, isSigned, vanishes || exponent > 0)
  }

  /// 1, whatever g is.
  static let one = GradientPower(0, vanishes: false)
  static let gradient = GradientPower(1, isSigned: true)
  static let sign = GradientPower(0, isSigned: true)

  var unsigned: GradientPower { GradientPower(exponent, vanishes: vanishes) }

  static func * (a: GradientPower, b: GradientPower) -> GradientPower {
    GradientPower(a.exponent + b.exponent, isSigned: a.isSigned != b.isSigned, vanishes: a.vanishes || b.vanishes)
  }
}

extension Formula {
  fileprivate var asMagnitude: Formula {
    if let constant { return .number(abs(constant)) }
    return isNotNegative ? self : .magnitude(self)
  }

  /// Whether it is seen at once to be never below 0.
  fileprivate var isNotNegative: Bool {
    if let constant { return constant >= 0 }
    if case .magnitude = kind { return true }
    return false
  }
}
