import Engine
import NN

/// The Hessian of the objective of each sample with respect to the numbers that a part of the model puts out, as a sum of
/// products: `H = sign Σ_r left_r right_rᵀ`.
struct OutputCurvature {
  /// - Shape: `[n, products, outputs]`.
  let left: Tensor
  /// Nil where it is `left` too.
  let right: Tensor?
  let sign: Double

  /// How often derivatives have to be taken back from the outputs.
  var passes: Int { left.shape[1] * (right == nil ? 1 : 2) }

  /// The Hessian where the objective bends; nil where it is linear in the outputs.
  /// - Parameter out: numbers with samples along the first dimension.
  /// - Source: for cross-entropy `H = diag(p) - p pᵀ = Σ_r v_r v_rᵀ` with `v_r = √p_r (e_r - p)`.
  static func of(_ objective: Objective, _ out: Tensor, _ y: Tensor?) throws -> OutputCurvature? {
    guard out.shape[0] > 0, out.count > 0 else { return nil }
    if let sign = try signOfCrossEntropy(objective, out, y) { return try Recording.with(.none) { try ofSoftmax(out.detached(), sign) } }
    return try of(out) { try objective.perSample($0, y) }
  }

  /// 1 for the cross-entropy of labels, -1 for the logarithm of a probability, nil for all else.
  private static func signOfCrossEntropy(_ objective: Objective, _ out: Tensor, _ y: Tensor?) throws -> Double? {
    guard out.rank == 2 else { return nil }
    switch objective {
    case .logprob: return -1
    case .loss(let loss):
      guard let y, y.dtype == .int64, try loss.chosen(for: y) == .cross_entropy else { return nil }
      return 1
    default: return nil
    }
  }

  /// That of `-log p` of any class.
  static func ofSoftmax(_ out: Tensor, _ sign: Double = 1) throws -> OutputCurvature {
    let k = out.shape[1], p = try out.softmax(1)
    let v = try (Tensor.eye(k, k, out.dtype).unsqueeze(0) - p.unsqueeze(1)) * p.sqrt().unsqueeze(2)
    return OutputCurvature(left: v, right: nil, sign: sign)
  }

  /// One product of it.
  /// - Shape: `[n, outputs]`.
  static func softmaxRow(_ out: Tensor, _ row: Int) throws -> Tensor {
    let p = try out.softmax(1)
    return try (oneHot(row, out.shape[1], out.dtype) - p) * p.narrow(1, row, 1).sqrt()
  }

  /// The Hessian of any function that gives one number for each sample, row by row; nil where it is 0.
  static func of(_ out: Tensor, _ objective: (Tensor) throws -> Tensor) throws -> OutputCurvature? {
    let z = out.detached(), n = z.shape[0], k = z.count / n
    let rows: [Tensor?] = try Recording.with(.all) {
      guard let g = try objective(z).sum().gradients(with: [z], keepsHistory: true)[0] else { return [] }
      let flat = try g.reshape([n, k])
      return try (0..<k).map { i in
        guard !Interrupt.isSet else { throw TensorError.interrupted }
        return try flat.gradients(with: [z], seed: oneHot(i, k, z.dtype).expand([n, k]))[0]?.detached().reshape([n, k])
      }
    }
    return try Recording.with(.none) {
      guard rows.contains(where: { $0 != nil }) else { return nil }
      let right = try Tensor.stack(rows.map { try $0 ?? Tensor.zeros([n, k], z.dtype) }, 1)
      guard try right.abs().amax().item() != 0 else { return nil }
      return OutputCurvature(left: try Tensor.eye(k, k, z.dtype).unsqueeze(0).expand([n, k, k]), right: right, sign: 1)
    }
  }

  /// `[1, width]`, 1 at one place.
  static func oneHot(_ place: Int, _ width: Int, _ dtype: DType) throws(TensorError) -> Tensor {
    try Tensor.eye(1, width, dtype).roll([place], [1])
  }
}
