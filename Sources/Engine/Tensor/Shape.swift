/// Sizes and steps of tensors. A shape lists the sizes of the dimensions; strides count elements.
enum Shape {
  /// The most dimensions that a tensor may have, which is what the C kernels take.
  static let maximalRank = 16

  /// The number of elements; nil where it is negative or more than memory can address. An empty tensor has no memory that
  /// would bound its other sizes, which operations make lists of: they are bounded here.
  static func count(_ shape: [Int]) -> Int? {
    var n = 1, isEmpty = false
    for d in shape {
      if d < 0 { return nil }
      // A size of 0 makes it empty; the strides of the others must be numbers all the same.
      if d == 0 { isEmpty = true }
      let (product, overflow) = n.multipliedReportingOverflow(by: max(d, 1))
      if overflow || product > 1 << 58 { return nil }
      n = product
    }
    guard isEmpty else { return n }
    return n <= 1 << 27 ? 0 : nil
  }

  /// The strides of a tensor whose last dimension lies together.
  static func strides(_ shape: [Int]) -> [Int] {
    if shape.count == 1 { return unitStride }
    var strides = [Int](repeating: 1, count: shape.count)
    var step = 1
    for i in shape.indices.reversed() {
      strides[i] = step
      step *= max(shape[i], 1)
    }
    return strides
  }
  private static let unitStride = [1]

  static func isContiguous(_ shape: [Int], _ strides: [Int]) -> Bool {
    var step = 1
    for i in shape.indices.reversed() {
      if shape[i] == 1 { continue }
      if shape[i] == 0 { return true }
      if strides[i] != step { return false }
      step *= shape[i]
    }
    return true
  }

  /// The shape to which both stretch, by PyTorch's rules; nil where they do not fit.
  static func broadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
    if a == b { return a }
    if b.isEmpty { return a }
    if a.isEmpty { return b }
    let rank = max(a.count, b.count)
    var out = [Int](repeating: 1, count: rank)
    for i in 0..<rank {
      let da = i < rank - a.count ? 1 : a[i - (rank - a.count)]
      let db = i < rank - b.count ? 1 : b[i - (rank - b.count)]
      guard da == db || da == 1 || db == 1 else { return nil }
      out[i] = da == 1 ? db : da
    }
    return out
  }

  /// The strides with which a tensor of `shape` is read as one of the broadcast shape `to`.
  static func stretched(_ strides: [Int], _ shape: [Int], to: [Int]) -> [Int] {
    if shape == to { return strides }
    var out = [Int](repeating: 0, count: to.count)
    let lead = to.count - shape.count
    for i in shape.indices where shape[i] == to[lead + i] { out[lead + i] = strides[i] }
    return out
  }

  /// A dimension counted from either end, as one counted from the start.
  static func dimension(_ d: Int, rank: Int, _ name: String) throws(TensorError) -> Int {
    let wrapped = d < 0 ? d + max(rank, 1) : d
    guard wrapped >= 0, wrapped < max(rank, 1) else { throw .dimension(name, met: d, rank: rank) }
    return wrapped
  }

  /// Several dimensions, none twice; all where the list is empty.
  static func dimensions(_ dims: [Int]?, rank: Int, _ name: String) throws(TensorError) -> [Int] {
    guard let dims, !dims.isEmpty else { return Array(0..<rank) }
    var out: [Int] = []
    for d in dims {
      let wrapped = try dimension(d, rank: rank, name)
      guard !out.contains(wrapped) else { throw .value(name, "dimension \(d) is named twice") }
      out.append(wrapped)
    }
    return rank == 0 ? [] : out
  }
}
