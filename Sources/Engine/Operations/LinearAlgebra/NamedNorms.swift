import Builtins

extension Builtin<Void> {
  static let bilinear = Builtin(
    "bilinear", "x₁ᵀ W x₂ + b over the last dimension.",
    .required("input1", Tensor.self, "[*, in1]"),
    .required("input2", Tensor.self, "[*, in2]"),
    .required("weight", Tensor.self, "[out, in1, in2]"),
    .optional("bias", Tensor.self, "[out]"),
    formula: "y[n, o] = Σᵢⱼ x₁[n, i] W[o, i, j] x₂[n, j] + b[o]",
    examples: [Example("bilinear(tensor([[2.0]]), tensor([[3.0]]), tensor([[[1.0]]]))", gives: "[[6.]]")]
  ) { (a: Tensor, b: Tensor, w: Tensor, bias: Tensor?) in try a.bilinear(b, w, bias) }

  static let frobeniusNorm = Builtin(
    "frobenius_norm", "The root of the sum of all squares.",
    .required("input", Tensor.self, "Real numbers."),
    .any("dim", [Int].self, "Dimensions to sum over, all where none are named."),
    .option("keepdim", false, "Whether summed dimensions stay, with size 1."),
    laws: [.gradient(in: 0.5...2)],
    examples: [Example("frobenius_norm(tensor([[3.0, 4.0]]))", gives: "5.")]
  ) { (x: Tensor, dims: [Int], keepdim: Bool) in try x.norm(2, dims.isEmpty ? nil : dims, keepdim: keepdim) }

  static let mvlgamma = Builtin(
    "mvlgamma", "The logarithm of the multivariate gamma function.",
    .required("input", Tensor.self, "Numbers above (p - 1) / 2."),
    .required("p", Int.self, in: 1...1e6, "The dimension."),
    formula: "log Γₚ(x) = p (p - 1) / 4 log π + Σⱼ log Γ(x - (j - 1) / 2)",
    examples: [Example("mvlgamma(tensor([2.0]), 2)", gives: "[0.4516]")]
  ) { (x: Tensor, p: Int) in try x.mvlgamma(p) }

  static let nuclearNorm = Builtin(
    "nuclear_norm", "The sum of the singular values.",
    .required("input", Tensor.self, "[*, m, n]"),
    examples: [Example("nuclear_norm(tensor([[3.0, 0.0], [0.0, 4.0]]))", gives: "7.")]
  ) { (x: Tensor) in try x.svd().s.sum([-1]) }
}

extension Tensor {
  /// `y[n, o] = Σᵢⱼ x₁[n, i] W[o, i, j] x₂[n, j] + b[o]`.
  /// - Shape: `x₁ [*, in1]`, `x₂ [*, in2]`, `weight [out, in1, in2]`, `bias [out]` to `y [*, out]`.
  public func bilinear(_ other: Tensor, _ weight: Tensor, _ bias: Tensor? = nil) throws(TensorError) -> Tensor {
    guard weight.rank == 3 else { throw .shape("bilinear", expected: "a weight of [out, in1, in2]", met: weight.shape, operand: 2) }
    let (outputs, first, second) = (weight.shape[0], weight.shape[1], weight.shape[2])
    guard shape.last == first else { throw .shape("bilinear", expected: "[*, \(first)]", met: shape, operand: 0) }
    guard other.shape.last == second, other.shape.dropLast() == shape.dropLast() else {
      throw .shape("bilinear", expected: "\(Array(shape.dropLast()) + [second])", met: other.shape, operand: 1)
    }
    if let bias, bias.shape != [outputs] { throw .shape("bilinear", expected: "a bias of [\(outputs)]", met: bias.shape, operand: 3) }
    let rows = shape.dropLast().reduce(1, *)
    let halves = try reshape([rows, first]).matmul(weight.permute([1, 0, 2]).reshape([first, outputs * second])).reshape([rows, outputs, second])
    let y = try halves.matmul(other.reshape([rows, second, 1])).reshape(Array(shape.dropLast()) + [outputs])
    return try bias.map { b throws(TensorError) in try y + b } ?? y
  }

  func mvlgamma(_ p: Int) throws(TensorError) -> Tensor {
    let x = try real(), d = Double(p)
    if try x.detached().le((d - 1) / 2).isAnyTrue() { throw .value("mvlgamma", "takes numbers above \(((d - 1) / 2).shortText) for p=\(p)") }
    let shifts = try Tensor.linspace(0, -(d - 1) / 2, p, x.dtype)
    return try (x.unsqueeze(-1) + shifts).lgamma().sum([-1]) + d * (d - 1) / 4 * 1.1447298858494002
  }
}
