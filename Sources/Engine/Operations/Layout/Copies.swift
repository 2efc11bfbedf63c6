import Builtins

extension Builtin<Void> {
  static let clone = Builtin(
    "clone", "A copy in memory of its own, with its history.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("clone(tensor([1.0, 2.0]))", gives: "[1., 2.]")]
  ) { (x: Tensor) in try x.clone() }

  static let contiguous = Builtin(
    "contiguous", "The tensor itself where its numbers lie in order in memory, else a copy.",
    .required("input", Tensor.self, "Any numbers."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("contiguous(tensor([[1.0, 2.0]]).T)", gives: "[[1.],\n        [2.]]")]
  ) { (x: Tensor) in x.isContiguous ? x : try x.clone() }

  static let detach = Builtin(
    "detach", "The same numbers in the same memory, as a constant for gradients.",
    .required("input", Tensor.self, "Any numbers."),
    examples: [Example("detach(tensor([1.0], requires_grad=true)).requires_grad", gives: "false")]
  ) { (x: Tensor) in x.detached() }
}

extension Tensor {
  /// A copy in memory of its own, with its history.
  public func clone() throws(TensorError) -> Tensor { try CloneOp().apply([self]) }
}

struct CloneOp: Primitive {
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Kernel.compact(x[0]) }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [dy] }
}
