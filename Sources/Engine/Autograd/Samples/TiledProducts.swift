import CKernels
import COneDNN

/// Gradients of single samples that are products `dᵀ a` over places, one for each tap of a window: sums of functions of
/// them are taken while a tile of one gradient is in the processor's cache, so that none is ever written out.
struct TiledProducts {
  let samples: Int
  private let x: Tensor, dy: Tensor
  private let inputs: Int, outputs: Int, places: Int
  private let sizes: pith_convolution?
  /// Rows and columns of a tile: with its sums in double precision it fills the larger part of a second-level cache.
  private static let side = 256

  /// Of a linear layer: `d [samples, positions, out]` and `a [samples, positions, in]`.
  init(samples: Int, positions: Int, d: Tensor, a: Tensor) {
    (self.samples, x, dy, sizes) = (samples, a, d, nil)
    (inputs, outputs, places) = (a.shape[2], d.shape[2], positions)
  }

  /// Of a convolution in one group, both tensors with the channels last.
  init(samples: Int, x: Tensor, dy: Tensor, of sizes: pith_convolution) {
    (self.samples, self.x, self.dy, self.sizes) = (samples, x, dy, sizes)
    (inputs, outputs, places) = (Int(sizes.inputs), Int(sizes.outputs), Int(sizes.out.0 * sizes.out.1))
  }

  private var window: (Int, Int) { sizes.map { (Int($0.kernel.0), Int($0.kernel.1)) } ?? (1, 1) }
  private var taps: Int { window.0 * window.1 }

  /// The shape of the sums: `[taps, out, in]`.
  var shape: [Int] { [taps, outputs, inputs] }

  /// How the sums lie: it holds nothing of the samples.
  var order: TileOrder {
    TileOrder(shape: [outputs, inputs] + (sizes == nil ? [] : x.rank == 3 ? [window.1] : [window.0, window.1]), isOfTaps: sizes != nil)
  }

  /// Adds to sums of the shape `shape`, one for each kind.
  func add(_ kinds: [RunningSum.Kind], to sums: [Tensor]) throws {
    let (rows, columns) = (Self.stretches(outputs), Self.stretches(inputs)), tiles = taps * rows.count * columns.count
    var products: [[Int]: ReadyProducts] = [:]
    for row in rows {
      for column in columns where products[[row.count, column.count]] == nil {
        products[[row.count, column.count]] = try ReadyProducts(row.count, column.count, places, turned: (true, false), threads: 1)
      }
    }
    let parts = min(tiles, Int(pith_threads()))
    let side = Self.side, size = places * side
    let room = try Tensor.empty([parts, 2 * size + side * side], .float32)
    let status = withExtendedLifetime((x, dy, sums, room)) {
      Threads.run(parts) { part in
        let d = room.f32 + part * (2 * size + side * side), a = d + size, tile = a + size
        for unit in stride(from: part, to: tiles, by: parts) {
          let column = columns[unit % columns.count], row = rows[unit / columns.count % rows.count], tap = unit / columns.count / rows.count
          guard let product = products[[row.count, column.count]] else { return -1 }
          let status = add(kinds, sums, tap, row, column, product, (d, a, tile))
          if status != 0 { return status }
        }
        return 0
      }
    }
    if pith_interrupted() != 0 { throw TensorError.interrupted }
    guard status == 0 else { throw TensorError.kernel("@", status: Int(status)) }
  }

  /// One tile of every sample's gradient.
  private func add(
    _ kinds: [RunningSum.Kind], _ sums: [Tensor], _ tap: Int, _ row: Range<Int>, _ column: Range<Int>, _ product: ReadyProducts,
    _ room: (d: UnsafeMutablePointer<Float>, a: UnsafeMutablePointer<Float>, tile: UnsafeMutablePointer<Float>)
  ) -> Int32 {
    var source = tapOfInput(tap), plain = pith_tap(size: (Int64(places), 1), out: (Int64(places), 1), stride: (1, 1), first: (0, 0), channels: Int64(outputs))
    let at = (tap * outputs + row.lowerBound) * inputs + column.lowerBound, step = x.count / max(samples, 1)
    for sample in 0..<samples {
      if pith_interrupted() != 0 { return 0 }
      pith_tap_f32(&plain, dy.f32 + sample * places * outputs, row.lowerBound, row.count, room.d)
      pith_tap_f32(&source, x.f32 + sample * step, column.lowerBound, column.count, room.a)
      let status = product.run(room.d, room.a, room.tile)
      if status != 0 { return status }
      for (kind, sum) in zip(kinds, sums) { pith_gather_tile_f32(kind.code, room.tile, row.count, column.count, sum.f64 + at, inputs) }
    }
    return 0
  }

  private func tapOfInput(_ tap: Int) -> pith_tap {
    guard let s = sizes else {
      return pith_tap(size: (Int64(places), 1), out: (Int64(places), 1), stride: (1, 1), first: (0, 0), channels: Int64(inputs))
    }
    let (down, right) = (Int64(tap / window.1), Int64(tap % window.1))
    return pith_tap(
      size: s.size, out: s.out, stride: s.stride, first: (down * s.dilation.0 - s.before.0, right * s.dilation.1 - s.before.1), channels: s.inputs)
  }

  private static func stretches(_ n: Int) -> [Range<Int>] {
    stride(from: 0, to: n, by: side).map { $0..<min($0 + side, n) }
  }
}

/// How sums over tiles lie in memory.
struct TileOrder {
  /// Of the tensor, the taps of its window last.
  let shape: [Int]
  let isOfTaps: Bool

  /// Sums in the order in which they are taken, in that of the tensor.
  func ordered(_ sums: Tensor) throws -> Tensor {
    guard isOfTaps else { return try sums.reshape(shape) }
    return try sums.reshape([shape.dropFirst(2).reduce(1, *), shape[0], shape[1]]).permute([1, 2, 0]).copied().reshape(shape)
  }
}

/// Sums of simple functions of the gradients of single samples, a tile at a time.
public struct TiledSums {
  private let kinds: [RunningSum.Kind]
  private var sums: [Tensor] = []
  private var order: TileOrder?

  public init(_ kinds: [RunningSum.Kind]) { self.kinds = kinds }

  /// - Returns: false, and nothing is added, where the gradients are better had in another way.
  public mutating func add(_ gradients: SampleGradients) throws -> Bool {
    guard let products = gradients.products else { return false }
    if sums.isEmpty { sums = try kinds.map { _ in try Tensor.zeros(products.shape, .float64) } }
    try products.add(kinds, to: sums)
    order = products.order
    return true
  }

  /// The same in memory of its own, which what is added to this one does not reach.
  public func copied() throws(TensorError) -> TiledSums {
    var copy = self
    for i in sums.indices { copy.sums[i] = try sums[i].copied() }
    return copy
  }

  /// A sum of all that was added, in float64; nil where nothing was.
  public func total(_ kind: RunningSum.Kind) throws -> Tensor? {
    guard let order, let place = kinds.firstIndex(of: kind) else { return nil }
    return try order.ordered(sums[place])
  }
}
