import Builtins
import Engine
import NN

/// What `health` works on.
public struct HealthRequest {
  public var model: Module
  public var x: Tensor?, y: Tensor?
  public var objective: Objective
  public var run: Run
  public init(_ model: Module, on x: Tensor?, _ y: Tensor?, for objective: Objective = .loss(.auto), in run: Run) {
    (self.model, self.x, self.y, self.objective, self.run) = (model, x, y, objective, run)
  }
}

/// Looks at a model, and with data at what flows through it, in evaluation mode. Nothing is changed.
/// - Cost: one forward and one backward pass over at most 2048 samples.
public func health(_ request: HealthRequest) throws -> Health {
  guard !request.model.namedParameters.isEmpty else { throw ScoringError.nothingSelected }
  if let x = request.x { guard x.rank > 0, x.shape[0] > 0 else { throw ScoringError.noSamples(x.shape) } }
  let flow = try request.x.map { try Flow(request, $0) }
  var check = HealthCheck(request.model)
  try check.parameters(flow?.gradients)
  check.updates()
  if let flow {
    check.units(flow.units)
    check.gradientFlow()
    if flow.hasBadOutput { check.note(.bad, "not finite", "output", "the model puts out NaN or infinity for some samples") }
  }
  return Health(rows: check.rows, units: flow?.units ?? [], findings: check.findings, hasData: request.x != nil)
}

/// The findings as they come up.
private struct HealthCheck {
  let model: Module
  var rows: [Health.Row] = [], findings: [Health.Finding] = []

  init(_ model: Module) { self.model = model }

  mutating func note(_ level: Health.Finding.Level, _ kind: String, _ place: String, _ words: String) {
    findings.append(Health.Finding(level: level, kind: kind, place: place, words: words))
  }

  /// - Parameter gradients: in the order of the parameters; nil where none were asked for.
  mutating func parameters(_ gradients: [Tensor?]?) throws {
    for (i, (name, parameter)) in model.namedParameters.enumerated() {
      let numbers = try parameter.value.doubles()
      let gradient = try gradients.map { try $0[i]?.doubles() ?? [] } ?? parameter.value.grad?.doubles()
      let size = rootMeanSquare(numbers), zeros = numbers.count { $0 == 0 }
      let fan = parameter.value.rank > 1 ? parameter.value.shape.dropFirst().reduce(1, *) : 0
      let isEmbedding = parameter.value.rank == 2 && model.owner(of: parameter) is Embedding
      // A fresh linear or convolution layer of PyTorch's has numbers of the size 1 / √(3 fan).
      let fresh = fan > 0 && !isEmbedding ? 1 / (3 * Double(fan)).squareRoot() : nil
      let relative = fresh.map { size / $0 }
      let row = Health.Row(
        name: name, count: numbers.count, size: size, gradient: gradient.map(rootMeanSquare), relative: relative,
        zeros: numbers.isEmpty ? 0 : Double(zeros) / Double(numbers.count))
      rows.append(row)
      judge(row, parameter, numbers, gradient)
    }
  }

  private mutating func judge(_ row: Health.Row, _ parameter: NN.Parameter, _ numbers: [Double], _ gradient: [Double]?) {
    if parameter.isFrozen { note(.note, "frozen", row.name, "training leaves it as it is; `unfreeze` sets it free") }
    let bad = numbers.count { !$0.isFinite }
    if bad > 0 { return note(.bad, "not finite", row.name, "\(bad) of \(numbers.count) numbers are NaN or infinite: train again with a lower rate, or clip_grad_norm=1") }
    let isWeight = parameter.value.rank > 1
    if row.zeros == 1, isWeight, row.count > 0 { return note(.bad, "all-zero", row.name, "every weight is 0: nothing comes through it; `init` gives it a fresh start") }
    if let relative = row.relative {
      if relative > 1e3 { note(.bad, "exploding", row.name, "its weights are \(short(relative)) times as large as a fresh layer's") }
      else if relative > 10 { note(.odd, "large", row.name, "its weights are \(short(relative)) times as large as a fresh layer's") }
      else if relative < 0.02, row.zeros < 0.9 { note(.odd, "small", row.name, "its weights are \(short(1 / relative)) times smaller than a fresh layer's") }
    }
    guard let gradient, !parameter.isFrozen else { return }
    let lost = gradient.count { !$0.isFinite }
    if lost > 0 { note(.bad, "gradient not finite", row.name, "\(lost) numbers of its gradient are NaN or infinite") }
    else if gradient.isEmpty { note(.bad, "unused", row.name, "the objective does not depend on it") }
    else if row.gradient == 0 { note(.bad, "no gradient", row.name, "its gradient is 0 everywhere: training cannot move it") }
  }

  /// Parameters that no training moved, where it moved others.
  mutating func updates() {
    let all = model.namedParameters.filter { !$0.parameter.isFrozen }
    func isUnmoved(_ parameter: NN.Parameter) -> Bool {
      guard let origin = parameter.origin else { return true }
      return (try? origin.eq(parameter.value.detached()).all().item()) == 1
    }
    let unmoved = all.filter { isUnmoved($0.parameter) }
    guard unmoved.count < all.count else {
      if all.allSatisfy({ $0.parameter.origin == nil }), !all.isEmpty { note(.note, "untrained", "model", "no parameter has been trained in this session") }
      return
    }
    for (name, _) in unmoved { note(.odd, "never updated", name, "the last training moved other parameters, and not this one") }
  }

  mutating func units(_ all: [Health.Units]) {
    for units in all {
      if !units.size.isFinite { note(.bad, "not finite", units.name, "it puts out NaN or infinity") }
      if units.dead > 0 {
        let level: Health.Finding.Level = units.dead == units.count ? .bad : Double(units.dead) > 0.2 * Double(units.count) ? .odd : .note
        note(level, "partly dead", units.name, "\(units.dead) of \(units.count) units put out the same for every sample")
      }
      if units.saturated > 0, Double(units.saturated) > 0.2 * Double(units.count) {
        note(.odd, "saturated", units.name, "\(units.saturated) of \(units.count) units stand at their limit for nine samples of ten: hardly a gradient comes through")
      }
    }
  }

  /// Whether gradients fade or grow on their way back.
  mutating func gradientFlow() {
    let weights = rows.filter { $0.relative != nil }.compactMap { row in row.gradient.map { (row.name, $0) } }.filter { $0.1 > 0 && $0.1.isFinite }
    guard weights.count > 1, let first = weights.first, let last = weights.last else { return }
    let ratio = first.1 / last.1
    if ratio < 1e-3 { note(.odd, "vanishing", first.0, "its gradient is \(short(1 / ratio)) times smaller than that of \(last.0)") }
    if ratio > 1e3 { note(.odd, "exploding", first.0, "its gradient is \(short(ratio)) times larger than that of \(last.0)") }
  }
}

private func rootMeanSquare(_ numbers: [Double]) -> Double {
  numbers.isEmpty ? 0 : (numbers.reduce(0) { $0 + $1 * $1 } / Double(numbers.count)).squareRoot()
}

private func short(_ value: Double) -> String {
  guard value < 1e6 else { return "over a million" }
  return value >= 10 ? value.rounded().formulaText : ((value * 10).rounded() / 10).formulaText
}

extension Module {
  fileprivate func owner(of parameter: NN.Parameter) -> Module? {
    namedModules.first { $0.module.parts.contains { if case .parameter(_, let own?) = $0 { own === parameter } else { false } } }?.module
  }
}
