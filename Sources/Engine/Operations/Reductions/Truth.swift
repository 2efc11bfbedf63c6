import Builtins
import CKernels

extension Builtin<Void> {
  static let all = Builtin(
    "all", "Whether all elements are true.",
    .required("input", Tensor.self, "Truth values; a number is true where it is not 0."),
    .optional("dim", [Int].self, "The dimensions that go."),
    .option("keepdim", false, "Whether they stay with size 1."),
    examples: [Example("all(tensor([[true, false], [true, true]]), dim=1)", gives: "[False,  True]")]
  ) { (x: Tensor, dims: [Int]?, keepdim: Bool) in try x.all(dims, keepdim: keepdim) }

  static let any = Builtin(
    "any", "Whether any element is true.",
    .required("input", Tensor.self, "Truth values; a number is true where it is not 0."),
    .optional("dim", [Int].self, "The dimensions that go."),
    .option("keepdim", false, "Whether they stay with size 1."),
    examples: [Example("any(tensor([[true, false], [false, false]]), dim=1)", gives: "[ True, False]")]
  ) { (x: Tensor, dims: [Int]?, keepdim: Bool) in try x.any(dims, keepdim: keepdim) }

  static let countNonzero = Builtin(
    "count_nonzero", "How many elements are not 0.",
    .required("input", Tensor.self, "Any numbers."),
    .optional("dim", [Int].self, "The dimensions that go."),
    examples: [Example("count_nonzero(tensor([[1.0, 0.0], [3.0, 2.0]]), dim=1)", gives: "[1, 2]")]
  ) { (x: Tensor, dims: [Int]?) in try x.countNonzero(dims) }
}

extension Tensor {
  public func all(_ dims: [Int]? = nil, keepdim: Bool = false) throws(TensorError) -> Tensor {
    try Kernel.truth(any: false, detached(), Shape.dimensions(dims, rank: rank, "all"), keepdim: keepdim)
  }
  public func any(_ dims: [Int]? = nil, keepdim: Bool = false) throws(TensorError) -> Tensor {
    try Kernel.truth(any: true, detached(), Shape.dimensions(dims, rank: rank, "any"), keepdim: keepdim)
  }
  public func countNonzero(_ dims: [Int]? = nil) throws(TensorError) -> Tensor { try detached().to(.bool).sum(dims) }
}
