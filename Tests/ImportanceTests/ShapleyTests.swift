import Builtins
import Engine
import NN
import Testing

@testable import Importance

/// Shapley values, and effects that are drawn.
@Suite struct ShapleyTests {
  private func request(_ effect: FormulaEffect, _ model: Module, _ x: Tensor, _ y: Tensor?, _ objective: Objective = .classLogit(0)) -> EffectRequest {
    EffectRequest(effect, of: model, on: x, y, for: objective, in: Run(generator: Generator(seed: 5)))
  }

  private func game(_ absence: EffectAbsence = .auto, draws: Int? = nil) -> FormulaEffect { FormulaEffect(.shapley(absence), of: .objective, draws: draws) }

  @Test("a product is shared by halves, sample by sample")
  func product() throws {
    let x = try Tensor([3.0, 4, 5, -1, 2, 0.5], [2, 3])
    // By symmetry each of two factors has half of their product, and the third its own term.
    let value = try request(game(), EffectModels.Product(), x, nil, .output(0)).result(on: .features, keepsSamples: true)
    // Shares of 1/3 and 1/6 round in float32.
    for (met, expected) in zip(try value.value.doubles(), [6.0, 6, 10, -1, -1, 1]) { #expect(abs(met - expected) < 1e-5) }
    #expect(value.error == nil)
    // Over all data it is the mean of those of the samples.
    let mean = try request(game(), EffectModels.Product(), x, nil, .output(0)).result(on: .features).value.doubles()
    for (met, expected) in zip(mean, [2.5, 2.5, 5.5]) { #expect(abs(met - expected) < 1e-5) }
  }

  @Test("what all players have is what the model gains by them", arguments: [4, 14])
  func efficiency(width: Int) throws {
    let generator = Generator(seed: 2), n = 5
    let model = try Sequential([Linear(6, width, using: generator), Tanh(), Linear(width, 4, using: generator)])
    model.setTraining(false)
    let (x, y) = try Models.data(generator, n), module = model.layers[1].module
    let made = try request(game(.zero, draws: 6), model, x, y).result(on: .module("1", module), keepsSamples: true)
    // Above twelve players the orders are drawn; the sum over the players holds in each.
    #expect((made.error != nil) == (width > 12))
    let run = Run(generator: generator)
    let all = try run(model, x).select(1, 0), none = try run(model.layers[2].module, Tensor.zeros([n, width])).select(1, 0)
    let sums = try made.value.sum([1]).doubles()
    for (sum, gain) in zip(sums, try (all - none).doubles()) { #expect(abs(sum - gain) < 1e-5) }
  }

  @Test("drawn orders come to what counting out gives, within their errors")
  func drawn() throws {
    let generator = Generator(seed: 8)
    let model = try Sequential([Linear(6, 13, using: generator), ReLU(), Linear(13, 4, using: generator)])
    model.setTraining(false)
    let (x, y) = try Models.data(generator, 4), module = model.layers[1].module
    // Thirteen units of which the last is its own group with another: twelve players, that are counted out.
    func pairs(_ draws: Int, _ groups: [Int]) throws -> EffectResult {
      var part = EffectRequest(FormulaEffect(.shapley(.mean), of: .loss, draws: draws), of: model, on: x, y, for: .loss(.auto), in: Run(generator: Generator(seed: 3)))
      part.each = .groups(try Tensor(groups, [13]))
      return try part.result(on: .module("1", module))
    }
    let exact = try pairs(1, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11]).value.doubles()
    let sampled = try pairs(400, Array(0..<13))
    let errors = try #require(try sampled.error?.doubles()), values = try sampled.value.doubles()
    #expect(exact.count == 12 && values.count == 13)
    // All players together have the same whole, whichever way they are grouped.
    #expect(abs(exact.reduce(0, +) - values.reduce(0, +)) < 1e-6)
    #expect(errors.allSatisfy { $0 >= 0 && $0 < 0.1 })
  }

  @Test("random changes carry the error of their mean, and the same seed gives the same")
  func draws() throws {
    let generator = Generator(seed: 4), model = try Models.mlp(generator)
    model.setTraining(false)
    let (x, y) = try Models.data(generator, 6)
    let parameter = try #require(model.namedParameters.first)
    func made(_ action: EffectAction, _ each: ScoreEach = .element) throws -> EffectResult {
      var part = request(FormulaEffect(.rise(action, .w), of: .loss, draws: 5), model, x, y)
      part.each = each
      return try part.result(on: .parameter(parameter.name, parameter.parameter))
    }
    for action in [EffectAction.noise(0.1), .shuffle, .dropout(0.5), .reinit] {
      let one = try made(action, .row), again = try made(action, .row)
      #expect(one.value.shape == [12])
      #expect(try one.value.doubles() == again.value.doubles())
      #expect(try #require(one.error).doubles().contains { $0 > 0 })
    }
    #expect(try made(.zero).error == nil)
    // Nothing is added, nothing is dropped: nothing changes.
    #expect(try made(.noise(0)).value.doubles().allSatisfy { $0 == 0 })
    #expect(try made(.dropout(0), .tensor).value.doubles() == [0])
  }

  @Test("a shuffle keeps the numbers of a group, and one order for all its features")
  func shuffles() throws {
    let generator = Generator(seed: 6), model = try Models.mlp(generator), (x, y) = try Models.data(generator, 6)
    model.setTraining(false)
    var part = request(FormulaEffect(.drop(.shuffle, .x), of: .accuracy), model, x, y)
    part.each = .tensor
    let site = try part.site(.features), groups = try site.groups(.tensor, [6], in: model)
    let moved = try EffectReplacement(action: .shuffle, request: part, site: site, groups: groups).numbers(for: x)
    let rows = try (0..<6).map { try x.select(0, $0).doubles() }, after = try (0..<6).map { try moved.select(0, $0).doubles() }
    #expect(Set(rows) == Set(after))
    #expect(throws: EffectError.self) {
      _ = try self.request(FormulaEffect(.rise(.shuffle, .x), of: .loss), model, x.narrow(0, 0, 1), y.narrow(0, 0, 1)).result(on: .features)
    }
  }

  @Test("heads are slices of the projections of attention")
  func heads() throws {
    let model = try EffectModels.Attending(Generator(seed: 1))
    let named = Dictionary(uniqueKeysWithValues: model.namedParameters.map { ($0.name, $0.parameter) })
    let weight = try #require(named["layer.self_attn.in_proj_weight"])
    let groups = try EffectSite.parameter("w", weight).groups(.head, weight.value.shape, in: model)
    #expect(groups.shape == [2])
    // Rows 0, 1, 4, 5, 8, 9 of twelve are those of the first head: two of the queries, the keys and the values each.
    #expect(groups.places(0) == [0, 1, 4, 5, 8, 9].flatMap { ($0 * 4)..<($0 * 4 + 4) })
    #expect(throws: EffectError.self) { _ = try EffectSite.features.groups(.head, [3, 4], in: model) }
  }
}
