/// How the numbers of pictures and sequences lie in memory.
///
/// Convolutions run fastest where the channels of one place lie together, so they give their results so: an ordinary
/// strided tensor. Whatever works element by element keeps that order; whoever does not know it asks for `contiguous()`.
extension Tensor {
  /// True for `[N, C, H, W]` that lies as N, H, W, C and for `[N, C, L]` that lies as N, L, C, where that is another order
  /// than the shape's own.
  public var isChannelsLast: Bool { !isContiguous && Shape.isChannelsLast(shape, strides) }

  /// True where the memory holds each element once and nothing else, in either order.
  var isDense: Bool { isContiguous || Shape.isChannelsLast(shape, strides) }

  /// The numbers themselves where they lie together in either order, else a copy of them. Keeps no history.
  func dense() throws(TensorError) -> Tensor { isDense ? self : try Kernel.compact(self) }

  /// The numbers with the channels of one place together, copied where they lie otherwise. Keeps no history.
  public func channelsLast() throws(TensorError) -> Tensor {
    guard rank == 3 || rank == 4, !Shape.isChannelsLast(shape, strides) else { return self }
    let (last, back) = rank == 4 ? ([0, 2, 3, 1], [0, 3, 1, 2]) : ([0, 2, 1], [0, 2, 1])
    let copy = try Kernel.compact(viewed(last.map { shape[$0] }, strides: last.map { strides[$0] }, offset: offset))
    return copy.viewed(shape, strides: back.map { copy.strides[$0] }, offset: 0)
  }

  /// Memory of that shape with whatever was in it, in either order; of 3 or 4 dimensions where the channels are last.
  static func empty(_ shape: [Int], channelsLast: Bool, _ dtype: DType = .float32) throws(TensorError) -> Tensor {
    let t = try empty(shape, dtype)
    guard channelsLast, shape.count == 3 || shape.count == 4 else { return t }
    return t.viewed(shape, strides: Shape.channelsLastStrides(shape), offset: 0)
  }
}

extension Shape {
  /// Whether strides are those of memory that runs over the places first and then over the channels of each. The strides
  /// of dimensions of size 1 say nothing.
  static func isChannelsLast(_ shape: [Int], _ strides: [Int]) -> Bool {
    let rank = shape.count
    guard rank == 4 || rank == 3 else { return false }
    guard shape[1] == 1 || strides[1] == 1 else { return false }
    var step = shape[1]
    for i in stride(from: rank - 1, to: 1, by: -1) {
      guard shape[i] == 1 || strides[i] == step else { return false }
      step *= shape[i]
    }
    return shape[0] == 1 || strides[0] == step
  }

  /// Strides of 3 or 4 dimensions with the second one innermost.
  static func channelsLastStrides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    var step = max(shape[1], 1)
    for i in stride(from: shape.count - 1, to: 1, by: -1) {
      strides[i] = step
      step *= max(shape[i], 1)
    }
    strides[0] = step
    return strides
  }

  /// A list of one entry a dimension, in the order of memory with the channels last.
  static func channelsLast(_ list: [Int]) -> [Int] { [list[0]] + list[2...] + [list[1]] }
}
