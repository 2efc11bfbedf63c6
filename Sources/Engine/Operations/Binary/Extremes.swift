import Builtins
import CKernels

extension Builtin<Void> {
  static let maximum = Builtin(
    "maximum", "The larger of two numbers, element by element.",
    .required("input", Tensor.self, "Any numbers."),
    .required("other", Tensor.self, "What they are compared with."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("maximum(tensor([1.0, 5.0]), tensor([3.0, 2.0]))", gives: "[3., 5.]")]
  ) { (a: Tensor, b: Tensor) in try a.maximum(b) }

  static let minimum = Builtin(
    "minimum", "The smaller of two numbers, element by element.",
    .required("input", Tensor.self, "Any numbers."),
    .required("other", Tensor.self, "What they are compared with."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("minimum(tensor([1.0, 5.0]), tensor([3.0, 2.0]))", gives: "[1., 2.]")]
  ) { (a: Tensor, b: Tensor) in try a.minimum(b) }
}

extension Tensor {
  /// The larger of the two, elementwise; nan wins. A tie shares its gradient evenly, as in PyTorch.
  public func maximum(_ other: Tensor) throws(TensorError) -> Tensor {
    try areTruths(self, other) ? logicalOr(other) : MaximumOp().apply(promoted(self, other))
  }
  /// The smaller of the two, elementwise; nan wins.
  public func minimum(_ other: Tensor) throws(TensorError) -> Tensor {
    try areTruths(self, other) ? logicalAnd(other) : MinimumOp().apply(promoted(self, other))
  }
}

struct MaximumOp: BinaryPrimitive {
  static var kernel: pith_binary { PITH_BINARY_MAXIMUM }
  var saves: Saves { .inputs }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { try shared(dy, pass.input(0), pass.input(1)) }
}

struct MinimumOp: BinaryPrimitive {
  static var kernel: pith_binary { PITH_BINARY_MINIMUM }
  var saves: Saves { .inputs }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { try shared(dy, pass.input(1), pass.input(0)) }
}

/// `dy` to the larger operand `a`, or where `a` and `b` change places to the smaller one, half to each where they are equal.
private func shared(_ dy: Tensor, _ a: Tensor, _ b: Tensor) throws(TensorError) -> [Tensor?] {
  let toFirst = try (a.gt(b).to(dy.dtype) + a.ge(b).to(dy.dtype)) * 0.5
  return [try dy * toFirst, try dy * (1 - toFirst)]
}
