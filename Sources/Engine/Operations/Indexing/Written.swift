import Builtins

extension Builtin<Void> {
  static let diagonalScatter = Builtin(
    "diagonal_scatter", "A copy with a diagonal written.",
    .required("input", Tensor.self, "At least two dimensions."),
    .required("src", Tensor.self, "What is written, of the diagonal's shape."),
    .option("offset", 0, "Which one: above the main diagonal, or below it where negative."),
    .option("dim1", 0, "The dimension that counts rows."),
    .option("dim2", 1, "The dimension that counts columns."),
    examples: [Example("diagonal_scatter(zeros(2, 2), tensor([1.0, 2.0]))", gives: "[[1., 0.],\n        [0., 2.]]")]
  ) { (x: Tensor, source: Tensor, k: Int, a: Int, b: Int) in
    try x.written("diagonal_scatter", source) { places throws(TensorError) in try places.diagonal(k, a, b) }
  }

  static let indexAdd = Builtin(
    "index_add", "A copy with slices added at places along a dimension.",
    .required("input", Tensor.self, "Any numbers."),
    .required("dim", Int.self, "The dimension."),
    .required("index", Tensor.self, "The place of each slice."),
    .required("source", Tensor.self, "The slices."),
    .option("alpha", 1.0, "A factor of them."),
    examples: [Example("index_add(zeros(3), 0, tensor([2, 2]), tensor([1.0, 4.0]))", gives: "[0., 0., 5.]")]
  ) { (x: Tensor, dim: Int, index: Tensor, source: Tensor, alpha: Double) in
    let places = try x.slicePlaces("index_add", dim, index, source)
    return try x.scatterAdd(places.dim, places.index, alpha == 1 ? source : source * alpha)
  }

  static let indexCopy = Builtin(
    "index_copy", "A copy with slices written at places along a dimension.",
    .required("input", Tensor.self, "Any numbers."),
    .required("dim", Int.self, "The dimension."),
    .required("index", Tensor.self, "The place of each slice."),
    .required("source", Tensor.self, "The slices."),
    examples: [Example("index_copy(zeros(3), 0, tensor([2, 0]), tensor([1.0, 4.0]))", gives: "[4., 0., 1.]")]
  ) { (x: Tensor, dim: Int, index: Tensor, source: Tensor) in
    let places = try x.slicePlaces("index_copy", dim, index, source)
    return try x.scatter(places.dim, places.index, source)
  }

  static let indexFill = Builtin(
    "index_fill", "A copy with one number written at places along a dimension.",
    .required("input", Tensor.self, "Any numbers."),
    .required("dim", Int.self, "The dimension."),
    .required("index", Tensor.self, "The places."),
    .required("value", Tensor.self, "The number."),
    examples: [Example("index_fill(zeros(3), 0, tensor([2, 0]), 7.0)", gives: "[7., 0., 7.]")]
  ) { (x: Tensor, dim: Int, index: Tensor, value: Tensor) in
    guard value.count == 1 else { throw TensorError.shape("index_fill", expected: "one number", met: value.shape, operand: 3) }
    let d = try x.dimension(dim, "index_fill")
    var sizes = x.shape
    sizes[d] = index.count
    let source = try value.reshape([]).to(x.dtype).expand(sizes), places = try x.slicePlaces("index_fill", d, index, source)
    return try x.scatter(d, places.index, source)
  }

  static let indexPut = Builtin(
    "index_put", "A copy with elements written at the places that tensors of indices name; `x[i, j] = value` writes into x itself.",
    .required("input", Tensor.self, "Any numbers."),
    .required("indices", List.self, "For each dimension in turn a tensor of places or a mask; `none` leaves a dimension whole."),
    .required("values", Tensor.self, "What is written; it stretches."),
    .option("accumulate", false, "Adds to what is there, once for each place named."),
    examples: [
      Example("index_put(zeros(3), [tensor([2, 0])], tensor([1.0, 4.0]))", gives: "[4., 0., 1.]"),
      Example("index_put(zeros(3), [tensor([2, 2])], tensor(1.0), accumulate=true)", gives: "[0., 0., 2.]"),
    ]
  ) { (x: Tensor, indices: List, values: Tensor, accumulate: Bool) in
    let places = try indices.items.map { item -> Index in
      if item is None { return .slice(from: nil, to: nil, step: 1) }
      guard let index = try Tensor.accept(item) else { throw TensorError.value("index_put", "an index is a tensor or none, got \(type(of: item).aKind)") }
      return .tensor(index)
    }
    return try x.put(values, at: places, accumulates: accumulate)
  }

