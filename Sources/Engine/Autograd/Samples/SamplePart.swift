/// What one use of a tensor contributes to the gradients of single samples with respect to it.
protocol SamplePart {
  /// Whether some rows can be had for less than all of them.
  var hasRows: Bool { get }
  /// - Parameter rows: places along the first dimension of the tensor; nil for all.
  /// - Shape: `[samples, *shape]`, with as many rows as were asked for.
  func gradients(_ samples: Range<Int>, rows: Range<Int>?) throws -> Tensor
  /// The sum over all samples, in one piece.
  func total() throws -> Tensor
  /// The products that the gradients are, where sums over them are best taken a tile at a time.
  var products: TiledProducts? { get }
}

extension SamplePart {
  var products: TiledProducts? { nil }
}

/// Sums of outer products: what stands before a matrix product and what arrives behind it.
struct OuterPart: SamplePart {
  /// `[samples, positions, out]` and `[samples, positions, in]`.
  let d: Tensor, a: Tensor
  var hasRows: Bool { true }

  func gradients(_ samples: Range<Int>, rows: Range<Int>?) throws -> Tensor {
    var d = try self.d.narrow(0, samples.lowerBound, samples.count)
    if let rows { d = try d.narrow(2, rows.lowerBound, rows.count) }
    let a = try self.a.narrow(0, samples.lowerBound, samples.count)
    // Of one position nothing is summed.
    guard d.shape[1] != 1 else { return try d.transpose(1, 2) * a }
    return try d.transpose(1, 2).matmul(a)
  }

  var products: TiledProducts? {
    let (positions, outputs, inputs) = (d.shape[1], d.shape[2], a.shape[2])
    guard d.dtype == .float32, a.dtype == .float32, d.isContiguous, a.isContiguous, positions > 0, outputs * inputs > 1 << 12 else { return nil }
    return TiledProducts(samples: d.shape[0], positions: positions, d: d, a: a)
  }

  func total() throws -> Tensor { try d.reshape([-1, d.shape[2]]).transpose(0, 1).matmul(a.reshape([-1, a.shape[2]])) }
}

/// Gradients that are there already, since they are no larger than what arrived.
struct WholePart: SamplePart {
  /// `[samples, *shape]`.
  let g: Tensor
  var hasRows: Bool { true }

  func gradients(_ samples: Range<Int>, rows: Range<Int>?) throws -> Tensor {
    let some = try g.narrow(0, samples.lowerBound, samples.count)
    return try rows.map { try some.narrow(1, $0.lowerBound, $0.count) } ?? some
  }

  func total() throws -> Tensor { try g.sum([0]) }
}

/// Rows of a table, each added at its place.
struct LookupPart: SamplePart {
  /// `[samples, positions, *row]` and `[samples, positions]`.
  let d: Tensor, places: Tensor
  let shape: [Int]
  var hasRows: Bool { true }

  func gradients(_ samples: Range<Int>, rows: Range<Int>?) throws -> Tensor {
    let rows = rows ?? 0..<shape[0], width = shape.dropFirst().reduce(1, *), positions = d.shape[1]
    // One row more for what lies outside.
    let height = rows.count + 1
    let list = try places.narrow(0, samples.lowerBound, samples.count).contiguous()
    let to = try Tensor.empty([list.count], .int64)
    for i in 0..<list.count {
      let place = Int(list.i64[i])
      to.i64[i] = Int64(i / max(positions, 1) * height + (rows.contains(place) ? place - rows.lowerBound : rows.count))
    }
    let from = try d.narrow(0, samples.lowerBound, samples.count).reshape([samples.count * positions, width])
    let select = IndexSelectOp(dim: 0, places: to, from: [samples.count * height, width])
    let all = try IndexAddOp(select: select).apply([from]).reshape([samples.count, height] + shape.dropFirst())
    return try all.narrow(1, 0, rows.count)
  }

  func total() throws -> Tensor {
    let width = shape.dropFirst().reduce(1, *)
    let select = IndexSelectOp(dim: 0, places: try places.reshape([places.count]).contiguous(), from: [shape[0], width])
    return try IndexAddOp(select: select).apply([d.reshape([places.count, width])]).reshape(shape)
  }
}

