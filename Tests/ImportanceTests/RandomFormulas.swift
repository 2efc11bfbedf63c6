import Engine

@testable import Importance

/// Formulas left to chance, of all symbols, reducers, sums over groups and functions.
struct RandomFormulas {
  let g: Generator

  func draw(_ n: Int) throws -> Int { try g.integers([1], from: 0, to: n).ints()[0] }
  func one<T>(_ list: [T]) throws -> T { list[try draw(list.count)] }

  /// Of parameters, over all samples; its reductions read the gradients of single ones.
  func parameters(hasTotal: Bool) throws -> Formula {
    let part = try over({ try sample(2, hasTotal) }, hasTotal)
    switch try draw(6) {
    case 0: return part
    case 1: return F.w * part
    case 2: return F.abs(F.g) * part + 0.5
    case 3: return part + (try over({ try sample(1, false) }, hasTotal))
    case 4: return hasTotal ? Formula.total(F.w * F.g) ^ 2 : F.abs(F.w * F.g)
    default: return try part / (F.abs(over({ try sample(1, false) }, false)) + 0.5)
    }
  }

  /// Of one sample's gradient.
  private func sample(_ depth: Int, _ hasTotal: Bool) throws -> Formula {
    let leaf = try one([F.g, F.w * F.g, F.abs(F.g), F.g ^ 2, F.abs(F.w * F.g), F.g - 0.3 * F.w, F.call("tanh", F.g), F.call("maximum", F.g, F.w), F.w - F.w0])
    guard depth > 0 else { return leaf }
    let rest = try sample(depth - 1, hasTotal)
    switch try draw(hasTotal ? 5 : 4) {
    case 0: return leaf
    case 1: return leaf + 2 * rest
    case 2: return leaf * rest
    case 3: return F.abs(rest) * leaf
    default: return .total(leaf)
    }
  }

  /// Of units, or of features, whose numbers and derivatives are given.
  func samples(_ a: Formula, _ da: Formula, hasTotal: Bool) throws -> Formula {
    func inner() throws -> Formula {
      let leaf = try one([a, da, a * da, F.abs(a * da), a ^ 2, a - 0.3 * da, F.call("tanh", a)])
      return try hasTotal && draw(3) == 0 ? .total(leaf) : leaf
    }
    switch try draw(5) {
    case 0: return try inner()
    case 1: return try inner() - over(inner, false)
    case 2: return try F.abs(over(inner, hasTotal)) + over(inner, false)
    default: return try over(inner, hasTotal)
    }
  }

  private func over(_ inner: () throws -> Formula, _ hasTotal: Bool) throws -> Formula {
    let reduced = try F.call(one(["mean", "mean", "sum", "max", "min", "std", "var", "norm"]), inner())
    return try hasTotal && draw(3) == 0 ? .total(reduced) : reduced
  }
}
