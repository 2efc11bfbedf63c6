import Builtins

extension Builtin<Void> {
  static let logspace = Builtin(
    "logspace", "So many powers of a base, at equal steps of the exponent, both ends included.",
    .required("start", Double.self, "The first exponent."),
    .required("end", Double.self, "The last."),
    .required("steps", Int.self, "How many."),
    .option("base", 10.0, "The base."),
    .option("dtype", DType.float32, "The type of the elements."),
    examples: [Example("logspace(0, 2, 3)", gives: "[  1.,  10., 100.]")]
  ) { (start: Double, end: Double, steps: Int, base: Double, dtype: DType) in
    try Tensor.number(base).pow(Tensor.linspace(start, end, steps, .float64)).to(dtype)
  }

  static let newFull = Builtin(
    "new_full", "A tensor of one number, of the dtype of another.",
    .required("input", Tensor.self, "The tensor whose dtype it takes."),
    .required("size", [Int].self, "The sizes."),
    .required("fill_value", Double.self, "The number."),
    examples: [Example("new_full(ones(1), [2], 3.0)", gives: "[3., 3.]")]
  ) { (x: Tensor, sizes: [Int], value: Double) in try Tensor.full(sizes, value, x.dtype) }

  static let newOnes = Builtin(
    "new_ones", "Ones of the dtype of another tensor.",
    .required("input", Tensor.self, "The tensor whose dtype it takes."),
    .several("size", [Int].self, "The sizes."),
    examples: [Example("new_ones(tensor([3]), 2)", gives: "[1, 1]")]
  ) { (x: Tensor, sizes: [Int]) in try Tensor.ones(sizes, x.dtype) }

  static let newZeros = Builtin(
    "new_zeros", "Zeros of the dtype of another tensor.",
    .required("input", Tensor.self, "The tensor whose dtype it takes."),
    .several("size", [Int].self, "The sizes."),
    examples: [Example("new_zeros(tensor([3]), 2)", gives: "[0, 0]")]
  ) { (x: Tensor, sizes: [Int]) in try Tensor.zeros(sizes, x.dtype) }
}
