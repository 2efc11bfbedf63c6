import Builtins
import CKernels

extension Builtin<Void> {
  static let amax = Builtin(
    "amax", "The largest element, over all or over dimensions; elements that tie share the gradient.",
    .required("input", Tensor.self, "Any numbers."),
    .optional("dim", [Int].self, "The dimensions that go."),
    .option("keepdim", false, "Whether they stay with size 1."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("amax(tensor([[1.0, 5.0], [3.0, 2.0]]), dim=1)", gives: "[5., 3.]")]
  ) { (x: Tensor, dims: [Int]?, keepdim: Bool) in try x.amax(dims, keepdim: keepdim) }

  static let amin = Builtin(
    "amin", "The smallest element, over all or over dimensions; elements that tie share the gradient.",
    .required("input", Tensor.self, "Any numbers."),
    .optional("dim", [Int].self, "The dimensions that go."),
    .option("keepdim", false, "Whether they stay with size 1."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("amin(tensor([[1.0, 5.0], [3.0, 2.0]]), dim=1)", gives: "[1., 2.]")]
  ) { (x: Tensor, dims: [Int]?, keepdim: Bool) in try x.amin(dims, keepdim: keepdim) }

  static let argmax = Builtin(
    "argmax", "Where the largest element is, the first of equal ones.",
    .required("input", Tensor.self, "Any numbers."),
    .optional("dim", Int.self, "The dimension that is searched; without it, all elements in a row."),
    .option("keepdim", false, "Whether it stays with size 1."),
    examples: [Example("argmax(tensor([[1.0, 5.0], [3.0, 2.0]]), dim=1)", gives: "[1, 0]")]
  ) { (x: Tensor, dim: Int?, keepdim: Bool) in try x.argmax(dim, keepdim: keepdim) }

  static let argmin = Builtin(
    "argmin", "Where the smallest element is, the first of equal ones.",
    .required("input", Tensor.self, "Any numbers."),
    .optional("dim", Int.self, "The dimension that is searched; without it, all elements in a row."),
    .option("keepdim", false, "Whether it stays with size 1."),
    examples: [Example("argmin(tensor([[1.0, 5.0], [3.0, 2.0]]), dim=1)", gives: "[0, 1]")]
  ) { (x: Tensor, dim: Int?, keepdim: Bool) in try x.argmin(dim, keepdim: keepdim) }

  static let max = Builtin(
    "max", "The largest element; along a dimension, with its place; or the larger of two tensors.",
    .required("input", Tensor.self, "Any numbers."),
    .optional("dim", DimensionOrTensor.self, "The dimension that is searched, or a tensor to compare with."),
    .option("keepdim", false, "Whether it stays with size 1."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("max(tensor([[1.0, 5.0], [3.0, 2.0]]), dim=1).indices", gives: "[1, 0]")]
  ) { (x: Tensor, dim: DimensionOrTensor?, keepdim: Bool) -> any Value in
    switch dim {
    case nil: try x.amax(nil)
    case .tensor(let other): try x.maximum(other)
    case .dimension(let d): Record(try x.extreme(PITH_ARG_MAX, d, keepdim: keepdim))
    }
  }

  static let min = Builtin(
    "min", "The smallest element; along a dimension, with its place; or the smaller of two tensors.",
    .required("input", Tensor.self, "Any numbers."),
    .optional("dim", DimensionOrTensor.self, "The dimension that is searched, or a tensor to compare with."),
    .option("keepdim", false, "Whether it stays with size 1."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("min(tensor([[1.0, 5.0], [3.0, 2.0]]), dim=1).values", gives: "[1., 2.]")]
  ) { (x: Tensor, dim: DimensionOrTensor?, keepdim: Bool) -> any Value in
    switch dim {
    case nil: try x.amin(nil)
    case .tensor(let other): try x.minimum(other)
    case .dimension(let d): Record(try x.extreme(PITH_ARG_MIN, d, keepdim: keepdim))
    }
  }
}

