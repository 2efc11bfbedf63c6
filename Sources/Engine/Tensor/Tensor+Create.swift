import CKernels

extension Tensor {
  /// A plain number of the language, which gives way to tensors in dtype.
  public static func number(_ value: Double) throws(TensorError) -> Tensor { try full([], value, .float64, isNumber: true) }
  public static func number(_ value: Int) throws(TensorError) -> Tensor {
    let t = try empty([], .int64, isNumber: true)
    t.i64.pointee = Int64(value)
    return t
  }
  public static func number(_ value: Bool) throws(TensorError) -> Tensor {
    let t = try empty([], .bool, isNumber: true)
    t.u8.pointee = value ? 1 : 0
    return t
  }

  /// One value everywhere. In an integer dtype it is cut to its integer part.
  public static func full(_ shape: [Int], _ value: Double, _ dtype: DType = .float32) throws(TensorError) -> Tensor {
    try full(shape, value, dtype, isNumber: false)
  }

  static func full(_ shape: [Int], _ value: Double, _ dtype: DType, isNumber: Bool) throws(TensorError) -> Tensor {
    let t = try empty(shape, dtype, isNumber: isNumber)
    t.fill(value)
    return t
  }

  func fill(_ value: Double) {
    switch dtype {
    case .float32: pith_fill_f32(f32, count, Float(value))
    case .float64: pith_fill_f64(f64, count, value)
    case .int64: pith_fill_i64(i64, count, Int64(exactly: value.rounded(.towardZero)) ?? (value > 0 ? .max : value < 0 ? .min : 0))
    case .bool: pith_fill_u8(u8, count, value == 0 ? 0 : 1)
    }
  }

  public static func zeros(_ shape: [Int], _ dtype: DType = .float32) throws(TensorError) -> Tensor { try full(shape, 0, dtype) }
  public static func ones(_ shape: [Int], _ dtype: DType = .float32) throws(TensorError) -> Tensor { try full(shape, 1, dtype) }

  static func zeros(like t: Tensor) throws(TensorError) -> Tensor { try zeros(t.shape, t.dtype) }
  static func ones(like t: Tensor) throws(TensorError) -> Tensor { try ones(t.shape, t.dtype) }

  /// Numbers in the order of the last dimension first; their count is the shape's.
  public convenience init(_ values: [Float], _ shape: [Int]? = nil) throws(TensorError) {
    let t = try Tensor.filled(shape ?? [values.count], .float32, values)
    self.init(t)
  }
  public convenience init(_ values: [Double], _ shape: [Int]? = nil) throws(TensorError) {
    let t = try Tensor.filled(shape ?? [values.count], .float64, values)
    self.init(t)
  }
  public convenience init(_ values: [Int], _ shape: [Int]? = nil) throws(TensorError) {
    let t = try Tensor.filled(shape ?? [values.count], .int64, values)
    self.init(t)
  }
  public convenience init(_ values: [Bool], _ shape: [Int]? = nil) throws(TensorError) {
    let t = try Tensor.filled(shape ?? [values.count], .bool, values)
    self.init(t)
  }

  private convenience init(_ t: Tensor) {
    self.init(t.storage, t.dtype, t.shape, strides: t.strides, offset: t.offset, count: t.count, isContiguous: true)
  }

  /// A new tensor whose memory `fill` writes, byte for byte; nil where `bytes` is not what the shape needs.
  public static func ofBytes(_ shape: [Int], _ dtype: DType, byteCount: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) throws(TensorError) -> Tensor {
    let t = try empty(shape, dtype)
    guard t.count * dtype.size == byteCount else { throw .elements(from: [byteCount / dtype.size], to: shape) }
    fill(UnsafeMutableRawBufferPointer(start: t.raw, count: byteCount))
    return t
  }

  private static func filled<T>(_ shape: [Int], _ dtype: DType, _ values: [T]) throws(TensorError) -> Tensor {
    let t = try empty(shape, dtype)
    guard t.count == values.count else { throw .elements(from: [values.count], to: shape) }
    // Float, Double, Int and Bool are laid out as the dtypes are.
    values.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress { t.raw.copyMemory(from: start, byteCount: bytes.count) }
    }
    return t
  }

  /// The numbers themselves where they lie together in memory, else a copy of them. Keeps no history: `contiguous` of the
  /// language is `clone` for what has one.
  func contiguous() throws(TensorError) -> Tensor { isContiguous ? self : try Kernel.compact(self) }

  /// The numbers as an array, in the order of the last dimension first.
  public func doubles() throws(TensorError) -> [Double] {
    let t = try detached().to(.float64).contiguous()
    return Array(UnsafeBufferPointer(start: t.f64, count: t.count))
  }
  public func floats() throws(TensorError) -> [Float] {
    let t = try detached().to(.float32).contiguous()
    return Array(UnsafeBufferPointer(start: t.f32, count: t.count))
  }
  public func ints() throws(TensorError) -> [Int] {
    let t = try detached().to(.int64).contiguous()
    return (0..<t.count).map { Int(t.i64[$0]) }
  }
  public func bools() throws(TensorError) -> [Bool] {
    let t = try detached().to(.bool).contiguous()
    return (0..<t.count).map { t.u8[$0] != 0 }
  }

  /// The one number of a tensor of one element.
  public func item() throws(TensorError) -> Double {
    guard count == 1 else { throw .shape("item", expected: "one element", met: shape, operand: 0) }
    switch dtype {
    case .float32: return Double(f32.pointee)
    case .float64: return f64.pointee
    case .int64: return Double(i64.pointee)
    case .bool: return u8.pointee == 0 ? 0 : 1
    }
  }

  /// The bytes of the numbers in order, for writing them to a file.
  public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    let t = try contiguous()
    return try withExtendedLifetime(t) { try body(UnsafeRawBufferPointer(start: t.raw, count: t.count * t.dtype.size)) }
  }
}

extension Tensor {
  /// The same numbers in memory of their own, without history.
  public func copied() throws(TensorError) -> Tensor { try Kernel.compact(self) }

  /// Overwrites the numbers by those of another tensor of the same shape, cast to this dtype. Call it inside
  /// `Journal.write`.
  public func copyNumbers(of source: Tensor) throws(TensorError) {
    guard source.shape == shape else { throw .shape("copy", expected: "\(shape)", met: source.shape, operand: 0) }
    let numbers = try Recording.with(.none) { () throws(TensorError) -> Tensor in try source.detached().to(dtype).contiguous() }
    Kernel.write(numbers, into: self)
  }
}
