import Builtins
import Engine
import NN
import Testing

@testable import Importance

@Suite struct ValidationTests {
  /// A linear model in which few weights matter, and whose best scores are known.
  private func setting() throws -> (model: Sequential, request: ValidationRequest) {
    let generator = Generator(seed: 3)
    let model = try Sequential(named: [("fc", Linear(10, 1, bias: false, using: generator))])
    let weights = try Tensor([Float](arrayLiteral: 3, -2, 1, 0.1, 0.1, 0.05, 0.02, 0.01, 0.01, 0.01), [1, 10])
    try model.namedParameters[0].parameter.write(Journal()) { try model.namedParameters[0].parameter.value.copyNumbers(of: weights) }
    let x = try generator.normal([50, 10])
    let y = try x.linear(weights)
    let imp = try Scoring(F.abs(F.w), of: model, model.namedParameters, on: nil, nil, in: Run(generator: generator)).scores()
    return (model, ValidationRequest(model, imp, on: x, y, in: Run(generator: generator)))
  }

  @Test("the right ranking does better than chance, its reverse does not, and the model is left as it was")
  func verdicts() throws {
    let (model, request) = try setting()
    let before = try model.namedParameters[0].parameter.value.floats()
    let good = try validate(request)
    #expect(good.deviations > 2 && good.verdict.hasSuffix("the ranking finds what matters"))
    #expect(good.first[0] == 0 && good.first.last == good.reverse.last && good.fractions.count == 11)
    #expect(good.areaOverReverse > good.areaOverRandom)
    #expect(try model.namedParameters[0].parameter.value.floats() == before)
    #expect(model.isTraining)
    var turned = request
    turned.importance = ImportanceValue(
      try request.importance.scores.map { ($0.name, try -$0.tensor) }, formula: F.w, objective: nil, data: nil, plan: request.importance.plan, seconds: nil)
    #expect(try validate(turned).areaOverRandom < 0)
  }

  @Test("a failure in the middle leaves the model as it was")
  func failure() throws {
    let (model, request) = try setting()
    let before = try model.namedParameters[0].parameter.value.floats()
    struct Stop: Error {}
    let table = HookTable()
    var calls = 0
    table.onForward(model) { _, _, _ in
      calls += 1
      if calls == 7 { throw Stop() }
      return nil
    }
    var failing = request
    failing.run = Run([table], generator: Generator(seed: 1))
    #expect(throws: Stop.self) { try validate(failing) }
    #expect(try model.namedParameters[0].parameter.value.floats() == before)
    #expect(model.isTraining && model.namedParameters[0].parameter.origin != nil)
  }
}
