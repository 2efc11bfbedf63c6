import Builtins

extension Formula: CustomStringConvertible {
  /// The formula as it would be typed, with no bracket more than reading it back as the same tree needs.
  public var description: String { text }

  private var text: String {
    switch kind {
    case .number(let value): value.formulaText
    case .symbol(let symbol): symbol.rawValue
    case .negated(let a): "-" + a.text(inside: .sign)
    case .magnitude(let a): "|\(a.text)|"
    case .reduced(let reducer, let a): "\(reducer.rawValue)(\(a.text))"
    case .grouped(let reducer, let a): "\(reducer.rawValue)(\(a.text))"
    case .call(let call):
      call.name + "(" + call.arguments.map { ($0.name.map { "\($0)=" } ?? "") + $0.value.text }.joined(separator: ", ") + ")"
    case .averaged(let average, let a): "\(average.name)(\(a.text)\(average.settings))"
    case .step(let symbol): "d(\(symbol.rawValue))"
    case .method(let call): call.text
    case .effect(let effect): effect.description
    case .binary(let operation, let a, let b): text(operation, a, b)
    }
  }

  private func text(_ operation: FormulaOperator, _ a: Formula, _ b: Formula) -> String {
    switch operation {
    // To the right of `^` a sign may stand bare, and another power binds first.
    case .power: "\(a.text(inside: .operand))^\(b.text(inside: .sign))"
    case .add: "\(a.text(inside: .sum)) + \(b.text(inside: .product))"
    case .subtract: "\(a.text(inside: .sum)) - \(b.text(inside: .product))"
    case .multiply: "\(a.text(inside: .product)) * \(b.text(inside: .sign))"
    case .divide: "\(a.text(inside: .product)) / \(b.text(inside: .sign))"
    case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .unequal: "\(a.text(inside: .sum)) \(operation.rawValue) \(b.text(inside: .sum))"
    }
  }

  /// How tightly a formula holds together; what holds less than its place asks for stands in brackets.
  private enum Strength: Int { case comparison, sum, product, sign, power, operand }

  private var strength: Strength {
    switch kind {
    case .number(let value): value.sign == .minus ? .sign : .operand
    case .symbol, .magnitude, .reduced, .grouped, .call, .averaged, .step, .effect, .method: .operand
    case .negated: .sign
    case .binary(let operation, _, _):
      switch operation {
      case .power: .power
      case .multiply, .divide: .product
      case .add, .subtract: .sum
      case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .unequal: .comparison
      }
    }
  }

  private func text(inside place: Strength) -> String { strength.rawValue < place.rawValue ? "(\(text))" : text }
}

extension Double {
  /// A number without the `.0` of a whole one.
  var formulaText: String {
    let text = shortText
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
