import Builtins

extension Builtin<Generator> {
  static let rand = Builtin(
    "rand", "Numbers drawn evenly from 0 to below 1.",
    .several("size", [Int].self, "The sizes."),
    .option("dtype", DType.float32, "The type of the elements."),
    .option("requires_grad", false, "Whether `.backward()` keeps a gradient for it."),
    examples: [Example("rand(2, 3).shape", gives: "[2, 3]")]
  ) { (g: Generator, size: [Int], dtype: DType, isRequired: Bool) in try g.uniform(size, real("rand", dtype)).requiring(isRequired) }

  static let randLike = Builtin(
    "rand_like", "Numbers drawn evenly from 0 to below 1, in the shape of another tensor.",
    .required("input", Tensor.self, "Whose shape and dtype it takes."),
    .optional("dtype", DType.self, "Another type of elements."),
    examples: [Example("rand_like(zeros(2, 3)).shape", gives: "[2, 3]")]
  ) { (g: Generator, x: Tensor, dtype: DType?) in try g.uniform(x.shape, real("rand_like", dtype ?? x.dtype)) }

  static let randn = Builtin(
    "randn", "Numbers drawn from the normal distribution of mean 0 and deviation 1.",
    .several("size", [Int].self, "The sizes."),
    .option("dtype", DType.float32, "The type of the elements."),
    .option("requires_grad", false, "Whether `.backward()` keeps a gradient for it."),
    examples: [Example("randn(2, 3).shape", gives: "[2, 3]")]
  ) { (g: Generator, size: [Int], dtype: DType, isRequired: Bool) in try g.normal(size, real("randn", dtype)).requiring(isRequired) }

  static let randnLike = Builtin(
    "randn_like", "Normal numbers in the shape of another tensor.",
    .required("input", Tensor.self, "Whose shape and dtype it takes."),
    .optional("dtype", DType.self, "Another type of elements."),
    examples: [Example("randn_like(zeros(2, 3)).shape", gives: "[2, 3]")]
  ) { (g: Generator, x: Tensor, dtype: DType?) in try g.normal(x.shape, real("randn_like", dtype ?? x.dtype)) }

  static let randint = Builtin(
    "randint", "Whole numbers drawn evenly from low to below high.",
    .option("low", 0, "The least; `randint(high, size)` leaves it out."),
    .required("high", IntegerOrSizes.self, "One above the greatest."),
    .optional("size", [Int].self, "The sizes."),
    .option("dtype", DType.int64, "The type of the elements."),
    examples: [Example("randint(0, 10, [20]).shape", gives: "[20]")]
  ) { (g: Generator, low: Int, high: IntegerOrSizes, size: [Int]?, dtype: DType) in
    switch (high, size) {
    case (.integer(let high), let size?): return try g.integers(size, from: low, to: high).to(dtype)
    case (.sizes(let size), nil): return try g.integers(size, from: 0, to: low).to(dtype)
    default: throw TensorError.value("randint", "takes low, high and a list of sizes, or high and a list of sizes")
    }
  }

  static let randperm = Builtin(
    "randperm", "The numbers 0 to n - 1 in random order.",
    .required("n", Int.self, in: 0...1e15, "How many."),
    examples: [Example("randperm(30).shape", gives: "[30]")]
  ) { (g: Generator, n: Int) in try g.permutation(n) }
}

/// A number, or the list that stands in its place where `low` is left out.
enum IntegerOrSizes: Accepted {
  case integer(Int), sizes([Int])
  static let expectation = "an integer"
  static func accept(_ value: any Value) throws -> IntegerOrSizes? {
    if let i = value as? Int { return .integer(i) }
    return value is List ? try [Int].accept(value).map { .sizes($0) } : nil
  }
}

/// A type that numbers between whole ones can have.
func real(_ name: String, _ dtype: DType) throws(TensorError) -> DType {
  guard dtype.isFloating else { throw .dtype(name, expected: "a type of real numbers", met: dtype, operand: 0) }
  return dtype
}
