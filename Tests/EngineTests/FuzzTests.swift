import Builtins
@testable import Engine
import Testing

/// Every operation on arguments of any kind: it gives a value or throws, and never ends the process.
@Suite struct FuzzTests {
  @Test("random arguments give values or typed errors", arguments: Operations.all.map(\.name))
  func hostile(_ name: String) throws {
    let operation = try #require(builtin(name))
    var numbers = Numbers(seed: name.utf8.reduce(3) { $0 &* 33 &+ UInt64($1) })
    for _ in 0..<150 {
      let count = operation.parameters.count { $0.isRequired } + numbers.below(3)
      let passed = try (0..<max(count, 1)).map { i in
        Passed(nil, try value(for: i < operation.parameters.count ? operation.parameters[i] : nil, &numbers))
      }
      do {
        for tensor in tensors(in: try operation.call((), passed)) {
          // What comes back lies inside its memory.
          if tensor.count < 10_000 { _ = try tensor.doubles() }
        }
      } catch is TensorError {
      } catch is ArgumentError {
      }
    }
  }

  private func value(for parameter: Builtins.Parameter?, _ numbers: inout Numbers) throws -> any Value {
    if let parameter, numbers.below(10) > 0 {
      if case .choice(let words) = parameter.form { return words[numbers.below(words.count)] }
      if parameter.expectation.contains("tensor") { return try tensor(&numbers) }
    }
    switch numbers.below(9) {
    case 0: return [Int.max, .min, 1 << 40, -1, 0, 1, 2, 3][numbers.below(8)]
    case 1: return [Double.nan, .infinity, -.infinity, 1e300, 0, 0.5, -1][numbers.below(7)]
    case 2: return List((0..<numbers.below(4)).map { _ in [-2, -1, 0, 1, 2, 3, Int.max][numbers.below(7)] })
    case 3: return numbers.below(2) == 0
    case 4: return None()
    case 5: return List(try (0..<numbers.below(3)).map { _ in try tensor(&numbers) })
    case 6: return ["mean", "ij,jk->ik", "x", "..."][numbers.below(4)]
    case 7: return numbers.below(5) - 2
    default: return try tensor(&numbers)
    }
  }

  private func tensor(_ numbers: inout Numbers) throws -> Tensor {
    let shape = (0..<numbers.below(5)).map { _ in numbers.below(4) }
    let count = shape.reduce(1, *)
    let values = (0..<count).map { _ in [numbers.real(in: -3...3), 0, 1, -1, .nan, .infinity][numbers.below(8) < 5 ? 0 : numbers.below(6)] }
    let t = try Tensor(values, shape).to(DType.allCases[numbers.below(4)])
    let view = numbers.below(3) == 0 && t.rank > 1 ? try t.transpose(0, -1) : t
    return view.dtype.isFloating && numbers.below(2) == 0 ? view.requiringGrad() : view
  }
}
