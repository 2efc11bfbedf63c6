import Builtins

extension Builtin<Void> {
  static let flip = Builtin(
    "flip", "The order along dimensions turned around.",
    .required("input", Tensor.self, "Any numbers."),
    .several("dims", [Int].self, "The dimensions."),
    examples: [Example("flip(tensor([1.0, 2.0, 3.0]), 0)", gives: "[3., 2., 1.]")]
  ) { (x: Tensor, dims: [Int]) in dims.isEmpty ? try x.clone() : try x.flip(dims) }

  static let movedim = Builtin(
    "movedim", "Dimensions moved to other places, as a view.",
    .required("input", Tensor.self, "Any numbers."),
    .required("source", [Int].self, "The dimensions."),
    .required("destination", [Int].self, "Where they go."),
    examples: [Example("movedim(zeros(2, 3, 4), 0, -1).shape", gives: "[3, 4, 2]")]
  ) { (x: Tensor, from: [Int], to: [Int]) in try x.movedim(from, to) }

  static let permute = Builtin(
    "permute", "The dimensions in another order, as a view.",
    .required("input", Tensor.self, "Any numbers."),
    .several("dims", [Int].self, "All dimensions, in their new order."),
    examples: [Example("permute(zeros(2, 3, 4), 2, 0, 1).shape", gives: "[4, 2, 3]")]
  ) { (x: Tensor, dims: [Int]) in try x.permute(dims) }

  static let roll = Builtin(
    "roll", "Elements moved along dimensions; what leaves one end comes back at the other.",
    .required("input", Tensor.self, "Any numbers."),
    .required("shifts", [Int].self, "How far."),
    .optional("dims", [Int].self, "Along which dimensions; without it, all elements in a row."),
    laws: [],
    examples: [Example("roll(tensor([1.0, 2.0, 3.0]), 1)", gives: "[3., 1., 2.]")]
  ) { (x: Tensor, shifts: [Int], dims: [Int]?) in try x.roll(shifts, dims) }

  static let rot90 = Builtin(
    "rot90", "Turned by quarters in the plane of two dimensions.",
    .required("input", Tensor.self, "Any numbers."),
    .option("k", 1, "How many quarters, from the first dimension to the second."),
    .option("dims", [0, 1], "The two dimensions."),
    examples: [Example("rot90(tensor([[1.0, 2.0], [3.0, 4.0]]))", gives: "[[2., 4.],\n        [1., 3.]]")]
  ) { (x: Tensor, k: Int, dims: [Int]) in try x.rot90(k, dims) }

  static let swapaxes = Builtin(
    "swapaxes", "Another name of `transpose`.",
    .required("input", Tensor.self, "Any numbers."),
    .required("axis0", Int.self, "One dimension."),
    .required("axis1", Int.self, "The other."),
    examples: [Example("swapaxes(zeros(2, 3), 0, 1).shape", gives: "[3, 2]")]
  ) { (x: Tensor, a: Int, b: Int) in try x.transpose(a, b) }

  static let t = Builtin(
    "t", "The transpose of a matrix, as a view.",
    .required("input", Tensor.self, "At most two dimensions."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("t(tensor([[1.0, 2.0]]))", gives: "[[1.],\n        [2.]]")]
  ) { (x: Tensor) in
    guard x.rank <= 2 else { throw TensorError.shape("t", expected: "at most two dimensions (`permute` takes more)", met: x.shape, operand: 0) }
    return x.rank < 2 ? x : try x.transpose(0, 1)
  }

  static let transpose = Builtin(
    "transpose", "Two dimensions exchanged, as a view.",
    .required("input", Tensor.self, "Any numbers."),
    .required("dim0", Int.self, "One dimension."),
    .required("dim1", Int.self, "The other."),
    examples: [Example("transpose(tensor([[1.0, 2.0]]), 0, 1)", gives: "[[1.],\n        [2.]]")]
  ) { (x: Tensor, a: Int, b: Int) in try x.transpose(a, b) }
}

extension Tensor {
  /// The order along dimensions turned around, as a copy.
  public func flip(_ dims: [Int]) throws(TensorError) -> Tensor {
    try FlipOp(dims: Shape.dimensions(dims, rank: rank, "flip")).apply([self])
  }

  /// Dimensions moved to other places; the others keep their order.
  public func movedim(_ source: [Int], _ destination: [Int]) throws(TensorError) -> Tensor {
    guard source.count == destination.count else {
      throw .value("movedim", "\(source.count) dimensions cannot go to \(destination.count) places")
    }
    if source.isEmpty { return self }
    let (from, to) = (try Shape.dimensions(source, rank: rank, "movedim"), try Shape.dimensions(destination, rank: rank, "movedim"))
    var rest = (0..<rank).filter { !from.contains($0) }.makeIterator()
    var order: [Int] = []
    for place in 0..<rank {
      if let i = to.firstIndex(of: place) { order.append(from[i]) } else if let next = rest.next() { order.append(next) }
    }
    return try permute(order)
  }

  /// Elements moved along dimensions, around the end.
  public func roll(_ shifts: [Int], _ dims: [Int]? = nil) throws(TensorError) -> Tensor {
    guard let dims, !dims.isEmpty else {
      guard shifts.count == 1 else { throw .value("roll", "without dims there is one shift, got \(shifts.count)") }
      return try reshape([count]).roll(shifts, [0]).reshape(shape)
    }
    guard dims.count == shifts.count else { throw .value("roll", "\(shifts.count) shifts for \(dims.count) dimensions") }
    var y = self
    for (shift, dim) in zip(shifts, dims) {
      let d = try dimension(dim, "roll"), n = shape[d]
      guard n > 0, shift % n != 0 else { continue }
      let cut = n - (shift % n + n) % n
      y = try Tensor.cat([y.narrow(d, cut, n - cut), y.narrow(d, 0, cut)], d)
    }
    return y
  }

  func rot90(_ k: Int, _ dims: [Int]) throws(TensorError) -> Tensor {
    guard dims.count == 2, rank >= 2 else { throw .value("rot90", "takes two dimensions of a tensor of at least two, got \(dims) of \(shape)") }
    let plane = try Shape.dimensions(dims, rank: rank, "rot90")
    switch (k % 4 + 4) % 4 {
    case 1: return try flip([plane[1]]).transpose(plane[0], plane[1])
    case 2: return try flip(plane)
    case 3: return try flip([plane[0]]).transpose(plane[0], plane[1])
    default: return try clone()
    }
  }
}

struct FlipOp: Primitive {
  let dims: [Int]
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    var (strides, offset) = (x[0].strides, x[0].offset)
    for d in dims where x[0].shape[d] > 0 {
      offset += (x[0].shape[d] - 1) * strides[d]
      strides[d] = -strides[d]
    }
    return try Kernel.compact(x[0].viewed(x[0].shape, strides: strides, offset: offset))
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try apply([dy])] }
}
