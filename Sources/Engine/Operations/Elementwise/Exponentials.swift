import Builtins
import CKernels

extension Builtin<Void> {
  static let exp2 = Builtin(
    "exp2", "2 to the power of x.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("exp2(tensor([0.0, 3.0]))", gives: "[1., 8.]")]
  ) { (x: Tensor) in try x.exp2() }

  static let expm1 = Builtin(
    "expm1", "e to the power of x, minus 1, exact near 0.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("expm1(tensor([0.0, 1.0]))", gives: "[0.0000, 1.7183]")]
  ) { (x: Tensor) in try x.expm1() }

  static let log = Builtin(
    "log", "The natural logarithm.",
    .required("input", Tensor.self, "Numbers above 0; 0 gives -inf, less gives nan."),
    laws: [.gradient(in: 0.2...3)],
    examples: [Example("log(tensor([1.0, 2.0]))", gives: "[0.0000, 0.6931]")]
  ) { (x: Tensor) in try x.log() }

  static let log10 = Builtin(
    "log10", "The logarithm to base 10.",
    .required("input", Tensor.self, "Numbers above 0."),
    laws: [.gradient(in: 0.2...3)],
    examples: [Example("log10(tensor([1.0, 2.0]))", gives: "[0.0000, 0.3010]")]
  ) { (x: Tensor) in try x.log10() }

  static let log1p = Builtin(
    "log1p", "The logarithm of 1 + x, exact near 0.",
    .required("input", Tensor.self, "Numbers above -1."),
    laws: [.gradient(in: -0.5...3)],
    examples: [Example("log1p(tensor([0.0, 1.0]))", gives: "[0.0000, 0.6931]")]
  ) { (x: Tensor) in try x.log1p() }

  static let log2 = Builtin(
    "log2", "The logarithm to base 2.",
    .required("input", Tensor.self, "Numbers above 0."),
    laws: [.gradient(in: 0.2...3)],
    examples: [Example("log2(tensor([1.0, 8.0]))", gives: "[0., 3.]")]
  ) { (x: Tensor) in try x.log2() }
}

extension Tensor {
  /// `2^x`, elementwise.
  public func exp2() throws(TensorError) -> Tensor { try Exp2Op().apply([real()]) }
  /// `e^x - 1`, elementwise.
  /// - Numerics: all digits stay near 0, where `exp(x) - 1` loses them. Hence a primitive.
  public func expm1() throws(TensorError) -> Tensor { try Expm1Op().apply([real()]) }
  /// `ln x`, elementwise.
  public func log() throws(TensorError) -> Tensor { try LogOp().apply([real()]) }
  /// `log(x) / log(10)`, elementwise.
  public func log10() throws(TensorError) -> Tensor { try Log10Op().apply([real()]) }
  /// `log(1 + x)`, elementwise.
  /// - Numerics: composed, it is 0 for every float32 `|x| < 2e-8`; here all digits stay. Hence a primitive.
  public func log1p() throws(TensorError) -> Tensor { try Log1pOp().apply([real()]) }
  /// `log(x) / log(2)`, elementwise.
  public func log2() throws(TensorError) -> Tensor { try Log2Op().apply([real()]) }
}

struct Exp2Op: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_EXP2 }
  var saves: Saves { .output }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy * (pass.result * 0.6931471805599453)] }
}

struct Expm1Op: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_EXPM1 }
  var saves: Saves { .output }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy * (pass.result + 1)] }
}

struct LogOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_LOG }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy / pass.input(0)] }
}

struct Log10Op: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_LOG10 }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy / (pass.input(0) * 2.302585092994046)] }
}

struct Log1pOp: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_LOG1P }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy / (pass.input(0) + 1)] }
}

struct Log2Op: UnaryPrimitive {
  static var kernel: pith_unary { PITH_UNARY_LOG2 }
  var saves: Saves { .first }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy / (pass.input(0) * 0.6931471805599453)] }
}
