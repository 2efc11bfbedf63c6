import Builtins
import Engine
import NN
import Testing

@testable import Importance

@Suite struct ResultTests {
  private func importance(_ scores: [(String, Tensor)]) throws -> ImportanceValue {
    let plan = Plan(formula: "w", objective: "", samples: 0, batch: 0, forwardPasses: 0, backwardPasses: 0, steps: [], flops: 0, bytes: 0)
    return ImportanceValue(scores.map { (name: $0.0, tensor: $0.1) }, formula: F.w, objective: nil, data: nil, plan: plan, seconds: nil)
  }

  @Test("the order is that of a stable sort, NaN last")
  func ranking() {
    var scores = (0..<500).map { Double(($0 * 7919) % 101) - 50 }
    scores[17] = .nan
    scores[18] = -.infinity
    scores[19] = -0.0
    let expected = scores.indices.sorted { a, b in
      let (x, y) = (scores[a], scores[b])
      if x.isNaN || y.isNaN { return y.isNaN && (!x.isNaN || a < b) }
      return x != y ? x > y : a < b
    }
    #expect(Ranking(scores).order == expected)
    for k in [0, 1, 10, 256, 300, 600] { #expect(Ranking(scores).largest(k) == Array(expected.prefix(k))) }
  }

  @Test("top, rank, by and normalize")
  func functions() throws {
    let imp = try importance([("a.weight", Tensor([1.0, 5, 3, 5], [2, 2])), ("a.bias", Tensor([0.5, 2]))])
    #expect(try imp.topRows(3).map(\.place) == ["a.weight[0, 1]", "a.weight[1, 1]", "a.weight[1, 0]"])
    #expect(try imp.ranks()[0].tensor.ints() == [5, 1, 3, 2])
    #expect(try imp.sums(by: .unit).rows.map { $0[0] } == [.text("a[1]"), .text("a[0]")])
    #expect(try imp.sums(by: .unit).rows.map { $0[2] } == [.number(10), .number(6.5)])
    #expect(try imp.sums(by: .layer).rows[0][2] == .number(16.5))
    #expect(try imp.sums(by: .tensor).rows.count == 2)
    #expect(abs(try imp.normalized(by: .sum).flatScores().reduce(0, +) - 1) < 1e-12)
    #expect(try imp.scores(of: "bias").count == 2)
    #expect { try imp.scores(of: "wieght") } throws: { error in
      if case ScoringError.unknownScore("wieght", _, _) = error { true } else { false }
    }
    let table = try Builtin<Void>.top.call((), [Passed(nil, imp), Passed("k", 2)]) as? Table
    #expect(table?.count == 2)
    guard case .table(let shown) = imp.shown else { throw ScoringError.noWeights }
    #expect(shown.rows.count == 6 && shown.rows[0][4] == .bar(1))
  }

  @Test("exactly the asked number of weights stays", arguments: [0, 0.3, 0.5, 0.77, 1])
  func pruning(keep: Double) throws {
    let generator = Generator(seed: 1), model = try Models.mlp(generator)
    let scores = try model.namedParameters.map { ($0.name, try Tensor.ones($0.parameter.value.shape)) }
    for scope in PruneScope.allCases {
      let journal = Journal()
      let before = try model.namedParameters.map { try $0.parameter.value.floats() }
      _ = try prune(model, by: importance(scores), keep: keep, scope: scope, journal: journal)
      let weights = model.namedParameters.filter { $0.parameter.value.rank > 1 }
      let left = try weights.map { try $0.parameter.value.floats().count { $0 != 0 } }
      if scope == .global {
        let total = weights.reduce(0) { $0 + $1.parameter.value.count }
        #expect(left.reduce(0, +) == Int((keep * Double(total)).rounded()))
      } else {
        #expect(left == weights.map { Int((keep * Double($0.parameter.value.count)).rounded()) })
      }
      #expect(try model.namedParameters[1].parameter.value.floats() == before[1])
      journal.rollBack()
      #expect(try model.namedParameters.map { try $0.parameter.value.floats() } == before)
    }
  }

  @Test("scores of another model are no use")
  func foreign() throws {
    let model = try Models.mlp(Generator(seed: 1))
    #expect { try prune(model, by: importance([("fc9.weight", Tensor([1.0, 2], [1, 2]))]), keep: 0.5, journal: Journal()) } throws: { error in
      if case ScoringError.notInModel("fc9.weight", _) = error { true } else { false }
    }
    #expect(throws: ScoringError.noWeights) { try prune(model, by: importance([("fc1.bias", Tensor.ones([12]))]), keep: 0.5, journal: Journal()) }
    #expect { try prune(model, by: importance([("fc1.weight", Tensor.ones([2, 2]))]), keep: 0.5, journal: Journal()) } throws: { error in
      if case ScoringError.shapesDiffer = error { true } else { false }
    }
  }
}
