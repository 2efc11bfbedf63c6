import Engine
import NN
import Testing

@testable import Importance

/// Work that is stopped and goes on. The flag of an interrupt belongs to the process: the error is thrown here by a hook.
@Suite struct KeptWorkTests {
  private final class Stop { var calls = 0, at = Int.max }

  /// Stops a request at one of its passes, goes on, and holds that against one that was never stopped.
  private func check(_ formula: Formula, _ model: Module, _ subject: Subject, _ x: Tensor, _ y: Tensor, memory: Double = 2000, at part: Double = 0.75) throws {
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
    let whole = try request(3).scores(), passes = stop.calls, call = Int(Double(passes) * part) + 1
    let work = KeptWork(every: .zero)
    var first = try request(3)
    first.kept = work
    (stop.calls, stop.at) = (0, call)
    #expect(throws: TensorError.interrupted, "\(formula)") { try first.scores() }
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

  @Test("second derivatives, methods and drawn games go on from the last block")
  func stoppedLong() throws {
    let g = Generator(seed: 76), (x, y) = try Models.data(g, 12)
    let normed = try Models.normed(g), mlp = try Models.mlp(g), parameters = Subject.parameters(mlp.namedParameters)
    try check(Formula.h, normed, .parameters(normed.namedParameters), x, y, memory: 6000)
    try check(F.call("mean", Formula.h ^ 2), normed, .parameters(normed.namedParameters), x, y, memory: 6000)
    let act = Subject.modules([("act1", mlp.layers[1].module)])
    // All sets of 8 units, 39 at a time.
    try check(.effect(FormulaEffect(.shapley(.mean), of: .accuracy)), mlp, Subject.modules([("act2", mlp.layers[3].module)]), x, y, memory: 1e4)
    try check(.effect(FormulaEffect(.shapley(.auto), of: .loss, draws: 6)), mlp, .parameters([mlp.namedParameters[3]]), x, y, memory: 1e6)
    try check(.effect(FormulaEffect(.cumulative(.noise(0.3), .a), of: .loss, draws: 4)), mlp, act, x, y, memory: 1e6)
    try check(.effect(FormulaEffect(.lime(.zero, drop: 0.4), of: .loss, draws: 900)), mlp, .parameters([mlp.namedParameters[3]]), x, y, memory: 1e6)
    func method(_ name: String, _ settings: (String, Double)...) throws -> Formula { try .call(name, settings.map { FormulaArgument($0.0, .number($0.1)) }) }
    for formula in [
      try method("obs", ("block", 4)), try method("woodfisher", ("block", 4)), try method("force", ("rounds", 5)), try method("iterative_snip", ("rounds", 5)),
      try method("parameter_integrated_gradients", ("steps", 6)), try method("true_fisher"), try method("true_fisher", ("draws", 5)), Formula.product(.w),
    ] { try check(formula, mlp, parameters, x, y, memory: 2500, at: 0.6) }
    try check(method("sparsegpt"), mlp, .parameters(mlp.namedParameters.filter { $0.name.hasSuffix("weight") }), x, y, memory: 9000)
  }

  @Test("a request for groups of samples goes on in the group that it was stopped in")
  func stoppedGroups() throws {
    let g = Generator(seed: 77), (x, y) = try Models.data(g, 30), model = try Models.normed(g), stop = Stop(), table = HookTable()
    table.onForward(model) { _, _, _ in
      stop.calls += 1
      if stop.calls == stop.at { throw TensorError.interrupted }
      return nil
    }
    let formula = Formula.magnitude(.w) * (try F.call("mean", F.g ^ 2)), groups = try SampleGroups(g.integers([30], from: 0, to: 3), samples: 30, called: "t")
    func request() throws -> Scoring {
      var request = try Scoring(formula, of: model, model.namedParameters, on: x, y, in: Run([table], generator: Generator(seed: 3)))
      request.memory = 1200
      return request
    }
    func numbers(_ grouped: [GroupedImportance]) throws -> [[Double]] { try grouped[0].values.map { try $0?.flatScores() ?? [] } }
    let whole = try numbers(request().scores(of: [formula], per: groups)), passes = stop.calls
    for part in [0.2, 0.5, 0.9] {
      let work = KeptWork(every: .zero)
      var first = try request()
      first.kept = work
      (stop.calls, stop.at) = (0, Int(Double(passes) * part))
      #expect(throws: TensorError.interrupted) { try first.scores(of: [formula], per: groups) }
      var second = try request()
      second.kept = work
      (stop.calls, stop.at) = (0, Int.max)
      #expect(try numbers(second.scores(of: [formula], per: groups)) == whole)
      // Nothing is done so soon.
      #expect(part < 0.3 || stop.calls < passes)
    }
    let work = KeptWork(every: .zero), other = try SampleGroups(y, samples: 30, called: "t"), plain = try Scoring(formula, of: model, model.namedParameters, on: x, y, in: Run(generator: g))
    work.finish("groups", g, 1)
    work.close(plain, [formula], per: groups)
    #expect(work.fits(plain, [formula], per: groups) && !work.fits(plain, [formula]) && !work.fits(plain, [formula], per: other))
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
    let g = Generator(seed: 74), model = try Models.mlp(g), (x, y) = try Models.data(g, 10), value = try g.normal([10, 12]), row = try g.normal([12])
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
    // Few players are counted out, more than twelve are drawn.
    let second = EffectSubject.module("act2", try #require(model.layers.first { $0.name == "act2" }).module)
    cases += [(second, .shapley(.auto), .element), (weight, .shapley(.zero), .element)]
    for (number, (subject, question, each)) in cases.enumerated() {
      for keeps in number % 3 == 0 ? [false, true] : [false] {
        func result(_ memory: Double) throws -> EffectResult {
          var request = EffectRequest(
            FormulaEffect(question, of: .loss, draws: 3), of: model, on: x, y, for: .loss(.auto), in: Run(generator: Generator(seed: 5)))
          (request.each, request.memory, request.baseline, request.values) = (each, memory, try g.normal([6]) * 0 + 0.25, ["all": value, "row": row])
          return try request.result(on: subject, keepsSamples: keeps)
        }
        let (whole, parts) = (try result(1e9), try result(keeps ? 4000 : 2400))
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

  @Test("effects and methods of blocks keep to the memory that they may take")
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
    func scores(_ name: String, _ block: Int?, _ memory: Double) throws -> [Double] {
      let formula = try Formula.call(name, block.map { [FormulaArgument("block", .number(Double($0)))] } ?? [])
      var request = try Scoring(formula, of: small, small.namedParameters, on: rows, labels, in: Run(generator: g))
      request.memory = memory
      return try request.scores().flatScores()
    }
    for (name, block) in [("obs", 5), ("woodfisher", 5), ("woodfisher", 20), ("obs", 20), ("sparsegpt", nil as Int?)] {
      let least: Double = block == 20 ? 20_000 : 2500
      let (wide, narrow) = (try scores(name, block, 1e9), try scores(name, block, least))
      #expect(zip(wide, narrow).allSatisfy { abs($0 - $1) < 1e-10 * (1 + abs($0)) }, "\(name)")
    }
    // Six copies of a matrix of 20 weights in float64, and one of 5 inputs seven times.
    #expect(throws: ScoringError.matrixTooLarge("obs", "a block of 20 weights", bytes: 19_200, limit: 10_000, other: "obs(block=14)")) { try scores("obs", 20, 10_000) }
    #expect(throws: ScoringError.matrixTooLarge("sparsegpt", "the 5 inputs of `b.weight`", bytes: 1400, limit: 1000, other: "wanda")) { try scores("sparsegpt", nil, 1000) }
    let help = ScoringError.matrixTooLarge("obs", "a block of 20 weights", bytes: 19_200, limit: 10_000, other: "obs(block=14)").help
    #expect(help == "`set memory=21120` allows it; `obs(block=14)` takes less")
  }
}
