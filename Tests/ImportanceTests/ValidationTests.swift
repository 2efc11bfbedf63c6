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
    let bad = try validate(turned)
    #expect(bad.areaOverRandom < 0 && bad.verdict.hasSuffix("the ranking is the wrong way round: its bottom matters more than random, its top less"))
  }

  /// Curves of the loss that begin at 0; the draws end where the ranking does.
  private func validation(_ first: [Double], _ reverse: [Double], _ random: [[Double]], unsigned: [String] = []) -> Validation {
    Validation(
      title: "t", noun: "units", metric: .loss, fractions: [0, 0.25, 0.5, 0.75, 1], first: first, reverse: reverse, magnitude: nil, random: random,
      retrained: nil, unsigned: unsigned)
  }

  @Test("both ends are held against random: areas and their interval, by hand")
  func ends() {
    // Areas 0.95, 1.0, 1.05 of random orders: mean 1, deviation 0.05, interval 4.303 · 0.05 / √3 = 0.1242.
    let random = [[0, 0.9, 0.9, 1.5, 1], [0, 1, 1, 1.5, 1], [0, 1.1, 1.1, 1.5, 1]]
    let high = [0, 1.5, 1.5, 1.5, 1], like = [0, 1.1, 1, 1.5, 1], low = [0, 0, 0.1, 0.2, 1]
    let plain = validation(high, low, random)
    #expect(abs(plain.areaError - 0.12421) < 1e-4 && abs(plain.areaOverRandom - 0.25) < 1e-12 && abs(plain.areaOfBottom + 0.8) < 1e-12)
    #expect(plain.verdict.hasSuffix("from the bottom by 0: the ranking finds what matters"))
    #expect(validation(high, like, random).verdict.hasSuffix("finds what matters at its top; its bottom matters as much as any"))
    #expect(validation(high, high, random).verdict.hasSuffix("both ends of the ranking matter more than random: its order does not hold"))
    let signed = Formula(.reduced(.mean, .symbol(.da)), tag: 0).unsignedForms
    #expect(
      validation(high, high, random, unsigned: signed).verdict.hasSuffix(
        "both ends of the ranking matter more than random: its scores have signs, rank by |mean(da)| or mean(|da|)"))
    #expect(validation(like, low, random).verdict.hasSuffix("its bottom can go, but its top matters no more than random"))
    #expect(validation(like, like, random).verdict.hasSuffix("the ranking is no better than random"))
    #expect(validation(like, high, random).verdict.hasSuffix("its top matters no more than random, and its bottom more"))
    #expect(validation(low, like, random).verdict.hasSuffix("the ranking is worse than random: what it puts first matters less"))
    #expect(validation(low, low, random).verdict.hasSuffix("both ends of the ranking matter less than random: what matters is in its middle"))
    // Within two deviations of many draws, though beyond the interval of their mean.
    let many = (0..<20).map { i in [0, 1, 1 + Double(i - 10) / 10, 1, 1] }
    #expect(validation([0, 1, 1.7, 1, 1], low, many).verdict.hasSuffix("the ranking is better than random on average, but within two deviations of it"))
    let single = Validation(title: "t", noun: "units", metric: .loss, fractions: [0, 1], first: [0, 1], reverse: [0, 1], magnitude: nil, random: [[0, 1]], retrained: nil, unsigned: [])
    #expect(single.verdict == "all orders begin and end alike: more steps tell them apart")
    // Nothing that is removed does anything: rounding is no difference.
    #expect(validation([0, 1e-17, 0, 0, 0], [0, 0, 0, 0, 0], [[0, 0, 0, 0, 0], [0, 0, 0, 0, 1e-17]]).verdict.hasSuffix("no better than random"))
    #expect(validation([0, .nan, 1, 1, 1], low, random).verdict.hasSuffix("the loss is no number somewhere on the way, so the areas say nothing"))
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
