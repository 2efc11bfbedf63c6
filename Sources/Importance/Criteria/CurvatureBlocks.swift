import Builtins
import Engine
import NN

/// What stands for the Hessian: the Gauss-Newton matrix `mean Jᵀ H J`, or the empirical Fisher information `mean g gᵀ`.
enum BlockCurvature { case gaussNewton, fisher }

/// Some of the blocks of a parameter: numbers that follow one another, `size` to a block.
struct CurvaturePiece {
  let parameter: Int, size: Int
  let blocks: Range<Int>

  /// The places of its numbers among those of the parameter.
  var places: Range<Int> { (blocks.lowerBound * size)..<(blocks.upperBound * size) }
  /// Of the matrices, in float64.
  var bytes: Double { 8 * Double(places.count) * Double(size) }
}

/// How the scored parameters of a method are cut into blocks, and which of them are worked on together.
struct CurvatureCut {
  /// The size of a block, by parameter: a whole tensor, else a row of it or a part of one.
  let sizes: [Int]
  /// Each takes the data once.
  private(set) var groups: [[CurvaturePiece]] = []
  /// Of the inverse of a matrix: it, its factor, what is solved for, and the solution squared.
  private static let copies = 6.0

  /// - Throws: `matrixTooLarge` where the matrix of one block and its inverse have no room.
  init(_ name: String, _ run: MethodRun, _ block: Int) throws(ScoringError) {
    sizes = run.values.map { value in
      if value.count <= block { return max(1, value.count) }
      let row = value.rank > 1 ? value.count / max(1, value.shape[0]) : 1
      return stride(from: row, to: 1, by: -1).first { row % $0 == 0 && $0 <= block } ?? 1
    }
    let memory = run.request.memory, largest = Double(sizes.max() ?? 1), least = 8 * Self.copies * largest * largest
    guard least <= memory else {
      let fits = max(1, Int((memory / 8 / Self.copies).squareRoot()))
      throw .matrixTooLarge(name, "a block of \(Int(largest)) weights", bytes: least, limit: memory, other: "\(name)(block=\(fits))")
    }
    var free = 0.0
    for (parameter, value) in run.values.enumerated() {
      let size = sizes[parameter], own = 8 * Double(size) * Double(size), count = value.count / size
      var start = 0
      while start < count {
        if groups.isEmpty || free < own {
          groups.append([])
          free = max(own, memory / 4)
        }
        let some = min(count - start, max(1, Int(min(1e15, free / own))))
        groups[groups.count - 1].append(CurvaturePiece(parameter: parameter, size: size, blocks: start..<(start + some)))
        free -= Double(some) * own
        start += some
      }
    }
  }

  /// Bytes of the matrices that are held at once, with the inverse of the largest.
  var bytes: Double {
    let size = Double(sizes.max() ?? 0)
    return (groups.map { $0.reduce(0) { $0 + $1.bytes } }.max() ?? 0) + 8 * Self.copies * size * size
  }
}

/// The curvature with respect to some blocks of weights, summed over the samples.
struct CurvatureBlocks {
  private let run: MethodRun, curvature: BlockCurvature
  private let pieces: [CurvaturePiece]
  /// By piece `[blocks, size, size]`, in float64.
  private var sums: [Tensor] = []

  init(_ run: MethodRun, _ curvature: BlockCurvature, _ pieces: [CurvaturePiece]) throws {
    (self.run, self.curvature, self.pieces) = (run, curvature, pieces)
    sums = try pieces.map { try Tensor.zeros([$0.blocks.count, $0.size, $0.size], .float64) }
  }

  /// Takes in all samples.
  mutating func gather(_ share: Share) throws {
    let request = run.request
    if curvature == .fisher { return try add(run.request(.mean(.g ^ 2)), sign: 1, share) }
    let first = try request.total(0..<min(1, request.sampleCount), in: request.run).out
    guard let one = try OutputCurvature.of(request.objective, first, try request.samples(0..<min(1, request.sampleCount)).y), one.right == nil else {
      return try addBySample(share)
    }
    // The rows of the curvature of cross-entropy are gradients of weighed sums of the outputs, for all samples at once.
    let count = one.left.shape[1]
    let begun = sums, piece = pieces.first
    sums = []
    let empty = self
    sums = try run.resuming(count, from: begun, of: "from \(piece?.parameter ?? 0) \(piece?.blocks.lowerBound ?? 0)") { sums, row in
      var next = empty
      next.sums = sums
      let weighed = Objective.function("outputs, weighed by row \(row) of the curvature") { out, _ in
        let seed = try Recording.with(.none) { try OutputCurvature.softmaxRow(out.detached(), row) }
        return try (out * seed).sum([1])
      }
      try next.add(run.request(.mean(.g ^ 2), for: weighed), sign: one.sign, share.part(Double(row) / Double(count), Double(row + 1) / Double(count)))
      sums = next.sums
    }
  }

  /// Adds the products of each sample's gradients of the objective of a request with themselves, many samples at a time.
  private mutating func add(_ request: Scoring, sign: Double, _ share: Share) throws {
    var own = request
    own.memory = request.memory / 4
    let rows = try SampleRows(own) { [run] in run.report(share.at($0)) }
    // Added to a copy: samples that turn out to differ begin anew, one by one.
    let before = self
    var next = before
    do { try rows.each { try next.add($0, sign) } } catch is SamplesDiffer {
      next = before
      try rows.eachAlone { try next.add($0, sign) }
    }
    self = next
  }

