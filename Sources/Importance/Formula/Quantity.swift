import Builtins
import Engine

/// What a part of a formula comes to: a plain number, or one for each element.
enum Quantity {
  case number(Double)
  case tensor(Tensor)

  var asValue: any Value {
    switch self {
    case .number(let value): Int(exactly: value) ?? value
    case .tensor(let tensor): tensor
    }
  }
}

/// What the symbols of a formula stand for while it is evaluated, and the parts of it that were computed before: reductions,
/// averages. All tensors broadcast.
struct Bindings {
  private var symbols: [FormulaSymbol: Tensor] = [:]
  /// What parts of the formula come to.
  var reductions: [Formula: Tensor] = [:]
  /// Of the numbers that come out.
  let dtype: DType
  /// What `total` adds up; nil where each score is of one element.
  var groups: ElementGroups?

  /// For the elements of a parameter.
  init(w: Tensor, g: Tensor?, h: Tensor? = nil, w0: Tensor?, groups: ElementGroups? = nil) {
    (dtype, self.groups) = (w.dtype, groups)
    symbols = [.w: w, .w0: w0 ?? w]
    (self.g, self.h) = (g, h)
  }

  /// For the samples of a module or of the input.
  init(_ symbols: [FormulaSymbol: Tensor], _ dtype: DType, groups: ElementGroups? = nil) {
    (self.symbols, self.dtype, self.groups) = (symbols, dtype, groups)
  }

  var w: Tensor { get throws(ScoringError) { try tensor(.w) } }
  var g: Tensor? {
    get { symbols[.g] }
    set { symbols[.g] = newValue }
  }
  var h: Tensor? {
    get { symbols[.h] }
    set { symbols[.h] = newValue }
  }

  func tensor(_ symbol: FormulaSymbol) throws(ScoringError) -> Tensor {
    guard let tensor = symbols[symbol] else { throw .unplanned(symbol.rawValue) }
    return tensor
  }
}

extension Formula {
  /// The value of the formula, element by element, in real numbers.
  /// - Throws: `FormulaError.operation` with the node that failed; an interruption as it is.
  func value(_ bindings: Bindings) throws -> Quantity {
    switch kind {
    case .number(let value): return .number(value)
    case .symbol(let symbol): return .tensor(try bindings.tensor(symbol))
    case .reduced, .averaged, .step, .effect, .method:
      guard let reduced = bindings.reductions[self] else { throw ScoringError.unplanned("\(self)") }
      return .tensor(reduced)
    case .negated(let a):
      return try applied(to: a.value(bindings), { -$0 }) { x throws(TensorError) in try -x }
    case .magnitude(let a):
      return try applied(to: a.value(bindings), { Swift.abs($0) }) { x throws(TensorError) in try x.abs() }
    case .grouped(let reducer, let a):
      return try placed { .tensor(try bindings.grouped(reducer, a)) }
    case .binary(let operation, let a, let b):
      let sides = try bindings.values([a, b])
      return try placed { try operation.value(sides[0], sides[1], bindings.dtype) }
    case .call(let call):
      let values = try bindings.values(call.arguments.map(\.value))
      return try placed { try call.value(values, bindings.dtype) }
    }
  }

  /// The formula as one tensor of real numbers, which broadcasts to the shape that it is for.
  func tensor(_ bindings: Bindings) throws -> Tensor {
    switch try value(bindings) {
    case .number(let number): try Tensor.full([], number, bindings.dtype)
    case .tensor(let tensor): tensor
    }
  }

  /// Its value where it is a plain number without symbols.
  var constant: Double? {
    switch kind {
    case .number(let value): value
    case .negated(let a): a.constant.map { -$0 }
    case .magnitude(let a): a.constant.map { Swift.abs($0) }
    case .binary(let operation, let a, let b):
      if let x = a.constant, let y = b.constant { operation.value(x, y) } else { nil }
    case .symbol, .call, .reduced, .grouped, .averaged, .step, .effect, .method: nil
    }
  }

  private func applied(to x: Quantity, _ number: (Double) -> Double, _ tensor: (Tensor) throws(TensorError) -> Tensor) throws -> Quantity {
    switch x {
    case .number(let value): return .number(number(value))
    case .tensor(let t): return try placed { .tensor(try tensor(t)) }
    }
  }

  /// Gives an error of the engine the place of this node.
  private func placed(_ body: () throws -> Quantity) throws -> Quantity {
    do {
      return try body()
    } catch let error as TensorError where error != .interrupted {
      throw FormulaError.operation(error, tag: tag)
    } catch let error as ArgumentError {
      throw FormulaError.argument(name, error, tag: tag)
    }
  }

  private var name: String {
    if case .call(let call) = kind { call.name } else { description }
  }
}
