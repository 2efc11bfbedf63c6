import Builtins
import CKernels

extension Builtin<Void> {
  static let empty = Builtin(
    "empty", "Zeros; PyTorch leaves the numbers open, here they are always 0.",
    .several("size", [Int].self, "The sizes."),
    .option("dtype", DType.float32, "The type of the elements."),
    .option("requires_grad", false, "Whether `.backward()` keeps a gradient for it."),
    examples: [Example("empty(2).shape", gives: "[2]")]
  ) { (size: [Int], dtype: DType, isRequired: Bool) in try Tensor.zeros(size, dtype).requiring(isRequired) }

  static let eye = Builtin(
    "eye", "Ones on the diagonal, 0 elsewhere.",
    .required("n", Int.self, "Rows."),
    .optional("m", Int.self, "Columns; without it, as many."),
    .option("dtype", DType.float32, "The type of the elements."),
    examples: [Example("eye(2)", gives: "[[1., 0.],\n        [0., 1.]]")]
  ) { (n: Int, m: Int?, dtype: DType) in try Tensor.eye(n, m ?? n, dtype) }

  static let full = Builtin(
    "full", "One value everywhere.",
    .required("size", [Int].self, "The sizes."),
    .required("fill_value", Scalar.self, "The value."),
    .optional("dtype", DType.self, "The type of the elements; without it, that of the value."),
    .option("requires_grad", false, "Whether `.backward()` keeps a gradient for it."),
    examples: [Example("full([2], 7.0)", gives: "[7., 7.]")]
  ) { (size: [Int], value: Scalar, dtype: DType?, isRequired: Bool) in
    try value.filled(size, dtype ?? value.dtype).requiring(isRequired)
  }

  static let fullLike = Builtin(
    "full_like", "One value everywhere, in the shape of another tensor.",
    .required("input", Tensor.self, "Whose shape and dtype it takes."),
    .required("fill_value", Scalar.self, "The value."),
    .optional("dtype", DType.self, "Another type of elements."),
    examples: [Example("full_like(tensor([1.0, 2.0]), 7)", gives: "[7., 7.]")]
  ) { (x: Tensor, value: Scalar, dtype: DType?) in try value.filled(x.shape, dtype ?? x.dtype) }

  static let ones = Builtin(
    "ones", "1 everywhere.",
    .several("size", [Int].self, "The sizes."),
    .option("dtype", DType.float32, "The type of the elements."),
    .option("requires_grad", false, "Whether `.backward()` keeps a gradient for it."),
    examples: [Example("ones(2)", gives: "[1., 1.]")]
  ) { (size: [Int], dtype: DType, isRequired: Bool) in try Tensor.ones(size, dtype).requiring(isRequired) }

  static let onesLike = Builtin(
    "ones_like", "1 everywhere, in the shape of another tensor.",
    .required("input", Tensor.self, "Whose shape and dtype it takes."),
    .optional("dtype", DType.self, "Another type of elements."),
    examples: [Example("ones_like(tensor([5.0, 6.0]))", gives: "[1., 1.]")]
  ) { (x: Tensor, dtype: DType?) in try Tensor.ones(x.shape, dtype ?? x.dtype) }

  static let zeros = Builtin(
    "zeros", "0 everywhere.",
    .several("size", [Int].self, "The sizes."),
    .option("dtype", DType.float32, "The type of the elements."),
    .option("requires_grad", false, "Whether `.backward()` keeps a gradient for it."),
    examples: [Example("zeros(2)", gives: "[0., 0.]")]
  ) { (size: [Int], dtype: DType, isRequired: Bool) in try Tensor.zeros(size, dtype).requiring(isRequired) }

  static let zerosLike = Builtin(
    "zeros_like", "0 everywhere, in the shape of another tensor.",
    .required("input", Tensor.self, "Whose shape and dtype it takes."),
    .optional("dtype", DType.self, "Another type of elements."),
    examples: [Example("zeros_like(tensor([5.0, 6.0]))", gives: "[0., 0.]")]
  ) { (x: Tensor, dtype: DType?) in try Tensor.zeros(x.shape, dtype ?? x.dtype) }
}

/// A plain number of the language, with its kind.
enum Scalar: Accepted {
  case integer(Int), real(Double), truth(Bool)
  static let expectation = "a number"
  static func accept(_ value: any Value) throws -> Scalar? {
    switch value {
    case let i as Int: return .integer(i)
    case let d as Double: return .real(d)
    case let b as Bool: return .truth(b)
    case let t as Tensor where t.count == 1:
      return t.dtype.isFloating ? .real(try t.item()) : t.dtype == .bool ? .truth(try t.item() != 0) : .integer(Int(try t.integer()))
    default: return nil
    }
  }

  /// The type of a tensor of such numbers.
  var dtype: DType {
    switch self {
    case .integer: .int64
    case .real: .float32
    case .truth: .bool
    }
  }
  var double: Double {
    switch self {
    case .integer(let i): Double(i)
    case .real(let d): d
    case .truth(let b): b ? 1 : 0
    }
  }

  func filled(_ size: [Int], _ dtype: DType) throws(TensorError) -> Tensor {
    guard dtype == .int64, case .integer(let i) = self else { return try Tensor.full(size, double, dtype) }
    let t = try Tensor.empty(size, .int64)
    pith_fill_i64(t.i64, t.count, Int64(i))
    return t
  }
}

extension Tensor {
  /// A leaf that gradients are kept for, where asked.
  func requiring(_ isRequired: Bool) throws(TensorError) -> Tensor {
    guard isRequired else { return self }
    guard dtype.isFloating else { throw .dtype("requires_grad", expected: "real numbers", met: dtype, operand: 0) }
    return requiringGrad()
  }

  /// Ones on the diagonal.
  public static func eye(_ n: Int, _ m: Int, _ dtype: DType = .float32) throws(TensorError) -> Tensor {
    let t = try zeros([n, m], dtype)
    try Recording.with(.none) { () throws(TensorError) in
      let line = try t.diagonal()
      Kernel.write(try ones(line.shape, dtype), into: line)
    }
    return t
  }
}
