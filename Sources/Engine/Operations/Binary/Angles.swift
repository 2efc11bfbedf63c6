import Builtins
import CKernels

extension Builtin<Void> {
  static let atan2 = Builtin(
    "atan2", "The angle of the point (other, input).",
    .required("input", Tensor.self, "The height y of the point."),
    .required("other", Tensor.self, "The width x of the point."),
    laws: [.gradient(in: 0.3...2)],
    examples: [Example("atan2(tensor([1.0, -1.0]), tensor([1.0, 0.0]))", gives: "[ 0.7854, -1.5708]")]
  ) { (y: Tensor, x: Tensor) in try y.atan2(x) }

  static let hypot = Builtin(
    "hypot", "The length of the longest side of a right triangle.",
    .required("input", Tensor.self, "One of the short sides."),
    .required("other", Tensor.self, "The other."),
    formula: "√(a² + b²)",
    laws: [.gradient(in: 0.3...2)],
    examples: [Example("hypot(tensor([3.0]), tensor([4.0]))", gives: "[5.]")]
  ) { (a: Tensor, b: Tensor) in try a.hypot(b) }
}

extension Tensor {
  /// The angle in `-π...π` of the point `(x, self)`.
  public func atan2(_ x: Tensor) throws(TensorError) -> Tensor { try Atan2Op().apply(promoted(self, x, atLeast: .float32)) }
  /// `√(a² + b²)`.
  /// - Numerics: large operands whose squares overflow give the right length. Hence a primitive.
  public func hypot(_ other: Tensor) throws(TensorError) -> Tensor { try HypotOp().apply(promoted(self, other, atLeast: .float32)) }
}

struct Atan2Op: BinaryPrimitive {
  static var kernel: pith_binary { PITH_BINARY_ATAN2 }
  static var name: String { "atan2" }
  var saves: Saves { .inputs }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let (y, x) = (pass.input(0), pass.input(1))
    let scaled = try dy / (y.square() + x.square())
    return [try scaled * x, try -(scaled * y)]
  }
}

struct HypotOp: BinaryPrimitive {
  static var kernel: pith_binary { PITH_BINARY_HYPOT }
  var saves: Saves { [.first, .second, .output] }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let scaled = try dy / pass.result
    return [try scaled * pass.input(0), try scaled * pass.input(1)]
  }
}
