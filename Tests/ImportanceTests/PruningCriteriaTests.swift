import Builtins
import Engine
import Glibc
import NN
import Testing

@testable import Importance

/// Criteria that prune in rounds against slow plain versions, in float64.
@Suite struct PruningCriteriaTests: CriteriaSuite {
  @Test("SynFlow of a stack is a product of positive matrices, and its rounds prune")
  func flow() throws {
    let g = Generator(seed: 7)
    let model = try Sequential(named: [("a", CurvedModels.linear(4, 5, bias: false, g)), ("r", ReLU()), ("b", CurvedModels.linear(5, 3, bias: false, g))])
    let before = try model.namedParameters.map { try $0.parameter.value.doubles() }
    let (a, b) = (try model.namedParameters[0].parameter.value.detached().abs(), try model.namedParameters[1].parameter.value.detached().abs())
    let expected = [
      try (a * b.sum([0]).unsqueeze(1)).doubles(), try (b * a.sum([1]).unsqueeze(0)).doubles(),
    ]
    try expect(scores(named("synflow"), model, nil, nil), expected)
    let imp = try scores(method("synflow", ("rounds", 20), ("keep", 0.3)), model, nil, nil)
    let kept = try imp.flatScores().count { $0 > 0 }
    // 35 weights, of which the share 0.3^(19/20) is left after the last time that some went.
    #expect(kept == 11)
    #expect(try model.namedParameters.map { try $0.parameter.value.doubles() } == before)
  }

  @Test("iterative SNIP and FORCE by hand, round by round")
  func rounds() throws {
    let g = Generator(seed: 8), model = try net(g), (x, y) = try data(g)
    let values = model.namedParameters.map(\.parameter.value), whole = try values.map { try $0.doubles() }
    for name in ["iterative_snip", "force"] {
      let imp = try scores(method(name, ("keep", 0.25), ("rounds", 3)), model, x, y)
      #expect(try values.map { try $0.doubles() } == whole)
      var scores: [[Double]] = []
      for round in 0..<3 {
        let gradients = try Recording.with(.all) { try loss(model, x, y) }.gradients(with: values).map { try $0?.doubles() ?? [] }
        let now = try values.map { try $0.doubles() }
        scores = zip(name == "force" ? whole : now, gradients).map { zip($0, $1).map { abs($0 * $1) } }
        guard round < 2 else { break }
        let pool = (scores[0] + scores[2]).sorted(by: >), count = Int((pow(0.25, Double(round + 1) / 3) * 35).rounded())
        for i in [0, 2] {
          try values[i].copyNumbers(of: Tensor(zip(whole[i], scores[i]).map { $1 >= pool[count - 1] && $1 > 0 ? $0 : 0 }, values[i].shape))
        }
      }
      for (value, w) in zip(values, whole) { try value.copyNumbers(of: Tensor(w, value.shape)) }
      try expect(imp, scores)
    }
  }
}
