import Builtins
import Engine

extension FormulaCall {
  /// The function of values that broadcast, in real numbers.
  func value(_ values: [Quantity], _ dtype: DType) throws -> Quantity {
    let isNumber = values.allSatisfy { if case .number = $0 { true } else { false } }
    var passed: [Passed] = []
    for (i, value) in values.enumerated() {
      // A function of plain numbers alone is worked out in double precision.
      if isNumber, i == 0, case .number(let number) = value {
        passed.append(Passed(arguments[i].name, try Tensor.full([], number, .float64)))
      } else {
        passed.append(Passed(arguments[i].name, value.asValue))
      }
    }
    guard let result = try operation.call((), passed) as? Tensor else { throw TensorError.value(name, "gives no tensor") }
    if isNumber, result.count == 1 { return .number(try result.item()) }
    return .tensor(result.dtype.isFloating ? result : try result.to(dtype))
  }

  /// Rejects a function that mixes elements: what it gives for several it must give for each alone. That is tried rather
  /// than looked up, so that an operation is usable here the moment it exists.
  func check(tag: Int) throws(FormulaError) {
    let count = 4
    do {
      try Recording.with(.none) {
        let together = try value(probes(0..<count), .float64)
        for i in 0..<count {
          guard try agree(together, i, value(probes(i..<(i + 1)), .float64)) else { throw FormulaError.notElementwise(name, tag: tag) }
        }
      }
    } catch let error as ArgumentError {
      throw .argument(name, error, tag: tag)
    } catch let error as FormulaError {
      throw error
    } catch {
      throw .notElementwise(name, tag: tag)
    }
  }

  private func probes(_ range: Range<Int>) throws(TensorError) -> [Quantity] {
    let numbers = [0.3, 0.7, 0.2, 0.6, 0.4, 0.8, 0.1]
    var out: [Quantity] = []
    for (place, argument) in arguments.enumerated() {
      if let constant = argument.value.constant {
        out.append(.number(constant))
      } else {
        out.append(.tensor(try Tensor(range.map { numbers[($0 + 3 * place) % numbers.count] })))
      }
    }
    return out
  }

  private func agree(_ all: Quantity, _ i: Int, _ one: Quantity) throws(TensorError) -> Bool {
    switch (all, one) {
    case (.number, .number): return true
    case (.tensor(let a), .tensor(let b)):
      guard a.rank == 1, b.rank == 1, b.count == 1, i < a.count else { return false }
      let (x, y) = (try a.doubles()[i], try b.doubles()[0])
      return x == y || abs(x - y) <= 1e-12 * abs(y) || (x.isNaN && y.isNaN)
    default: return false
    }
  }
}
