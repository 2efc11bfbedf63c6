import Engine

/// How a file holds numbers; each becomes one of the four types that tensors have.
enum ElementType {
  case bool, u8, i8, u16, i16, u32, i32, i64, f16, bf16, f32, f64

  /// Bytes an element.
  var size: Int {
    switch self {
    case .bool, .u8, .i8: 1
    case .u16, .i16, .f16, .bf16: 2
    case .u32, .i32, .f32: 4
    case .i64, .f64: 8
    }
  }

  var dtype: DType {
    switch self {
    case .bool: .bool
    case .f16, .bf16, .f32: .float32
    case .f64: .float64
    case .u8, .i8, .u16, .i16, .u32, .i32, .i64: .int64
    }
  }

  /// Bytes of an array of that shape; nil where they are more than a file can have, an empty dimension left aside.
  func byteCount(_ shape: [Int]) -> Int? {
    var bytes = size
    for d in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: max(d, 1))
      if d < 0 || overflow { return nil }
      bytes = product
    }
    return shape.contains(0) ? 0 : bytes
  }

  /// Writes real numbers in this type, rounded where it is the narrower.
  func write(_ tensor: Tensor, to writer: FileWriter) throws {
    switch self {
    case .bf16:
      let halves = try tensor.bfloat16().floats().map { UInt16(truncatingIfNeeded: $0.bitPattern >> 16) }
      try halves.withUnsafeBytes { try writer.append($0) }
    case .f16: try tensor.floats().map { Float16($0) }.withUnsafeBytes { try writer.append($0) }
    default: try tensor.to(dtype).withBytes { try writer.append($0) }
    }
  }

  /// Reads an array that lies in the source from `start` on, row after row, little endian.
  /// - Cost: one read into the memory of the tensor, and a pass over it where the type must be widened.
  func tensor(_ shape: [Int], from source: some ByteSource, at start: Int) throws -> Tensor {
    let count = shape.reduce(1, *)
    var failure: FileError?
    if size == dtype.size {
      let tensor = try Tensor.ofBytes(shape, dtype, byteCount: count * size) { memory in
        do throws(FileError) { try source.read(into: memory, at: start) } catch { failure = error }
        if self == .bool { for i in 0..<memory.count where memory[i] > 1 { memory[i] = 1 } }
      }
      if let failure { throw failure }
      return tensor
    }
    let bytes = try source.bytes(at: start, count: count * size)
    return try Tensor.ofBytes(shape, dtype, byteCount: count * dtype.size) { memory in
      bytes.withUnsafeBytes { widen($0, into: memory, count) }
    }
  }

  private func widen(_ from: UnsafeRawBufferPointer, into memory: UnsafeMutableRawBufferPointer, _ count: Int) {
    switch self {
    case .f16: each(from, memory, count) { (x: UInt16) in Float(Float16(bitPattern: x)) }
    case .bf16: each(from, memory, count) { (x: UInt16) in Float(bitPattern: UInt32(x) << 16) }
    case .u8: each(from, memory, count) { (x: UInt8) in Int64(x) }
    case .i8: each(from, memory, count) { (x: Int8) in Int64(x) }
    case .u16: each(from, memory, count) { (x: UInt16) in Int64(x) }
    case .i16: each(from, memory, count) { (x: Int16) in Int64(x) }
    case .u32: each(from, memory, count) { (x: UInt32) in Int64(x) }
    case .i32: each(from, memory, count) { (x: Int32) in Int64(x) }
    case .bool, .i64, .f32, .f64: memory.copyMemory(from: from)
    }
  }

  /// Both buffers hold `count` elements: the caller sized them so.
  @inline(__always)
  private func each<A: BitwiseCopyable, B>(_ from: UnsafeRawBufferPointer, _ memory: UnsafeMutableRawBufferPointer, _ count: Int, _ f: (A) -> B) {
    let out = memory.bindMemory(to: B.self)
    for i in 0..<count { out[i] = f(from.loadUnaligned(fromByteOffset: i * MemoryLayout<A>.stride, as: A.self)) }
  }
}
