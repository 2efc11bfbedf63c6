import Builtins
import Engine
import NN

/// Runs a model with something changed at one place, again and again: what comes before the place is computed once, and many
/// changes go through what comes after it together.
struct EffectRunner {
  enum Spot {
    /// What reaches a layer is changed; the one after the last is the output.
    case between(Int)
    /// Something inside some layers is changed while they run.
    case within(ClosedRange<Int>)
    /// A parameter of some layers is changed.
    case weight(ClosedRange<Int>)

    /// The first layer that runs again.
    var start: Int {
      switch self {
      case .between(let layer): layer
      case .within(let layers), .weight(let layers): layers.lowerBound
      }
    }
  }

  let request: EffectRequest
  let site: EffectSite
  let chain: EffectChain
  let spot: Spot
  /// The samples of the request that it is for.
  let rows: Range<Int>
  /// What reaches the first layer that runs again, for these samples.
  let input: Tensor
  /// The numbers that are changed: a parameter, or the activations of these samples, once for each call of the module.
  let old: [Tensor]
  let groups: ElementGroups
  let measure: EffectMeasure
  /// The metric of each sample before any change.
  let base: Tensor
  /// Rows that go through the model at once.
  let rowLimit: Int

  /// For all samples.
  init(_ request: EffectRequest, _ site: EffectSite) throws {
    try self.init(request, site, EffectChain(request.model, request.x, in: request.run), rows: 0..<request.x.shape[0])
  }

  init(_ request: EffectRequest, _ site: EffectSite, _ chain: EffectChain, rows: Range<Int>) throws {
    (self.request, self.site, self.chain, self.rows) = (request, site, chain, rows)
    let isAll = rows.count == request.x.shape[0]
    let x = try isAll ? request.x : request.x.narrow(0, rows.lowerBound, rows.count)
    spot = try Self.spot(of: site, chain)
    // Rows together stay within the processor's cache where a few hundred of them do.
    let bytes = chain.bytes(from: spot.start)
    rowLimit = max(1, Int(min(request.memory / 2 / bytes, max(64, 8e6 / bytes), 1e9)))
    input = try chain.input(of: spot.start, x, batch: max(1, Int(min(1e9, request.memory / chain.bytes(from: 0)))))
    let out: Tensor
    (old, out) = try Self.firstPass(site, spot, chain, input, batch: rowLimit)
    guard out.rank > 0, out.shape[0] == rows.count else { throw ScoringError.outputRows(expected: rows.count, met: out.shape) }
    measure = try EffectMeasure(request, out, isAll ? request.y : request.y?.narrow(0, rows.lowerBound, rows.count))
    base = try measure.perSample(out, measure.targets)
    let shape = old.first.map { site.isWeight ? $0.shape : Array($0.shape.dropFirst()) } ?? []
    groups = try site.groups(request.each, shape, in: request.model)
  }

  var samples: Int { base.shape[0] }
  var dtype: DType { base.dtype }
  /// Whether what is changed has the samples along its first dimension.
  var hasRows: Bool { !site.isWeight && old.allSatisfy { $0.shape.first == samples } }

  private static func spot(of site: EffectSite, _ chain: EffectChain) throws -> Spot {
    func holding(_ module: Module, _ name: String) throws -> ClosedRange<Int> {
      guard let layers = chain.layers(holding: { $0 === module }) else { throw EffectError.notCalled(name) }
      return layers
    }
    switch site {
    case .features: return .between(0)
    case .output(_, let module) where chain.shapes != nil && chain.layers(of: module) != nil:
      return .between((chain.layers(of: module)?.upperBound ?? 0) + 1)
    case .input(_, let module) where chain.shapes != nil && chain.layers(of: module) != nil:
      return .between(chain.layers(of: module)?.lowerBound ?? 0)
    case .output(let name, let module):
      let layers = try holding(module, name)
      return .within(layers)
    case .input(let name, let module):
      let layers = try holding(module, name)
      return .within(layers)
    case .parameter(let name, let parameter):
      let owned = chain.layers { module in
        module.parts.contains { if case .parameter(_, let p?) = $0 { p === parameter } else { false } }
      }
      guard let owned else { throw EffectError.notCalled(name) }
      return .weight(owned)
    }
  }

  /// The numbers at the place and the output of the model, before any change.
  private static func firstPass(_ site: EffectSite, _ spot: Spot, _ chain: EffectChain, _ input: Tensor, batch: Int) throws -> (old: [Tensor], out: Tensor) {
    let rest = spot.start..<chain.layers.count
    switch (spot, site) {
    case (.within, .output(let name, let module)), (.within, .input(let name, let module)):
      let change = SiteChange(site, in: chain.run)
      let out = try change.recorded { run in try run(chain.tail(rest), input) }
      guard !out.calls.isEmpty else { throw EffectError.notCalled(name.isEmpty ? module.typeName : name) }
      return (out.calls, out.result)
    case (_, .parameter(_, let parameter)):
      return ([parameter.value.detached()], try chain.output(of: rest, input, batch: batch))
    default:
      return ([input], try chain.output(of: rest, input, batch: batch))
    }
  }
}

