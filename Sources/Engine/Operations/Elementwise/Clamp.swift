import Builtins
import CKernels

extension Builtin<Void> {
  static let clamp = Builtin(
    "clamp", "Numbers below a bound or above another become that bound.",
    .required("input", Tensor.self, "Any numbers."),
    .optional("min", Tensor.self, "The least result: a number or a tensor."),
    .optional("max", Tensor.self, "The greatest result."),
    formula: "min(max(x, low), high)",
    examples: [Example("clamp(tensor([-2.0, 0.5, 3.0]), -1, 1)", gives: "[-1.0000,  0.5000,  1.0000]")]
  ) { (x: Tensor, low: Tensor?, high: Tensor?) in try x.clamp(low, high) }

  static let hardsigmoid = Builtin(
    "hardsigmoid", "A `sigmoid` of three straight lines.",
    .required("input", Tensor.self, "Any numbers."),
    formula: "clamp(x / 6 + 1/2, 0, 1)",
    laws: [.gradient(in: -4...4)],
    examples: [Example("hardsigmoid(tensor([-4.0, 0.0, 1.5]))", gives: "[0.0000, 0.5000, 0.7500]")]
  ) { (x: Tensor) in try x.hardsigmoid() }

  static let hardswish = Builtin(
    "hardswish", "x times its `hardsigmoid`.",
    .required("input", Tensor.self, "Any numbers."),
    source: Source("Howard and others 2019", arXiv: "1905.02244"),
    laws: [.gradient(in: -4...4)],
    examples: [Example("hardswish(tensor([-1.0, 1.0, 4.0]))", gives: "[-0.3333,  0.6667,  4.0000]")]
  ) { (x: Tensor) in try x.real() * x.hardsigmoid() }

  static let hardtanh = Builtin(
    "hardtanh", "Numbers kept between two bounds, -1 and 1.",
    .required("input", Tensor.self, "Any numbers."),
    .option("min_val", -1.0, "The least result."),
    .option("max_val", 1.0, "The greatest result."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("hardtanh(tensor([-3.0, 0.5]))", gives: "[-1.0000,  0.5000]")]
  ) { (x: Tensor, low: Double, high: Double) in try x.real().clamp(low: low, high: high) }

  static let relu6 = Builtin(
    "relu6", "The larger of x and 0, at most 6.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: -2...8)],
    examples: [Example("relu6(tensor([-1.0, 2.0, 9.0]))", gives: "[0., 2., 6.]")]
  ) { (x: Tensor) in try x.clamp(Tensor.number(0), Tensor.number(6)) }
}

extension Tensor {
  /// `min(max(x, low), high)`, elementwise; a bound that is nil is none.
  /// - Gradient: `dx = dy` from bound to bound, the bounds included, else 0.
  public func clamp(_ low: Tensor?, _ high: Tensor?) throws(TensorError) -> Tensor {
    guard low != nil || high != nil else { throw .value("clamp", "at least one of min and max must be given") }
    let bounds = [low, high].compactMap { $0 }
    guard bounds.allSatisfy({ $0.isNumber }) else {
      var y = self
      if let low { y = try y.maximum(low) }
      if let high { y = try y.minimum(high) }
      return y
    }
    let dtype = resultType([self] + bounds)
    let x = try to(dtype == .bool ? .int64 : dtype)
    if x.dtype.isFloating { return try x.clamp(low: low?.item() ?? -.infinity, high: high?.item() ?? .infinity) }
    let (source, y) = (try x.contiguous(), try Tensor.empty(x.shape, .int64))
    pith_clamp_i64(source.i64, y.i64, y.count, try low?.integer() ?? .min, try high?.integer() ?? .max)
    return y
  }

  /// As above, of real numbers.
  public func clamp(low: Double, high: Double) throws(TensorError) -> Tensor { try ClampOp(low: low, high: high).apply([self]) }

  func hardsigmoid() throws(TensorError) -> Tensor { try (real() / 6 + 0.5).clamp(low: 0, high: 1) }

  /// The one whole number of an integer or truth value tensor.
  func integer() throws(TensorError) -> Int64 {
    let t = try detached().to(.int64)
    guard t.count == 1 else { throw .shape("item", expected: "one element", met: shape, operand: 0) }
    return t.i64.pointee
  }
}

struct ClampOp: Primitive {
  let low: Double, high: Double
  var saves: Saves { .first }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let source = try x[0].dense(), y = try Tensor.empty(like: source, source.dtype)
    if y.dtype == .float32 {
      pith_clamp_f32(source.f32, y.f32, y.count, Float(low), Float(high))
    } else {
      pith_clamp_f64(source.f64, y.f64, y.count, low, high)
    }
    return y
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let isInside = try pass.input(0).ge(low).logical(PITH_LOGICAL_AND, pass.input(0).le(high))
    return [try isInside.selecting(dy, Tensor.zeros(like: dy))]
  }
}
