import COneDNN

/// Products of one shape with sums in single precision, made ready once: batches of small matrices, and steps of a recurrence.
final class ReadyProducts {
  let shape: pith_products_shape
  private let handle: OpaquePointer

  /// - Parameters:
  ///   - isPacked: whether the right side is brought into oneDNN's own layout by `pack`, which pays where it is used often.
  ///   - isRounded: whether both sides are bfloat16.
  ///   - threads: with 1, several threads may run it at once.
  /// - Throws: `kernel` where oneDNN has no such product.
  init(
    units: Int = 1, _ m: Int, _ n: Int, _ k: Int, turned: (a: Bool, b: Bool) = (false, false), adds: Bool = false, isPacked: Bool = false,
    isRounded: Bool = false, threads: Int
  ) throws(TensorError) {
    var shape = pith_products_shape(
      units: Int64(units), m: Int64(m), n: Int64(n), k: Int64(k), a_turned: turned.a ? 1 : 0, b_turned: turned.b ? 1 : 0, adds: adds ? 1 : 0,
      is_packed: isPacked ? 1 : 0, threads: Int64(threads), is_bf16: isRounded ? 1 : 0)
    guard let handle = pith_products_acquire(&shape) else { throw .kernel("@", status: -1) }
    (self.shape, self.handle) = (shape, handle)
  }

  deinit { pith_products_release(handle) }

  func pack(_ b: UnsafeRawPointer) throws(TensorError) {
    let status = pith_products_pack(handle, b)
    guard status == 0 else { throw .kernel("@", status: Int(status)) }
  }

  /// - Returns: 0, or oneDNN's status: threads of a parallel loop cannot throw.
  func run(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer?, _ c: UnsafeMutablePointer<Float>) -> Int32 {
    pith_products_run(handle, a, b, c)
  }
}