/// A whole number names a dimension; a tensor is one to compare with.
enum DimensionOrTensor: Accepted {
  case dimension(Int), tensor(Tensor)
  static let expectation = "a dimension or a tensor"
  static func accept(_ value: any Value) throws -> DimensionOrTensor? {
    if let dim = value as? Int { return .dimension(dim) }
    return try (value is Bool ? nil : Tensor.accept(value)).map { .tensor($0) }
  }
}

/// Values along a dimension with the places that they came from.
struct Placed {
  let values: Tensor, indices: Tensor
}

extension Record {
  init(_ placed: Placed) { self.init([("values", placed.values), ("indices", placed.indices)]) }
}

extension Tensor {
  /// The largest element over dimensions, over all where none is named. nan wins.
  /// - Gradient: elements that tie share it evenly.
  /// - Throws: `value` where there is nothing to choose from.
  public func amax(_ dims: [Int]? = nil, keepdim: Bool = false) throws(TensorError) -> Tensor {
    try ExtremeOp(isLargest: true, dims: searched("max", dims), keepdim: keepdim).apply([counted()]).like(self)
  }
  /// The smallest element, likewise.
  public func amin(_ dims: [Int]? = nil, keepdim: Bool = false) throws(TensorError) -> Tensor {
    try ExtremeOp(isLargest: false, dims: searched("min", dims), keepdim: keepdim).apply([counted()]).like(self)
  }

  /// Where the largest element is: along a dimension, or among all in a row.
  public func argmax(_ dim: Int? = nil, keepdim: Bool = false) throws(TensorError) -> Tensor {
    try Kernel.place(PITH_ARG_MAX, detached(), searched("argmax", dim.map { [$0] }), keepdim: keepdim)
  }
  public func argmin(_ dim: Int? = nil, keepdim: Bool = false) throws(TensorError) -> Tensor {
    try Kernel.place(PITH_ARG_MIN, detached(), searched("argmin", dim.map { [$0] }), keepdim: keepdim)
  }

  /// The extreme value along a dimension and its place. The gradient goes to that place.
  func extreme(_ code: pith_arg, _ dim: Int, keepdim: Bool) throws(TensorError) -> Placed {
    let axes = try searched(code == PITH_ARG_MAX ? "max" : "min", [dim])
    let places = try Kernel.place(code, detached(), axes, keepdim: true)
    guard let d = axes.first else { return Placed(values: self, indices: places) }
    let values = try gather(d, places)
    return keepdim ? Placed(values: values, indices: places) : Placed(values: try values.squeeze([d]), indices: try places.squeeze([d]))
  }

  /// The dimensions of a search, each with something to find.
  private func searched(_ name: String, _ dims: [Int]?) throws(TensorError) -> [Int] {
    let axes = try Shape.dimensions(dims, rank: rank, name)
    guard axes.allSatisfy({ shape[$0] > 0 }) else { throw .value(name, "there is nothing to choose from in a tensor of \(shape)") }
    return axes
  }

  /// Integers back as truth values where they were.
  private func like(_ source: Tensor) throws(TensorError) -> Tensor { source.dtype == .bool ? try to(.bool) : self }
}

struct ExtremeOp: Primitive {
  let isLargest: Bool, dims: [Int], keepdim: Bool
  static var name: String { "max" }
  var saves: Saves { [.first, .output] }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    try Kernel.reduce(isLargest ? PITH_REDUCE_MAX : PITH_REDUCE_MIN, x[0], dims, keepdim: keepdim)
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let extreme = try pass.result.detached().restoring(dims, keepdim: keepdim)
    let mask = try pass.input(0).eq(extreme).to(dy.dtype)
    return [try mask * (dy.restoring(dims, keepdim: keepdim) / mask.sum(dims, keepdim: true))]
  }
}
