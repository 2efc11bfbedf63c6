import CKernels

extension OptimiserStep {
  /// The numbers that a step of Adagrad depends on, beside its tensors.
  public struct Adagrad {
    /// The rate of this very step, which falls as steps go by.
    public var lr = 1e-2
    public var eps = 1e-10, weightDecay = 0.0
    public init() {}
  }

  public static func adagrad(_ parameter: Tensor, _ gradient: Tensor, sum: Tensor, _ s: Adagrad) throws(TensorError) {
    try inPlace(parameter, gradient) { p, g in
      if p.dtype == .float32 {
        pith_adagrad_f32(p.f32, g.f32, sum.f32, p.count, s.lr, s.eps, s.weightDecay)
      } else {
        pith_adagrad_f64(p.f64, g.f64, sum.f64, p.count, s.lr, s.eps, s.weightDecay)
      }
    }
  }

  /// The numbers that a step of Adadelta depends on, beside its tensors.
  public struct Adadelta {
    public var lr = 1.0, rho = 0.9, eps = 1e-6, weightDecay = 0.0
    public init() {}
  }

  public static func adadelta(_ parameter: Tensor, _ gradient: Tensor, square: Tensor, moved: Tensor, _ s: Adadelta) throws(TensorError) {
    try inPlace(parameter, gradient) { p, g in
      if p.dtype == .float32 {
        pith_adadelta_f32(p.f32, g.f32, square.f32, moved.f32, p.count, s.lr, s.rho, s.eps, s.weightDecay)
      } else {
        pith_adadelta_f64(p.f64, g.f64, square.f64, moved.f64, p.count, s.lr, s.rho, s.eps, s.weightDecay)
      }
    }
  }

  /// - Parameters:
  ///   - most: the largest gradient so far, which fades.
  ///   - step: counts from 1.
  public static func adamax(_ parameter: Tensor, _ gradient: Tensor, first m: Tensor, most: Tensor, step: Int, _ s: Adam) throws(TensorError) {
    try inPlace(parameter, gradient) { p, g in
      if p.dtype == .float32 {
        pith_adamax_f32(p.f32, g.f32, m.f32, most.f32, p.count, s.lr, s.beta1, s.beta2, s.eps, s.weightDecay, Int64(step))
      } else {
        pith_adamax_f64(p.f64, g.f64, m.f64, most.f64, p.count, s.lr, s.beta1, s.beta2, s.eps, s.weightDecay, Int64(step))
      }
    }
  }

  /// How much of the running mean counts: in this step, in the next, and the product over all steps.
  public struct Momenta {
    public let now: Double, next: Double, product: Double
    public init(now: Double, next: Double, product: Double) { (self.now, self.next, self.product) = (now, next, product) }
  }

  /// - Parameter step: counts from 1.
  public static func nadam(
    _ parameter: Tensor, _ gradient: Tensor, first m: Tensor, second v: Tensor, _ mu: Momenta, step: Int, _ s: Adam
  ) throws(TensorError) {
    try inPlace(parameter, gradient) { p, g in
      let decoupled: Int32 = s.isDecoupled ? 1 : 0
      if p.dtype == .float32 {
        pith_nadam_f32(
          p.f32, g.f32, m.f32, v.f32, p.count, s.lr, s.beta1, s.beta2, s.eps, s.weightDecay, decoupled, mu.now, mu.next, mu.product, Int64(step))
      } else {
        pith_nadam_f64(
          p.f64, g.f64, m.f64, v.f64, p.count, s.lr, s.beta1, s.beta2, s.eps, s.weightDecay, decoupled, mu.now, mu.next, mu.product, Int64(step))
      }
    }
  }

  /// - Parameter step: counts from 1.
  public static func radam(_ parameter: Tensor, _ gradient: Tensor, first m: Tensor, second v: Tensor, step: Int, _ s: Adam) throws(TensorError) {
    try inPlace(parameter, gradient) { p, g in
      let decoupled: Int32 = s.isDecoupled ? 1 : 0
      if p.dtype == .float32 {
        pith_radam_f32(p.f32, g.f32, m.f32, v.f32, p.count, s.lr, s.beta1, s.beta2, s.eps, s.weightDecay, decoupled, Int64(step))
      } else {
        pith_radam_f64(p.f64, g.f64, m.f64, v.f64, p.count, s.lr, s.beta1, s.beta2, s.eps, s.weightDecay, decoupled, Int64(step))
      }
    }
  }
}
