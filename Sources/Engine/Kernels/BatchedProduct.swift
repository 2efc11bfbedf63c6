import CKernels

extension Kernel {
  /// Multiplications in one product up to which a batch of them in one call is faster than one call each, and in all from
  /// which a second thread pays.
  private static let batchedUpTo = 4_194_304, threadsFrom = 262_144

  /// Batches of small matrices in one call.
  /// - Returns: false where the products are better taken one by one.
  static func batched(_ a: Tensor, _ b: Tensor, _ y: Tensor, m: Int, n: Int, k: Int) throws(TensorError) -> Bool {
    let units = y.count / (m * n), work = m * n * k
    guard y.dtype == .float32, units > 1, work > 0, work <= batchedUpTo, !repeats(a), !repeats(b) else { return false }
    let (left, isLeftTurned) = try rowed(a), (right, isRightTurned) = try rowed(b)
    let threads = units * work >= threadsFrom ? Int(pith_threads()) : 1
    let products = try ReadyProducts(units: units, m, n, k, turned: (isLeftTurned, isRightTurned), threads: threads)
    return products.run(left.f32, right.f32, y.f32) == 0
  }

  /// Whether one matrix stands for several, which a copy would multiply.
  private static func repeats(_ t: Tensor) -> Bool {
    (0..<(t.rank - 2)).contains { t.strides[$0] == 0 && t.shape[$0] > 1 }
  }

  /// The matrices one after the other, each perhaps turned; a copy where they do not lie so.
  static func rowed(_ t: Tensor) throws(TensorError) -> (Tensor, isTurned: Bool) {
    if t.isContiguous { return (t, false) }
    var (shape, strides) = (t.shape, t.strides)
    shape.swapAt(t.rank - 1, t.rank - 2)
    strides.swapAt(t.rank - 1, t.rank - 2)
    let turned = t.viewed(shape, strides: strides, offset: t.offset)
    return turned.isContiguous ? (turned, true) : (try compact(t), false)
  }
}
