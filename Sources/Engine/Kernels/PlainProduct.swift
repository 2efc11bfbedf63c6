import CKernels
import COneDNN

extension Kernel {
  /// `c = op(a) op(b)`, or added to it, for contiguous matrices of one real dtype that start at elements of their tensors.
  /// - Parameter turned: whether a lies as `[k, m]`, b as `[n, k]`.
  static func multiply(
    _ a: Tensor, _ at: Int, turned aTurned: Bool, _ b: Tensor, _ bt: Int, turned bTurned: Bool, into c: Tensor, _ ct: Int, m: Int, n: Int, k: Int,
    adds: Bool
  ) throws(TensorError) {
    let (ta, tb): (CChar, CChar) = (aTurned ? 84 : 78, bTurned ? 84 : 78)
    let (lda, ldb) = (Int64(aTurned ? m : k), Int64(bTurned ? k : n))
    if c.dtype == .float32 {
      let status = pith_sgemm(
        ta, tb, Int64(m), Int64(n), Int64(k), 1, a.f32 + at, lda, b.f32 + bt, ldb, adds ? 1 : 0, c.f32 + ct, Int64(n), pith_threads())
      guard status == 0 else { throw .kernel("@", status: Int(status)) }
    } else {
      let status = pith_dgemm(ta, tb, Int64(m), Int64(n), Int64(k), 1, a.f64 + at, lda, b.f64 + bt, ldb, adds ? 1 : 0, c.f64 + ct, Int64(n))
      guard status == 0 else { throw .tooLarge(shape: c.shape, bytes: Double(c.count) * 8, limit: Pool.shared.limit) }
    }
  }
}
