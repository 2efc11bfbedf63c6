import Engine

/// The reductions of one parameter, gathered from the gradients of single samples as these come.
struct SampleReductions {
  let target: Target
  private let closed: [(formula: Formula, form: ClosedForm)]
  private var sums: [GradientPower: PowerSum] = [:]
  /// Sums of powers that were taken a tile at a time.
  private var tiles: TiledSums?
  private var blocks: GradientBlocks
  /// Those that add up elements of one sample, which its whole gradient gives.
  private var wholes: GradientBlocks
  private(set) var count = 0

  /// - Parameter reductions: those that read g.
  init?(_ target: Target, _ reductions: [Formula]) {
    guard target.isTogether else { return nil }
    self.target = target
    var closed: [(formula: Formula, form: ClosedForm)] = [], open: [Formula] = []
    for formula in reductions {
      if let form = Self.closedForm(formula, target) { closed.append((formula, form)) } else { open.append(formula) }
    }
    self.closed = closed
    blocks = GradientBlocks(target, open.filter { !$0.hasTotal })
    wholes = GradientBlocks(target, open.filter(\.hasTotal))
  }

  /// The closed form of a reduction for this parameter. Where gradients are no outer products, only forms of which no
  /// digits cancel serve, and those of the sum of the gradients.
  static func closedForm(_ formula: Formula, _ target: Target) -> ClosedForm? {
    guard case .reduced(let reducer, let inner) = formula.kind, let form = ClosedForm(reducer, inner) else { return nil }
    switch target.route {
    case .outer: return form
    case .gathered: return form.isSure || form.powers.isSubset(of: [.gradient]) ? form : nil
    case .sample, .none: return nil
    }
  }

  /// Whether a second look at the gradients may be asked for.
  var mayDoubt: Bool { target.isOuter && closed.contains { !$0.form.isSure } }

  /// The powers of the gradient whose sums are asked for.
  var powers: Set<GradientPower> { closed.reduce(into: []) { $0.formUnion($1.form.powers) } }

  /// Whether those sums are all that is asked for.
  var needsSumsAlone: Bool { blocks.isEmpty && wholes.isEmpty }

  /// Adds sums over samples that were made without their gradients.
  mutating func add(samples: Int, _ sum: (GradientPower) -> Tensor?) throws {
    count += samples
    for power in powers {
      if let sum = sum(power) { try sums[power, default: PowerSum(power)].add(sum: sum) }
    }
  }

  mutating func add(_ gradients: SampleGradients) throws {
    count += gradients.count
    let powers = powers
    if !wholes.isEmpty { try SampleBlocks(gradients, isWhole: true).each { block throws in try wholes.add(block) } }
    guard !powers.isEmpty || !blocks.isEmpty else { return }
    if target.isOuter {
      let factors = try FactorPair(gradients)
      for power in powers { try sums[power, default: PowerSum(power)].add(sum: factors.sum(power)) }
      try blocks.add(factors)
      return
    }
    if powers.contains(.gradient) { try sums[.gradient, default: PowerSum(.gradient)].add(sum: gradients.total()) }
    let open = powers.subtracting([.gradient])
    for power in open where sums[power] == nil { sums[power] = PowerSum(power) }
    guard !open.isEmpty || !blocks.isEmpty else { return }
    if blocks.isEmpty, open.allSatisfy({ PowerSum.kind($0) != .value }) {
      if tiles == nil { tiles = TiledSums(open.map(PowerSum.kind)) }
      if try tiles?.add(gradients) ?? false { return }
    }
    try SampleBlocks(gradients).each { block throws in
      for power in open { try sums[power]?.add(block) }
      try blocks.add(block)
    }
  }

  /// The same in memory of its own, which what is added to this one does not reach.
  func copied() throws -> SampleReductions {
    var copy = self
    (copy.blocks, copy.wholes, copy.tiles) = (try blocks.copied(), try wholes.copied(), try tiles?.copied())
    copy.sums = try sums.mapValues { try $0.copied() }
    return copy
  }

