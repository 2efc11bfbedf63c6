import Builtins
import CKernels
import COneDNN

extension Builtin<Void> {
  static let linear = Builtin(
    "linear", "x Wᵀ + b over the last dimension.",
    .required("input", Tensor.self, "[*, in]"),
    .required("weight", Tensor.self, "[out, in]"),
    .optional("bias", Tensor.self, "[out]"),
    formula: "y[n, o] = Σᵢ x[n, i] W[o, i] + b[o]",
    examples: [Example("linear(ones(1, 2), eye(2), ones(2))", gives: "[[2., 2.]]")]
  ) { (x: Tensor, w: Tensor, b: Tensor?) in try x.linear(w, b) }
}

extension Tensor {
  /// `y = x Wᵀ + b` over the last dimension.
  /// - Shape: `x [*, in]`, `weight [out, in]`, `bias [out]` to `y [*, out]`.
  /// - Gradient: `dx = dy W`, `dW = dyᵀ x`, `db = Σ dy`.
  public func linear(_ weight: Tensor, _ bias: Tensor? = nil) throws(TensorError) -> Tensor {
    guard weight.rank == 2 else { throw .shape("linear", expected: "a weight of [out, in]", met: weight.shape, operand: 1) }
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    guard rank > 0, shape[rank - 1] == inputs else {
      throw .shape("Linear(\(inputs), \(outputs))", expected: "[*, \(inputs)]", met: shape, operand: 0)
    }
    if let bias, bias.shape != [outputs] { throw .shape("linear", expected: "a bias of [\(outputs)]", met: bias.shape, operand: 2) }
    guard dtype == weight.dtype, dtype.isFloating else { throw .dtype("linear", expected: weight.dtype.name, met: dtype, operand: 0) }
    if let bias, bias.dtype != weight.dtype { throw .dtype("linear", expected: weight.dtype.name, met: bias.dtype, operand: 2) }
    let rows = rank == 2 ? self : try reshape([count / max(inputs, 1), inputs])
    let y = try LinearOp().apply(bias.map { [rows, weight, $0] } ?? [rows, weight])
    return rank == 2 ? y : try y.reshape(Array(shape.dropLast()) + [outputs])
  }
}

/// A primitive so that bias and product are one node: half the work of a small network is nodes.
struct LinearOp: Primitive {
  var saves: Saves { [.first, .second] }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let y = try Kernel.matmul(x[0], x[1].viewed(
      [x[1].shape[1], x[1].shape[0]], strides: [x[1].strides[1], x[1].strides[0]], offset: x[1].offset))
    guard x.count == 3 else { return y }
    let bias = try x[2].contiguous()
    if y.dtype == .float32 {
      pith_add_bias_f32(y.f32, bias.f32, y.shape[0], y.shape[1], 0)
    } else {
      pith_add_bias_f64(y.f64, bias.f64, y.shape[0], y.shape[1], 0)
    }
    return y
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let dx = pass.wants[0] ? try MatmulOp().apply([dy, pass.input(1)]) : nil
    let dw = pass.wants[1] ? try MatmulOp().apply([dy.transpose(0, 1), pass.input(0)]) : nil
    guard pass.wants.count == 3 else { return [dx, dw] }
    return [dx, dw, pass.wants[2] ? try SumOp(dims: [0], keepdim: false, shape: dy.shape).apply([dy]) : nil]
  }
}
