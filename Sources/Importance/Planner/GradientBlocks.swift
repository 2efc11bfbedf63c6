import Engine
import NN

/// Reductions that need each sample's gradient: blocks of it that fit into the processor's cache are formed, put through
/// the formula and reduced, one after the other.
struct GradientBlocks {
  private let target: Target
  private var reductions: [Reduction]

  private struct Reduction {
    let formula: Formula, reducer: FormulaReducer, inner: Formula
    /// The one product that the formula is, so that it can be formed from the factors at once.
    let term: Polynomial.Term?
    /// One for each run of rows of the parameter.
    var parts: [RunningReduction] = []
  }

  /// Elements of a block.
  private static let size = 1 << 17
  /// Rows of the parameter in a block: set by the first batch, which is the largest, and kept for all.
  private var height = 0

  init(_ target: Target, _ formulas: [Formula]) {
    self.target = target
    reductions = formulas.compactMap { formula in
      guard case .reduced(let reducer, let inner) = formula.kind else { return nil }
      let terms = Polynomial(inner)?.terms ?? []
      return Reduction(formula: formula, reducer: reducer, inner: inner, term: terms.count == 1 ? terms[0] : nil)
    }
  }

  mutating func add(_ factors: LinearFactors) throws {
    guard !reductions.isEmpty else { return }
    switch target.route {
    case .outer(let modules): try addOuter(factors, modules)
    case .positions(let modules):
      let (d, a) = try factors.factors(of: modules)
      try addSamples(factors.rows.count) { start, count in
        try d.narrow(0, start, count).transpose(1, 2).matmul(a.narrow(0, start, count))
      }
    case .bias(let modules):
      let d = try factors.outputGradient(of: modules)
      try addSamples(factors.rows.count) { start, count in try d.narrow(0, start, count) }
    case .sample, .none: preconditionFailure("a parameter without factors has no blocks of them")
    }
  }

  /// Blocks of whole gradients, samples along the first dimension.
  mutating func add(_ gradients: Tensor) throws {
    try reduce(0, Bindings(w: target.w, g: gradients, w0: target.w0), gradients.shape)
  }

  private mutating func addSamples(_ samples: Int, _ gradients: (Int, Int) throws -> Tensor) throws {
    let step = max(1, Self.size / max(1, target.w.count))
    for start in stride(from: 0, to: samples, by: step) {
      guard !Interrupt.isSet else { throw TensorError.interrupted }
      try add(gradients(start, min(step, samples - start)))
    }
  }

  private mutating func addOuter(_ factors: LinearFactors, _ modules: [Linear]) throws {
    let (outputs, inputs) = (target.w.shape[0], target.w.shape[1])
    let samples = factors.rows.count
    let step = max(1, min(samples, Self.size / max(1, inputs)))
    if height == 0 { height = max(1, min(outputs, Self.size / max(1, inputs * step))) }
    for (block, row) in stride(from: 0, to: outputs, by: height).enumerated() {
      let rows = min(height, outputs - row)
      let (w, w0) = (try target.w.narrow(0, row, rows), try target.w0.narrow(0, row, rows))
      for start in stride(from: 0, to: samples, by: step) {
        guard !Interrupt.isSet else { throw TensorError.interrupted }
        let outer = Outer(factors: factors, modules: modules, start: start, count: min(step, samples - start), row: row, rows: rows)
        try reduce(block, Bindings(w: w, g: nil, w0: w0), [outer.count, rows, inputs], outer)
      }
    }
  }

  /// A block of gradients that is formed where a formula asks for it.
  private struct Outer {
    let factors: LinearFactors, modules: [Linear]
    let start: Int, count: Int, row: Int, rows: Int

    func product(_ power: GradientPower) throws -> Tensor {
      let d = try factors.power(power, ofInput: false, modules).narrow(0, start, count).narrow(1, row, rows)
      let a = try factors.power(power, ofInput: true, modules).narrow(0, start, count)
      return try d.unsqueeze(2) * a.unsqueeze(1)
    }
  }

  private mutating func reduce(_ block: Int, _ bindings: Bindings, _ shape: [Int], _ outer: Outer? = nil) throws {
    var bindings = bindings
    for i in reductions.indices {
      let values: Tensor
      if let outer, let term = reductions[i].term {
        let product = try outer.product(term.power)
        let isPlain = term.coefficient.constant == 1
        values = isPlain ? product : try product * term.coefficient.tensor(bindings)
      } else {
        if bindings.g == nil { bindings.g = try outer?.product(.gradient) }
        values = try reductions[i].inner.tensor(bindings)
      }
      while reductions[i].parts.count <= block { reductions[i].parts.append(RunningReduction(reductions[i].reducer)) }
      try reductions[i].parts[block].add(values.shape == shape ? values : values.expand(shape))
    }
  }

  func results() throws -> [Formula: Tensor] {
    var out: [Formula: Tensor] = [:]
    for reduction in reductions {
      let parts = try reduction.parts.compactMap { part throws(TensorError) in try part.result(target.w.dtype) }
      out[reduction.formula] = parts.count == 1 ? parts[0] : try Tensor.cat(parts, 0)
    }
    return out
  }
}
