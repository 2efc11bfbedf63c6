import Builtins
import CKernels

extension Builtin<Void> {
  static let groupNorm = Builtin(
    "group_norm", "Each group of channels of each sample moved to mean 0 and variance 1.",
    .required("input", Tensor.self, "[samples, channels, …]"),
    .required("num_groups", Int.self, in: 1...1e9, "How many groups the channels form."),
    .optional("weight", Tensor.self, "A factor for each channel."),
    .optional("bias", Tensor.self, "What is added to each channel."),
    .option("eps", 1e-5, "Added to the variance."),
    formula: "(x - mean) / √(var + eps) weight + bias",
    source: Source("Wu and He 2018", arXiv: "1803.08494"),
    examples: [Example("group_norm(tensor([[1.0, 3.0, 5.0, 9.0]]), 2)", gives: "[[-1.0000,  1.0000, -1.0000,  1.0000]]")]
  ) { (x: Tensor, groups: Int, w: Tensor?, b: Tensor?, eps: Double) in try x.groupNorm(groups, w, b, eps: eps) }

  static let layerNorm = Builtin(
    "layer_norm", "The last dimensions of each sample moved to mean 0 and variance 1.",
    .required("input", Tensor.self, "[*, normalized_shape]"),
    .required("normalized_shape", [Int].self, "The sizes of the dimensions that are averaged over."),
    .optional("weight", Tensor.self, "A factor for each of their elements."),
    .optional("bias", Tensor.self, "What is added to each."),
    .option("eps", 1e-5, "Added to the variance."),
    formula: "(x - mean) / √(var + eps) weight + bias",
    source: Source("Ba, Kiros and Hinton 2016", arXiv: "1607.06450"),
    examples: [Example("layer_norm(tensor([[1.0, 3.0]]), [2])", gives: "[[-1.0000,  1.0000]]")]
  ) { (x: Tensor, shape: [Int], w: Tensor?, b: Tensor?, eps: Double) in try x.layerNorm(shape, w, b, eps: eps) }
}

extension Tensor {
  /// The last dimensions moved to mean 0 and variance 1, then scaled and shifted.
  /// - Shape: `x [*, shape]`, `weight` and `bias` of `shape`.
  public func layerNorm(_ normalized: [Int], _ weight: Tensor? = nil, _ bias: Tensor? = nil, eps: Double = 1e-5) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("layer_norm", expected: "real numbers", met: dtype, operand: 0) }
    guard !normalized.isEmpty, Array(shape.suffix(normalized.count)) == normalized else {
      throw .shape("LayerNorm(\(normalized))", expected: "[*, \(normalized.map(String.init).joined(separator: ", "))]", met: shape, operand: 0)
    }
    for (i, t) in [weight, bias].enumerated() {
      guard let t else { continue }
      guard t.shape == normalized else { throw .shape("layer_norm", expected: "a \(i == 0 ? "weight" : "bias") of \(normalized)", met: t.shape, operand: i + 2) }
    }
    let n = normalized.reduce(1, *)
    let rows = try reshape([n == 0 ? 0 : count / n, n])
    var y = try LayerNormOp(eps: eps).apply([rows, weight?.to(dtype).reshape([n])].compactMap { $0 })
    if let bias { y = try y + bias.reshape([n]) }
    return try y.reshape(shape)
  }

  /// Groups of channels moved to mean 0 and variance 1, then each channel scaled and shifted.
  /// - Shape: `x [samples, channels, *]`, `weight` and `bias` of `[channels]`.
  public func groupNorm(_ groups: Int, _ weight: Tensor? = nil, _ bias: Tensor? = nil, eps: Double = 1e-5) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("group_norm", expected: "real numbers", met: dtype, operand: 0) }
    guard rank >= 2, groups > 0, shape[1] % groups == 0 else {
      throw .shape("group_norm", expected: "[samples, channels, *] with channels in \(groups) equal groups", met: shape, operand: 0)
    }
    let channels = shape[1], sizes = (0..<rank).map { $0 == 1 ? channels : 1 }
    for (i, t) in [weight, bias].enumerated() {
      guard let t else { continue }
      guard t.shape == [channels] else { throw .shape("group_norm", expected: "a \(i == 0 ? "weight" : "bias") of [\(channels)]", met: t.shape, operand: i + 2) }
    }
    let rows = shape[0] * groups
    var y = try LayerNormOp(eps: eps).apply([reshape([rows, rows == 0 ? 0 : count / rows])]).reshape(shape)
    if let weight { y = try y * weight.reshape(sizes) }
    if let bias { y = try y + bias.reshape(sizes) }
    return y
  }
}

/// Rows moved to mean 0 and variance 1, times a weight where there is one. A primitive for speed: two passes in place of six.
struct LayerNormOp: Primitive {
  let eps: Double
  static var name: String { "layer_norm" }
  var saves: Saves { [.first, .second] }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let rows = try x[0].contiguous(), y = try Tensor.empty(like: rows, rows.dtype)
    let weight = x.count > 1 ? try x[1].contiguous() : nil
    if y.dtype == .float32 {
      pith_layer_norm_f32(rows.f32, weight?.f32, nil, y.f32, nil, nil, rows.shape[0], rows.shape[1], eps)
    } else {
      pith_layer_norm_f64(rows.f64, weight?.f64, nil, y.f64, nil, nil, rows.shape[0], rows.shape[1], eps)
    }
    return y
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let x = pass.input(0), weight = pass.wants.count > 1 ? pass.input(1) : nil
    let centred = try x - x.mean([1], keepdim: true)
    let scale = try (centred.square().mean([1], keepdim: true) + eps).rsqrt()
    let normal = try centred * scale
    var dx: Tensor?
    if pass.wants[0] {
      let g = try weight.map { try dy * $0 } ?? dy
      dx = try (g - g.mean([1], keepdim: true) - normal * (g * normal).mean([1], keepdim: true)) * scale
    }
    guard weight != nil else { return [dx] }
    return [dx, pass.wants[1] ? try (dy * normal).sum([0]) : nil]
  }
}
