import Engine

/// Gradients of some samples with respect to some rows of a parameter, or to all of it.
struct SampleBlock {
  /// Which stretch of rows it is.
  let place: Int
  /// Nil for all.
  let rows: Range<Int>?
  /// `[samples, *]`.
  let g: Tensor
}

/// The gradients of single samples in blocks that fit into the processor's cache, one after the other.
struct SampleBlocks {
  private let gradients: SampleGradients
  /// Whether each block has all elements of the parameter.
  private let isWhole: Bool
  /// Elements of a block.
  static let size = 1 << 17

  init(_ gradients: SampleGradients, isWhole: Bool = false) { (self.gradients, self.isWhole) = (gradients, isWhole) }

  func each(_ body: (SampleBlock) throws -> Void) throws {
    let elements = max(1, gradients.shape.reduce(1, *)), rows = gradients.shape.first ?? 1
    let isCut = !isWhole && gradients.hasRows && elements > Self.size && rows > 1
    let height = isCut ? max(1, min(rows, Self.size / (elements / rows))) : rows
    let step = max(1, min(gradients.count, Self.size / max(1, isCut ? height * (elements / rows) : elements)))
    for (place, row) in stride(from: 0, to: max(rows, 1), by: max(height, 1)).enumerated() {
      let some = isCut ? row..<min(row + height, rows) : nil
      for start in stride(from: 0, to: gradients.count, by: step) {
        guard !Interrupt.isSet else { throw TensorError.interrupted }
        let g = try gradients.gradients(start..<min(start + step, gradients.count), rows: some)
        try body(SampleBlock(place: place, rows: some, g: g))
      }
    }
  }
}

/// Reductions that need each sample's gradient: blocks of it are formed, put through the formula and reduced.
struct GradientBlocks {
  private let target: Target
  private var reductions: [Reduction]

  private struct Reduction {
    let formula: Formula, reducer: FormulaReducer, inner: Formula
    /// The one product that the formula is, so that it can be formed from factors at once.
    let term: Polynomial.Term?
    /// One for each run of rows of the parameter.
    var parts: [RunningReduction] = []
  }

  /// Rows of the parameter in a block of outer products: set by the first batch, which is the largest, and kept for all.
  private var height = 0

  init(_ target: Target, _ formulas: [Formula]) {
    self.target = target
    reductions = formulas.compactMap { formula in
      guard case .reduced(let reducer, let inner) = formula.kind else { return nil }
      let terms = Polynomial(inner)?.terms ?? []
      return Reduction(formula: formula, reducer: reducer, inner: inner, term: terms.count == 1 ? terms[0] : nil)
    }
  }

  var isEmpty: Bool { reductions.isEmpty }

  mutating func add(_ block: SampleBlock) throws {
    guard !isEmpty else { return }
    var (w, w0) = (target.w, target.w0)
    if let rows = block.rows { (w, w0) = (try w.narrow(0, rows.lowerBound, rows.count), try w0.narrow(0, rows.lowerBound, rows.count)) }
    try reduce(block.place, Bindings(w: w, g: block.g, w0: w0, groups: target.groups), block.g.shape)
  }

  /// Whole gradients, samples along the first dimension.
  mutating func add(_ gradients: Tensor) throws { try add(SampleBlock(place: 0, rows: nil, g: gradients)) }

  /// Of outer products.
  mutating func add(_ factors: FactorPair) throws {
    guard !isEmpty else { return }
    let (outputs, inputs) = (factors.d.shape[1], factors.a.shape[1]), samples = factors.count, size = SampleBlocks.size
    let step = max(1, min(samples, size / max(1, inputs)))
    if height == 0 { height = max(1, min(outputs, size / max(1, inputs * step))) }
    for (block, row) in stride(from: 0, to: outputs, by: height).enumerated() {
      let rows = min(height, outputs - row)
      let (w, w0) = (try target.w.narrow(0, row, rows), try target.w0.narrow(0, row, rows))
      for start in stride(from: 0, to: samples, by: step) {
        guard !Interrupt.isSet else { throw TensorError.interrupted }
        let outer = Outer(factors: factors, start: start, count: min(step, samples - start), row: row, rows: rows)
        try reduce(block, Bindings(w: w, g: nil, w0: w0), [outer.count, rows, inputs], outer)
      }
    }
  }

  /// A block of gradients that is formed where a formula asks for it.
  private struct Outer {
    let factors: FactorPair
    let start: Int, count: Int, row: Int, rows: Int

    func product(_ power: GradientPower) throws -> Tensor {
      let d = try factors.power(power, ofInput: false).narrow(0, start, count).narrow(1, row, rows)
      return try d.unsqueeze(2) * factors.power(power, ofInput: true).narrow(0, start, count).unsqueeze(1)
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
      let own = target.shape(of: reductions[i].inner, shape)
      try reductions[i].parts[block].add((values.shape == own ? values : values.expand(own)).to(target.w.dtype))
    }
  }

  /// The same in memory of its own, which what is added to this one does not reach.
  func copied() throws -> GradientBlocks {
    var copy = self
    for i in reductions.indices { copy.reductions[i].parts = try reductions[i].parts.map { part throws(TensorError) in try part.copied() } }
    return copy
  }

  func results() throws -> [Formula: Tensor] {
    var out: [Formula: Tensor] = [:]
    for reduction in reductions {
      let parts = try reduction.parts.compactMap { part throws(TensorError) in try part.result(target.w.dtype) }
      guard let first = parts.first else { continue }
      out[reduction.formula] = parts.count == 1 ? first : try Tensor.cat(parts, 0)
    }
    return out
  }
}
