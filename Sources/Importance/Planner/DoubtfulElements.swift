import Engine

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

  /// - Parameter batch: the samples of the first batch, which is the largest.
  mutating func add(_ gradients: SampleGradients, _ target: Target, batch: Int) throws {
    let size = max(1, Self.chunk / max(1, batch)), total = places.count
    let starts = Array(stride(from: 0, to: total, by: size))
    if parts.isEmpty { parts = starts.map { _ in RunningReduction(reducer) } }
    let factors = try FactorPair(gradients)
    for (i, start) in starts.enumerated() {
      guard !Interrupt.isSet else { throw TensorError.interrupted }
      let some = try places.narrow(0, start, min(size, total - start))
      let width = try Tensor.number(factors.a.shape[1])
      let g = try factors.d.indexSelect(1, some.floorDivide(width)).to(.float64) * factors.a.indexSelect(1, some.remainder(width)).to(.float64)
      let bindings = try Bindings(w: target.w.elements(some), g: g, w0: target.w0.elements(some))
      try parts[i].add(inner.tensor(bindings).expand(g.shape))
    }
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
