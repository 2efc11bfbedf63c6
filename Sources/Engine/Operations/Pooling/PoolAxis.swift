import CKernels

/// One axis of a pooling: which places each output reads.
///
/// Output `o` reads the places `base[o] + j dilation` for `j` in `first[o] ..< last[o]`, all inside the input.
final class PoolAxis {
  let size: Int, out: Int, window: Int
  private let dilation: Int, stride: Int
  /// `base`, `first`, `last` of each output, then `from` and `to` of each place: the outputs that may read it.
  private let table: Tensor
  /// What an average divides by, then one over it; nil for a maximum.
  private let sizes: Tensor?

  private init(_ size: Int, _ out: Int, window: Int, dilation: Int, stride: Int, table: Tensor, sizes: Tensor?) {
    (self.size, self.out, self.window, self.dilation, self.stride) = (size, out, window, dilation, stride)
    (self.table, self.sizes) = (table, sizes)
  }

  /// A single place, as the rows of a pooling over one axis.
  static func single(isAverage: Bool) throws(TensorError) -> PoolAxis {
    try even("pool", size: 1, kernel: 1, stride: 1, padding: 0, dilation: 1, ceil: false, divisor: isAverage ? .readPlaces : .none)
  }

  /// What the sums of windows are divided by, as far as this axis goes.
  enum Divisor {
    case none, readPlaces, withPadding
    case fixed(Double)
  }

  /// Windows at even distances.
  /// - Throws: `value` where a number makes no sense or nothing is left.
  static func even(
    _ name: String, size: Int, kernel: Int, stride: Int, padding: Int, dilation: Int, ceil: Bool, divisor: Divisor
  ) throws(TensorError) -> PoolAxis {
    for (what, number, least) in [("kernel_size", kernel, 1), ("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1)] {
      guard number >= least, number <= 1 << 30 else { throw .value(name, "\(what) is between \(least) and \(1 << 30), got \(number)") }
    }
    let reach = dilation * (kernel - 1) + 1
    guard padding <= reach / 2 else {
      throw .value(name, "padding is at most half of the window, which reaches over \(reach), got \(padding)")
    }
    guard size > 0, size + 2 * padding >= reach else {
      throw .value(name, "the output would be empty: a window that reaches over \(reach) does not fit into \(size) with a padding of \(padding)")
    }
    var out = (size + 2 * padding - reach + (ceil ? stride - 1 : 0)) / stride + 1
    // A window that begins beyond the input and its left padding is left out.
    if ceil, (out - 1) * stride >= size + padding { out -= 1 }
    let table = try Tensor.empty([3 * out + 2 * size], .int64), rows = table.i64
    for o in 0..<out {
      let base = o * stride - padding
      let first = base < 0 ? (dilation - 1 - base) / dilation : 0
      let last = base >= size ? 0 : min(kernel, (size - 1 - base) / dilation + 1)
      guard first < last else { throw .value(name, "the window of output \(o) would hold nothing but padding") }
      (rows[o], rows[out + o], rows[2 * out + o]) = (Int64(base), Int64(first), Int64(last))
    }
    fillReaders(table, out, size) { $0 * stride - padding + reach - 1 }
    let sizes = try divisors(divisor, out, rows) { min($0 + kernel, size + padding) - $0 }
    return PoolAxis(size, out, window: kernel, dilation: dilation, stride: stride, table: table, sizes: sizes)
  }

  /// Windows that share the input as evenly as whole numbers allow.
  /// - Source: PyTorch's adaptive pooling: output o reads from ⌊o n / m⌋ to below ⌈(o + 1) n / m⌉.
  static func adaptive(_ name: String, size: Int, out: Int, isAverage: Bool) throws(TensorError) -> PoolAxis {
    guard out >= 0, out <= 1 << 30 else { throw .value(name, "output_size is between 0 and \(1 << 30), got \(out)") }
    guard size > 0 || out == 0 else { throw .value(name, "there is nothing to pool along a dimension of size 0") }
    let isEven = out > 0 && size % out == 0
    let table = try Tensor.empty([3 * out + 2 * size], .int64), rows = table.i64
    var window = 1
    for o in 0..<out {
      // Both numbers are below 2^31 where memory holds the input, so the product stays a number.
      let base = o * size / out, end = ((o + 1) * size + out - 1) / out
      (rows[o], rows[out + o], rows[2 * out + o]) = (Int64(base), 0, Int64(end - base))
      window = max(window, end - base)
    }
    fillReaders(table, out, size) { Int(rows[$0] + rows[2 * out + $0]) - 1 }
    let sizes = try divisors(isAverage ? .readPlaces : .none, out, rows) { _ in 1 }
    return PoolAxis(size, out, window: window, dilation: 1, stride: isEven ? size / out : 0, table: table, sizes: sizes)
  }

  /// For each place the outputs whose windows begin at or before it and end at or after it. Both rise with the output.
  private static func fillReaders(_ table: Tensor, _ out: Int, _ size: Int, end: (Int) -> Int) {
    let rows = table.i64, from = rows + 3 * out, to = from + size
    var (low, high) = (0, 0)
    for place in 0..<size {
      while high < out, rows[high] <= place { high += 1 }
      while low < out, end(low) < place { low += 1 }
      (from[place], to[place]) = (Int64(min(low, high)), Int64(high))
    }
  }

  private static func divisors(
    _ divisor: Divisor, _ out: Int, _ rows: UnsafeMutablePointer<Int64>, padded: (Int) -> Int
  ) throws(TensorError) -> Tensor? {
    if case .none = divisor { return nil }
    let sizes = try Tensor.empty([2 * out], .float64)
    for o in 0..<out {
      let size: Double = switch divisor {
      case .none, .readPlaces: Double(rows[2 * out + o] - rows[out + o])
      case .withPadding: Double(padded(Int(rows[o])))
      case .fixed(let number): number
      }
      (sizes.f64[o], sizes.f64[out + o]) = (size, 1 / size)
    }
    return sizes
  }

  /// The axis as the kernels read it, while this object lives.
  fileprivate var described: pith_pool_axis {
    let rows = table.i64
    return pith_pool_axis(
      in: Int64(size), out: Int64(out), window: Int64(window), dilation: Int64(dilation), stride: Int64(stride), base: rows,
      first: rows + out, last: rows + 2 * out, from: rows + 3 * out, to: rows + 3 * out + size, size: sizes?.f64,
      share: sizes.map { $0.f64 + out })
  }
}

/// A pooling over the last one or two axes of `[samples, channels, *]`.
struct PoolPlan {
  let rows: PoolAxis, columns: PoolAxis
  let isPlane: Bool

