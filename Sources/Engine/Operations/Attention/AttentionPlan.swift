import CKernels

/// How the work of attention is cut: groups of heads whose weights fit into a cache together, or blocks of the rows of one.
struct AttentionPlan {
  /// The weights that are made at once.
  private static let weightsAtOnce = 32768
  /// Multiplications from which a second thread pays.
  private static let threadsFrom = 262_144

  let q: Tensor, k: Tensor, v: Tensor
  let how: AttentionOp
  let heads: Int, units: Int
  let rows: Int, keys: Int, size: Int, valueSize: Int
  /// Heads in a group, rows in a block, and how many there are of both.
  let atOnce: Int, blockRows: Int, groups: Int, blocks: Int
  let parts: Int

  /// All are `[batches, heads, length, size]`, and none is empty.
  init(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ how: AttentionOp) throws(TensorError) {
    (self.q, self.k, self.v, self.how) = (try Self.readable(q), try Self.readable(k), try Self.readable(v), how)
    heads = q.shape[1]
    units = q.shape[0] * heads
    (rows, keys, size, valueSize) = (q.shape[2], k.shape[2], q.shape[3], v.shape[3])
    let work = units * rows * keys * (size + valueSize)
    let threads = work < Self.threadsFrom ? 1 : Int(pith_threads())
    let fitting = Self.weightsAtOnce / rows / keys
    atOnce = max(1, min((units + threads - 1) / threads, fitting))
    blockRows = fitting > 0 ? rows : min(rows, max(16, Self.weightsAtOnce / keys))
    groups = (units + atOnce - 1) / atOnce
    blocks = (rows + blockRows - 1) / blockRows
    parts = min(threads, groups)
  }

  private static func readable(_ t: Tensor) throws(TensorError) -> Tensor { t.strides[3] == 1 || t.shape[3] == 1 ? t : try t.contiguous() }

  func forward() throws(TensorError) -> Tensor {
    let y = try Tensor.empty([q.shape[0], heads, rows, valueSize], orderedAs: q)
    // Blocks of rows do not depend on each other here, so that one long sequence has work for every thread too.
    let chunks = groups * blocks, parts = parts == 1 && groups == 1 ? min(chunks, threadsForBlocks) : self.parts
    let scratch = try AttentionScratch(self, isBackward: false, parts: parts)
    let job = AttentionForward(plan: self, y: HeadView(y), scratch: scratch, chunks: chunks, parts: parts, tools: try tools(isBackward: false))
    try run(parts) { job.run(part: $0) }
    return y
  }

  private var threadsForBlocks: Int { units * rows * keys * (size + valueSize) < Self.threadsFrom ? 1 : Int(pith_threads()) }

  /// Writes the gradients of q, k and v where they are wanted.
  func backward(_ dy: Tensor, into gradients: [Tensor?]) throws(TensorError) {
    let dy = try Self.readable(dy), scratch = try AttentionScratch(self, isBackward: true, parts: parts)
    let job = AttentionBackward(
      plan: self, dy: HeadView(dy), dq: gradients[0].map(HeadView.init), dk: gradients[1].map(HeadView.init), dv: gradients[2].map(HeadView.init),
      scratch: scratch, tools: try tools(isBackward: true))
    try run(parts) { job.run(part: $0) }
  }

  private func tools(isBackward: Bool) throws(TensorError) -> AttentionTools {
    let isWhole = units % atOnce == 0 && rows % blockRows == 0
    return AttentionTools(
      main: try AttentionProducts(self, units: atOnce, rows: blockRows, isBackward: isBackward),
      last: isWhole ? nil : try AttentionProducts(
        self, units: units % atOnce == 0 ? atOnce : units % atOnce, rows: rows % blockRows == 0 ? blockRows : rows % blockRows, isBackward: isBackward))
  }

  /// Runs the parts of a job, each on a thread of its own.
  private func run(_ parts: Int, _ body: (Int) -> Int32) throws(TensorError) {
    let status = Threads.run(parts, body)
    guard status == 0 else { throw .kernel(AttentionOp.name, status: Int(status)) }
    guard pith_interrupted() == 0 else { throw .interrupted }
  }

  func group(_ index: Int) -> Range<Int> { index * atOnce..<min(units, (index + 1) * atOnce) }
  func block(_ index: Int) -> Range<Int> { index * blockRows..<min(rows, (index + 1) * blockRows) }

  /// Makes the weights of a block in `scratch.p` from queries and keys that are there.
  func weigh(_ group: Range<Int>, _ block: Range<Int>, _ products: AttentionProducts, _ s: AttentionScratch.Part) -> Int32 {
    let status = products.scores.run(s.q, s.k, s.p)
    for (i, unit) in group.enumerated() {
      var mask: UnsafePointer<Float>?
      if let added = how.mask {
        mask = UnsafePointer(added.f32 + unit / heads * added.strides[0] + unit % heads * added.strides[1] + block.lowerBound * added.strides[2])
      }
      let seen = how.isCausal ? block.lowerBound + 1 : keys
      pith_attention_softmax_f32(
        s.p + i * block.count * keys, mask, Int64(how.mask?.strides[2] ?? 0), Int64(seen), block.count, keys)
    }
    return status
  }
}

/// The heads of a `[batches, heads, length, size]`, wherever they lie.
struct HeadView {
  let base: UnsafeMutablePointer<Float>
  private let batch: Int, head: Int, step: Int, heads: Int, size: Int

  init(_ t: Tensor) {
    (base, batch, head, step) = (t.f32, t.strides[0], t.strides[1], t.strides[2])
    (heads, size) = (t.shape[1], t.shape[3])
  }

  private func start(_ unit: Int, _ row: Int) -> UnsafeMutablePointer<Float> { base + unit / heads * batch + unit % heads * head + row * step }

  /// Copies rows of heads, one head after the other.
  func read(_ units: Range<Int>, _ rows: Range<Int>, into memory: UnsafeMutablePointer<Float>, times scale: Float = 1) {
    for (i, unit) in units.enumerated() {
      pith_scaled_rows_f32(start(unit, rows.lowerBound), Int64(step), memory + i * rows.count * size, Int64(size), rows.count, size, scale)
    }
  }

  func write(_ memory: UnsafePointer<Float>, _ units: Range<Int>, _ rows: Range<Int>, times scale: Float = 1) {
    for (i, unit) in units.enumerated() {
      pith_scaled_rows_f32(memory + i * rows.count * size, Int64(size), start(unit, rows.lowerBound), Int64(step), rows.count, size, scale)
    }
  }
}
