import Engine
import NN

/// The reductions of one parameter of linear layers, gathered over the samples from the factors of their gradients.
struct FactorReductions {
  let target: Target
  let modules: [Linear]
  private let closed: [(formula: Formula, form: ClosedForm)]
  private var sums: [GradientPower: Tensor] = [:]
  private var blocks: GradientBlocks
  private(set) var count = 0

  /// - Parameter reductions: those that read g.
  init?(_ target: Target, _ reductions: [Formula]) {
    guard let modules = target.linears else { return nil }
    (self.target, self.modules) = (target, modules)
    var closed: [(formula: Formula, form: ClosedForm)] = [], open: [Formula] = []
    for formula in reductions {
      if let form = Self.closedForm(formula, target) { closed.append((formula, form)) } else { open.append(formula) }
    }
    self.closed = closed
    blocks = GradientBlocks(target, open)
  }

  /// The closed form of a reduction for this parameter. Where gradients are sums over positions, no power of one but the
  /// first comes from the factors.
  static func closedForm(_ formula: Formula, _ target: Target) -> ClosedForm? {
    guard case .reduced(let reducer, let inner) = formula.kind, let form = ClosedForm(reducer, inner) else { return nil }
    switch target.route {
    case .outer, .bias: return form
    case .positions: return form.powers.isSubset(of: [.gradient]) ? form : nil
    case .sample, .none: return nil
    }
  }

  /// The powers of the gradient whose sums are asked for.
  var powers: Set<GradientPower> { closed.reduce(into: []) { $0.formUnion($1.form.powers) } }

  mutating func add(_ factors: LinearFactors) throws {
    count += factors.rows.count
    for power in powers {
      let sum = try self.sum(power, factors)
      sums[power] = try sums[power].map { try $0.to(.float64) + sum.to(.float64) } ?? sum
    }
    try blocks.add(factors)
  }

  private func sum(_ power: GradientPower, _ factors: LinearFactors) throws -> Tensor {
    if let there = factors.sum(power, modules, isBias: target.isBias) { return there }
    switch target.route {
    case .outer:
      let d = try factors.power(power, ofInput: false, modules)
      return try d.transpose(0, 1).matmul(factors.power(power, ofInput: true, modules))
    case .positions:
      let (d, a) = try factors.factors(of: modules)
      return try d.reshape([-1, d.shape[2]]).transpose(0, 1).matmul(a.reshape([-1, a.shape[2]]))
    case .bias:
      let d = try factors.factors(of: modules).d
      if d.rank == 2 { return try factors.power(power, ofInput: false, modules).sum([0]) }
      return try power.applied(to: factors.outputGradient(of: modules)).sum([0])
    case .sample, .none: preconditionFailure("a parameter without factors has no sums of them")
    }
  }

  /// The reductions, and for each closed form the elements that must be computed sample by sample.
  func finished() throws -> (values: [Formula: Tensor], doubtful: [DoubtfulElements]) {
    var values = try blocks.results()
    var doubtful: [DoubtfulElements] = []
    let dtype = target.w.dtype
    let bindings = Bindings(w: target.w, g: nil, w0: target.w0)
    for (formula, form) in closed {
      let used = try sums.filter { form.powers.contains($0.key) }.mapValues { try $0.to(dtype) }
      let (value, mask) = try form.value(used, count: count, bindings)
      values[formula] = value
      if let elements = try DoubtfulElements(formula, mask) { doubtful.append(elements) }
    }
    return (values, doubtful)
  }
}

/// Elements of a parameter whose closed form lost its digits: they are worked out from each sample's gradient in float64.
struct DoubtfulElements {
  let formula: Formula
  let places: Tensor
  private var parts: [RunningReduction]
  private let reducer: FormulaReducer, inner: Formula
  private static let chunk = 1 << 17

  init?(_ formula: Formula, _ mask: Tensor) throws {
    guard case .reduced(let reducer, let inner) = formula.kind, try mask.any().item() != 0 else { return nil }
    (self.formula, self.reducer, self.inner) = (formula, reducer, inner)
    places = try mask.reshape([mask.count]).nonzero().reshape([-1])
    parts = []
  }

  mutating func add(_ factors: LinearFactors, _ target: Target, _ modules: [Linear], batch: Int) throws {
    // The parts of the first batch, which is the largest, hold for all.
    let size = max(1, Self.chunk / max(1, batch)), total = places.count
    let starts = Array(stride(from: 0, to: total, by: size))
    if parts.isEmpty { parts = starts.map { _ in RunningReduction(reducer) } }
    for (i, start) in starts.enumerated() {
      guard !Interrupt.isSet else { throw TensorError.interrupted }
      let some = try places.narrow(0, start, min(size, total - start))
      let bindings = try Bindings(
        w: target.w.elements(some), g: gradients(factors, target, modules, some), w0: target.w0.elements(some))
      try parts[i].add(inner.tensor(bindings))
    }
  }

  /// - Shape: `[samples, places]`.
  private func gradients(_ factors: LinearFactors, _ target: Target, _ modules: [Linear], _ some: Tensor) throws -> Tensor {
    if case .bias = target.route { return try factors.outputGradient(of: modules).indexSelect(1, some).to(.float64) }
    let (d, a) = try factors.factors(of: modules)
    let width = try Tensor.number(a.shape[a.rank - 1])
    let axis = d.rank - 1
    let product = try d.indexSelect(axis, some.floorDivide(width)).to(.float64) * a.indexSelect(axis, some.remainder(width)).to(.float64)
    return product.rank == 2 ? product : try product.sum([1])
  }

  /// Puts the numbers into a result of the closed form.
  func write(into value: Tensor) throws -> Tensor {
    let dtype = value.dtype
    let numbers = try Tensor.cat(parts.compactMap { part throws(TensorError) in try part.result(dtype) }, 0)
    let flat = try value.copied().reshape([value.count])
    try flat.assign(numbers, at: [.tensor(places)], journal: Journal())
    return try flat.reshape(value.shape)
  }
}

extension Tensor {
  /// The elements at flat places, in float64.
  fileprivate func elements(_ places: Tensor) throws(TensorError) -> Tensor { try reshape([count]).indexSelect(0, places).to(.float64) }
}
