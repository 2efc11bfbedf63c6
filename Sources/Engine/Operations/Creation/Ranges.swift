import Builtins
import CKernels

extension Builtin<Void> {
  static let arange = Builtin(
    "arange", "Numbers from a start to below an end.",
    .required("start", Scalar.self, "The first; alone, it is the end, and the start is 0."),
    .optional("end", Scalar.self, "Where it stops, left out itself."),
    .option("step", Scalar.integer(1), "From one to the next."),
    .optional("dtype", DType.self, "The type of the elements; without it, integers where all three are."),
    examples: [Example("arange(1, 7, 2)", gives: "[1, 3, 5]")]
  ) { (start: Scalar, end: Scalar?, step: Scalar, dtype: DType?) in
    try Tensor.arange(end == nil ? .integer(0) : start, end ?? start, step, dtype)
  }

  static let linspace = Builtin(
    "linspace", "So many numbers at equal steps, both ends included.",
    .required("start", Double.self, "The first."),
    .required("end", Double.self, "The last."),
    .required("steps", Int.self, "How many."),
    .option("dtype", DType.float32, "The type of the elements."),
    examples: [Example("linspace(0, 1, 5)", gives: "[0.0000, 0.2500, 0.5000, 0.7500, 1.0000]")]
  ) { (start: Double, end: Double, steps: Int, dtype: DType) in try Tensor.linspace(start, end, steps, dtype) }
}

extension Tensor {
  static func arange(_ start: Scalar, _ end: Scalar, _ step: Scalar, _ dtype: DType?) throws(TensorError) -> Tensor {
    guard step.double != 0 else { throw .value("arange", "the step must not be 0") }
    let span = (end.double - start.double) / step.double
    guard span >= 0 else { throw .value("arange", "a step of \(step.double.shortText) never goes from \(start.double.shortText) to \(end.double.shortText)") }
    guard span < 1e18 else { throw .tooLarge(shape: [.max], bytes: span * 8, limit: Pool.shared.limit) }
    let isWhole = [start, end, step].allSatisfy { $0.dtype == .int64 }
    let type = dtype ?? (isWhole ? .int64 : .float32)
    if case (.integer(let a), .integer(let b), .integer(let s)) = (start, end, step) {
      let (distance, isOver) = b.subtractingReportingOverflow(a)
      guard !isOver else { throw .tooLarge(shape: [.max], bytes: span * 8, limit: Pool.shared.limit) }
      // Rounded up; the remainder has the sign of the distance, which is that of the step.
      let t = try Tensor.empty([distance / s + (distance % s == 0 ? 0 : 1)], .int64)
      pith_arange_i64(t.i64, t.count, Int64(a), Int64(s))
      return try t.to(type)
    }
    let t = try Tensor.empty([Int(span.rounded(.up))], type == .float32 ? .float32 : .float64)
    if t.dtype == .float32 {
      pith_arange_f32(t.f32, t.count, start.double, step.double)
    } else {
      pith_arange_f64(t.f64, t.count, start.double, step.double)
    }
    return try t.to(type)
  }

  /// So many numbers at equal steps, both ends exact.
  public static func linspace(_ start: Double, _ end: Double, _ steps: Int, _ dtype: DType = .float32) throws(TensorError) -> Tensor {
    guard steps >= 0 else { throw .value("linspace", "there are no \(steps) steps") }
    let t = try Tensor.empty([steps], .float64)
    let step = steps > 1 ? (end - start) / Double(steps - 1) : 0
    for i in 0..<steps { t.f64[i] = i < steps / 2 || steps == 1 ? start + step * Double(i) : end - step * Double(steps - 1 - i) }
    return try t.to(dtype)
  }
}
