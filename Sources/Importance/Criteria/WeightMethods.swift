import Builtins
import Engine

extension CriterionMethod {
  static let lamp = CriterionMethod(
    builtin: Builtin(
      "lamp", "How large the weight is beside the weights of its tensor that are at least as large: magnitude that compares across layers.",
      formula: "w_u² / Σ w_v² over the v of the same tensor with w_v² ≥ w_u²", source: Source("Lee et al. 2021, eq. 4", arXiv: "2010.07611"), run: lamped),
    needs: .nothing, cost: "a sort of each tensor: no data is read", isInvariantToRescaling: true,
    misleads: "The largest weight of every tensor scores 1, be the layer needed or not; data play no part.", parts: MethodParts.lamp)

  static let fpgm = CriterionMethod(
    builtin: Builtin(
      "fpgm", "How far the filter that the weight is part of lies from the others of its layer: one near the middle can be replaced by them.",
      formula: "Σ_v ‖F_u - F_v‖ over the rows F of the tensor, shared out evenly among the numbers of row u",
      source: Source("He et al. 2019, eq. 5", arXiv: "1811.00250"), run: medians),
    needs: .nothing, cost: "the distances of all pairs of rows of each tensor: no data is read", isInvariantToRescaling: false,
    misleads: "Rows of one layer compare, layers do not; whether the next layer could make up for a filter is not asked.", parts: MethodParts.fpgm)
}

private func lamped(_ run: MethodRun) throws -> MethodScores {
  MethodScores(tensors: try run.values.map { value in
    let squares = try value.detached().doubles().map { $0 * $0 }
    var scores = squares
    let order = Ranking(squares).order
    var sum = 0.0, i = 0
    while i < order.count {
      // Equal weights are in each other's sums.
      var end = i
      while end < order.count, squares[order[end]] == squares[order[i]] {
        sum += squares[order[end]]
        end += 1
      }
      for place in order[i..<end] { scores[place] = sum > 0 ? squares[place] / sum : 0 }
      i = end
      if i < order.count, squares[order[i]].isNaN { break }
    }
    return try Tensor(scores, value.shape).to(value.dtype)
  })
}

private func medians(_ run: MethodRun) throws -> MethodScores {
  try Recording.with(.none) {
    MethodScores(tensors: try run.values.map { value in
      guard value.rank > 0, value.shape[0] > 0, value.count > 0 else { return try Tensor.zeros(value.shape, value.dtype) }
      let rows = value.shape[0], size = value.count / rows
      let flat = try value.detached().to(.float64).reshape([rows, size])
      var sums: [Double] = []
      for row in 0..<rows {
        guard !Interrupt.isSet else { throw TensorError.interrupted }
        sums.append(try (flat - flat.narrow(0, row, 1)).square().sum([1]).sqrt().sum().item() / Double(size))
      }
      return try Tensor(sums, [rows] + Array(repeating: 1, count: value.rank - 1)).expand(value.shape).copied().to(value.dtype)
    })
  }
}
