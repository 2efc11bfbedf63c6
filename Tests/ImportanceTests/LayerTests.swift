import Engine
import NN
import Testing

@testable import Importance

@Suite struct LayerTests {
  private func formulas() throws -> [Formula] {
    let (w, g) = (F.w, F.g)
    return [
      try F.call("mean", g ^ 2), try F.call("mean", F.abs(g)), try F.call("max", F.abs(w * g)), try F.call("std", g),
      try F.abs(F.call("mean", g)) / (F.call("std", g) + 1e-6), try F.call("sum", F.call("tanh", g) + w),
    ]
  }

  @Test("every kind of layer gives what the plain definition gives, from passes over many samples", arguments: [256e6, 40_000])
  func layers(memory: Double) throws {
    let generator = Generator(seed: 21)
    for item in try LayerModels.all(generator) {
      item.model.setTraining(false)
      for (i, formula) in try formulas().enumerated() where memory > 1e6 || i == 0 || i == 3 {
        var request = try Scoring(formula, of: item.model, item.model.namedParameters, on: item.x, item.y, in: Run(generator: generator))
        request.memory = memory
        let imp = try request.scores()
        let distance = try Reference.distance(imp, Reference.scores(formula, item.model, item.x, item.y))
        // float32 gradients of a few layers; a quotient of a mean and a spread amplifies their rounding.
        #expect(distance < (i == 4 ? 5e-4 : 2e-5), "\(formula) of \(item.name): \(distance)")
        #expect(!imp.plan.steps.contains { $0.words.contains("alone") } == item.isTogether, "\(item.name): \(imp.plan.steps.map(\.words))")
      }
    }
  }
}
