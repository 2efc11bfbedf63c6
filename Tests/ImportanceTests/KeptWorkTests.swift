import Engine
import NN
import Testing

@testable import Importance

/// Work that is stopped and goes on. The flag of an interrupt belongs to the process: the error is thrown here by a hook.
@Suite struct KeptWorkTests {
  private final class Stop { var calls = 0, at = Int.max }

  /// Stops a request at one of its passes, goes on, and holds that against one that was never stopped.
  private func check(_ formula: Formula, _ model: Module, _ subject: Subject, _ x: Tensor, _ y: Tensor, memory: Double = 2000) throws {
    let stop = Stop(), table = HookTable()
    table.onForward(model) { _, _, _ in
      stop.calls += 1
      if stop.calls == stop.at { throw TensorError.interrupted }
      return nil
    }
    func request(_ seed: UInt64) throws -> Scoring {
      var request = try Scoring(formula, of: model, subject, on: x, y, in: Run([table], generator: Generator(seed: seed)))
      request.memory = memory
      return request
    }
    let whole = try request(3).scores(), passes = stop.calls, call = passes * 3 / 4 + 1
    let work = KeptWork(every: .zero)
    var first = try request(3)
    first.kept = work
    (stop.calls, stop.at) = (0, call)
    #expect(throws: TensorError.interrupted) { try first.scores() }
    #expect(!work.isEmpty && call < passes, "\(formula): \(passes) passes")
    // Whatever the random stream did in between.
    var second = try request(99)
    second.kept = work
    (stop.calls, stop.at) = (0, Int.max)
    let made = try second.scores()
    #expect(stop.calls < passes, "\(formula)")
    #expect(try made.flatScores() == whole.flatScores(), "\(formula)")
  }

  @Test("reductions of gradients, of single samples, of units, rows and effects go on from the last block")
  func stopped() throws {
    let g = Generator(seed: 71), (x, y) = try Models.data(g, 24)
    let normed = try Models.normed(g), mixing = try Models.Mixing(g), mlp = try Models.mlp(g)
    for formula in [try F.call("mean", F.g ^ 2), try F.call("std", F.abs(F.w * F.g)), try F.call("max", F.g)] {
      try check(formula, normed, .parameters(normed.namedParameters), x, y, memory: 1200)
    }
    try check(F.call("mean", F.abs(F.g)), mixing, .parameters(mixing.namedParameters), x, y)
    let act = Subject.modules([("act1", mlp.layers[1].module)]), product = Formula.symbol(.a) * Formula.symbol(.da)
    try check(F.call("var", product), mlp, act, x, y, memory: 1000)
    try check(product, mlp, act, x, y, memory: 1000)
    try check(F.call("mean", .averaged(.smooth(draws: 3, std: 0.5), product)), mlp, act, x, y)
    try check(.effect(FormulaEffect(.rise(.noise(0.2), .w), of: .loss, draws: 2)), mlp, .parameters(mlp.namedParameters), x, y, memory: 1e6)
  }

  @Test("another request, and another model or data, begins anew")
  func others() throws {
    let g = Generator(seed: 72), model = try Models.mlp(g), (x, y) = try Models.data(g)
    func request(_ formula: Formula, _ x: Tensor) throws -> Scoring { try Scoring(formula, of: model, model.namedParameters, on: x, y, in: Run(generator: g)) }
    let formula = try F.call("mean", F.g ^ 2), own = try request(formula, x), work = KeptWork(every: .zero)
    work.close(own, [formula])
    #expect(!work.fits(own, [formula]), "nothing is done")
    work.finish("samples", g, 1)
    #expect(try work.fits(request(formula, x), [formula]) && work.fits(request(formula, x.copied()), [formula]))
    #expect(try !work.fits(request(F.g, x), [F.g]) && !work.fits(request(formula, x * 2), [formula]))
    var grouped = own
    grouped.each = .unit
    #expect(!work.fits(grouped, [formula]))
    let w = model.namedParameters[0].parameter.value
    try w.copyNumbers(of: w.detached() * 2)
    #expect(!work.fits(own, [formula]))
  }

