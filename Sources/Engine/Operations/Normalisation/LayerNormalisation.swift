import Builtins
import CKernels

extension Builtin<Void> {
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
    let operation = LayerNormOp(eps: eps, hasWeight: weight != nil, hasBias: bias != nil)
    let operands = [rows, try weight?.to(dtype).reshape([n]), try bias?.to(dtype).reshape([n])]
    return try operation.apply(operands.compactMap { $0 }).reshape(shape)
  }
}

/// Rows moved to mean 0 and variance 1, times a weight and plus a bias where there are such. A primitive for speed: two
/// passes in place of six, forward and backward.
struct LayerNormOp: Primitive {
  let eps: Double
  let hasWeight: Bool, hasBias: Bool
  let found = Found()
  static var name: String { "layer_norm" }
  var saves: Saves { [.first, .second] }

  /// Mean and one over the deviation of each row.
  final class Found {
    var mean: Tensor?, rstd: Tensor?
  }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let rows = try x[0].contiguous(), y = try Tensor.empty(like: rows, rows.dtype)
    let weight = hasWeight ? try x[1].contiguous() : nil, bias = hasBias ? try x[hasWeight ? 2 : 1].contiguous() : nil
    let mean = try Tensor.empty([rows.shape[0]], rows.dtype), rstd = try Tensor.empty([rows.shape[0]], rows.dtype)
    if y.dtype == .float32 {
      pith_layer_norm_f32(rows.f32, weight?.f32, bias?.f32, y.f32, mean.f32, rstd.f32, rows.shape[0], rows.shape[1], eps)
    } else {
      pith_layer_norm_f64(rows.f64, weight?.f64, bias?.f64, y.f64, mean.f64, rstd.f64, rows.shape[0], rows.shape[1], eps)
    }
    (found.mean, found.rstd) = (mean, rstd)
    return y
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let x = pass.input(0), weight = hasWeight ? pass.input(1) : nil
    let wants = NormWants(x: pass.wants[0], weight: hasWeight && pass.wants[1], bias: hasBias && pass.wants[hasWeight ? 2 : 1])
    let (dx, dw, db) = Recording.current == .none && found.mean != nil
      ? try fused(dy, x, weight, wants) : try composed(dy, x, weight, wants)
    return [dx] + (hasWeight ? [dw] : []) + (hasBias ? [db] : [])
  }

  private func fused(_ gradient: Tensor, _ input: Tensor, _ weight: Tensor?, _ wants: NormWants) throws(TensorError) -> (Tensor?, Tensor?, Tensor?) {
    guard let mean = found.mean, let rstd = found.rstd else { return (nil, nil, nil) }
    let x = try input.contiguous(), dy = try gradient.contiguous(), w = try weight?.contiguous()
    let (rows, n) = (x.shape[0], x.shape[1]), needsSums = wants.weight || wants.bias
    let dx = wants.x ? try Tensor.empty(like: x, x.dtype) : nil
    let dw = needsSums ? try Tensor.empty([n], x.dtype) : nil, db = needsSums ? try Tensor.empty([n], x.dtype) : nil
    let room = try Tensor.empty([needsSums ? pith_norm_room(1, n, rows, 1) : 0], .float64)
    if x.dtype == .float32 {
      pith_layer_norm_backward_f32(dy.f32, x.f32, w?.f32, mean.f32, rstd.f32, rows, n, dx?.f32, dw?.f32, db?.f32, room.f64)
    } else {
      pith_layer_norm_backward_f64(dy.f64, x.f64, w?.f64, mean.f64, rstd.f64, rows, n, dx?.f64, dw?.f64, db?.f64, room.f64)
    }
    return (dx, dw, db)
  }

  /// The same in tensor operations, to be differentiated again.
  private func composed(_ dy: Tensor, _ x: Tensor, _ weight: Tensor?, _ wants: NormWants) throws -> (Tensor?, Tensor?, Tensor?) {
    let centred = try x - x.mean([1], keepdim: true)
    let scale = try (centred.square().mean([1], keepdim: true) + eps).rsqrt()
    let normal = try centred * scale
    var dx: Tensor?
    if wants.x {
      let g = try weight.map { try dy * $0 } ?? dy
      dx = try (g - g.mean([1], keepdim: true) - normal * (g * normal).mean([1], keepdim: true)) * scale
    }
    return (dx, wants.weight ? try (dy * normal).sum([0]) : nil, wants.bias ? try dy.sum([0]) : nil)
  }
}