  private mutating func add(_ part: SampleRows.Part, _ sign: Double) throws {
    try Recording.with(.none) {
      for (i, piece) in pieces.enumerated() where piece.parameter == part.parameter {
        let shape = run.values[piece.parameter].shape, width = max(1, shape.dropFirst().reduce(1, *))
        let lines = (piece.places.lowerBound / width)..<((piece.places.upperBound + width - 1) / width)
        let offset = piece.places.lowerBound - lines.lowerBound * width
        // As they come, in float64, and on the other side.
        let step = max(1, Int(min(1e9, run.request.memory / 4 / (32 * Double(max(1, lines.count * width))))))
        for start in stride(from: 0, to: part.count, by: step) {
          guard !Interrupt.isSet else { throw TensorError.interrupted }
          let some = start..<min(start + step, part.count)
          let g = try part.gradients(some, shape.isEmpty ? nil : lines).reshape([some.count, shape.isEmpty ? 1 : lines.count * width])
          let rows = try g.narrow(1, offset, piece.places.count).to(.float64).reshape([some.count, piece.blocks.count, piece.size]).transpose(0, 1)
          sums[i] = try sums[i] + rows.transpose(1, 2).matmul(rows) * sign
        }
      }
    }
  }

  /// One sample at a time: a row of the Jacobian for each product of the curvature of its outputs, as many at a time as have room.
  private mutating func addBySample(_ share: Share) throws {
    let n = run.request.sampleCount
    for sample in 0..<n {
      try add(sample)
      run.report(share.at(Double(sample + 1) / Double(n)))
    }
  }

  private mutating func add(_ sample: Int) throws {
    let request = run.request, used = Array(Set(pieces.map(\.parameter))).sorted(), values = used.map { run.values[$0] }
    let out = try request.total(sample..<(sample + 1), in: request.run).out
    guard let curvature = try OutputCurvature.of(request.objective, out, try request.samples(sample..<(sample + 1)).y) else { return }
    func rows(_ seeds: Tensor, _ range: Range<Int>) throws -> [Tensor] {
      var rows: [[Tensor]] = Array(repeating: [], count: values.count)
      for r in range {
        let found = try out.gradients(with: values, seed: seeds.select(1, r).reshape(out.shape))
        for (i, g) in found.enumerated() { rows[i].append(try (g?.detached() ?? Tensor.zeros(values[i].shape, values[i].dtype)).reshape([values[i].count])) }
      }
      return try rows.map { try Tensor.stack($0, 0) }
    }
    let bytes = values.reduce(0.0) { $0 + 32 * Double($1.count) }
    let count = curvature.left.shape[1], step = max(1, Int(min(Double(count), request.memory / 4 / max(1, bytes))))
    for start in stride(from: 0, to: count, by: step) {
      let range = start..<min(start + step, count)
      let left = try rows(curvature.left, range), right = try curvature.right.map { try rows($0, range) } ?? left
      try Recording.with(.none) {
        for (i, piece) in pieces.enumerated() {
          guard let place = used.firstIndex(of: piece.parameter) else { continue }
          func blocks(_ rows: Tensor) throws -> Tensor {
            try rows.narrow(1, piece.places.lowerBound, piece.places.count).to(.float64).reshape([range.count, piece.blocks.count, piece.size]).transpose(0, 1)
          }
          sums[i] = try sums[i] + blocks(left[place]).transpose(1, 2).matmul(blocks(right[place])) * curvature.sign
        }
      }
    }
  }

  /// The diagonal of the inverse of each damped block, by piece.
  /// - Throws: `notCurved` where a block has no inverse: the objective is no loss that curves upwards; `notInvertible` for a
  ///   Fisher information whose damping is lost beside it.
  func inverseDiagonals(_ damping: Double) throws -> [Tensor] {
    try Recording.with(.none) {
      try zip(pieces, sums).map { piece, sum in
        let n = Double(max(1, run.request.sampleCount)), name = run.request.parameters[piece.parameter].name
        let added = try Tensor.eye(piece.size, piece.size, .float64) * damping
        var diagonals: [Tensor] = []
        for block in 0..<piece.blocks.count {
          guard !Interrupt.isSet else { throw TensorError.interrupted }
          guard let inverse = try? (sum.select(0, block) / n + added).inverseDiagonal() else {
            throw curvature == .fisher ? ScoringError.notInvertible(name, damping) : .notCurved(name, objective: run.request.objective.text)
          }
          diagonals.append(inverse)
        }
        return try Tensor.stack(diagonals, 0).reshape([piece.places.count])
      }
    }
  }
}

extension Tensor {
  /// The diagonal of the inverse of a positive definite matrix: the squares of the columns of `L⁻¹`, where it is `L Lᵀ`.
  func inverseDiagonal() throws(TensorError) -> Tensor {
    try cholesky().solve(Tensor.eye(shape[0], shape[0], dtype)).square().sum([0])
  }
}