  static let maskedScatter = Builtin(
    "masked_scatter", "A copy with the elements of another tensor, in their order, where a mask is true.",
    .required("input", Tensor.self, "Any numbers."),
    .required("mask", Tensor.self, "Truth values; it stretches."),
    .required("source", Tensor.self, "At least as many elements as the mask has true ones."),
    examples: [Example("masked_scatter(zeros(3), tensor([true, false, true]), tensor([1.0, 2.0]))", gives: "[1., 0., 2.]")]
  ) { (x: Tensor, mask: Tensor, source: Tensor) in
    guard mask.dtype == .bool else { throw TensorError.dtype("masked_scatter", expected: "truth values as its mask", met: mask.dtype, operand: 1) }
    guard let shape = Shape.broadcast(x.shape, mask.shape) else { throw TensorError.shapesDoNotBroadcast("masked_scatter", x.shape, mask.shape) }
    let places = try mask.expand(shape).reshape([-1]).nonzero().reshape([-1])
    guard places.count <= source.count else {
      throw TensorError.value("masked_scatter", "the mask is true \(places.count) times, and there are \(source.count) elements to write")
    }
    let values = try source.reshape([source.count]).narrow(0, 0, places.count)
    return try x.expand(shape).reshape([-1]).scatter(0, places, values).reshape(shape)
  }

  static let selectScatter = Builtin(
    "select_scatter", "A copy with one place of a dimension written.",
    .required("input", Tensor.self, "Any numbers."),
    .required("src", Tensor.self, "What is written, of the input's shape without the dimension."),
    .required("dim", Int.self, "The dimension."),
    .required("index", Int.self, "The place, counted from either end."),
    examples: [Example("select_scatter(zeros(2, 2), tensor([1.0, 2.0]), 0, 1)", gives: "[[0., 0.],\n        [1., 2.]]")]
  ) { (x: Tensor, source: Tensor, dim: Int, index: Int) in
    try x.written("select_scatter", source) { places throws(TensorError) in try places.select(dim, index) }
  }

  static let sliceScatter = Builtin(
    "slice_scatter", "A copy with a slice of a dimension written.",
    .required("input", Tensor.self, "Any numbers."),
    .required("src", Tensor.self, "What is written, of the slice's shape."),
    .option("dim", 0, "The dimension."),
    .optional("start", Int.self, "Where the slice starts."),
    .optional("end", Int.self, "Where it stops, left out itself."),
    .option("step", 1, in: 1...1e18, "From one place to the next."),
    examples: [Example("slice_scatter(zeros(4), ones(2), start=0, step=2)", gives: "[1., 0., 1., 0.]")]
  ) { (x: Tensor, source: Tensor, dim: Int, start: Int?, end: Int?, step: Int) in
    let d = try x.dimension(dim, "slice_scatter")
    let index = Array(repeating: Index.slice(from: nil, to: nil, step: 1), count: d) + [.slice(from: start, to: end, step: step)]
    return try x.written("slice_scatter", source) { places throws(TensorError) in try places.indexed(index) }
  }
}

extension Tensor {
  /// A copy with elements written where `choose` finds their places in a tensor of all places of this one.
  /// - Gradient: `dx = dy` but 0 at the places, `dsource = dy` at the places.
  fileprivate func written(_ name: String, _ source: Tensor, at choose: (Tensor) throws(TensorError) -> Tensor) throws(TensorError) -> Tensor {
    let all = try Tensor(Array(0..<count)).reshape(shape)
    let places = try choose(all)
    guard places.shape == source.shape else { throw .shape(name, expected: "\(places.shape) to write", met: source.shape, operand: 1) }
    return try reshape([count]).scatter(0, places.reshape([places.count]), source.to(dtype).reshape([source.count])).reshape(shape)
  }

  /// A copy with values, stretched to the places that indices choose, written there or added.
  func put(_ values: Tensor, at indices: [Index], accumulates: Bool) throws(TensorError) -> Tensor {
    guard values.dtype == dtype || values.isNumber else { throw .dtype("index_put", expected: dtype.name, met: values.dtype, operand: 2) }
    let places = try Tensor(Array(0..<count)).reshape(shape).indexed(indices)
    let source = try values.to(dtype).broadcast(to: places.shape, "index_put").reshape([places.count]), flat = try places.reshape([places.count])
    let row = try reshape([count])
    return try (accumulates ? row.scatterAdd(0, flat, source) : row.scatter(0, flat, source)).reshape(shape)
  }

  /// The places of slices along a dimension, one for each of their elements.
  fileprivate func slicePlaces(_ name: String, _ dim: Int, _ index: Tensor, _ source: Tensor) throws(TensorError) -> (dim: Int, index: Tensor) {
    let d = try dimension(dim, name)
    guard index.rank <= 1 else { throw .shape(name, expected: "a list of places", met: index.shape, operand: 2) }
    var sizes = shape
    sizes[d] = index.count
    guard source.shape == sizes else { throw .shape(name, expected: "\(sizes) to write", met: source.shape, operand: 3) }
    return (d, try index.reshape(sizes.indices.map { $0 == d ? index.count : 1 }).expand(sizes))
  }
}
