import Builtins
import Engine
import NN

extension CriterionMethod {
  static let obs = CriterionMethod(
    builtin: Builtin(
      "obs", "How much the objective rises, to second order, when the weight is removed and the others of its block are set right for it.",
      .option("damping", 1e-4, in: 1e-12...1e12, "What is added to the diagonal of each block."),
      .option("block", 512, in: 1...16_384, "How many weights a block has at most: a whole tensor, else a row of it or a part of one."),
      formula: "w_q² / (2 [H⁻¹]_qq), H the Gauss-Newton matrix of the objective over a block of weights, with damping on its diagonal",
      source: Source("Hassibi and Stork 1993, eq. 5; Gauss-Newton by blocks as Singh and Alistarh 2020", arXiv: "2004.14340"), run: surgeon),
    needs: .objective, cost: "two ways back for each output at most, and the inverse of each block", isInvariantToRescaling: false,
    misleads: "Weights of different blocks are taken to act apart; with little data the damping decides, and scores go towards damping times w² / 2.", parts: MethodParts.obs)
}

private func surgeon(_ run: MethodRun, damping: Double, block: Int) throws -> MethodScores {
  let sizes = GaussNewtonBlocks.sizes(run, block)
  var scores: [Tensor] = []
  // As many parameters at a time as have room for their matrices: each group takes the data once.
  let groups = GaussNewtonBlocks.groups(run, sizes)
  for (i, group) in groups.enumerated() {
    scores += try GaussNewtonBlocks(run, group, Array(sizes[group]), Share(from: Double(i), of: Double(groups.count))).inverseDiagonals(damping)
  }
  return try Recording.with(.none) {
    var result = MethodScores(tensors: try zip(run.values, scores).map { value, inverse in
      try (value.detached().to(.float64).square() / inverse.reshape(value.shape) / 2).to(value.dtype)
    })
    result.notes = zip(run.request.parameters, sizes).map { "blocks of \($1) for \($0.name)" }
    return result
  }
}

/// The Gauss-Newton matrix `mean Jᵀ H J` of some scored parameters, in blocks of numbers that follow one another.
private struct GaussNewtonBlocks {
  private let run: MethodRun
  private let values: [Tensor], names: [String]
  /// The size of a block, by parameter.
  private let sizes: [Int]
  /// By parameter `[blocks, size, size]`, in float64.
  private var sums: [Tensor] = []

  /// The size of a block of each scored parameter: a quarter of the memory holds the matrices of any one.
  static func sizes(_ run: MethodRun, _ block: Int) -> [Int] {
    run.values.map { value in
      let row = value.rank > 1 ? value.count / max(1, value.shape[0]) : 1
      let fits = { (size: Int) in size <= block && 8 * Double(value.count) * Double(size) <= run.request.memory / 4 }
      if fits(value.count) { return max(1, value.count) }
      return stride(from: row, to: 1, by: -1).first { row % $0 == 0 && fits($0) } ?? 1
    }
  }

  /// Runs of parameters whose matrices together take a quarter of the memory.
  static func groups(_ run: MethodRun, _ sizes: [Int]) -> [Range<Int>] {
    var groups: [Range<Int>] = [], bytes = 0.0
    for (i, (value, size)) in zip(run.values, sizes).enumerated() {
      let own = 8 * Double(value.count) * Double(size)
      if let last = groups.last, bytes + own <= run.request.memory / 4 {
        groups[groups.count - 1] = last.lowerBound..<(i + 1)
        bytes += own
      } else {
        groups.append(i..<(i + 1))
        bytes = own
      }
    }
    return groups
  }

  init(_ run: MethodRun, _ group: Range<Int>, _ sizes: [Int], _ share: Share) throws {
    (self.run, self.sizes) = (run, sizes)
    (values, names) = (Array(run.values[group]), run.request.parameters[group].map(\.name))
    sums = try zip(values, sizes).map { try Tensor.zeros([$0.count / $1, $1, $1], .float64) }
    for i in 0..<run.request.sampleCount {
      try add(i)
      run.report(share.at(Double(i + 1) / Double(run.request.sampleCount)))
    }
  }

  /// One sample: a row of the Jacobian for each product of the curvature of its outputs, as many at a time as have room.
  private mutating func add(_ sample: Int) throws {
    let request = run.request, values = values
    let out = try request.total(sample..<(sample + 1), in: request.run).out
    guard let curvature = try OutputCurvature.of(request.objective, out, try request.samples(sample..<(sample + 1)).y) else { return }
    func rows(_ seeds: Tensor, _ range: Range<Int>) throws -> [[Tensor]] {
      var rows: [[Tensor]] = Array(repeating: [], count: values.count)
      for r in range {
        let found = try out.gradients(with: values, seed: seeds.select(1, r).reshape(out.shape))
        for (i, g) in found.enumerated() { rows[i].append(try g?.detached() ?? Tensor.zeros(values[i].shape, values[i].dtype)) }
      }
      return rows
    }
    // A row as it is, and in float64, on each side.
    let bytes = values.reduce(0.0) { $0 + 32 * Double($1.count) }, count = curvature.left.shape[1]
    let step = max(1, Int(min(Double(count), request.memory / 4 / max(1, bytes))))
    for start in stride(from: 0, to: count, by: step) {
      let range = start..<min(start + step, count)
      let left = try rows(curvature.left, range), right = try curvature.right.map { try rows($0, range) }
      try Recording.with(.none) {
        for i in values.indices {
          let a = try blocks(left[i], i), b = try right.map { try blocks($0[i], i) } ?? a
          sums[i] = try sums[i] + a.transpose(1, 2).matmul(b) * curvature.sign
        }
      }
    }
  }

  /// - Shape: `[blocks, products, size]`.
  private func blocks(_ rows: [Tensor], _ i: Int) throws(TensorError) -> Tensor {
    try Tensor.stack(rows, 0).to(.float64).reshape([rows.count, values[i].count / sizes[i], sizes[i]]).transpose(0, 1)
  }

  /// The diagonal of the inverse of each damped block: the squares of the columns of `L⁻¹`, where `H = L Lᵀ`.
  /// - Throws: `notCurved` where a block has no inverse: the objective is no loss that curves upwards.
  func inverseDiagonals(_ damping: Double) throws -> [Tensor] {
    try Recording.with(.none) {
      try sums.indices.map { i in
        let size = sizes[i], eye = try Tensor.eye(size, size, .float64), n = Double(max(1, run.request.sampleCount))
        var diagonals: [Tensor] = []
        for block in 0..<sums[i].shape[0] {
          guard !Interrupt.isSet else { throw TensorError.interrupted }
          let matrix = try sums[i].select(0, block) / n + eye * damping
          guard let factor = try? matrix.cholesky() else { throw ScoringError.notCurved(names[i], objective: run.request.objective.text) }
          diagonals.append(try factor.solve(eye).square().sum([0]))
        }
        return try Tensor.stack(diagonals, 0).reshape([values[i].count])
      }
    }
  }
}