  @Test("effects of every kind come to the same in parts of the samples as in one")
  func effectsInParts() throws {
    let g = Generator(seed: 74), model = try Models.mlp(g), (x, y) = try Models.data(g, 40), value = try g.normal([40, 12]), row = try g.normal([12])
    let act = EffectSubject.module("act1", try #require(model.layers.first { $0.name == "act1" }).module)
    let weight = EffectSubject.parameter("fc3.weight", model.namedParameters[3].parameter)
    let actions: [EffectAction] = [.zero, .mean, .set(.number(0.5)), .set(.value("all")), .set(.value("row")), .shuffle]
    var cases: [(EffectSubject, FormulaEffect.Question, ScoreEach)] = []
    for action in actions {
      cases.append((act, .rise(action, .a), .element))
      cases.append((act, .cumulative(action, .a), .element))
    }
    cases += [(.features, .drop(.shuffle, .x), .element), (.features, .rise(.mean, .x), .element), (.features, .cumulative(.shuffle, .x), .element)]
    cases += [(weight, .rise(.shuffle, .w), .row), (weight, .rise(.noise(0.5), .w), .element), (weight, .cumulative(.reinit, .w), .row)]
    for absence in [EffectAbsence.auto, .mean, .zero, .baseline] { cases.append((.features, .shapley(absence), .element)) }
    // Twelve units are counted out, sixteen and more are drawn.
    cases += [(act, .shapley(.auto), .element), (weight, .shapley(.zero), .element)]
    for (subject, question, each) in cases {
      for keeps in [false, true] {
        func result(_ memory: Double) throws -> EffectResult {
          var request = EffectRequest(
            FormulaEffect(question, of: .loss, draws: 3), of: model, on: x, y, for: .loss(.auto), in: Run(generator: Generator(seed: 5)))
          (request.each, request.memory, request.baseline, request.values) = (each, memory, try g.normal([6]) * 0 + 0.25, ["all": value, "row": row])
          return try request.result(on: subject, keepsSamples: keeps)
        }
        let (whole, parts) = (try result(1e9), try result(keeps ? 8000 : 3000))
        #expect(try whole.value.shape == parts.value.shape && (whole.value - parts.value).abs().amax().item() < 1e-5, "\(question)")
        #expect((whole.error == nil) == (parts.error == nil))
        if let a = whole.error, let b = parts.error { #expect(try (a - b).abs().amax().item() < 1e-5, "\(question)") }
      }
    }
  }

  @Test("what the shuffling of activations needs and has no room for is named")
  func tooLargeToShuffle() throws {
    let g = Generator(seed: 75), model = try Models.mlp(g), (x, y) = try Models.data(g, 40)
    let act = try #require(model.layers.first { $0.name == "act1" }).module
    var request = EffectRequest(FormulaEffect(.rise(.shuffle, .a), of: .loss, draws: 1), of: model, on: x, y, for: .loss(.auto), in: Run(generator: g))
    request.memory = 1500
    // 40 samples of 12 units in float32.
    #expect(throws: EffectError.samplesTooLarge("act1", bytes: 1920, limit: 1500)) { try request.result(on: .module("act1", act)) }
    #expect(EffectError.samplesTooLarge("act1", bytes: 1920, limit: 1500).help?.contains("set memory=2112") == true)
    // Drawn changes of activations are drawn part by part: another stream, the same statistics.
    request = EffectRequest(FormulaEffect(.rise(.dropout(0.5), .a), of: .loss, draws: 400), of: model, on: x, y, for: .loss(.auto), in: Run(generator: g))
    let whole = try request.result(on: .module("act1", act))
    request.memory = 3000
    let parts = try request.result(on: .module("act1", act)), (a, b) = (try #require(whole.error), try #require(parts.error))
    #expect(try ((whole.value - parts.value).square() / (a.square() + b.square())).amax().item() < 16)
  }

  @Test("effects and OBS keep to the memory that they may take")
  func bounded() throws {
    let g = Generator(seed: 73), model = try Models.mlp(g), (x, y) = try Models.data(g, 40)
    let act = try #require(model.layers.first { $0.name == "act1" }).module
    for (subject, place) in [(EffectSubject.module("act1", act), EffectPlace.a), (.parameter("fc2.weight", model.namedParameters[2].parameter), .w), (.features, .x)] {
      for keeps in [false, true] {
        var request = EffectRequest(FormulaEffect(.rise(.zero, place), of: .loss), of: model, on: x, y, for: .loss(.auto), in: Run(generator: g))
        let whole = try request.result(on: subject, keepsSamples: keeps).value
        request.memory = keeps ? 20_000 : 3000
        let parts = try request.result(on: subject, keepsSamples: keeps).value
        #expect(try whole.shape == parts.shape && (whole - parts).abs().amax().item() < 1e-6)
      }
    }
    let small = try Sequential(named: [("a", CurvedModels.linear(4, 5, g)), ("r", Tanh()), ("b", CurvedModels.linear(5, 3, g))])
    let rows = try g.normal([6, 4], .float64), labels = try g.integers([6], from: 0, to: 3)
    let formula = try Formula.call("obs", [FormulaArgument("block", .number(5))])
    func scores(_ memory: Double) throws -> [Double] {
      var request = try Scoring(formula, of: small, small.namedParameters, on: rows, labels, in: Run(generator: g))
      request.memory = memory
      return try request.scores().flatScores()
    }
    let (wide, narrow) = (try scores(1e9), try scores(3300))
    #expect(zip(wide, narrow).allSatisfy { abs($0 - $1) < 1e-12 * (1 + abs($0)) })
  }
}
