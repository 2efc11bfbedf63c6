import Engine
import NN

/// The changes at one place, over all samples at once, or some at a time where all of them have no room.
///
/// What is drawn is drawn once for all parts, so that they are the parts of one measurement.
struct EffectWork {
  let request: EffectRequest
  let site: EffectSite
  let groups: ElementGroups
  let dtype: DType
  private let chain: EffectChain
  /// The samples that go together.
  private let ranges: [Range<Int>]
  /// Nil where there are several parts: each is then made when it is needed.
  private let whole: EffectRunner?

  init(_ request: EffectRequest, _ site: EffectSite) throws {
    (self.request, self.site) = (request, site)
    chain = try EffectChain(request.model, request.x, in: request.run)
    let n = request.x.shape[0], bytes = chain.bytes(from: 0), room = max(1, Int(min(request.memory / 2 / bytes, 1e15)))
    let first = try EffectRunner(request, site, chain, rows: 0..<min(n, chain.isBatchable ? room : n))
    (groups, dtype) = (first.groups, first.dtype)
    let isSplit = first.samples < n && (first.hasRows || !request.mixesSamples(at: site))
    ranges = isSplit ? stride(from: 0, to: n, by: room).map { $0..<min($0 + room, n) } : [0..<n]
    whole = isSplit ? nil : first.samples == n ? first : try EffectRunner(request, site, chain, rows: 0..<n)
  }

  var samples: Int { request.x.shape[0] }
  var isWhole: Bool { whole != nil }

  func totals(_ changes: Int, keepsSamples: Bool) throws -> EffectTotals {
    try EffectTotals(changes: changes, samples: samples, keepsSamples: keepsSamples, dtype, memory: request.memory)
  }

  /// The parts, one after the other.
  private func each(_ body: (EffectRunner, Share) throws -> Void) throws {
    if let whole { return try body(whole, Share()) }
    for (i, rows) in ranges.enumerated() {
      guard !Interrupt.isSet else { throw TensorError.interrupted }
      try body(EffectRunner(request, site, chain, rows: rows), Share(from: Double(i), of: Double(ranges.count)))
    }
  }

  /// The mean of the metric over all samples before any change.
  func base() throws -> Double {
    var sum = 0.0
    try each { runner, _ in sum += try runner.base.to(.float64).sum().item() }
    return sum / Double(max(1, samples))
  }

  /// What is done, drawn anew.
  func numbers(_ action: EffectAction) throws -> EffectNumbers {
    let replacement = EffectReplacement(action: action, request: request, site: site, groups: groups)
    if site.isWeight || whole != nil {
      let old = try whole?.old ?? EffectRunner(request, site, chain, rows: 0..<1).old
      return EffectNumbers(replacement: replacement, fixed: try old.map { try replacement.numbers(for: $0) })
    }
    var made = EffectNumbers(replacement: replacement, position: action.isRandom ? request.run.generator.position : nil)
    switch action {
    case .mean: made.means = try means()
    case .shuffle: made.sources = try sources()
    case .zero, .set, .noise, .dropout, .reinit: break
    }
    return made
  }

  /// What the elements are where they do not take part in a game.
  func absent(_ absence: EffectAbsence) throws -> EffectNumbers {
    switch (absence, site) {
    case (.auto, .features), (.baseline, .features): try numbers(.set(.baseline))
    case (.auto, .output), (.auto, .input), (.mean, _): try numbers(.mean)
    case (.auto, .parameter), (.zero, _): try numbers(.zero)
    case (.baseline, _): throw EffectError.noBaseline(site.name)
    }
  }

  /// The mean over all samples of what stands at the place, call by call.
  private func means() throws -> [Tensor] {
    var sums: [Tensor] = [], dtypes: [DType] = []
    try each { runner, _ in
      let parts = try runner.old.map { try $0.to(.float64).sum([0], keepdim: true) }
      dtypes = runner.old.map(\.dtype)
      sums = sums.isEmpty ? parts : try zip(sums, parts).map { try $0 + $1 }
    }
    return try zip(sums, dtypes).map { try ($0 / Double(samples)).to($1) }
  }

