import Builtins
import CKernels

extension Builtin<Void> {
  static let isfinite = Builtin(
    "isfinite", "Whether each number is neither infinite nor nan.",
    .required("input", Tensor.self, "Any numbers."),
    examples: [Example("isfinite(tensor([1.0, inf, nan]))", gives: "[ True, False, False]")]
  ) { (x: Tensor) in try x.isOfClass(PITH_CLASS_FINITE) }

  static let isinf = Builtin(
    "isinf", "Whether each number is infinite.",
    .required("input", Tensor.self, "Any numbers."),
    examples: [Example("isinf(tensor([1.0, inf, nan]))", gives: "[False,  True, False]")]
  ) { (x: Tensor) in try x.isOfClass(PITH_CLASS_INF) }

  static let isnan = Builtin(
    "isnan", "Whether each number is nan.",
    .required("input", Tensor.self, "Any numbers."),
    examples: [Example("isnan(tensor([1.0, inf, nan]))", gives: "[False, False,  True]")]
  ) { (x: Tensor) in try x.isOfClass(PITH_CLASS_NAN) }

  static let nanToNum = Builtin(
    "nan_to_num", "nan and infinities replaced by numbers.",
    .required("input", Tensor.self, "Any numbers."),
    .option("nan", 0.0, "What nan becomes."),
    .optional("posinf", Double.self, "What inf becomes; without it, the largest number of the dtype."),
    .optional("neginf", Double.self, "What -inf becomes."),
    examples: [Example("nan_to_num(tensor([1.0, nan, inf]), posinf=9.0)", gives: "[1., 0., 9.]")]
  ) { (x: Tensor, nan: Double, above: Double?, below: Double?) in try x.nanToNum(nan, above, below) }
}

extension Tensor {
  /// Whether each number is nan, infinite or finite.
  func isOfClass(_ which: pith_class) throws(TensorError) -> Tensor {
    let source = try detached().real().dense(), y = try Tensor.empty(like: source, .bool)
    let code = Int32(which.rawValue)
    if source.dtype == .float32 {
      pith_classify_f32(code, source.f32, y.u8, y.count)
    } else {
      pith_classify_f64(code, source.f64, y.u8, y.count)
    }
    return y
  }

  public func isFinite() throws(TensorError) -> Tensor { try isOfClass(PITH_CLASS_FINITE) }

  func nanToNum(_ nan: Double, _ above: Double?, _ below: Double?) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { return self }
    let largest = dtype == .float32 ? Double(Float.greatestFiniteMagnitude) : Double.greatestFiniteMagnitude
    let fixed = try isOfClass(PITH_CLASS_NAN).selecting(Tensor.full([], nan, dtype), self)
    let high = try fixed.eq(.infinity).selecting(Tensor.full([], above ?? largest, dtype), fixed)
    return try high.eq(-.infinity).selecting(Tensor.full([], below ?? -largest, dtype), high)
  }
}
