import CKernels

/// The steps of the optimisers, each one pass over a parameter. They write in place: call them inside `Journal.write`.
/// Every tensor has the parameter's shape and dtype, float32 or float64.
public enum OptimiserStep {
  /// The numbers that a step of gradient descent depends on, beside its tensors.
  public struct SGD {
    public var lr = 1e-3, momentum = 0.0, dampening = 0.0, weightDecay = 0.0
    public var nesterov = false, maximize = false
    public init() {}
  }

  /// - Parameters:
  ///   - buffer: the running direction; nil where momentum is 0.
  ///   - isFirst: whether the buffer is empty still.
  public static func sgd(_ parameter: Tensor, _ gradient: Tensor, buffer: Tensor?, isFirst: Bool, _ s: SGD) throws(TensorError) {
    try inPlace(parameter, gradient) { p, g in
      let (nesterov, maximize, first): (Int32, Int32, Int32) = (s.nesterov ? 1 : 0, s.maximize ? 1 : 0, isFirst ? 1 : 0)
      if p.dtype == .float32 {
        pith_sgd_f32(p.f32, g.f32, buffer?.f32, p.count, s.lr, s.momentum, s.dampening, nesterov, s.weightDecay, maximize, first)
      } else {
        pith_sgd_f64(p.f64, g.f64, buffer?.f64, p.count, s.lr, s.momentum, s.dampening, nesterov, s.weightDecay, maximize, first)
      }
    }
  }

  /// The numbers that a step of Adam or AdamW depends on, beside its tensors.
  public struct Adam {
    public var lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0.0
    /// Whether the weight decays by itself (AdamW) rather than through the gradient (Adam).
    public var isDecoupled = false
    public init() {}
  }

  /// - Parameters:
  ///   - largest: the largest second moment so far, for AMSGrad.
  ///   - step: counts from 1.
  public static func adam(
    _ parameter: Tensor, _ gradient: Tensor, first m: Tensor, second v: Tensor, largest: Tensor?, step: Int, _ s: Adam
  ) throws(TensorError) {
    try inPlace(parameter, gradient) { p, g in
      let decoupled: Int32 = s.isDecoupled ? 1 : 0
      if p.dtype == .float32 {
        pith_adam_f32(
          p.f32, g.f32, m.f32, v.f32, largest?.f32, p.count, s.lr, s.beta1, s.beta2, s.eps, s.weightDecay, decoupled, Int64(step))
      } else {
        pith_adam_f64(
          p.f64, g.f64, m.f64, v.f64, largest?.f64, p.count, s.lr, s.beta1, s.beta2, s.eps, s.weightDecay, decoupled, Int64(step))
      }
    }
  }

  /// The numbers that a step of RMSprop depends on, beside its tensors.
  public struct RMSprop {
    public var lr = 1e-2, alpha = 0.99, eps = 1e-8, weightDecay = 0.0, momentum = 0.0
    public init() {}
  }

  /// - Parameters:
  ///   - buffer: the running direction; nil where momentum is 0.
  ///   - mean: the running mean of the gradient, where the squares are centred on it.
  public static func rmsprop(
    _ parameter: Tensor, _ gradient: Tensor, square: Tensor, buffer: Tensor?, mean: Tensor?, _ s: RMSprop
  ) throws(TensorError) {
    try inPlace(parameter, gradient) { p, g in
      let centered: Int32 = mean == nil ? 0 : 1
      if p.dtype == .float32 {
        pith_rmsprop_f32(
          p.f32, g.f32, square.f32, buffer?.f32, mean?.f32, p.count, s.lr, s.alpha, s.eps, s.weightDecay, s.momentum, centered)
      } else {
        pith_rmsprop_f64(
          p.f64, g.f64, square.f64, buffer?.f64, mean?.f64, p.count, s.lr, s.alpha, s.eps, s.weightDecay, s.momentum, centered)
      }
    }
  }

  /// The parameter and the gradient as they lie in one row of memory; where the parameter does not, a copy is written back.
  static func inPlace(_ parameter: Tensor, _ gradient: Tensor, _ body: (Tensor, Tensor) -> Void) throws(TensorError) {
    guard gradient.shape == parameter.shape else {
      throw .shape("an optimiser's step", expected: "\(parameter.shape)", met: gradient.shape, operand: 1)
    }
    guard gradient.dtype == parameter.dtype, parameter.dtype.isFloating else {
      throw .dtype("an optimiser's step", expected: parameter.dtype.name, met: gradient.dtype, operand: 1)
    }
    let (p, g) = (try parameter.contiguous(), try gradient.contiguous())
    body(p, g)
    if p !== parameter { Kernel.write(p, into: parameter) }
  }
}
