import Builtins
import Engine

/// What is done to the gradients of a step before the optimiser sees them: first what is masked becomes 0, then comes the
/// pull of `l1`, then `clip_grad_value`, then `clip_grad_norm`.
struct GradientTreatment {
  /// The strength of the pull towards 0 of each parameter; nil for none at all.
  let l1: [Double?]?
  let value: Double?, norm: Double?
  /// By parameter, 1 for numbers that are trained and 0 for those that stay; nil where all are trained.
  let masks: [Tensor?]?

  init?(_ model: Module, _ groups: ParameterGroups, _ options: TrainingOptions) throws {
    let trained = Array(zip(groups.names, groups.parameters)).map { (name: $0.0, parameter: $0.1) }
    l1 = try options.l1?.numbers(of: model, trained, "l1")
    (value, norm) = (options.clipGradValue, options.clipGradNorm)
    for (name, bound) in [("clip_grad_value", value), ("clip_grad_norm", norm)] {
      if let bound, !(bound > 0) { throw TensorError.value(name, "is above 0, got \(bound.shortText)") }
    }
    masks = options.masks.isEmpty ? nil : groups.parameters.map { parameter in options.masks.first { $0.parameter === parameter }?.mask }
    if l1 == nil, value == nil, norm == nil, masks == nil { return nil }
  }

  func callAsFunction(_ gradients: [Tensor?], _ parameters: [Parameter]) throws -> [Tensor?] {
    var out = gradients
    if let masks { out = try zip(out, masks).map { g, mask in try g.map { g in try mask.map { try g * $0 } ?? g } } }
    if let l1 {
      for (i, strength) in l1.enumerated() {
        guard let strength, strength > 0, let g = out[i] else { continue }
        out[i] = try g + parameters[i].value.detached().sign() * strength
      }
    }
    if let value { out = try out.map { try $0?.clamp(low: -value, high: value) } }
    if let norm { out = try clipped(out, norm) }
    return out
  }

  /// - Source: PyTorch's `clip_grad_norm_`: the norm of the norms, and a factor of at most 1 that all are multiplied by.
  private func clipped(_ gradients: [Tensor?], _ most: Double) throws -> [Tensor?] {
    let norms = try gradients.compactMap { try $0?.norm() }
    guard let first = norms.first else { return gradients }
    let dtype = norms.allSatisfy { $0.dtype == first.dtype } ? first.dtype : .float64
    let total = try Tensor.stack(norms.map { try $0.to(dtype) }).norm()
    let factor = try (most / (total + 1e-6)).clamp(low: -.infinity, high: 1)
    return try gradients.map { try $0.map { try $0 * factor } }
  }
}

extension Module {
  /// For each weight of two or more dimensions that has zeros, 0 at their places and 1 elsewhere.
  public func zeroMasks() throws -> [(parameter: Parameter, mask: Tensor)] {
    try Recording.with(.none) {
      try everyParameter.compactMap { parameter in
        let value = parameter.value.detached()
        let mask = try value.ne(Tensor.number(0.0)).to(value.dtype)
        guard value.rank > 1, value.count > 0, try mask.amin().item() == 0 else { return nil }
        return (parameter, mask)
      }
    }
  }
}