  /// The reductions, and for each closed form the elements that must be computed sample by sample.
  func finished() throws -> (values: [Formula: Tensor], doubtful: [DoubtfulElements]) {
    var values = try blocks.results().merging(wholes.results()) { $1 }
    var doubtful: [DoubtfulElements] = []
    let w = target.w, bindings = Bindings(w: w, g: nil, w0: target.w0)
    for (formula, form) in closed {
      var used: [GradientPower: Tensor] = [:]
      for power in form.powers {
        let sums = try [sums[power]?.total(), power == .gradient ? nil : tiles?.total(PowerSum.kind(power))].compactMap { $0 }
        used[power] = sums.isEmpty ? try Tensor.zeros(w.shape, w.dtype) : try (sums.count == 1 ? sums[0] : sums[0] + sums[1]).to(w.dtype)
      }
      let (value, mask) = try form.value(used, count: count, bindings)
      values[formula] = value
      if target.isOuter, let elements = try DoubtfulElements(formula, mask) { doubtful.append(elements) }
    }
    return (values, doubtful)
  }
}

/// The sum over samples of a power of the gradient.
private struct PowerSum {
  private let power: GradientPower, kind: RunningSum.Kind
  /// By place of the block among those of a parameter.
  private var parts: [RunningSum] = []
  private var whole: Tensor?

  init(_ power: GradientPower) {
    self.power = power
    kind = Self.kind(power)
  }

  static func kind(_ power: GradientPower) -> RunningSum.Kind {
    power == GradientPower(1) ? .magnitude : power == GradientPower(2) ? .square : .value
  }

  mutating func add(_ block: SampleBlock) throws {
    while parts.count <= block.place { parts.append(RunningSum(kind)) }
    try parts[block.place].add(kind == .value ? power.applied(to: block.g) : block.g)
  }

  mutating func add(sum: Tensor) throws { whole = try whole.map { try $0.to(.float64) + sum.to(.float64) } ?? sum }

  func copied() throws -> PowerSum {
    var copy = self
    copy.parts = try parts.map { part throws(TensorError) in try part.copied() }
    return copy
  }

  /// Nil where nothing was added.
  func total() throws -> Tensor? {
    if let whole { return whole }
    let lists = parts.compactMap(\.total)
    return lists.count > 1 ? try Tensor.cat(lists, 0) : lists.first
  }
}

/// The two factors of gradients that are one outer product each, and powers of them.
final class FactorPair {
  /// `[samples, out]` and `[samples, in]`.
  let d: Tensor, a: Tensor
  private var made: [Key: Tensor] = [:]

  private struct Key: Hashable {
    let isInput: Bool, power: GradientPower
  }

  init(_ gradients: SampleGradients) throws {
    guard let (d, a) = gradients.factors, d.shape[1] == 1 else { throw SamplesDiffer() }
    (self.d, self.a) = (try d.reshape([d.shape[0], d.shape[2]]), try a.reshape([a.shape[0], a.shape[2]]))
  }

  var count: Int { d.shape[0] }

  /// A power of a factor, made once for all that read it.
  func power(_ power: GradientPower, ofInput isInput: Bool) throws -> Tensor {
    let key = Key(isInput: isInput, power: power)
    if let there = made[key] { return there }
    let value = try power.applied(to: isInput ? a : d)
    made[key] = value
    return value
  }

  /// The sum over samples of a power of the gradients: one matrix product.
  func sum(_ power: GradientPower) throws -> Tensor {
    try self.power(power, ofInput: false).transpose(0, 1).matmul(self.power(power, ofInput: true))
  }
}

extension GradientPower {
  func applied(to x: Tensor) throws(TensorError) -> Tensor {
    switch (exponent, isSigned) {
    case (1, true): x
    case (0, true): try x.sign()
    case (0, false): vanishes ? try x.sign().abs() : try Tensor.ones(x.shape, x.dtype)
    case (1, false): try x.abs()
    case (2, false): try x.square()
    case (4, false): try x.square().square()
    case (3, true): try x.square() * x
    case (_, false): try x.abs().raised(exponent)
    case (_, true): try x.abs().raised(exponent) * x.sign()
    }
  }
}