extension EffectRunner {
  /// Adds the effects of each group's taking its new numbers.
  func add(_ new: [Tensor], to totals: inout EffectTotals, _ share: Share) throws {
    if let columns = try EffectColumns(self) {
      try columns.add(new, to: &totals, share)
    } else {
      try add(groups, new, to: &totals, share)
    }
  }

  /// Adds the effects of states, in each of which some elements take new numbers: all in turn, many at once.
  func add(_ states: ElementGroups, _ new: [Tensor], to totals: inout EffectTotals, _ share: Share) throws {
    let n = samples, isTogether = chain.isBatchable && old.allSatisfy { site.isWeight || $0.shape.first == n }
    let (atOnce, height) = isTogether ? (max(1, rowLimit / n), min(n, rowLimit)) : (1, n)
    let writer = try weightWriter(new)
    defer { writer.journal.rollBack() }
    for first in stride(from: 0, to: states.count, by: atOnce) {
      let some = first..<min(first + atOnce, states.count)
      for row in stride(from: 0, to: n, by: height) {
        guard !Interrupt.isSet else { throw TensorError.interrupted }
        let part = row..<min(row + height, n)
        let out = try output(states, some, part, new, writer)
        let targets = try measure.targets.map { try tiled(part.count == n ? $0 : $0.narrow(0, row, part.count), some.count) }
        let numbers = try measure.perSample(out, targets).reshape([some.count, part.count])
        try totals.add(numbers - base.narrow(0, row, part.count), changes: some, rows: (rows.lowerBound + row)..<(rows.lowerBound + part.upperBound))
      }
      request.progress?(share.at(Double(some.upperBound) / Double(states.count)))
    }
  }

  private func weightWriter(_ new: [Tensor]) throws -> WeightWriter {
    guard case .parameter(_, let parameter) = site, let numbers = new.first else { return try WeightWriter(nil, nil) }
    return try WeightWriter(parameter.value, numbers)
  }

  /// The outputs of the model in some states, for some samples.
  /// - Shape: `[states * rows, *]`.
  private func output(_ states: ElementGroups, _ some: Range<Int>, _ rows: Range<Int>, _ new: [Tensor], _ writer: WeightWriter) throws -> Tensor {
    let count = chain.layers.count
    let x = rows.count == input.shape[0] ? input : try input.narrow(0, rows.lowerBound, rows.count)
    switch spot {
    case .between(let layer):
      let mixed = try mixed(states.mask(some), new[0].narrow(0, rows.lowerBound, rows.count), x)
      return layer == count ? mixed : try chain.run(chain.tail(layer..<count), mixed)
    case .within:
      let change = SiteChange(site, in: chain.run)
      let isWhole = rows.count == samples
      return try change.applied(states.mask(some), isWhole ? new : new.map { try $0.narrow(0, rows.lowerBound, rows.count) }) { run in
        try run(chain.tail(spot.start..<count), tiled(x, some.count))
      }
    case .weight(let layers):
      // What follows the changed layers runs once for all states.
      let end = some.count == 1 ? count : layers.upperBound + 1
      let parts = try some.map { i in
        try writer.changing(states.places(i)) { try chain.run(chain.tail(layers.lowerBound..<end), x) }
      }
      let joined = parts.count == 1 ? parts[0] : try Tensor.cat(parts, 0)
      return end == count ? joined : try chain.run(chain.tail(end..<count), joined)
    }
  }
}

/// Rows several times over, one copy after the other.
func tiled(_ x: Tensor, _ times: Int) throws(TensorError) -> Tensor {
  guard times > 1 else { return x }
  return try x.unsqueeze(0).expand([times] + x.shape).reshape([times * x.shape[0]] + x.shape.dropFirst())
}

/// For each state the rows with the elements of its mask taken from `new`, and the others from `old`.
/// - Shape: `mask [states, elements]`, `old` and `new [rows, *]` to `[states * rows, *]`.
func mixed(_ mask: Tensor, _ new: Tensor, _ old: Tensor) throws(TensorError) -> Tensor {
  let (states, width) = (mask.shape[0], mask.shape[1]), rows = old.shape[0]
  let both = try mask.reshape([states, 1, width]).selecting(new.reshape([1, rows, width]), old.reshape([1, rows, width]))
  return try both.reshape([states * rows] + old.shape.dropFirst())
}