  /// What stands at the place for all samples, of which any may be taken: the inputs themselves, or what reaches a module.
  /// - Throws: `samplesTooLarge` where these have no room.
  private func sources() throws -> [Tensor] {
    if case .features = site { return [request.x] }
    let bytes = Double(samples) * Double(groups.elementCount) * Double(dtype.size)
    var parts: [[Tensor]] = []
    try each { runner, _ in
      let all = bytes * Double(runner.old.count)
      guard all <= request.memory else { throw EffectError.samplesTooLarge(site.name, bytes: all, limit: request.memory) }
      if parts.isEmpty { parts = runner.old.map { _ in [] } }
      for (i, old) in runner.old.enumerated() { parts[i].append(old) }
    }
    return try parts.map { try $0.count == 1 ? $0[0] : Tensor.cat($0, 0) }
  }

  /// Adds the effects of states, in each of which some elements take new numbers; without states, of each group's taking its own.
  func add(_ states: ElementGroups?, _ numbers: EffectNumbers, to totals: inout EffectTotals, _ share: Share) throws {
    // What is drawn part by part is the same whenever it is asked for.
    if let position = numbers.position { request.run.generator.position = position }
    try each { runner, part in
      let new = try numbers.numbers(for: runner), own = share.part(part.at(0), part.at(1))
      if let states { try runner.add(states, new, to: &totals, own) } else { try runner.add(new, to: &totals, own) }
    }
  }

  /// What an effect like this had come to when it was stopped.
  func kept<T>(_ type: T.Type) throws -> T? { try request.kept.flatMap { try $0.work.state($0.name, type, request.run.generator) } }

  /// - Parameter state: tensors in it are replaced, never written into.
  func keep(_ state: () -> Any) throws { try request.kept?.work.keep(request.kept?.name ?? "", request.run.generator, state) }

  /// Numbers of the groups in the shape of the result.
  func made(_ numbers: [Double]) throws -> Tensor { try Tensor(numbers, groups.shape).to(dtype) }
}

/// What elements take when something is done to them: once for all samples, or made for some of them when these are at hand.
struct EffectNumbers {
  let replacement: EffectReplacement
  fileprivate(set) var fixed: [Tensor]?
  /// Where the random stream stood, where something is drawn from it part by part.
  fileprivate var position: Generator.Position?
  /// Of all samples, by call of the module.
  fileprivate var means: [Tensor] = [], sources: [Tensor] = []

  fileprivate init(replacement: EffectReplacement, fixed: [Tensor]? = nil, position: Generator.Position? = nil) {
    (self.replacement, self.fixed, self.position) = (replacement, fixed, position)
  }

  /// - Shape: those of the part's own numbers.
  func numbers(for runner: EffectRunner) throws -> [Tensor] {
    if let fixed { return fixed }
    if !means.isEmpty { return try zip(means, runner.old).map { try $0.expand($1.shape) } }
    guard !sources.isEmpty else { return try runner.old.map { try replacement.numbers(for: $0, rows: runner.rows) } }
    if let position { replacement.request.run.generator.position = position }
    return try zip(sources, runner.old).map { try replacement.shuffled($0, rows: runner.rows, as: $1) }
  }
}

extension EffectRequest {
  /// Whether what is done to a sample depends on the others.
  fileprivate func mixesSamples(at site: EffectSite) -> Bool {
    guard !site.isWeight else { return false }
    switch effect.question.change?.action {
    case .zero, .noise, .dropout, .reinit, .set(.number): return false
    case .mean, .shuffle, .set(.value), .set(.baseline): return true
    case nil: return effect.question.absence != .zero
    }
  }
}
