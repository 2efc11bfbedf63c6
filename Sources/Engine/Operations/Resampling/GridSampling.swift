import Builtins

extension Builtin<Void> {
  static let affineGrid = Builtin(
    "affine_grid", "Where each place of a picture comes from under an affine map, for `grid_sample`.",
    .required("theta", Tensor.self, "[samples, 2, 3]: what x, y and 1 are multiplied with."),
    .required("size", [Int].self, "Of the picture that is to come: [samples, channels, rows, columns]."),
    .option("align_corners", false, "Whether -1 and 1 are the centres of the outermost places, rather than their borders."),
    source: Source("Jaderberg and others 2015", arXiv: "1506.02025"),
    examples: [
      Example("affine_grid(tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]), [1, 1, 2, 2])[0, 0]", gives: "[[-0.5000, -0.5000],\n        [ 0.5000, -0.5000]]")
    ]
  ) { (theta: Tensor, size: [Int], isAligned: Bool) in try theta.affineGrid(size, isAligned: isAligned) }

  static let gridSample = Builtin(
    "grid_sample", "A picture read at places between its own.",
    .required("input", Tensor.self, "[samples, channels, rows, columns]"),
    .required("grid", Tensor.self, "[samples, rows, columns, 2]: x and y from -1 at the left and the top to 1."),
    .option("mode", GridMode.bilinear, "What stands between the places."),
    .option("padding_mode", GridPadding.zeros, "What stands outside the picture."),
    .option("align_corners", false, "Whether -1 and 1 are the centres of the outermost places, rather than their borders."),
    source: Source("Jaderberg and others 2015", arXiv: "1506.02025"),
    examples: [Example("grid_sample(tensor([[[[1.0, 3.0]]]]), zeros(1, 1, 1, 2))", gives: "[[[[2.]]]]")]
  ) { (x: Tensor, grid: Tensor, mode: GridMode, padding: GridPadding, isAligned: Bool) in
    try x.gridSampled(grid, mode, padding, isAligned: isAligned)
  }
}

/// What stands between the places of a picture that is read through a grid.
enum GridMode: String, Choice { case bilinear, nearest, bicubic }

/// What stands outside it.
enum GridPadding: String, Choice { case zeros, border, reflection }

extension Tensor {
  /// - Shape: `theta [N, 2, 3]` to `[N, rows, columns, 2]`.
  func affineGrid(_ size: [Int], isAligned: Bool) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("affine_grid", expected: "real numbers", met: dtype, operand: 0) }
    guard rank == 3, shape[1] == 2, shape[2] == 3 else { throw .shape("affine_grid", expected: "[samples, 2, 3]", met: shape, operand: 0) }
    guard size.count == 4, size.allSatisfy({ $0 > 0 }), size[0] == shape[0] else {
      throw .value("affine_grid", "takes the size of \(shape[0]) pictures, [\(shape[0]), channels, rows, columns], got \(size)")
    }
    let (rows, columns) = (size[2], size[3])
    func places(_ n: Int) throws(TensorError) -> Tensor {
      guard n > 1 else { return try Tensor.zeros([1], dtype) }
      let end = isAligned ? 1 : Double(n - 1) / Double(n)
      return try Tensor.linspace(-end, end, n, dtype)
    }
    let x = try places(columns).reshape([1, columns]).expand([rows, columns]), y = try places(rows).reshape([rows, 1]).expand([rows, columns])
    let base = try Tensor.stack([x, y, Tensor.ones([rows, columns], dtype)], -1).reshape([rows * columns, 3])
    return try base.expand([size[0], rows * columns, 3]).matmul(transpose(1, 2)).reshape([size[0], rows, columns, 2])
  }

  /// - Shape: `x [N, C, rows, columns]`, `grid [N, rows', columns', 2]` to `[N, C, rows', columns']`.
  /// - Gradient: to the picture, and to the grid but where it is nearest.
  func gridSampled(_ grid: Tensor, _ mode: GridMode, _ padding: GridPadding, isAligned: Bool) throws(TensorError) -> Tensor {
    guard dtype.isFloating, grid.dtype == dtype else { throw .dtype("grid_sample", expected: "a grid of \(dtype.name), as the picture", met: grid.dtype, operand: 1) }
    guard rank == 4, shape[2] > 0, shape[3] > 0 else { throw .shape("grid_sample", expected: "[samples, channels, rows, columns]", met: shape, operand: 0) }
    guard grid.rank == 4, grid.shape[0] == shape[0], grid.shape[3] == 2 else {
      throw .shape("grid_sample", expected: "a grid of [\(shape[0]), rows, columns, 2]", met: grid.shape, operand: 1)
    }
    let reader = GridReader(picture: try reshape([shape[0], shape[1], shape[2] * shape[3]]), rows: shape[2], columns: shape[3], padding: padding, isAligned: isAligned)
    let x = try reader.place(grid.select(3, 0), shape[3]), y = try reader.place(grid.select(3, 1), shape[2])
    switch mode {
    case .nearest: return try reader.pixels(reader.inside(x, shape[3]).detached().round(), reader.inside(y, shape[2]).detached().round())
    case .bilinear: return try reader.linear(reader.inside(x, shape[3]), reader.inside(y, shape[2]))
    case .bicubic: return try reader.cubic(x, y)
    }
  }
}