  init(_ name: String, _ axes: [PoolAxis], isAverage: Bool) throws(TensorError) {
    isPlane = axes.count == 2
    rows = isPlane ? axes[0] : try .single(isAverage: isAverage)
    columns = axes[axes.count - 1]
    // Places in a window are counted in 32 bits.
    guard rows.window * columns.window <= Int(Int32.max) else {
      throw .value(name, "a window of \(rows.window) times \(columns.window) places is too large")
    }
  }

  func input(_ other: [Int]) -> [Int] { Array(other[..<2]) + (isPlane ? [rows.size, columns.size] : [columns.size]) }
  func output(_ other: [Int]) -> [Int] { Array(other[..<2]) + (isPlane ? [rows.out, columns.out] : [columns.out]) }

  /// Runs a kernel on the pooling of as many samples and channels as a tensor has.
  func run(_ t: Tensor, channelsLast: Bool, rectified: Bool = false, _ kernel: (UnsafePointer<pith_pool>) -> Void) {
    var pool = pith_pool(
      batch: Int64(t.shape[0]), channels: Int64(t.shape[1]), channels_last: channelsLast ? 1 : 0, rectified: rectified ? 1 : 0,
      rows: rows.described, columns: columns.described)
    withExtendedLifetime(self) { kernel(&pool) }
  }
}

extension Tensor {
  /// Runs a pooling of one to three axes on `[samples, channels, *]`, or on one sample without the first dimension.
  func pooled(
    _ name: String, axes: Int, isAverage: Bool, _ make: (_ axis: Int, _ size: Int) throws(TensorError) -> PoolAxis,
    _ body: (Tensor, PoolPlan) throws(TensorError) -> Tensor
  ) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype(name, expected: "real numbers", met: dtype, operand: 0) }
    guard rank == axes + 1 || rank == axes + 2 else { throw .shape(name, expected: Extent.of(axes).shapes, met: shape, operand: 0) }
    var made: [PoolAxis] = []
    for axis in 0..<axes { made.append(try make(axis, shape[rank - axes + axis])) }
    guard rank == axes + 2 else { return try unsqueeze(0).pooled(name, made, isAverage: isAverage, body).squeeze([0]) }
    return try pooled(name, made, isAverage: isAverage, body)
  }

  /// A volume is pooled as the planes that it consists of, then along the columns through them.
  private func pooled(
    _ name: String, _ axes: [PoolAxis], isAverage: Bool, _ body: (Tensor, PoolPlan) throws(TensorError) -> Tensor
  ) throws(TensorError) -> Tensor {
    guard axes.count == 3 else { return try body(self, PoolPlan(name, axes, isAverage: isAverage)) }
    let (n, c, depth) = (shape[0], shape[1], shape[2]), places = axes[1].out.multipliedReportingOverflow(by: axes[2].out)
    guard !places.overflow, Shape.count([n, c, depth, places.partialValue]) != nil else {
      throw .tooLarge(shape: [n, c, depth, axes[1].out, axes[2].out], bytes: .infinity, limit: Pool.shared.limit)
    }
    let planes = try body(reshape([n, c * depth] + shape[3...]), PoolPlan(name, [axes[1], axes[2]], isAverage: isAverage))
    let each = try PoolAxis.adaptive(name, size: places.partialValue, out: places.partialValue, isAverage: isAverage)
    let columns = try body(planes.reshape([n, c, depth, places.partialValue]), PoolPlan(name, [axes[0], each], isAverage: isAverage))
    return try columns.reshape([n, c, axes[0].out, axes[1].out, axes[2].out])
  }
}

/// One number for all axes, or one for each.
func oneEach(_ name: String, _ argument: String, _ list: [Int], axes: Int) throws(TensorError) -> [Int] {
  if list.count == axes { return list }
  guard list.count == 1 else { throw .value(name, "`\(argument)` is one number or \(axes), got \(list.count)") }
  return Array(repeating: list[0], count: axes)
}
