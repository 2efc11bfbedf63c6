import Builtins
import Engine
import Glibc
import Importance
import Language

/// Where an operation and its two operands stand.
struct Sides {
  let whole: Span, left: Span, right: Span
  init(_ whole: Span, _ left: Span, _ right: Span) { (self.whole, self.left, self.right) = (whole, left, right) }
}

extension Session {
  func unary(_ operation: UnaryOperator, _ operand: Expression, _ span: Span, _ scope: Scope) throws -> any Value {
    let value = try evaluate(operand, scope)
    if operation == .not {
      if let tensor = value as? Tensor, tensor.count != 1 { return try at(span) { try tensor.logicalNot() } }
      return !(try truth(of: value, operand.span))
    }
    switch value {
    case let number as Int:
      let (result, overflow) = (0 as Int).subtractingReportingOverflow(number)
      guard !overflow else { throw tooLarge(span) }
      return result
    case let number as Double: return -number
    case let tensor as Tensor: return try at(span) { try -tensor }
    case let truth as Bool: return truth ? -1 : 0
    case let importance as ImportanceValue: return try importances(.multiply, -1.0, importance, Sides(span, span, operand.span))
    default: throw Failure("`-` takes a number or a tensor, got \(type(of: value).aKind)", at: span)
    }
  }

  func binary(_ operation: BinaryOperator, _ a: any Value, _ b: any Value, _ sides: Sides) throws -> any Value {
    if a is ImportanceValue || b is ImportanceValue {
      guard let known = FormulaOperator(rawValue: operation.rawValue) else { throw unfit(operation.rawValue, a, b, sides.whole) }
      return try importances(known, a, b, sides)
    }
    if a is Tensor || b is Tensor {
      guard let x = try? Tensor.accept(a), let y = try? Tensor.accept(b) else { throw unfit(operation.rawValue, a, b, sides.whole) }
      do { return try tensorBinary(operation, x, y) } catch { throw located(error, sides.whole, operands: [sides.left, sides.right]) }
    }
    switch (a, b) {
    case (let x as Int, let y as Int): return try integers(operation, x, y, sides)
    case (let x as String, let y as String) where operation == .add: return x + y
    case (let x as String, let n as Int) where operation == .multiply:
      guard n <= 0 || x.utf8.count <= 1 << 28 / n else { throw tooLarge(sides.whole) }
      return String(repeating: x, count: max(0, n))
    case (let x as List, let y as List) where operation == .add: return List(x.items + y.items)
    default: break
    }
    if let x = number(a), let y = number(b) { return try reals(operation, x, y, sides) }
    throw unfit(operation.rawValue, a, b, sides.whole)
  }

  /// Scores with scores of the same things, with a number, or with tensors under the same names, such as masks.
  private func importances(_ operation: FormulaOperator, _ a: any Value, _ b: any Value, _ sides: Sides) throws -> any Value {
    guard let x = ImportanceOperand(a), let y = ImportanceOperand(b),
      let result = try at(sides.whole, { try ImportanceValue.combined(operation, x, y) })
    else { throw unfit(operation.rawValue, a, b, sides.whole) }
    return result
  }

  private func number(_ value: any Value) -> Double? {
    (value as? Double) ?? (value as? Int).map(Double.init) ?? (value as? Bool).map { $0 ? 1 : 0 }
  }

  private func tensorBinary(_ operation: BinaryOperator, _ x: Tensor, _ y: Tensor) throws -> Tensor {
    switch operation {
    case .add: try x + y
    case .subtract: try x - y
    case .multiply: try x * y
    case .divide: try x / y
    case .floorDivide: try x.floorDivide(y)
    case .remainder: try x.remainder(y)
    case .matrixMultiply: try x.matmul(y)
    case .power: try x.pow(y)
    }
  }

