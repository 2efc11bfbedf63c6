import Builtins
import Engine
import NN
import Testing

@testable import Importance

/// Criteria of units against slow plain versions, in float64.
@Suite struct UnitCriteriaTests: CriteriaSuite {
  @Test("Fisher pruning of the maps of units, sample by sample")
  func unitFisher() throws {
    let g = Generator(seed: 14)
    let conv = try CurvedModels.layer("Conv2d", g, [2, 3, 2], [("dtype", "float64")])
    let model = try Sequential([conv, Tanh(), Flatten(), CurvedModels.linear(12, 3, g)])
    let x = try g.normal([5, 2, 3, 3], .float64), y = try g.integers([5], from: 0, to: 3), criterion = try #require(Criteria.named("unit_fisher"))
    var expected = [0.0, 0, 0]
    for i in 0..<5 {
      let run = Run(generator: g)
      let made: Tensor = try Recording.with(.none) { try run(conv, x.narrow(0, i, 1)) }
      let map = made.requiringGrad()
      let total: Tensor = try Recording.with(.all) {
        var out = map
        for (_, module) in model.layers.dropFirst() { out = try run(module, out) as Tensor }
        return try Objective.loss(.auto).perSample(out, y.narrow(0, i, 1)).sum()
      }
      let found = try total.gradients(with: [map])
      let slope = try #require(found[0]).doubles()
      let a = try map.detached().doubles()
      for unit in 0..<3 {
        var sum = 0.0
        for place in (unit * 4)..<(unit * 4 + 4) { sum += a[place] * slope[place] }
        expected[unit] += sum * sum / 10
      }
    }
    var request = try Scoring(criterion.formula, of: model, .modules([("0", conv)]), on: x, y, in: Run(generator: g))
    request.each = try #require(criterion.each)
    try expect(request.scores(), [expected])
  }

  /// The rank of a matrix by Gaussian elimination.
  private func rank(_ matrix: [[Double]]) -> Int {
    var rows = matrix, rank = 0
    for column in 0..<(rows.first?.count ?? 0) {
      guard let best = (rank..<rows.count).max(by: { abs(rows[$0][column]) < abs(rows[$1][column]) }), abs(rows[best][column]) > 1e-9 else { continue }
      rows.swapAt(rank, best)
      for row in (rank + 1)..<max(rows.count, rank + 1) {
        let factor = rows[row][column] / rows[rank][column]
        for k in column..<rows[row].count { rows[row][k] -= factor * rows[rank][k] }
      }
      rank += 1
    }
    return rank
  }

  @Test("HRank by elimination, map by map")
  func ranks() throws {
    let g = Generator(seed: 15), criterion = try #require(Criteria.named("hrank"))
    let conv = try CurvedModels.layer("Conv2d", g, [1, 4, 2], [("dtype", "float64")]), act = ReLU()
    let model = Sequential([conv, act]), x = try g.normal([6, 1, 5, 4], .float64)
    // A channel that is silent, one that is constant, and inputs of rank 1.
    try conv.namedParameters[0].parameter.value.copyNumbers(of: conv.namedParameters[0].parameter.value.detached() * Tensor([0.0, 0, 1, 1], [4, 1, 1, 1]))
    try conv.namedParameters[1].parameter.value.copyNumbers(of: Tensor([-1.0, 1, 0, 0.3], [4]))
    try x.narrow(0, 0, 2).copyNumbers(of: g.normal([2, 1, 5, 1], .float64) * g.normal([2, 1, 1, 4], .float64))
    let run = Run(generator: g), maps = try Recording.with(.none) { try run(model, x) as Tensor }.doubles()
    let expected = (0..<4).map { channel in
      (0..<6).reduce(0.0) { sum, sample in
        let start = (sample * 4 + channel) * 12
        return sum + Double(rank((0..<4).map { Array(maps[(start + $0 * 3)..<(start + $0 * 3 + 3)]) })) / 6
      }
    }
    #expect(expected[0] == 0 && abs(expected[1] - 1) < 1e-12)
    var request = try Scoring(criterion.formula, of: model, .modules([("1", act)]), on: x, nil, for: .squaredLength, in: Run(generator: g))
    request.each = try #require(criterion.each)
    try expect(request.scores(), [expected])
    request.each = .tensor
    #expect { try request.scores() } throws: { if case FormulaError.operation = $0 { true } else { false } }
  }
}
