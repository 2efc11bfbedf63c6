import Builtins

extension Builtin<Void> {
  static let tensor = make("tensor", "A tensor from a number, or from lists of numbers inside each other.")
  static let asTensor = make("as_tensor", "Another name of `tensor`.")

  private static func make(_ name: String, _ summary: String) -> Builtin {
    Builtin(
      name, summary,
      .required("data", Anything.self, "A number, a list, a list of lists, …; a tensor is copied."),
      .optional("dtype", DType.self, "The type of the elements; without it, float32 for real numbers, else int64 or bool."),
      .option("requires_grad", false, "Whether `.backward()` keeps a gradient for it."),
      examples: [Example("\(name)([[1.0, 2.0], [3.0, 4.0]])", gives: "[[1., 2.],\n        [3., 4.]]")]
    ) { (data: Anything, dtype: DType?, isRequired: Bool) in try NestedNumbers(data.value).tensor(dtype).requiring(isRequired) }
  }

  static let item = Builtin(
    "item", "The one number of a tensor of one element.",
    .required("input", Tensor.self, "One element."),
    examples: [Example("item(tensor([3]))", gives: "3")]
  ) { (x: Tensor) in try x.itemValue() }

  static let tolist = Builtin(
    "tolist", "The numbers as lists inside each other.",
    .required("input", Tensor.self, "Any numbers."),
    examples: [Example("tolist(tensor([[1, 2], [3, 4]]))", gives: "[[1, 2], [3, 4]]")]
  ) { (x: Tensor) in try x.lists() }
}

/// Numbers out of lists inside each other, with the shape that they form.
struct NestedNumbers {
  private var shape: [Int] = []
  private var reals: [Double] = []
  private var integers: [Int] = []
  private var kind = DType.bool
  /// Tensors inside lists are joined with `stack`.
  private var whole: Tensor?

  init(_ value: any Value) throws {
    if let t = try NestedNumbers.tensor(of: value) {
      whole = t
      return
    }
    var level = value
    while let list = level as? List {
      shape.append(list.items.count)
      guard shape.count <= Shape.maximalRank else { throw TensorError.tooManyDimensions(shape.count) }
      guard let first = list.items.first else { break }
      level = first
    }
    if level is Tensor, let list = value as? List {
      whole = try Tensor.stack(list.items.map { try NestedNumbers($0).tensor(nil) })
      return
    }
    try read(value, depth: 0, path: "")
  }

  private static func tensor(of value: any Value) throws -> Tensor? {
    value is List || value is Int || value is Double || value is Bool ? nil : try Tensor.accept(value)
  }

  private mutating func read(_ value: any Value, depth: Int, path: String) throws {
    if let list = value as? List {
      guard depth < shape.count else { throw TensorError.value("tensor", "a list stands where a number stands elsewhere, at \(place(path))") }
      guard list.items.count == shape[depth] else {
        throw TensorError.value("tensor", "the lists differ in length: \(list.items.count) at \(place(path)), \(shape[depth]) before it")
      }
      for (i, item) in list.items.enumerated() { try read(item, depth: depth + 1, path: path + "[\(i)]") }
      return
    }
    guard depth == shape.count else { throw TensorError.value("tensor", "a number stands where a list of \(shape[depth]) stands elsewhere, at \(place(path))") }
    switch value {
    case let i as Int: take(Double(i), i, .int64)
    case let d as Double: take(d, 0, .float32)
    case let b as Bool: take(b ? 1 : 0, b ? 1 : 0, .bool)
    default: throw TensorError.value("tensor", "takes numbers, got \(type(of: value).aKind) at \(place(path))")
    }
  }

  private mutating func take(_ real: Double, _ integer: Int, _ met: DType) {
    reals.append(real)
    integers.append(integer)
    kind = kind.joined(met)
  }

  private func place(_ path: String) -> String { path.isEmpty ? "the outermost place" : path }

  /// The numbers in a dtype; without one, float32 where any is real or there is none, else int64 or bool.
  func tensor(_ dtype: DType?) throws(TensorError) -> Tensor {
    if let whole { return try whole.detached().to(dtype ?? whole.dtype).clone().plain() }
    let kind = reals.isEmpty ? DType.float32 : self.kind
    let t = kind == .float32 ? try Tensor(reals, shape) : try Tensor(integers, shape)
    return try t.to(dtype ?? kind)
  }
}

extension Tensor {
  /// The one number as a value of the language.
  func itemValue() throws(TensorError) -> any Value {
    let value = try item()
    return switch dtype {
    case .float32, .float64: value
    case .int64: Int(try integer())
    case .bool: value != 0
    }
  }

  /// The numbers as lists inside each other.
  func lists() throws(TensorError) -> any Value {
    if rank == 0 { return try itemValue() }
    let leaves: [any Value] = switch dtype {
    case .float32, .float64: try doubles()
    case .int64: try ints()
    case .bool: try bools()
    }
    var next = 0
    func level(_ d: Int) -> any Value {
      guard d < rank else {
        defer { next += 1 }
        return leaves[next]
      }
      return List((0..<shape[d]).map { _ in level(d + 1) })
    }
    return level(0)
  }

  /// A tensor in its own right, also of a plain number.
  func plain() -> Tensor {
    isNumber ? Tensor(storage, dtype, shape, strides: strides, offset: offset, count: count, isContiguous: isContiguous) : self
  }
}

extension Tensor {
  /// A tensor from a number, or from lists of numbers inside each other, as the language writes them.
  public static func nested(_ value: any Value) throws -> Tensor { try NestedNumbers(value).tensor(nil) }
}
