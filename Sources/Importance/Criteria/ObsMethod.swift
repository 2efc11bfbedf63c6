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
    needs: .objective, cost: "one pass for each output, and the inverse of each block", isInvariantToRescaling: false,
    misleads: "Weights of different blocks are taken to act apart; with little data the damping decides, and scores go towards damping times w² / 2.", parts: MethodParts.obs)

  static let woodfisher = CriterionMethod(
    builtin: Builtin(
      "woodfisher", "How much the objective rises, to second order, when the weight is removed and the others of its block are set right for it, with the empirical Fisher information for the Hessian.",
      .option("damping", 1e-5, in: 1e-12...1e12, "What is added to the diagonal of each block."),
      .option("block", 512, in: 1...16_384, "How many weights a block has at most: a whole tensor, else a row of it or a part of one."),
      formula: "w_q² / (2 [F⁻¹]_qq), F the mean of g gᵀ over the samples, in blocks of weights, with damping on its diagonal",
      source: Source("Singh and Alistarh 2020, with the inverse of each block as it is", arXiv: "2004.14340"), run: fisherSurgeon),
    needs: .objective, cost: "one forward and one backward pass, and the inverse of each block", isInvariantToRescaling: false,
    misleads: "The Fisher information of the labels stands for the Hessian: near a perfect fit it goes to 0, and the damping decides. Blocks are taken to act apart.", parts: MethodParts.woodfisher)
}

private func surgeon(_ run: MethodRun, damping: Double, block: Int) throws -> MethodScores { try removed(run, .gaussNewton, damping, block) }

private func fisherSurgeon(_ run: MethodRun, damping: Double, block: Int) throws -> MethodScores { try removed(run, .fisher, damping, block) }

private func removed(_ run: MethodRun, _ curvature: BlockCurvature, _ damping: Double, _ block: Int) throws -> MethodScores {
  let cut = try CurvatureCut(curvature == .fisher ? "woodfisher" : "obs", run, block)
  let found = try run.resuming(cut.groups.count, from: [[Tensor]](repeating: [], count: run.values.count)) { inverses, i in
    var blocks = try CurvatureBlocks(run, curvature, cut.groups[i])
    try blocks.gather(Share(from: Double(i), of: Double(cut.groups.count)))
    for (piece, inverse) in zip(cut.groups[i], try blocks.inverseDiagonals(damping)) { inverses[piece.parameter].append(inverse) }
  }
  return try Recording.with(.none) {
    var result = MethodScores(tensors: try zip(run.values, found).map { value, inverses in
      guard let first = inverses.first else { return try Tensor.zeros(value.shape, value.dtype) }
      let inverse = try inverses.count == 1 ? first : Tensor.cat(inverses, 0)
      return try (value.detached().to(.float64).square() / inverse.reshape(value.shape) / 2).to(value.dtype)
    })
    result.notes = zip(run.request.parameters, cut.sizes).map { "blocks of \($1) for \($0.name)" }
    return result
  }
}
