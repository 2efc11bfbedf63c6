/// A formula over a weight and what goes into or comes out of its layer as a product of three: one of the weight alone, one of
/// the output, one of the input. A reducer over the samples then has nothing to do with the weight.
struct Separation {
  private(set) var weight: Formula, output: Formula, input: Formula

  private init(_ weight: Formula, _ output: Formula, _ input: Formula) { (self.weight, self.output, self.input) = (weight, output, input) }

  /// Nil where the formula is no such product, or reads more than that.
  init?(_ formula: Formula) {
    let read = Set(FormulaSymbol.allCases.filter(formula.contains))
    guard read.isSubset(of: [.w, .w0, .a, .da, .z, .dz]), !formula.hasTotal, !formula.hasEffect, formula.methods.isEmpty else { return nil }
    let one = Formula.number(1)
    if read.isSubset(of: [.w, .w0]) { self.init(formula, one, one) } else if read.isSubset(of: [.a, .da]) { self.init(one, formula, one) } else if read.isSubset(of: [.z, .dz]) {
      self.init(one, one, formula)
    } else {
      guard let made = Self.product(formula) else { return nil }
      self = made
    }
  }

  private static func product(_ formula: Formula) -> Separation? {
    switch formula.kind {
    case .negated(let a): return Separation(a).map { Separation(.negated($0.weight), $0.output, $0.input) }
    case .magnitude(let a): return Separation(a)?.each { .magnitude($0) }
    case .binary(.multiply, let a, let b), .binary(.divide, let a, let b):
      guard case .binary(let operation, _, _) = formula.kind, let x = Separation(a), let y = Separation(b) else { return nil }
      func joined(_ x: Formula, _ y: Formula) -> Formula { y.constant == 1 ? x : x.constant == 1 && operation == .multiply ? y : .binary(operation, x, y) }
      return Separation(joined(x.weight, y.weight), joined(x.output, y.output), joined(x.input, y.input))
    case .binary(.power, let a, let b):
      // A root of a product is the product of roots where none of them is negative.
      guard let exponent = b.constant, let x = Separation(a), exponent == exponent.rounded() || [x.weight, x.output, x.input].allSatisfy(\.isNeverNegative) else { return nil }
      return x.each { .binary(.power, $0, b) }
    default: return nil
    }
  }

  private func each(_ change: (Formula) -> Formula) -> Separation {
    func changed(_ part: Formula) -> Formula { part.constant == 1 ? part : change(part) }
    return Separation(changed(weight), changed(output), changed(input))
  }

  /// Whether it reads both sides of the layer: the number of a weight is then of its output and its input together.
  var isOuter: Bool { output.constant == nil && input.constant == nil }
  /// What is on the one side that it reads.
  var unit: Formula { output.constant == nil ? output : input }

  /// What the reducer leaves to be multiplied by; nil where it does not let the weight, or the two sides, go.
  func factor(_ reducer: FormulaReducer) -> Formula? {
    switch reducer {
    case .mean, .sum: weight
    case .norm: .magnitude(weight)
    case .std: isOuter ? nil : .magnitude(weight)
    case .var: isOuter ? nil : .binary(.power, weight, .number(2))
    case .max, .min: !isOuter && (weight.isNeverNegative || weight.constant.map { $0 >= 0 } ?? false) ? weight : nil
    }
  }
}
