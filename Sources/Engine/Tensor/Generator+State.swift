import CKernels

extension Generator {
  /// Where the stream stands, as numbers that a file can hold: the words of the block, the place in it, whether half of a pair
  /// of normal numbers waits, its bits, the seed.
  public func savedState() throws(TensorError) -> Tensor {
    let now = position.state
    var numbers = withUnsafeBytes(of: now.state) { $0.bindMemory(to: UInt32.self).map { Int($0) } }
    numbers += [Int(now.index), Int(now.has_next_normal), Int(bitPattern: UInt(now.next_normal.bitPattern)), Int(bitPattern: UInt(now.seed))]
    return try Tensor(numbers)
  }

  /// Goes to where `savedState` was taken.
  /// - Throws: `value` where the numbers are no such state.
  public func restore(_ state: Tensor) throws(TensorError) {
    let numbers = try state.ints()
    var next = pith_mt19937()
    let words = withUnsafeBytes(of: next.state) { $0.count / 4 }
    guard state.rank == 1, numbers.count == words + 4, numbers[0..<words].allSatisfy({ UInt32(exactly: $0) != nil }),
      let index = Int32(exactly: numbers[words]), numbers[words + 1] == 0 || numbers[words + 1] == 1
    else { throw .value("resume", "the state of the random stream is damaged") }
    withUnsafeMutableBytes(of: &next.state) { bytes in
      for i in 0..<words { bytes.storeBytes(of: UInt32(truncatingIfNeeded: numbers[i]), toByteOffset: 4 * i, as: UInt32.self) }
    }
    (next.index, next.has_next_normal) = (index, Int32(numbers[words + 1]))
    next.next_normal = Double(bitPattern: UInt64(UInt(bitPattern: numbers[words + 2])))
    next.seed = UInt64(UInt(bitPattern: numbers[words + 3]))
    position = Position(state: next)
  }
}
