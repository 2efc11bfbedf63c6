import Engine
import NN

/// The number of each sample that effects are measured by, with the targets that it is held against.
struct EffectMeasure {
  private let metric: EffectMetric
  /// Nil for the accuracy.
  private let objective: Objective?
  let targets: Tensor?

  /// - Parameters:
  ///   - out: what the unchanged model gives. Where there are no labels, the classes that it predicts stand for them, before
  ///     the change and after.
  ///   - y: the targets of these samples.
  init(_ request: EffectRequest, _ out: Tensor, _ y: Tensor?) throws {
    metric = request.effect.metric
    objective = try request.measuredObjective()
    let isClass = y?.dtype == .int64
    let asksClass = switch objective {
    case .logit?, .prob?, .logprob?, .margin?: true
    default: false
    }
    if objective == nil, !isClass { throw EffectError.noLabels("accuracy") }
    targets = asksClass && !isClass && out.rank == 2 && out.shape[1] > 0 ? try out.argmax(1) : y
  }

  /// - Shape: `out [m, *]`, targets `[m, *]` to `[m]`.
  func perSample(_ out: Tensor, _ y: Tensor?) throws -> Tensor {
    if let objective { return try objective.perSample(out, y) }
    guard let y, out.rank == 2, out.shape[1] > 0 else { throw ObjectiveError.output("accuracy", expected: "[n, classes]", met: out.shape) }
    return try out.argmax(1).eq(checkedLabels(y, out.shape, "accuracy")).to(out.dtype)
  }

  /// The labels of the cross-entropy that the metric is, and its sign, for outputs that have one; nil where it is something else.
  func crossEntropy(_ shape: [Int], _ dtype: DType) throws -> (labels: Tensor, sign: Double)? {
    guard let targets, targets.dtype == .int64, shape.count == 2, dtype == .float32, shape[1] > 0, targets.count == shape[0] else { return nil }
    let sign: Double
    switch objective {
    case .loss(let loss)? where try loss.chosen(for: targets) == .cross_entropy: sign = 1
    case .logprob?: sign = -1
    default: return nil
    }
    return (try checkedLabels(targets, shape, "loss"), sign)
  }
}

extension EffectRequest {
  /// The metric as an objective; nil for the accuracy.
  func measuredObjective() throws -> Objective? {
    switch effect.metric {
    case .objective: return objective
    case .loss: if case .loss = objective { return objective } else { return .loss(.auto) }
    case .accuracy: return nil
    case .logit: return .logit
    case .prob: return .prob
    case .logprob: return .logprob
    case .margin: return .margin
    case .classLogit(let k): return .classLogit(k)
    case .output(let k): return .output(k)
    case .function(let text):
      guard let function = functions[text] else { throw EffectError.functionMissing(text) }
      return .function(text, function)
    }
  }
}
