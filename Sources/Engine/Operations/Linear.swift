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

/// A linear layer as a stack of them runs it: `x Wᵀ + b`, and what is below 0 as 0 where it has a ReLU.
/// - Shape: `weight [out, in]`, `bias [out]`.
public struct LinearLayer {
  public let weight: Tensor, bias: Tensor?
  public var hasReLU: Bool

  public init(_ weight: Tensor, _ bias: Tensor?, hasReLU: Bool = false) {
    (self.weight, self.bias, self.hasReLU) = (weight, bias, hasReLU)
  }

  /// - Parameter input: the shape of what comes in, whose last dimension is the layer's.
  fileprivate func check(_ input: [Int], _ dtype: DType) throws(TensorError) {
    guard weight.rank == 2 else { throw .shape("linear", expected: "a weight of [out, in]", met: weight.shape, operand: 1) }
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    guard let last = input.last, last == inputs else {
      throw .shape("Linear(\(inputs), \(outputs))", expected: "[*, \(inputs)]", met: input, operand: 0)
    }
    if let bias, bias.shape != [outputs] { throw .shape("linear", expected: "a bias of [\(outputs)]", met: bias.shape, operand: 2) }
    guard dtype == weight.dtype, dtype.isFloating else { throw .dtype("linear", expected: weight.dtype.name, met: dtype, operand: 0) }
    if let bias, bias.dtype != weight.dtype { throw .dtype("linear", expected: weight.dtype.name, met: bias.dtype, operand: 2) }
  }

  fileprivate func operands(_ x: Tensor) -> [Tensor] { bias.map { [x, weight, $0] } ?? [x, weight] }

  func apply(_ x: Tensor) throws(TensorError) -> Tensor {
    guard hasReLU else { return try LinearOp().apply(operands(x)) }
    return Recording.current == .everything ? try LinearOp().apply(operands(x)).relu() : try LinearReLUOp().apply(operands(x))
  }

  func note(_ x: Tensor, _ y: Tensor) {
    if hasReLU { LinearReLUOp().note(operands(x), y) } else { LinearOp().note(operands(x), y) }
  }
}

extension Tensor {
  /// `y = x Wᵀ + b` over the last dimension.
  /// - Shape: `x [*, in]`, `weight [out, in]`, `bias [out]` to `y [*, out]`.
  /// - Gradient: `dx = dy W`, `dW = dyᵀ x`, `db = Σ dy`.
  public func linear(_ weight: Tensor, _ bias: Tensor? = nil) throws(TensorError) -> Tensor {
    try linear(through: [LinearLayer(weight, bias)])
  }

  /// Linear layers one after the other, for where nothing looks between them.
  /// - Shape: `x [*, in]` of the first to `y [*, out]` of the last.
  public func linear(through layers: [LinearLayer]) throws(TensorError) -> Tensor {
    var width = shape
    for layer in layers {
      try layer.check(width, dtype)
      width[rank - 1] = layer.weight.shape[0]
    }
    var y = rank == 2 ? self : try reshape([count / max(shape[rank - 1], 1), shape[rank - 1]])
    let isRecorded = pith_recording() != 0, isFused = Recording.current != .everything
    if isFused, LinearStack.isFast(y, layers) {
      y = try LinearStackOp.apply(y, layers)
    } else if isFused, let outputs = try Kernel.stack(y, layers, keeps: isRecorded) {
      for (layer, output) in zip(layers, outputs) where isRecorded {
        layer.note(y, output)
        y = output
      }
      if !isRecorded, let last = outputs.last { y = last }
    } else {
      for layer in layers { y = try layer.apply(y) }
    }
    return rank == 2 ? y : try y.reshape(width)
  }
}

extension Kernel {
  /// `x Wᵀ + b`, and what is below 0 as 0 where `relu` says so: in a pass of its own, for oneDNN's makes 0 of NaN.
  static func linear(_ x: [Tensor], relu: Bool) throws(TensorError) -> Tensor {
    let (a, w) = (x[0], x[1])
    let bias = x.count == 3 ? try x[2].contiguous() : nil
    if rounds, a.dtype == .float32, a.count > 0, w.count > 0 {
      let y = try roundedLinear(a, w, bias)
      if relu { rectify(y) }
      return y
    }
    if a.dtype == .float32, a.count > 0, w.isContiguous, w.count > 0, a.strides[1] == 1, a.strides[0] >= a.shape[1] {
      let y = try Tensor.empty([a.shape[0], w.shape[0]], .float32)
      let status = pith_linear(
        Int64(a.shape[0]), Int64(w.shape[0]), Int64(w.shape[1]), a.f32, Int64(a.strides[0]), w.f32, Int64(w.shape[1]), bias?.f32,
        y.f32, pith_threads())
      if status == 0 {
        if relu { rectify(y) }
        return y
      }
    }
    let y = try matmul(a, w.viewed([w.shape[1], w.shape[0]], strides: [w.strides[1], w.strides[0]], offset: w.offset))
    guard bias != nil || relu else { return y }
    let added: Tensor
    if let bias { added = bias } else { added = try Tensor.zeros([w.shape[0]], y.dtype) }
    if y.dtype == .float32 {
      pith_add_bias_f32(y.f32, added.f32, y.shape[0], y.shape[1], relu ? 1 : 0)
    } else {
      pith_add_bias_f64(y.f64, added.f64, y.shape[0], y.shape[1], relu ? 1 : 0)
    }
    return y
  }
}

/// A primitive so that bias and product are one node: half the work of a small network is nodes.
public struct LinearOp: Primitive {
  public var saves: Saves { [.first, .second] }

  public func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Kernel.linear(x, relu: false) }

  public func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let dx = pass.wants[0] ? try MatmulOp().apply([dy, pass.input(1)]) : nil
    let dw = pass.wants[1] ? try MatmulOp().apply([dy.transpose(0, 1), pass.input(0)]) : nil
    guard pass.wants.count == 3 else { return [dx, dw] }
    return [dx, dw, pass.wants[2] ? try SumOp(dims: [0], keepdim: false, shape: dy.shape).apply([dy]) : nil]
  }
}

/// A primitive for the passes over memory that it saves: the sum is never written before it is cut off at 0.
struct LinearReLUOp: Primitive {
  static var parts: [any Primitive.Type] { [LinearOp.self, ReLUOp.self] }
  var saves: Saves { [.first, .second, .output] }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Kernel.linear(x, relu: true) }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    try LinearOp().vjp(ReLUGradOp().apply([dy, pass.result]), pass)
  }
}