/// Weight gradients of convolutions, one sample after the other.
struct ConvolutionPart: SamplePart {
  /// Of all samples, and of one.
  private let whole: ConvolutionPlan, plan: ConvolutionPlan
  private let x: Tensor, dy: Tensor
  /// How many of each sample.
  private let pictures: Int
  var hasRows: Bool { false }

  init(_ plan: ConvolutionPlan, _ x: Tensor, _ dy: Tensor, pictures: Int) throws {
    (whole, self.plan, self.pictures) = (plan, plan.of(pictures: pictures), pictures)
    // Reordered once, not for every sample.
    (self.x, self.dy) = x.dtype == .float32 ? (try x.channelsLast(), try dy.channelsLast()) : (x, dy)
  }

  func gradients(_ samples: Range<Int>, rows: Range<Int>?) throws -> Tensor {
    func one(_ i: Int) throws -> Tensor { try Kernel.convolveWeights(plan, picturesOf(i, x), picturesOf(i, dy), wantsBias: false).weight }
    let all: Tensor
    if samples.count == 1 {
      all = try one(samples.lowerBound).unsqueeze(0)
    } else {
      all = try Tensor.empty([samples.count] + plan.weightShape, x.dtype)
      for (i, sample) in samples.enumerated() { Kernel.write(try one(sample), into: try all.select(0, i)) }
    }
    return try rows.map { try all.narrow(1, $0.lowerBound, $0.count) } ?? all
  }

  private func picturesOf(_ sample: Int, _ t: Tensor) throws -> Tensor { try t.narrow(0, sample * pictures, pictures) }

  func total() throws -> Tensor { try Kernel.convolveWeights(whole, x, dy, wantsBias: false).weight }

  /// A weight that is large beside the places that it meets is faster as products, a tap at a time.
  var products: TiledProducts? {
    let s = plan.sizes, places = s.out.0 * s.out.1
    guard pictures == 1, x.dtype == .float32, s.groups == 1, x.count > 0, dy.count > 0, s.inputs >= 64, s.outputs >= 64, places <= 1024 else { return nil }
    guard plan.weightShape.reduce(1, *) > 1 << 18 else { return nil }
    return TiledProducts(samples: whole.inputShape[0], x: x, dy: dy, of: s)
  }
}

/// The gradients with respect to what was made of a tensor alone, taken back to it.
struct PulledPart: SamplePart {
  let part: any SamplePart
  let made: Node, target: Node
  var hasRows: Bool { false }

  func gradients(_ samples: Range<Int>, rows: Range<Int>?) throws -> Tensor {
    let g = try pulled(part.gradients(samples, rows: nil))
    return try rows.map { try g.narrow(1, $0.lowerBound, $0.count) } ?? g
  }

  func total() throws -> Tensor { try pulled(part.total().unsqueeze(0)).select(0, 0) }

  private func pulled(_ made: Tensor) throws -> Tensor {
    var g = made, node = self.made
    while node !== target, let (back, input) = try Self.back(g, node) { (g, node) = (back, input) }
    if node !== target {
      g = try Tensor.stack((0..<g.shape[0]).map { i in
        let seed = try g.select(0, i)
        return try Backward.gradients(of: node, seed: seed, with: target) ?? Tensor.zeros(target.shape, seed.dtype)
      }, 0)
    }
    return g
  }

  /// Over a step that only looks at memory in another way, for all samples at once; nil for any other.
  private static func back(_ g: Tensor, _ node: Node) throws -> (Tensor, Node)? {
    guard node.hooks.isEmpty, node.inputs.count == 1, let input = node.inputs[0] else { return nil }
    switch node.operation {
    case is ReshapeOp: return (try g.reshape([g.shape[0]] + input.shape), input)
    case let op as PermuteOp:
      var inverse = op.order
      for (i, d) in op.order.enumerated() { inverse[d] = i }
      return (try g.permute([0] + inverse.map { $0 + 1 }), input)
    case let op as SliceOp:
      let all = IndexPlan.Step.slice(start: 0, count: g.shape[0], step: 1)
      return (try UnsliceOp(slice: SliceOp(steps: [all] + op.steps, from: [g.shape[0]] + op.from)).apply([g]), input)
    default: return nil
    }
  }
}
