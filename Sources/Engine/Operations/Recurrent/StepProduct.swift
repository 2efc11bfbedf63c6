import CKernels

/// `c = a b` or `c += a b` at every step, for one b: brought into oneDNN's layout once where that pays, and both rounded to
/// bfloat16 where that is chosen.
struct StepProduct {
  private let weight: Tensor, isTurned: Bool, adds: Bool
  private let m: Int, n: Int, k: Int
  private let ready: ReadyProducts?
  /// Where products round: b unless it is packed, and room for what is rounded at a step.
  private let roundedWeight: ProductOperand?, room: Storage?
  /// Multiplications from which the packing pays, and from which a second thread does.
  private static let packedFrom = 32768, threadsFrom = 262_144

  /// - Parameter isTurned: whether the product is with the weight `[n, k]` turned, rather than with `[k, n]` as it is.
  init(_ weight: Tensor, isTurned: Bool, rows: Int, adds: Bool) throws(TensorError) {
    let kept = try weight.contiguous()
    (self.weight, self.isTurned, self.adds) = (kept, isTurned, adds)
    (m, k, n) = (rows, weight.shape[isTurned ? 1 : 0], weight.shape[isTurned ? 0 : 1])
    let work = m * n * k, rounds = Kernel.rounds && weight.dtype == .float32, isPacked = work >= Self.packedFrom
    guard weight.dtype == .float32, isPacked || rounds else {
      (ready, roundedWeight, room) = (nil, nil, nil)
      return
    }
    let threads = work >= Self.threadsFrom ? Int(pith_threads()) : 1
    let products = try ReadyProducts(m, n, k, turned: (false, isTurned), adds: adds, isPacked: isPacked, isRounded: rounds, threads: threads)
    let operand = try ProductOperand(kept, rounds: rounds)
    if isPacked { try withExtendedLifetime(operand) { () throws(TensorError) in try products.pack(operand.pointer) } }
    (ready, roundedWeight) = (products, rounds && !isPacked ? operand : nil)
    room = rounds ? try Storage(byteCount: 2 * m * k) : nil
  }

  /// Rows of `a` from an element on, into rows of `c` from an element on.
  func run(_ a: Tensor, _ at: Int, into c: Tensor, _ to: Int) throws(TensorError) {
    guard let ready else {
      return try Kernel.multiply(a, at, turned: false, weight, 0, turned: isTurned, into: c, to, m: m, n: n, k: k, adds: adds)
    }
    var rows = UnsafeRawPointer(a.f32 + at)
    if let room {
      pith_to_bf16(a.f32 + at, room.pointer.assumingMemoryBound(to: UInt16.self), m * k)
      rows = UnsafeRawPointer(room.pointer)
    }
    let status = withExtendedLifetime((room, roundedWeight)) { ready.run(rows, roundedWeight?.pointer, c.f32 + to) }
    guard status == 0 else { throw .kernel(RecurrentOp.name, status: Int(status)) }
  }
}
