import Engine
import Glibc

extension FormulaOperator {
  /// Of two plain numbers. Truth counts as 1.
  func value(_ a: Double, _ b: Double) -> Double {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .power: pow(a, b)
    case .less: a < b ? 1 : 0
    case .lessOrEqual: a <= b ? 1 : 0
    case .greater: a > b ? 1 : 0
    case .greaterOrEqual: a >= b ? 1 : 0
    case .equal: a == b ? 1 : 0
    case .unequal: a != b ? 1 : 0
    }
  }

  /// Element by element. Truth counts as 1, in the dtype of the parameter.
  func value(_ a: Quantity, _ b: Quantity, _ dtype: DType) throws -> Quantity {
    switch (a, b) {
    case (.number(let x), .number(let y)): .number(value(x, y))
    case (.tensor(let x), .number(let y)): .tensor(try value(x, y, dtype))
    case (.number(let x), .tensor(let y)): .tensor(try value(x, y, dtype))
    case (.tensor(let x), .tensor(let y)): .tensor(try value(x, y, dtype))
    }
  }

  private func value(_ x: Tensor, _ y: Double, _ dtype: DType) throws(TensorError) -> Tensor {
    switch self {
    case .add: try x + y
    case .subtract: try x - y
    case .multiply: try x * y
    case .divide: try x / y
    case .power: try x.raised(y)
    default: try value(x, Tensor.number(y), dtype)
    }
  }

  private func value(_ x: Double, _ y: Tensor, _ dtype: DType) throws(TensorError) -> Tensor {
    switch self {
    case .add: try x + y
    case .subtract: try x - y
    case .multiply: try x * y
    case .divide: try x / y
    case .power: try Tensor.full([], x, y.dtype).pow(y)
    default: try value(Tensor.number(x), y, dtype)
    }
  }

  private func value(_ x: Tensor, _ y: Tensor, _ dtype: DType) throws(TensorError) -> Tensor {
    switch self {
    case .add: try x + y
    case .subtract: try x - y
    case .multiply: try x * y
    case .divide: try x / y
    case .power: try x.pow(y)
    case .less: try x.lt(y).to(dtype)
    case .lessOrEqual: try x.le(y).to(dtype)
    case .greater: try x.gt(y).to(dtype)
    case .greaterOrEqual: try x.ge(y).to(dtype)
    case .equal: try x.eq(y).to(dtype)
    case .unequal: try x.ne(y).to(dtype)
    }
  }
}
