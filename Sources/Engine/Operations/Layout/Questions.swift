import Builtins

extension Builtin<Void> {
  static let adjoint = Builtin(
    "adjoint", "The last two dimensions exchanged.",
    .required("input", Tensor.self, "A matrix or a batch of them."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("adjoint(tensor([[1.0, 2.0]]))", gives: "[[1.],\n        [2.]]")]
  ) { (x: Tensor) in try x.transpose(-2, -1) }

  static let broadcastShapes = Builtin(
    "broadcast_shapes", "The shape to which tensors of these shapes stretch.",
    .several("shapes", [ShapeList].self, "Lists of sizes."),
    examples: [Example("broadcast_shapes([3, 1], [4])", gives: "[3, 4]")]
  ) { (shapes: [ShapeList]) in
    var out: [Int] = []
    for shape in shapes {
      guard let wider = Shape.broadcast(out, shape.sizes) else { throw TensorError.shapesDoNotBroadcast("broadcast_shapes", out, shape.sizes) }
      out = wider
    }
    return List(out)
  }

  static let fill = Builtin(
    "fill", "A tensor of the same shape with one number everywhere.",
    .required("input", Tensor.self, "Whose shape and dtype it takes."),
    .required("value", Double.self, "The number."),
    examples: [Example("fill(tensor([1.0, 2.0]), 5)", gives: "[5., 5.]")]
  ) { (x: Tensor, value: Double) in try Tensor.full(x.shape, value, x.dtype) }

  static let isFloatingPoint = Builtin(
    "is_floating_point", "Whether a tensor holds real numbers.",
    .required("input", Tensor.self, "Any numbers."),
    examples: [Example("is_floating_point(tensor([1]))", gives: "false")]
  ) { (x: Tensor) in x.dtype.isFloating }

  static let isNonzero = Builtin(
    "is_nonzero", "Whether the one number of a tensor is not 0.",
    .required("input", Tensor.self, "One number."),
    examples: [Example("is_nonzero(tensor([2.0]))", gives: "true")]
  ) { (x: Tensor) in try x.item() != 0 }

  static let positive = Builtin(
    "positive", "The numbers themselves.",
    .required("input", Tensor.self, "Numbers."),
    examples: [Example("positive(tensor([-1.0]))", gives: "[-1.]")]
  ) { (x: Tensor) in
    guard x.dtype != .bool else { throw TensorError.dtype("positive", expected: "numbers", met: .bool, operand: 0) }
    return x
  }

  static let rsub = Builtin(
    "rsub", "A tensor taken from another.",
    .required("input", Tensor.self, "What is taken."),
    .required("other", Tensor.self, "What it is taken from."),
    .option("alpha", 1.0, "A factor of what is taken."),
    formula: "other - alpha input",
    laws: [.gradient(in: -2...2)],
    examples: [Example("rsub(tensor([1.0]), tensor([3.0]))", gives: "[2.]")]
  ) { (x: Tensor, other: Tensor, alpha: Double) in alpha == 1 ? try other - x : try other - x * alpha }

  static let sumToSize = Builtin(
    "sum_to_size", "The sum over the dimensions that stretching a shape to this tensor's would repeat.",
    .required("input", Tensor.self, "Numbers."),
    .several("size", [Int].self, "The shape."),
    examples: [Example("sum_to_size(ones(2, 3), [1, 3])", gives: "[[2., 2., 2.]]")]
  ) { (x: Tensor, size: [Int]) in
    guard Shape.broadcast(size, x.shape) == x.shape else { throw TensorError.shapesDoNotBroadcast("sum_to_size", x.shape, size) }
    return try x.summed(to: size)
  }

  static let unravelIndex = Builtin(
    "unravel_index", "Places counted through a whole tensor, as one index a dimension.",
    .required("indices", Tensor.self, "Places from 0."),
    .required("shape", [Int].self, "The sizes of the tensor."),
    examples: [Example("unravel_index(tensor([5]), [2, 3])", gives: "[tensor([1]), tensor([2])]")]
  ) { (places: Tensor, shape: [Int]) in
    guard places.dtype == .int64 else { throw TensorError.dtype("unravel_index", expected: "integers", met: places.dtype, operand: 0) }
    guard let count = Shape.count(shape) else { throw TensorError.value("unravel_index", "no tensor has the shape \(shape)") }
    if let bad = try places.ints().first(where: { $0 < 0 || $0 >= count }) { throw TensorError.index(bad, size: count, dimension: 0) }
    return List(try zip(shape, Shape.strides(shape)).map { size, step in
      try places.floorDivide(Tensor.number(step)).remainder(Tensor.number(size))
    })
  }
}

/// A list of sizes among several.
struct ShapeList: Accepted {
  let sizes: [Int]
  static let expectation = "a list of sizes"
  static func accept(_ value: any Value) throws -> ShapeList? {
    guard value is List, let sizes = try [Int].accept(value), sizes.allSatisfy({ $0 >= 0 }) else { return nil }
    return ShapeList(sizes: sizes)
  }
}
