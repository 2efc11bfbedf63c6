import Builtins
import Engine
import NN
import Testing

@testable import Importance

/// Criteria of a training, against its steps written out.
@Suite struct TraceTests {
  /// Steps of plain descent on all samples: of each parameter the numbers before each step, and the gradients.
  private func steps(_ model: Module, _ x: Tensor, _ y: Tensor, _ count: Int, lr: Double) throws -> (w: [[[Double]]], g: [[[Double]]]) {
    let values = model.namedParameters.map(\.parameter.value), run = Run(generator: Generator(seed: 0))
    var w: [[[Double]]] = values.map { _ in [] }, g = w
    for _ in 0..<count {
      let found = try Recording.with(.all) { try Objective.loss(.auto).perSample(run(model, x), y).mean().gradients(with: values) }
      for (i, value) in values.enumerated() {
        let gradient = try #require(found[i]).detached()
        w[i].append(try value.detached().doubles())
        g[i].append(try gradient.doubles())
        try value.copyNumbers(of: Recording.with(.none) { try value.detached() - gradient * lr })
      }
    }
    return (w, g)
  }

  private func net() throws -> Sequential {
    let g = Generator(seed: 41)
    return try Sequential([CurvedModels.linear(4, 5, g), Tanh(), CurvedModels.linear(5, 3, g)])
  }

  @Test("movement pruning, synaptic intelligence and RWalk, step by step")
  func steps() throws {
    let data = Generator(seed: 42), x = try data.normal([8, 4], .float64), y = try data.integers([8], from: 0, to: 3)
    let other = try net(), model = try net(), lr = 0.3, count = 4
    let (w, g) = try steps(other, x, y, count, lr: lr)
    var options = TrainingOptions()
    (options.epochs, options.batchSize, options.shuffle, options.lr) = (count, nil, false, PatternedNumber(lr))
    options.track = [.weight_gradient, .path_integral, .riemannian_walk]
    let journal = Journal()
    _ = try Trainer(model, x: x, y: y, test: nil, options, run: Run(generator: Generator(seed: 0)), journal: journal).train()
    let last = try other.namedParameters.map { try $0.parameter.value.detached().doubles() }
    func scores(_ name: String) throws -> [[Double]] {
      let formula = try #require(Criteria.named(name)).formula
      return try Scoring(formula, of: model, model.namedParameters, on: nil, nil, in: Run(generator: data)).scores().scores.map { try $0.tensor.doubles() }
    }
    var fishers: [[Double]] = [], walks: [[Double]] = []
    let (movement, intelligence, walk) = (try scores("movement_pruning"), try scores("synaptic_intelligence"), try scores("rwalk"))
    for i in last.indices {
      var fisher = g[i][0].map { $0 * $0 }, sum = fisher.map { _ in 0.0 }
      for (k, number) in last[i].enumerated() {
        var moved = 0.0, path = 0.0
        for t in 0..<count {
          let gradient = g[i][t][k], step = (t + 1 < count ? w[i][t + 1][k] : number) - w[i][t][k]
          moved -= w[i][t][k] * gradient
          path -= gradient * step
          if t > 0 { fisher[k] = 0.9 * fisher[k] + 0.1 * gradient * gradient }
          sum[k] += max(0, -gradient * step / (fisher[k] * step * step / 2 + 0.1))
        }
        let distance = number - w[i][0][k]
        #expect(abs(movement[i][k] - moved) < 1e-12)
        #expect(abs(intelligence[i][k] - path / (distance * distance + 0.1)) < 1e-12)
      }
      fishers.append(fisher)
      walks.append(sum)
    }
    let (f, s) = (fishers.joined().max() ?? 1, walks.joined().max() ?? 1)
    for i in last.indices { for k in last[i].indices { #expect(abs(walk[i][k] - fishers[i][k] / f - walks[i][k] / s) < 1e-12) } }
    // What is undone is no longer there; what was not kept is said.
    journal.rollBack()
    #expect(throws: ScoringError.noTrace("rwalk", "0.weight", kind: "running_fisher")) { try scores("rwalk") }
  }
}