  private func integers(_ operation: BinaryOperator, _ x: Int, _ y: Int, _ sides: Sides) throws -> any Value {
    let result: (partialValue: Int, overflow: Bool)
    switch operation {
    case .add: result = x.addingReportingOverflow(y)
    case .subtract: result = x.subtractingReportingOverflow(y)
    case .multiply: result = x.multipliedReportingOverflow(by: y)
    case .divide:
      guard y != 0 else { throw dividedByZero(x, "/", sides) }
      return Double(x) / Double(y)
    case .floorDivide, .remainder:
      guard y != 0 else { throw dividedByZero(x, operation.rawValue, sides) }
      let (quotient, overflow) = x.dividedReportingOverflow(by: y)
      guard !overflow else { throw tooLarge(sides.whole) }
      let rest = x - quotient * y
      let isBelow = rest != 0 && (rest < 0) != (y < 0)
      return operation == .floorDivide ? quotient - (isBelow ? 1 : 0) : rest + (isBelow ? y : 0)
    case .power: return try power(x, y, sides)
    case .matrixMultiply: throw unfit("@", x, y, sides.whole)
    }
    guard !result.overflow else { throw tooLarge(sides.whole) }
    return result.partialValue
  }

  private func power(_ x: Int, _ y: Int, _ sides: Sides) throws -> any Value {
    if y < 0 { return pow(Double(x), Double(y)) }
    var (result, base, rest) = (1, x, y)
    while rest > 0 {
      if rest & 1 == 1 {
        let (product, overflow) = result.multipliedReportingOverflow(by: base)
        guard !overflow else { throw tooLarge(sides.whole) }
        result = product
      }
      rest >>= 1
      guard rest > 0 else { break }
      let (square, overflow) = base.multipliedReportingOverflow(by: base)
      guard !overflow else { throw tooLarge(sides.whole) }
      base = square
    }
    return result
  }

  private func reals(_ operation: BinaryOperator, _ x: Double, _ y: Double, _ sides: Sides) throws -> any Value {
    switch operation {
    case .add: return x + y
    case .subtract: return x - y
    case .multiply: return x * y
    case .divide: return x / y
    case .floorDivide: return (x / y).rounded(.down)
    case .remainder:
      let rest = x.truncatingRemainder(dividingBy: y)
      return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest
    case .power: return pow(x, y)
    case .matrixMultiply: throw Failure("`@` multiplies matrices, got two numbers", at: sides.whole, help: "`*` multiplies numbers")
    }
  }

  private func dividedByZero(_ x: Int, _ operation: String, _ sides: Sides) -> Failure {
    Failure("an integer was divided by zero: \(x) \(operation) 0", at: sides.right, "this is 0", help: "\(x).0 \(operation) 0 is \(operation == "/" ? "inf" : "nan"), as with tensors of real numbers")
  }

  private func tooLarge(_ span: Span) -> Failure {
    Failure("the result is larger than an integer can be", at: span, "beyond 2^63", help: "write one side with a decimal point to go on with real numbers")
  }

  private func unfit(_ operation: String, _ a: any Value, _ b: any Value, _ span: Span) -> Failure {
    Failure("`\(operation)` does not take \(type(of: a).aKind) and \(type(of: b).aKind)", at: span)
  }

  func logical(_ operation: LogicalOperator, _ a: Expression, _ b: Expression, _ span: Span, _ scope: Scope) throws -> any Value {
    let left = try evaluate(a, scope)
    if let x = left as? Tensor, x.count != 1 {
      let right = try evaluate(b, scope)
      guard let y = try at(b.span, { try Tensor.accept(right) }) else { throw unfit(operation.rawValue, left, right, span) }
      return try at(span) { operation == .and ? try x.logicalAnd(y) : try x.logicalOr(y) }
    }
    let isLeft = try truth(of: left, a.span)
    if isLeft == (operation == .or) { return left }
    return try evaluate(b, scope)
  }

  /// A chain such as `a < b < c`: each operand is evaluated once, and all links must hold.
  func comparison(_ first: Expression, _ rest: [Comparison], _ span: Span, _ scope: Scope) throws -> any Value {
    var (left, leftSpan) = (try evaluate(first, scope), first.span)
    var result: any Value = true
    for (i, link) in rest.enumerated() {
      let right = try evaluate(link.operand, scope)
      let sides = Sides(leftSpan.through(link.operand.span), leftSpan, link.operand.span)
      let holds = try compare(link.operation, left, right, sides)
      if i == 0 {
        result = holds
      } else if let x = result as? Tensor, let y = try? Tensor.accept(holds) {
        result = try at(span) { try x.logicalAnd(y) }
      } else {
        result = holds
      }
      if let isTrue = result as? Bool, !isTrue { return false }
      (left, leftSpan) = (right, link.operand.span)
    }
    return result
  }

