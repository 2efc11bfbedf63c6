import Builtins

extension Builtin<Void> {
  static let bfloat16 = Builtin(
    "bfloat16", "The numbers rounded to bfloat16, three digits; they stay float32.",
    .required("input", Tensor.self, "Real numbers."),
    examples: [Example("bfloat16(tensor([0.1, 1.0]))", gives: "[0.1001, 1.0000]")]
  ) { (x: Tensor) in try x.bfloat16() }

  static let bool = cast("bool", "Truth values: whether each number is not 0.", .bool, "bool(tensor([0, 2]))", "[False,  True]")
  static let double = cast("double", "The numbers as float64.", .float64, "double(tensor([1, 2]))", "[1., 2.], dtype=float64")
  static let float = cast("float", "The numbers as float32.", .float32, "float(tensor([1, 2]))", "[1., 2.]")
  static let int = cast("int", "The whole parts of the numbers, as int64.", .int64, "int(tensor([1.7, -1.7]))", "[ 1, -1]")
  static let long = cast("long", "The whole parts of the numbers, as int64.", .int64, "long(tensor([1.7, -1.7]))", "[ 1, -1]")

  private static func cast(_ name: String, _ summary: String, _ dtype: DType, _ code: String, _ gives: String) -> Builtin {
    Builtin(
      name, summary, .required("input", Tensor.self, "Any numbers."), examples: [Example(code, gives: gives)]
    ) { (x: Tensor) in try x.to(dtype) }
  }

  static let to = Builtin(
    "to", "The numbers in another type.",
    .required("input", Tensor.self, "Any numbers."),
    .required("dtype", DType.self, "The type."),
    examples: [Example("to(tensor([1, 2]), float64)", gives: "[1., 2.], dtype=float64")]
  ) { (x: Tensor, dtype: DType) in try x.to(dtype) }

  static let typeAs = Builtin(
    "type_as", "The numbers in the type of another tensor.",
    .required("input", Tensor.self, "Any numbers."),
    .required("other", Tensor.self, "Whose type it takes."),
    examples: [Example("type_as(tensor([1, 2]), tensor([0.5]))", gives: "[1., 2.]")]
  ) { (x: Tensor, other: Tensor) in try x.to(other.dtype) }
}