/// Reads pictures at places that need not be whole.
private struct GridReader {
  /// `[N, C, rows * columns]`
  let picture: Tensor
  let rows: Int, columns: Int, padding: GridPadding, isAligned: Bool

  /// From -1 to 1 to rows or columns.
  func place(_ x: Tensor, _ size: Int) throws(TensorError) -> Tensor {
    isAligned ? try (x + 1) * (Double(size - 1) / 2) : try ((x + 1) * Double(size) - 1) * 0.5
  }

  /// Places outside folded back as the padding says; zeros are for later.
  func inside(_ x: Tensor, _ size: Int) throws(TensorError) -> Tensor {
    switch padding {
    case .zeros: return x
    case .border: return try x.clamp(low: 0, high: Double(size - 1))
    case .reflection:
      let low = isAligned ? 0 : -0.5, span = Double(isAligned ? size - 1 : size)
      guard span > 0 else { return try x * 0 }
      let far = try (x - low).abs(), turns = try (far.detached() / span).floor(), rest = try far - turns * span
      let isEven = try turns.remainder(Tensor.number(2.0)).eq(0)
      return try (isEven.selecting(rest, span - rest) + low).clamp(low: 0, high: Double(size - 1))
    }
  }

  /// What stands at whole places, `[N, C, rows', columns']`.
  func pixels(_ x: Tensor, _ y: Tensor) throws(TensorError) -> Tensor {
    let (n, channels, places) = (picture.shape[0], picture.shape[1], x.shape[1] * x.shape[2])
    let column = try x.clamp(low: 0, high: Double(columns - 1)).to(.int64), row = try y.clamp(low: 0, high: Double(rows - 1)).to(.int64)
    let flat = try (row * Tensor.number(columns) + column).reshape([n, 1, places]).expand([n, channels, places])
    let values = try picture.gather(2, flat).reshape([n, channels, x.shape[1], x.shape[2]])
    guard padding == .zeros else { return values }
    let isThere = try x.ge(0).logicalAnd(x.le(Double(columns - 1))).logicalAnd(y.ge(0)).logicalAnd(y.le(Double(rows - 1)))
    return try isThere.unsqueeze(1).selecting(values, Tensor.zeros([], picture.dtype))
  }

  func linear(_ x: Tensor, _ y: Tensor) throws(TensorError) -> Tensor {
    let left = try x.detached().floor(), top = try y.detached().floor()
    let right = try (x - left).unsqueeze(1), down = try (y - top).unsqueeze(1)
    let above = try pixels(left, top) * (1 - right) + pixels(left + 1, top) * right
    let below = try pixels(left, top + 1) * (1 - right) + pixels(left + 1, top + 1) * right
    return try above * (1 - down) + below * down
  }

  /// - Source: Keys 1981, with a = -0.75.
  func cubic(_ x: Tensor, _ y: Tensor) throws(TensorError) -> Tensor {
    let left = try x.detached().floor(), top = try y.detached().floor()
    let across = try Self.weights(x - left), down = try Self.weights(y - top)
    var sum = try Tensor.zeros([], picture.dtype)
    for i in 0..<4 {
      let row = try inside(top + Double(i - 1), rows)
      for j in 0..<4 {
        sum = try sum + pixels(inside(left + Double(j - 1), columns), row) * (across[j] * down[i]).unsqueeze(1)
      }
    }
    return sum
  }

  /// Of the four places around a share of the way between the middle two.
  private static func weights(_ t: Tensor) throws(TensorError) -> [Tensor] {
    let a = -0.75
    func near(_ d: Tensor) throws(TensorError) -> Tensor { try (d * (a + 2) - (a + 3)) * d * d + 1 }
    func far(_ d: Tensor) throws(TensorError) -> Tensor { try ((d * a - 5 * a) * d + 8 * a) * d - 4 * a }
    return [try far(t + 1), try near(t), try near(1 - t), try far(2 - t)]
  }
}
