import Builtins
import CKernels

extension Builtin<Void> {
  static let relu = Builtin(
    "relu", "The larger of x and 0.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("relu(tensor([-1.0, 2.0]))", gives: "[0., 2.]")]
  ) { (x: Tensor) in try x.relu() }
}

extension Tensor {
  /// `max(x, 0)`, elementwise.
  /// - Gradient: `dx = dy` where `y > 0`, else 0; 0 at `x = 0`, as PyTorch has it.
  public func relu() throws(TensorError) -> Tensor { try ReLUOp().apply([counted()]) }
}

public struct ReLUOp: Primitive {
  public var saves: Saves { .output }
  public func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Kernel.unary(PITH_UNARY_RELU, x[0]) }
  public func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try ReLUGradOp().apply([dy, pass.result])] }
}

/// `dy` where `y > 0`: a primitive for its one pass over memory.
struct ReLUGradOp: Primitive {
  var saves: Saves { .second }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    try Kernel.gate(x[0], x[1], pith_relu_backward_f32, pith_relu_backward_f64)
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try ReLUGradOp().apply([dy, pass.input(1)]), nil] }
}

extension Kernel {
  /// `f(dy, y)` of two tensors of one shape, for the activations whose gradient is a function of their output.
  static func gate(
    _ dy: Tensor, _ y: Tensor, _ single: (UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void,
    _ double: (UnsafePointer<Double>?, UnsafePointer<Double>?, UnsafeMutablePointer<Double>?, Int) -> Void
  ) throws(TensorError) -> Tensor {
    let (dy, y) = try aligned(dy, y)
    let dx = try Tensor.empty(like: dy, dy.dtype)
    if dy.dtype == .float32 { single(dy.f32, y.f32, dx.f32, dx.count) } else { double(dy.f64, y.f64, dx.f64, dx.count) }
    return dx
  }

  /// Two tensors of one shape in one order of memory, so that both can be walked as they lie: with the channels last where
  /// the second lies so.
  static func aligned(_ a: Tensor, _ b: Tensor) throws(TensorError) -> (Tensor, Tensor) {
    b.isChannelsLast ? (try a.channelsLast(), b) : (try a.contiguous(), try b.contiguous())
  }
}
