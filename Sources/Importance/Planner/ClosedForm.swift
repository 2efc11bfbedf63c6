import Engine

/// A reduction whose formula is a sum of products of per-sample factors, so that sums of powers of the gradient give it.
struct ClosedForm {
  let reducer: FormulaReducer
  private let first: Polynomial
  /// The square of the formula, for spreads and norms.
  private let second: Polynomial?

  /// Nil where the reduction has no such form.
  init?(_ reducer: FormulaReducer, _ inner: Formula) {
    guard let polynomial = Polynomial(inner) else { return nil }
    self.reducer = reducer
    switch reducer {
    case .mean, .sum: (first, second) = (polynomial, nil)
    case .norm:
      guard let squared = polynomial.squared else { return nil }
      (first, second) = (polynomial, squared)
    case .std, .var:
      guard let squared = polynomial.varying.squared else { return nil }
      (first, second) = (polynomial.varying, squared)
    case .max, .min: return nil
    }
  }

  /// The powers of the gradient whose sums over samples it reads.
  var powers: Set<GradientPower> {
    let terms: [Polynomial.Term] = switch reducer {
    case .mean, .sum: first.terms
    case .norm: second?.terms ?? []
    case .std, .var: first.terms + (second?.terms ?? [])
    case .max, .min: []
    }
    return Set(terms.map(\.power)).subtracting([.one])
  }

  /// Whether nothing can cancel: there is one term, and no spread.
  var isSure: Bool { reducer != .std && reducer != .var && first.terms.count == 1 && second?.terms.count ?? 1 == 1 }

  /// Below this part of what was added up, the digits that are left come from rounding.
  private static let cancellation = 1e-2

  /// The reduction, and where it cannot be trusted: where terms cancelled, or a factor left the range of the dtype.
  /// - Parameter sums: the sums of powers of the gradient over the samples.
  func value(_ sums: [GradientPower: Tensor], count: Int, _ bindings: Bindings) throws -> (value: Tensor, doubtful: Tensor) {
    let n = Double(count)
    let (value, left, scale): (Tensor, Tensor, Tensor)
    switch reducer {
    case .mean, .sum, .max, .min:
      let (total, size) = try added(first, sums, n, bindings)
      (value, left, scale) = (reducer == .mean ? try total / n : total, try total.abs(), size)
    case .norm:
      let (total, size) = try added(second ?? first, sums, n, bindings)
      (value, left, scale) = (try total.sqrt(), total, size)
    case .std, .var:
      let mean = try added(first, sums, n, bindings).total / n
      let (total, size) = try added(second ?? first, sums, n, bindings)
      let squares = try total / n - mean.square()
      let variance = try squares * (n / (n - 1))
      (value, left, scale) = (reducer == .std ? try variance.sqrt() : variance, squares, try size / n)
    }
    let outside = try value.isFinite().logicalNot()
    return (value, isSure ? outside : try left.lt(scale * Self.cancellation).logicalOr(outside))
  }

  /// The sum of the terms and the sum of their sizes.
  private func added(_ polynomial: Polynomial, _ sums: [GradientPower: Tensor], _ n: Double, _ bindings: Bindings) throws -> (total: Tensor, size: Tensor) {
    var total: Tensor?, size: Tensor?
    for term in polynomial.terms {
      let sum: Quantity
      if term.power == .one {
        sum = .number(n)
      } else if let there = sums[term.power] {
        sum = .tensor(there)
      } else {
        throw ScoringError.unplanned("a sum of \(term.power)")
      }
      let part = try product(term.coefficient, sum, bindings)
      total = try total.map { try $0 + part } ?? part
      guard polynomial.terms.count > 1 else { return (part, part) }
      let sized = try part.abs()
      size = try size.map { try $0 + sized } ?? sized
    }
    let zero = try total ?? Tensor.zeros(bindings.w.shape, bindings.dtype)
    return (zero, size ?? zero)
  }

  private func product(_ coefficient: Formula, _ sum: Quantity, _ bindings: Bindings) throws -> Tensor {
    if coefficient.constant == 1, case .tensor(let tensor) = sum { return tensor }
    let value = try FormulaOperator.multiply.value(coefficient.value(bindings), sum, bindings.dtype)
    switch value {
    case .tensor(let tensor): return tensor
    case .number(let number): return try Tensor.full(bindings.w.shape, number, bindings.dtype)
    }
  }
}
