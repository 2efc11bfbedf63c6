import CKernels

/// The products of a group of heads and a block of rows.
struct AttentionProducts {
  let scores: ReadyProducts, values: ReadyProducts?
  let dv: ReadyProducts?, dp: ReadyProducts?, dq: ReadyProducts?, dk: ReadyProducts?

  init(_ plan: AttentionPlan, units: Int, rows: Int, isBackward: Bool) throws(TensorError) {
    let (keys, size, valueSize) = (plan.keys, plan.size, plan.valueSize), adds = plan.blocks > 1
    scores = try ReadyProducts(units: units, rows, keys, size, turned: (false, true), threads: 1)
    values = isBackward ? nil : try ReadyProducts(units: units, rows, valueSize, keys, threads: 1)
    dv = isBackward ? try ReadyProducts(units: units, keys, valueSize, rows, turned: (true, false), adds: adds, threads: 1) : nil
    dp = isBackward ? try ReadyProducts(units: units, rows, keys, valueSize, turned: (false, true), threads: 1) : nil
    dq = isBackward ? try ReadyProducts(units: units, rows, size, keys, threads: 1) : nil
    dk = isBackward ? try ReadyProducts(units: units, keys, size, rows, turned: (true, false), adds: adds, threads: 1) : nil
  }
}

/// The products of whole groups and blocks, and of the last, which may be smaller.
struct AttentionTools {
  let main: AttentionProducts, last: AttentionProducts?

  func products(_ plan: AttentionPlan, _ group: Range<Int>, _ block: Range<Int>) -> AttentionProducts {
    group.count == plan.atOnce && block.count == plan.blockRows ? main : last ?? main
  }
}

/// Memory for each thread: heads side by side, and the weights of a block.
struct AttentionScratch {
  struct Part {
    let q: UnsafeMutablePointer<Float>, k: UnsafeMutablePointer<Float>, v: UnsafeMutablePointer<Float>, p: UnsafeMutablePointer<Float>
    /// The output in the forward pass and its gradient in the backward pass.
    let o: UnsafeMutablePointer<Float>
    let dp: UnsafeMutablePointer<Float>, dq: UnsafeMutablePointer<Float>, dk: UnsafeMutablePointer<Float>, dv: UnsafeMutablePointer<Float>
  }
  private let memory: Tensor
  private let starts: [Int]
  private let length: Int

  init(_ plan: AttentionPlan, isBackward: Bool, parts: Int) throws(TensorError) {
    let n = plan.atOnce, rows = n * plan.blockRows, keys = n * plan.keys
    let forward = [rows * plan.size, keys * plan.size, keys * plan.valueSize, rows * plan.keys, rows * plan.valueSize]
    let backward = isBackward ? [rows * plan.keys, rows * plan.size, keys * plan.size, keys * plan.valueSize] : [0, 0, 0, 0]
    var starts: [Int] = [], at = 0
    for size in forward + backward {
      starts.append(at)
      at += (size + 15) & ~15
    }
    (self.starts, length) = (starts, at)
    memory = try Tensor.empty([parts, at], .float32)
  }

  func part(_ index: Int) -> Part {
    let base = memory.f32 + index * length
    return Part(
      q: base + starts[0], k: base + starts[1], v: base + starts[2], p: base + starts[3], o: base + starts[4], dp: base + starts[5],
      dq: base + starts[6], dk: base + starts[7], dv: base + starts[8])
  }
}

struct AttentionForward {
  let plan: AttentionPlan, y: HeadView, scratch: AttentionScratch
  let chunks: Int, parts: Int
  let tools: AttentionTools

  func run(part: Int) -> Int32 {
    let s = scratch.part(part), each = (chunks + parts - 1) / parts
    let (q, k, v) = (HeadView(plan.q), HeadView(plan.k), HeadView(plan.v))
    var loaded = -1, status: Int32 = 0
    for chunk in part * each..<max(part * each, min(chunks, (part + 1) * each)) {
      guard status == 0, pith_interrupted() == 0 else { return status }
      let group = plan.group(chunk / plan.blocks), block = plan.block(chunk % plan.blocks)
      let products = tools.products(plan, group, block)
      if loaded != group.lowerBound {
        k.read(group, 0..<plan.keys, into: s.k)
        v.read(group, 0..<plan.keys, into: s.v)
        loaded = group.lowerBound
      }
      q.read(group, block, into: s.q, times: Float(plan.how.scale))
      status = plan.weigh(group, block, products, s)
      status |= products.values?.run(s.p, s.v, s.o) ?? 0
      y.write(s.o, group, block)
    }
    return status
  }
}

struct AttentionBackward {
  let plan: AttentionPlan, dy: HeadView
  let dq: HeadView?, dk: HeadView?, dv: HeadView?
  let scratch: AttentionScratch, tools: AttentionTools

  func run(part: Int) -> Int32 {
    let s = scratch.part(part), each = (plan.groups + plan.parts - 1) / plan.parts
    var status: Int32 = 0
    for index in part * each..<max(part * each, min(plan.groups, (part + 1) * each)) {
      guard status == 0, pith_interrupted() == 0 else { return status }
      status = run(plan.group(index), s)
    }
    return status
  }

  private func run(_ group: Range<Int>, _ s: AttentionScratch.Part) -> Int32 {
    let keys = 0..<plan.keys
    HeadView(plan.k).read(group, keys, into: s.k)
    HeadView(plan.v).read(group, keys, into: s.v)
    if plan.blocks > 1 {
      s.dk.update(repeating: 0, count: group.count * plan.keys * plan.size)
      s.dv.update(repeating: 0, count: group.count * plan.keys * plan.valueSize)
    }
    var status: Int32 = 0
    for index in 0..<plan.blocks { status |= run(group, plan.block(index), s) }
    dk?.write(s.dk, group, keys)
    dv?.write(s.dv, group, keys)
    return status
  }

  private func run(_ group: Range<Int>, _ block: Range<Int>, _ s: AttentionScratch.Part) -> Int32 {
    let products = tools.products(plan, group, block), scale = Float(plan.how.scale)
    HeadView(plan.q).read(group, block, into: s.q, times: scale)
    dy.read(group, block, into: s.o)
    var status = plan.weigh(group, block, products, s)
    if dv != nil { status |= products.dv?.run(s.p, s.o, s.dv) ?? 0 }
    guard dq != nil || dk != nil else { return status }
    status |= products.dp?.run(s.o, s.v, s.dp) ?? 0
    pith_attention_backward_f32(s.p, s.dp, group.count * block.count, plan.keys)
    if let dq {
      status |= products.dq?.run(s.dp, s.k, s.dq) ?? 0
      dq.write(s.dq, group, block, times: scale)
    }
    // The queries are scaled already, and so is this gradient.
    if dk != nil { status |= products.dk?.run(s.dp, s.q, s.dk) ?? 0 }
    return status
  }
}
