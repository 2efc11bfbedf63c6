import Builtins
import Engine
import NN
import Testing

@testable import Importance

/// Straight lines through the metric of random sets of players.
@Suite struct LinearFitTests {
  private func request(
    _ model: Module, _ x: Tensor, _ y: Tensor?, _ absence: EffectAbsence = .zero, drop: Double = 0.5, draws: Int? = nil, of metric: EffectMetric = .loss,
    for objective: Objective = .loss(.auto)
  ) -> EffectRequest {
    EffectRequest(FormulaEffect(.lime(absence, drop: drop), of: metric, draws: draws), of: model, on: x, y, for: objective, in: Run(generator: Generator(seed: 5)))
  }

  private func netWithUnits(_ width: Int, _ generator: Generator) throws -> (model: Sequential, units: EffectSubject) {
    let model = try Sequential([Linear(6, width, using: generator), ReLU(), Linear(width, 4, using: generator)])
    model.setTraining(false)
    return (model, .module("1", model.layers[1].module))
  }

  @Test("the slope of a product is what the other factor is on average", arguments: [0.5, 0.2])
  func product(drop: Double) throws {
    let x = try Tensor([3.0, 4, 5, -1, 2, 0.5], [2, 3]), model = EffectModels.Product()
    let made = try request(model, x, nil, drop: drop, of: .objective, for: .output(0)).result(on: .features, keepsSamples: true)
    // f = x0 x1 + 2 x2: a factor is worth the product as often as the other takes part.
    let expected = [12 * (1 - drop), 12 * (1 - drop), 10, -2 * (1 - drop), -2 * (1 - drop), 1]
    for (met, value) in zip(try made.value.doubles(), expected) { #expect(abs(met - value) < 1e-5) }
    #expect(made.error == nil && made.explained == nil)
  }

  @Test("what is a line is found to the last digit, from few more sets than players")
  func linear() throws {
    let generator = Generator(seed: 3), (model, units) = try netWithUnits(14, generator), (x, y) = try Models.data(generator, 5)
    let last = try #require(model.layers[2].module as? Linear), run = Run(generator: generator)
    let a = try run(model.layers[1].module, run(model.layers[0].module, x)), terms = try a * last.weight.value.select(0, 0)
    for (drop, draws) in [(0.5, 30), (0.3, 100)] {
      let made = try request(model, x, y, drop: drop, draws: draws, of: .objective, for: .classLogit(0)).result(on: units, keepsSamples: true)
      for (met, value) in zip(try made.value.doubles(), try terms.detached().doubles()) { #expect(abs(met - value) < 1e-5) }
      #expect(try #require(made.error).doubles().allSatisfy { $0 < 1e-6 })
      #expect(abs(try #require(made.explained) - 1) < 1e-9)
    }
  }

  @Test("drawn sets come to what all of them give, within their errors", arguments: [0.5, 0.3])
  func drawn(drop: Double) throws {
    let generator = Generator(seed: 8), width = 13, (model, units) = try netWithUnits(width, generator), (x, y) = try Models.data(generator, 4)
    let made = try request(model, x, y, drop: drop, draws: 3000).result(on: units)
    // Every set of units, one network after the other.
    let run = Run(generator: generator), a = try run(model.layers[1].module, run(model.layers[0].module, x)).detached()
    var with = [Double](repeating: 0, count: width), without = with
    for set in 0..<(1 << width) {
      let mask = (0..<width).map { Double(set >> $0 & 1) }
      let out = try run(model.layers[2].module, a * Tensor(mask).to(.float32)), loss = try out.detached().crossEntropy(y).item()
      let chance = mask.reduce(1) { $0 * ($1 == 1 ? 1 - drop : drop) }
      for i in 0..<width {
        if mask[i] == 1 { with[i] += chance * loss / (1 - drop) } else { without[i] += chance * loss / drop }
      }
    }
    let errors = try #require(made.error).doubles(), values = try made.value.doubles()
    for i in 0..<width { #expect(errors[i] > 0 && abs(values[i] - (with[i] - without[i])) < 4 * errors[i] && errors[i] < 0.02) }
    // Errors of four times as many sets are half as large.
    let few = try #require(try request(model, x, y, drop: drop, draws: 750).result(on: units).error).doubles()
    let ratio = zip(few, errors).reduce(0) { $0 + $1.0 / $1.1 } / Double(width)
    #expect(ratio > 1.7 && ratio < 2.3)
    #expect(try #require(made.explained) > 0.3)
  }

  @Test("the stated error is how far results with other seeds are apart")
  func spread() throws {
    let generator = Generator(seed: 18), (model, units) = try netWithUnits(13, generator), (x, y) = try Models.data(generator, 4)
    var values: [[Double]] = [], stated = 0.0
    for seed in 0..<40 {
      let effect = FormulaEffect(.lime(.mean, drop: 0.2), of: .loss, draws: 60)
      let made = try EffectRequest(effect, of: model, on: x, y, for: .loss(.auto), in: Run(generator: Generator(seed: UInt64(seed)))).result(on: units)
      values.append(try made.value.doubles())
      stated += try #require(made.error).square().mean().item() / 40
    }
    let seen = (0..<13).reduce(0) { sum, i in
      let own = values.map { $0[i] }, mean = own.reduce(0, +) / 40
      return sum + own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 39 / 13
    }
    let ratio = (seen / stated).squareRoot()
    #expect(ratio > 0.8 && ratio < 1.25)
  }

  @Test("samples in parts, and a seed, change nothing")
  func parts() throws {
    let generator = Generator(seed: 9), (model, units) = try netWithUnits(20, generator), (x, y) = try Models.data(generator, 200)
    func made(_ memory: Double) throws -> EffectResult {
      var request = request(model, x, y, .mean, draws: 60)
      request.memory = memory
      return try request.result(on: units)
    }
    let (whole, parts) = (try made(1e9), try made(13_000))
    #expect(try (whole.value - parts.value).abs().amax().item() < 1e-5)
    #expect(try (#require(whole.error) - #require(parts.error)).abs().amax().item() < 1e-5)
  }

  @Test("too few sets, and no room for a line, are said with a way out")
  func refused() throws {
    let generator = Generator(seed: 9), (model, units) = try netWithUnits(20, generator), (x, y) = try Models.data(generator, 12)
    #expect(throws: EffectError.fewSets(players: 20, met: 21, needed: 42)) { try self.request(model, x, y, draws: 21).result(on: units) }
    // In sets of which hardly any lacks a unit, units that none lacks cannot be told apart.
    #expect(throws: EffectError.setsAlike(25)) { try self.request(model, x, y, drop: 0.001, draws: 25).result(on: units) }
    var small = request(model, x, y)
    small.memory = 9000
    #expect { _ = try small.result(on: units) } throws: { if case EffectError.fitTooLarge(players: 20, _, _) = $0 { true } else { false } }
  }

  @Test("a line that explains little is warned of, and the plan says how much it does")
  func warned() throws {
    let generator = Generator(seed: 10), (model, _) = try netWithUnits(16, generator), (x, y) = try Models.data(generator, 40)
    let effect = Formula.effect(FormulaEffect(.lime(.zero, drop: 0.5), of: .accuracy, draws: 100))
    let scoring = try Scoring(effect, of: model, .modules([("1", model.layers[1].module)]), on: x, y, in: Run(generator: generator))
    let value = try scoring.scores(), steps = value.plan.steps.map(\.words)
    #expect(steps.contains { $0.contains("100 random sets of 16 players, each dropped with probability 0.5") })
    let line = try #require(steps.first { $0.contains("the line explains") })
    let share = try #require(Int(line.split(separator: " ").first { Int($0) != nil } ?? ""))
    #expect(value.allWarnings.contains { $0.text.contains("straight line") } == (share < 50))
    #expect(value.errors != nil)
  }
}
