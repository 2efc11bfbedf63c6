/// The gradients of single samples with respect to one tensor, kept as what they are made of: nothing of the size of all
/// of them is ever formed.
public struct SampleGradients {
  /// How many samples there are.
  public let count: Int
  /// Of the tensor, and so of each gradient.
  public let shape: [Int]
  public let dtype: DType
  private let parts: [any SamplePart]

  init(_ count: Int, _ shape: [Int], _ dtype: DType, _ parts: [any SamplePart]) throws {
    (self.count, self.shape, self.dtype) = (count, shape, dtype)
    // Products over several positions are one product over all of them.
    let outer = parts.compactMap { $0 as? OuterPart }
    guard outer.count > 1 else {
      self.parts = parts
      return
    }
    let joined = OuterPart(d: try Tensor.cat(outer.map(\.d), 1), a: try Tensor.cat(outer.map(\.a), 1))
    self.parts = [joined] + parts.filter { !($0 is OuterPart) }
  }

  /// Where every gradient is a sum of outer products `Σ d[n, p, :] a[n, p, :]ᵀ`, their factors.
  /// - Shape: `[samples, positions, out]` and `[samples, positions, in]`.
  public var factors: (d: Tensor, a: Tensor)? {
    guard parts.count == 1, let outer = parts[0] as? OuterPart else { return nil }
    return (outer.d, outer.a)
  }

  /// The sum of the gradients of all samples, in one piece.
  public func total() throws -> Tensor {
    var sum: Tensor?
    for part in parts {
      let g = try part.total()
      sum = try sum.map { try $0 + g } ?? g
    }
    return try sum ?? Tensor.zeros(shape, dtype)
  }

  /// The products that the gradients are, where sums over them are best taken a tile at a time.
  var products: TiledProducts? { parts.count == 1 ? parts[0].products : nil }

  /// Whether a few rows of the gradients can be had for less than all of them.
  public var hasRows: Bool { !shape.isEmpty && parts.allSatisfy(\.hasRows) }

  /// The gradients of some samples.
  /// - Parameter rows: places along the first dimension of the tensor; nil for all.
  /// - Shape: `[samples, *shape]`, with as many rows as were asked for.
  public func gradients(_ samples: Range<Int>, rows: Range<Int>? = nil) throws -> Tensor {
    var sum: Tensor?
    for part in parts {
      let g = try part.gradients(samples, rows: rows)
      sum = try sum.map { try $0 + g } ?? g
    }
    if let sum { return sum }
    var some = shape
    if let rows { some[0] = rows.count }
    return try Tensor.zeros([samples.count] + some, dtype)
  }
}
