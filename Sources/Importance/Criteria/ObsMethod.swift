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

  static let woodfisher = CriterionMethod(
    builtin: Builtin(
      "woodfisher", "How much the objective rises, to second order, when the weight is removed and the others of its block are set right for it, with the empirical Fisher information for the Hessian.",
      .option("damping", 1e-5, in: 1e-12...1e12, "What is added to the diagonal of each block."),
      .option("block", 512, in: 1...16_384, "How many weights a block has at most: a whole tensor, else a row of it or a part of one."),
      formula: "w_q² / (2 [F⁻¹]_qq), F the mean of g gᵀ over the samples, in blocks of weights, with damping on its diagonal",
      source: Source("Singh and Alistarh 2020, with the inverse of each block as it is", arXiv: "2004.14340"), run: fisherSurgeon),
    needs: .objective, cost: "one way back for each sample, and the inverse of each block", isInvariantToRescaling: false,
    misleads: "The Fisher information of the labels stands for the Hessian: near a perfect fit it goes to 0, and the damping decides. Blocks are taken to act apart.", parts: MethodParts.woodfisher)
}

private func surgeon(_ run: MethodRun, damping: Double, block: Int) throws -> MethodScores { try removed(run, .gaussNewton, damping, block) }

private func fisherSurgeon(_ run: MethodRun, damping: Double, block: Int) throws -> MethodScores { try removed(run, .fisher, damping, block) }

private func removed(_ run: MethodRun, _ curvature: BlockCurvature, _ damping: Double, _ block: Int) throws -> MethodScores {
  let sizes = CurvatureBlocks.sizes(run, block)
  var scores: [Tensor] = []
  // As many parameters at a time as have room for their matrices: each group takes the data once.
  let groups = run.groups(bytes: zip(run.values, sizes).map { 8 * Double($0.count) * Double($1) })
  for (i, group) in groups.enumerated() {
    scores += try CurvatureBlocks(run, curvature, group, Array(sizes[group]), Share(from: Double(i), of: Double(groups.count))).inverseDiagonals(damping)
  }
  return try Recording.with(.none) {
    var result = MethodScores(tensors: try zip(run.values, scores).map { value, inverse in
      try (value.detached().to(.float64).square() / inverse.reshape(value.shape) / 2).to(value.dtype)
    })
    result.notes = zip(run.request.parameters, sizes).map { "blocks of \($1) for \($0.name)" }
    return result
  }
}

/// What stands for the Hessian: the Gauss-Newton matrix `mean Jᵀ H J`, or the empirical Fisher information `mean g gᵀ`.
private enum BlockCurvature { case gaussNewton, fisher }

/// The curvature with respect to some scored parameters, in blocks of numbers that follow one another.
private struct CurvatureBlocks {
  private let run: MethodRun, curvature: BlockCurvature
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

  init(_ run: MethodRun, _ curvature: BlockCurvature, _ group: Range<Int>, _ sizes: [Int], _ share: Share) throws {
    (self.run, self.curvature, self.sizes) = (run, curvature, sizes)
    (values, names) = (Array(run.values[group]), run.request.parameters[group].map(\.name))
    sums = try zip(values, sizes).map { try Tensor.zeros([$0.count / $1, $1, $1], .float64) }
    let n = run.request.sampleCount, step = curvature == .fisher ? rowsAtOnce(n) : 1
    for start in stride(from: 0, to: n, by: step) {
      let samples = start..<min(start + step, n)
      if curvature == .fisher { try addGradients(samples) } else { try add(start) }
      run.report(share.at(Double(samples.upperBound) / Double(n)))
    }
  }

  /// How many rows of so many have room: each as it is, and in float64, on each side.
  private func rowsAtOnce(_ count: Int) -> Int {
    let bytes = values.reduce(0.0) { $0 + 32 * Double($1.count) }
    return max(1, Int(min(Double(count), run.request.memory / 4 / max(1, bytes))))
  }

  /// Each sample's gradient is a row.
  private mutating func addGradients(_ samples: Range<Int>) throws {
    var rows: [[Tensor]] = Array(repeating: [], count: values.count)
    for sample in samples {
      let found = try run.request.total(sample..<(sample + 1), in: run.request.run).total.gradients(with: values)
      for (i, g) in found.enumerated() { rows[i].append(try g?.detached() ?? Tensor.zeros(values[i].shape, values[i].dtype)) }
    }
    try add(rows, nil, sign: 1)
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
    let count = curvature.left.shape[1], step = rowsAtOnce(count)
    for start in stride(from: 0, to: count, by: step) {
      let range = start..<min(start + step, count)
      try add(rows(curvature.left, range), curvature.right.map { try rows($0, range) }, sign: curvature.sign)
    }
  }

  /// Adds products of rows, which are their own other side where there is none.
  private mutating func add(_ left: [[Tensor]], _ right: [[Tensor]]?, sign: Double) throws {
    try Recording.with(.none) {
      for i in values.indices {
        let a = try blocks(left[i], i), b = try right.map { try blocks($0[i], i) } ?? a
        sums[i] = try sums[i] + a.transpose(1, 2).matmul(b) * sign
      }
    }
  }

  /// - Shape: `[blocks, products, size]`.
  private func blocks(_ rows: [Tensor], _ i: Int) throws(TensorError) -> Tensor {
    try Tensor.stack(rows, 0).to(.float64).reshape([rows.count, values[i].count / sizes[i], sizes[i]]).transpose(0, 1)
  }

  /// The diagonal of the inverse of each damped block.
  /// - Throws: `notCurved` where a block has no inverse: the objective is no loss that curves upwards; `notInvertible` for a
  ///   Fisher information whose damping is lost beside it.
  func inverseDiagonals(_ damping: Double) throws -> [Tensor] {
    try Recording.with(.none) {
      try sums.indices.map { i in
        let size = sizes[i], eye = try Tensor.eye(size, size, .float64), n = Double(max(1, run.request.sampleCount))
        var diagonals: [Tensor] = []
        for block in 0..<sums[i].shape[0] {
          guard !Interrupt.isSet else { throw TensorError.interrupted }
          let matrix = try sums[i].select(0, block) / n + eye * damping
          guard let inverse = try? matrix.inverseDiagonal() else {
            throw curvature == .fisher ? ScoringError.notInvertible(names[i], damping) : .notCurved(names[i], objective: run.request.objective.text)
          }
          diagonals.append(inverse)
        }
        return try Tensor.stack(diagonals, 0).reshape([values[i].count])
      }
    }
  }
}

extension MethodRun {
  /// Runs of things that follow one another and together take a quarter of the memory, or one alone that takes more.
  func groups(bytes: [Double]) -> [Range<Int>] {
    var groups: [Range<Int>] = [], sum = 0.0
    for (i, own) in bytes.enumerated() {
      if let last = groups.last, sum + own <= request.memory / 4 {
        groups[groups.count - 1] = last.lowerBound..<(i + 1)
        sum += own
      } else {
        groups.append(i..<(i + 1))
        sum = own
      }
    }
    return groups
  }
}

extension Tensor {
  /// The diagonal of the inverse of a positive definite matrix: the squares of the columns of `L⁻¹`, where it is `L Lᵀ`.
  func inverseDiagonal() throws(TensorError) -> Tensor {
    try cholesky().solve(Tensor.eye(shape[0], shape[0], dtype)).square().sum([0])
  }
}