  func compare(_ operation: ComparisonOperator, _ a: any Value, _ b: any Value, _ sides: Sides) throws -> any Value {
    switch operation {
    case .contained: return try contains(b, a, sides)
    case .notContained: return !(try contains(b, a, sides))
    default: break
    }
    if a is ImportanceValue || b is ImportanceValue, let known = FormulaOperator(rawValue: operation.rawValue), ImportanceOperand(a) != nil,
      ImportanceOperand(b) != nil
    {
      return try importances(known, a, b, sides)
    }
    if a is Tensor || b is Tensor, let x = try? Tensor.accept(a), let y = try? Tensor.accept(b) {
      do { return try tensorCompare(operation, x, y) } catch { throw located(error, sides.whole, operands: [sides.left, sides.right]) }
    }
    if let x = a as? Int, let y = b as? Int { return ordered(operation, x, y) }
    if let x = number(a), let y = number(b) { return ordered(operation, x, y) }
    if let x = a as? String, let y = b as? String { return ordered(operation, x, y) }
    switch operation {
    case .equal: return areEqual(a, b)
    case .notEqual: return !areEqual(a, b)
    default: throw unfit(operation.rawValue, a, b, sides.whole)
    }
  }

  private func ordered<T: Comparable>(_ operation: ComparisonOperator, _ x: T, _ y: T) -> Bool {
    switch operation {
    case .equal: x == y
    case .notEqual: x != y
    case .less: x < y
    case .lessOrEqual: x <= y
    case .greater: x > y
    case .greaterOrEqual: x >= y
    case .contained, .notContained: false
    }
  }

  private func tensorCompare(_ operation: ComparisonOperator, _ x: Tensor, _ y: Tensor) throws -> Tensor {
    switch operation {
    case .equal: try x.eq(y)
    case .notEqual: try x.ne(y)
    case .less: try x.lt(y)
    case .lessOrEqual: try x.le(y)
    case .greater: try x.gt(y)
    case .greaterOrEqual, .contained, .notContained: try x.ge(y)
    }
  }

  func areEqual(_ a: any Value, _ b: any Value) -> Bool {
    switch (a, b) {
    case (is None, is None): return true
    case (let x as List, let y as List): return x.count == y.count && zip(x.items, y.items).allSatisfy { areEqual($0, $1) }
    case (let x as Record, let y as Record):
      return x.keys == y.keys && zip(x.members, y.members).allSatisfy { areEqual($0.value, $1.value) }
    case (let x as String, let y as String): return x == y
    case (let x as Tensor, let y as Tensor): return x.shape == y.shape && ((try? x.eq(y).all().item()) ?? 0) != 0
    default:
      if let x = number(a), let y = number(b) { return x == y }
      guard type(of: a) is AnyClass, type(of: b) is AnyClass else { return false }
      return (a as AnyObject) === (b as AnyObject)
    }
  }

  private func contains(_ whole: any Value, _ part: any Value, _ sides: Sides) throws -> Bool {
    switch (whole, part) {
    case (let text as String, let piece as String): return text.contains(piece)
    case (let record as Record, let name as String): return record[name] != nil
    case (let list as List, _): return list.items.contains { areEqual($0, part) }
    case (let tensor as Tensor, _):
      guard let value = try? Tensor.accept(part) else { break }
      return try at(sides.whole) { try tensor.eq(value).any().item() != 0 }
    case (let indexed as any Indexed, let name as String): return try at(sides.whole) { try indexed.element(named: name) != nil }
    default: break
    }
    throw Failure("`in` looks into a list, a record, a string or a tensor, got \(type(of: whole).aKind)", at: sides.right)
  }
}
