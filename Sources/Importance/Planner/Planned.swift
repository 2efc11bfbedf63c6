import Engine
import NN

/// A request with what a few samples told of the model, and what follows from it for each parameter.
struct Planned {
  let request: Scoring
  /// Nil where no gradient of a single sample is asked for.
  let analysis: Analysis?
  let sampleCost: SampleCost
  private(set) var targets: [Target]
  /// The reductions over samples that read g, those that read h, and those that read neither.
  let varying: [Formula], curved: [Formula], constant: [Formula]
  let readsGradient: Bool, readsHessian: Bool
  /// Nil where no second derivative is asked for.
  var hessian: HessianDiagonal?
  /// What methods said of how they went.
  private(set) var methodNotes: [String] = []
  private(set) var methodWarnings: [ImportanceWarning] = []

  init(_ request: Scoring) throws {
    self.request = request
    let slow = request.sampleRequests, reductions = request.formula.reductions.filter { !slow.contains($0) }
    curved = reductions.filter { $0.contains(.h) }
    // One sample's second derivatives stand beside numbers of the same parameter alone.
    for formula in curved {
      if let unit = FormulaSymbol.allCases.first(where: { $0.place != .parameters && formula.contains($0) }) {
        throw FormulaError.mixedSymbols(.h, unit, tag: formula.tag)
      }
    }
    varying = reductions.filter { $0.contains(.g) && !$0.contains(.h) }
    constant = reductions.filter { !$0.readsObjective && !$0.hasEffect }
    (readsGradient, readsHessian) = (request.formula.readsAtOnce(.g), request.formula.readsAtOnce(.h))
    hessian = readsHessian || !curved.isEmpty ? try HessianDiagonal(request) : nil
    analysis = varying.isEmpty ? nil : try Analysis(request)
    sampleCost = try analysis?.cost ?? (readsGradient ? SampleCost(of: request) : .nothing)
    targets = analysis?.targets ?? request.parameters.map { Target(name: $0.name, parameter: $0.parameter, route: .none) }
    for i in targets.indices { targets[i].groups = try request.groups(of: targets[i].name, targets[i].parameter) }
    try settleUnreached()
  }

  /// A parameter that the last sample does not reach may be reached by others: one backward pass over all of them tells.
  private mutating func settleUnreached() throws {
    let unreached = targets.indices.filter { if case .none = targets[$0].route { true } else { false } }
    guard analysis != nil, !unreached.isEmpty else { return }
    let gradients = try bareGradients(unreached.map { targets[$0].parameter.value })
    for (i, gradient) in zip(unreached, gradients) where gradient != nil { targets[i].route = .sample }
  }

  /// The scores of a method in the formula, or those that it gave before the request was stopped.
  mutating func keptScores(of formula: Formula) throws -> [Tensor] {
    let name = "method \(formula)", generator = request.run.generator
    if let (tensors, notes, warnings) = try request.kept?.state(name, ([Tensor], [String], [ImportanceWarning]).self, generator) {
      methodNotes += notes
      methodWarnings += warnings
      return tensors
    }
    let (notes, warnings) = (methodNotes.count, methodWarnings.count), tensors = try scores(of: formula)
    request.kept?.finish(name, generator, (tensors, Array(methodNotes[notes...]), Array(methodWarnings[warnings...])))
    return tensors
  }

  /// The scores of a method in the formula.
  private mutating func scores(of formula: Formula) throws -> [Tensor] {
    guard case .method(let call) = formula.kind else { return [] }
    let found = try call.method.scores(request, call.arguments, tag: formula.tag)
    methodNotes += found.notes
    methodWarnings += found.warnings
    return found.tensors
  }

  /// Every sample alone: where a model mixes those of a batch.
  mutating func fallBack() {
    for i in targets.indices {
      if case .none = targets[i].route { continue }
      targets[i].route = .sample
    }
  }

  /// Samples that go through the model at once.
  var batch: Int {
    let n = max(request.sampleCount, 1)
    guard sampleCost.bytes > 0 else { return n }
    return max(1, Int(min(Double(n), min(request.memory, SampleCost.enough) / SampleCost.back / sampleCost.bytes)))
  }

  /// Batches as even as may be, the larger first. None is of a single sample where there are more: some models take one
  /// by itself another way.
  var batches: [Range<Int>] {
    let n = request.sampleCount
    guard n > 0 else { return [] }
    let count = max(1, min((n + batch - 1) / batch, n / 2)), size = n / count, larger = n % count
    return (0..<count).map { i in
      let start = i * size + min(i, larger)
      return start..<(start + size + (i < larger ? 1 : 0))
    }
  }

  var togetherTargets: [Target] { varying.isEmpty ? [] : targets.filter(\.isTogether) }
  var sampleTargets: [Target] { varying.isEmpty ? [] : targets.filter { if case .sample = $0.route { true } else { false } } }

  /// Where those of single samples are at hand anyway, the gradient over all data is the mean of those of the samples.
  var sharesGradient: Bool { readsGradient && !varying.isEmpty && targets.allSatisfy(\.isTogether) }

  /// The reductions over samples that are computed, the shared gradient among them.
  var computed: [Formula] {
    sharesGradient && !varying.contains(.meanGradient) ? varying + [.meanGradient] : varying
  }

  /// The gradient of the objective over all data, batch by batch; nil for what it does not reach.
  func bareGradients(_ values: [Tensor]) throws -> [Tensor?] {
    let n = Double(request.sampleCount), batches = batches
    func gradients(_ rows: Range<Int>, of share: Double) throws -> [Tensor?] {
      let total = try request.total(rows, in: request.run).total
      return try total.gradients(with: values, seed: Tensor.full(total.shape, share, total.dtype))
    }
    if batches.count == 1 { return try gradients(batches[0], of: 1 / n) }
    var sums = values.map { _ in RunningSum(.value) }
    for rows in batches {
      for (i, part) in try gradients(rows, of: 1).enumerated() {
        if let part { try sums[i].add(part.unsqueeze(0)) }
      }
    }
    return try values.enumerated().map { i, value in
      // Nothing of the size of all sums stands beside them.
      let sum = sums[i].total
      sums[i] = RunningSum(.value)
      return try sum.map { try ($0 / n).to(value.dtype) }
    }
  }
}

extension Formula {
  /// `mean(g)`, which is the gradient over all data.
  static let meanGradient = Formula(.reduced(.mean, .symbol(.g)), tag: 0)
}
