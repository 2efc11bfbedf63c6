import Builtins
import CKernels

extension Builtin<Void> {
  static let allclose = Builtin(
    "allclose", "Whether two tensors are equal up to rounding.",
    .required("input", Tensor.self, "What was found."),
    .required("other", Tensor.self, "What was expected."),
    .option("rtol", 1e-5, "How far off a number may be, as a share of the expected one."),
    .option("atol", 1e-8, "How far off it may be in any case."),
    .option("equal_nan", false, "Whether nan equals nan."),
    formula: "|a - b| <= atol + rtol |b| everywhere",
    examples: [Example("allclose(tensor([1.0]), tensor([1.000001]))", gives: "true")]
  ) { (a: Tensor, b: Tensor, rtol: Double, atol: Double, equalNaN: Bool) in
    try a.isClose(b, rtol: rtol, atol: atol, equalNaN: equalNaN).isAllTrue()
  }

  static let equal = Builtin(
    "equal", "Whether two tensors have the same shape and the same elements.",
    .required("input", Tensor.self, "Any numbers."),
    .required("other", Tensor.self, "What it is compared with."),
    examples: [Example("equal(tensor([1, 2]), tensor([1, 2]))", gives: "true")]
  ) { (a: Tensor, b: Tensor) in try a.shape == b.shape && a.eq(b).isAllTrue() }

  static let isclose = Builtin(
    "isclose", "Whether numbers are equal up to rounding, element by element.",
    .required("input", Tensor.self, "What was found."),
    .required("other", Tensor.self, "What was expected."),
    .option("rtol", 1e-5, "How far off a number may be, as a share of the expected one."),
    .option("atol", 1e-8, "How far off it may be in any case."),
    .option("equal_nan", false, "Whether nan equals nan."),
    formula: "|a - b| <= atol + rtol |b|",
    examples: [Example("isclose(tensor([1.0, 2.0]), tensor([1.000001, 2.1]))", gives: "[ True, False]")]
  ) { (a: Tensor, b: Tensor, rtol: Double, atol: Double, equalNaN: Bool) in
    try a.isClose(b, rtol: rtol, atol: atol, equalNaN: equalNaN)
  }
}

extension Tensor {
  /// Whether `|a - b| <= atol + rtol |b|`, elementwise. Infinities are close to themselves alone.
  public func isClose(_ other: Tensor, rtol: Double = 1e-5, atol: Double = 1e-8, equalNaN: Bool = false) throws(TensorError) -> Tensor {
    let (a, b) = (detached(), other.detached())
    var close = try a.eq(b)
    if equalNaN { close = try close.logicalOr(a.isOfClass(PITH_CLASS_NAN).logicalAnd(b.isOfClass(PITH_CLASS_NAN))) }
    guard rtol != 0 || atol != 0 else { return close }
    let pair = try promoted(a, b)
    let distance = try (pair[0] - pair[1]).abs(), allowed = try pair[1].abs().real() * rtol + atol
    return try close.logicalOr(distance.isFinite().logicalAnd(distance.le(allowed)))
  }

  /// Whether all elements are true.
  public func isAllTrue() throws(TensorError) -> Bool { try Kernel.truth(any: false, detached(), Array(0..<rank), keepdim: false).item() != 0 }
}
