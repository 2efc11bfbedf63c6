import Builtins
import Engine
import NN
import Testing

@testable import Importance

/// Curves of units and features, ablation, patterns, against runs of models that were changed by hand.
@Suite struct RemovalTests {
  private func setting(_ seed: UInt64 = 5) throws -> (model: Sequential, x: Tensor, y: Tensor, run: Run) {
    let generator = Generator(seed: seed)
    let (x, y) = try Models.data(generator, 40)
    return (try Models.mlp(generator), x, y, Run(generator: generator))
  }

  private func loss(_ model: Module, _ x: Tensor, _ y: Tensor) throws -> Double {
    try model.evaluating { try Run(generator: Generator(seed: 0))(model, x).crossEntropy(y, .mean).item() }
  }

  @Test("a unit that is removed is one whose outgoing weights are 0")
  func units() throws {
    let (model, x, y, run) = try setting()
    let scores = try Tensor([3.0, 9, 1, 7, 0, 2, 4, 5, 6, 8, 11, 10])
    var request = ValidationRequest(model, CompareTests.importance([("act1", scores)]), on: x, y, in: run)
    (request.steps, request.draws) = (4, 2)
    let curves = try validate(request)
    #expect(curves.noun == "units" && curves.first.count == 5)
    // The three highest: units 10, 11, 1.
    let weight = model.namedParameters[2].parameter, journal = Journal()
    let mask = try Tensor((0..<12).map { [10, 11, 1].contains($0) ? Float(0) : 1 }, [1, 12])
    try journal.write(weight.value) { try weight.value.copyNumbers(of: weight.value.detached() * mask) }
    #expect(abs(try loss(model, x, y) - curves.first[1]) < 1e-6)
    journal.rollBack()
    #expect(abs(try loss(model, x, y) - curves.first[0]) < 1e-6)
    #expect(curves.first.last == curves.reverse.last && curves.magnitude?.count == 5)
  }

  @Test("units of a layer that gives several results are those of the first, as effects change them")
  func severalResults() throws {
    let g = Generator(seed: 6), layer = try LSTM(3, 4, batchFirst: true, using: g), x = try g.normal([20, 5, 3]), y = try g.integers([20], from: 0, to: 2)
    let model = LayerModels.Of([("r", layer), ("o", try Linear(4, 2, using: g))]) { m, x, run in
      guard let out = (try run(m[0], [x]) as? List)?.items.first as? Tensor else { return x }
      return try run(m[1], out.mean([1]))
    }
    let run = Run(generator: g), rise = Formula.effect(FormulaEffect(.rise(.zero, .a), of: .loss))
    let scores = try Scoring(rise, of: model, .modules([("r", layer)]), on: x, y, in: run).scores()
    var request = ValidationRequest(model, scores, on: x, y, in: run)
    request.steps = 20
    let curves = try validate(request), flat = try scores.flatScores()
    #expect(curves.noun == "units" && flat.count == 20)
    // One unit out, the highest or the lowest, is what its own score is.
    #expect(try abs(curves.first[1] - curves.first[0] - #require(flat.max())) < 1e-6)
    #expect(try abs(curves.reverse[1] - curves.reverse[0] - #require(flat.min())) < 1e-6)
  }

  @Test("inputs of a layer that effects change are removed there", arguments: ["fc2", "act1"])
  func inputs(_ name: String) throws {
    let generator = Generator(seed: 5), (x, y) = try Models.data(generator, 40), run = Run(generator: generator)
    let model = try Sequential(named: [("fc1", Linear(6, 8, using: generator)), ("act1", Sigmoid()), ("fc2", Linear(8, 4, using: generator))])
    let rise = Formula.effect(FormulaEffect(.rise(.zero, .z), of: .loss)), layer = try #require(model.module(at: name))
    let scores = try Scoring(rise, of: model, .modules([(name, layer)]), on: x, y, in: run).scores()
    var request = ValidationRequest(model, scores, on: x, y, in: run)
    request.steps = 8
    let curves = try validate(request), flat = try scores.flatScores()
    #expect(try abs(curves.first[1] - curves.first[0] - #require(flat.max())) < 1e-6)
    #expect(try abs(curves.reverse[1] - curves.reverse[0] - #require(flat.min())) < 1e-6)
  }

  @Test("features are removed by the mean, and each sample can have its own order")
  func features() throws {
    let (model, x, y, run) = try setting()
    var request = ValidationRequest(model, CompareTests.importance([("input", try Tensor([1.0, 2, 3, 4, 5, 6]))]), on: x, y, in: run)
    (request.steps, request.draws, request.fill) = (3, 2, .mean)
    let curves = try validate(request)
    #expect(curves.noun == "features")
    let mean = try x.mean([0], keepdim: true).expand(x.shape)
    let changed = try Tensor.cat([x.narrow(1, 0, 4), mean.narrow(1, 4, 2)], 1)
    #expect(abs(try loss(model, changed, y) - curves.first[1]) < 1e-6)
    var own = request
    own.fill = .zero
    own.importance = CompareTests.importance([("input", try x.abs())])
    let rows = try validate(own)
    let places = try x.abs().doubles(), numbers = try x.doubles()
    let left = (0..<40).flatMap { row -> [Float] in
      let part = Array(places[(row * 6)..<(row * 6 + 6)]), out = Ranking(part).places
      return (0..<6).map { out[$0] < 2 ? 0 : Float(numbers[row * 6 + $0]) }
    }
    #expect(abs(try loss(model, Tensor(left, [40, 6]), y) - rows.first[1]) < 1e-6)
    #expect(rows.magnitude == nil)
  }

  @Test("scores that do not fit say what would")
  func misfits() throws {
    let (model, x, y, run) = try setting()
    func failing(_ name: String, _ scores: Tensor, _ change: (inout ValidationRequest) -> Void = { _ in }) -> (any Error)? {
      var request = ValidationRequest(model, CompareTests.importance([(name, scores)]), on: x, y, in: run)
      change(&request)
      do { _ = try validate(request) } catch { return error }
      return nil
    }
    #expect(failing("act1", try Tensor([1.0, 2])) as? UseError == .unitsDiffer("act1", scores: [2], output: [12]))
    #expect(failing("input", try Tensor([1.0, 2])) as? UseError == .unitsDiffer("input", scores: [2], output: [6]))
    #expect(failing("act9", try Tensor([1.0])) as? UseError == .noPlace("act9", model: "Sequential", nearest: "act1"))
    #expect(failing("fc1.weight", try Tensor.ones([12, 6])) { $0.fill = .mean } is UseError)
    #expect(failing("act1", try Tensor.ones([12])) { $0.x = x; $0.y = nil } is ObjectiveError)
  }

  @Test("with training in between, what was removed stays 0 and the model is put back")
  func retraining() throws {
    let (model, x, y, run) = try setting()
    let before = try model.namedParameters.map { try $0.parameter.value.floats() }
    let imp = CompareTests.importance([("fc1.weight", try model.namedParameters[0].parameter.value.detached().abs())])
    var request = ValidationRequest(model, imp, on: x, y, in: run)
    (request.steps, request.draws) = (2, 2)
    var options = TrainingOptions()
    (options.epochs, options.optimiser, options.batchSize) = (20, .adam, 10)
    options.lr = PatternedNumber(0.02)
    request.retraining = .init(x, y, options)
    let trained = try validate(request)
    request.retraining = nil
    let plain = try validate(request)
    #expect(trained.retrained == 20 && zip(trained.first, plain.first).allSatisfy { $0 < $1 })
    #expect(try model.namedParameters.map { try $0.parameter.value.floats() } == before)
    #expect(model.isTraining)
    // Masks hold through momentum and decay.
    let journal = Journal(), parameter = model.namedParameters[0].parameter
    let mask = try parameter.value.detached().gt(Tensor.number(0.0)).to(.float32)
    try journal.write(parameter.value) { try parameter.value.copyNumbers(of: parameter.value.detached() * mask) }
    options.masks = try model.zeroMasks()
    #expect(options.masks.count == 1)
    _ = try Trainer(model, x: x, y: y, options, run: run, journal: journal).train()
    let (numbers, stay) = (try parameter.value.floats(), try mask.floats())
    #expect(zip(numbers, stay).allSatisfy { $0.1 == 1 || $0.0 == 0 })
  }

  @Test func ablation() throws {
    let (model, x, y, run) = try setting()
    let parameter = model.namedParameters[0].parameter, before = try parameter.value.floats()
    let scores = try Tensor((0..<72).map { Double(71 - $0) }, [12, 6])
    var request = AblationRequest(model, CompareTests.importance([("fc1.weight", scores)]), on: x, y, in: run)
    request.top = 3
    let result = try ablate(request)
    #expect(result.rows.map(\.name) == [nil, "fc1.weight[0, 0]", "fc1.weight[0, 1]", "fc1.weight[0, 2]"])
    #expect(result.rows[1].loss == result.rows[1].alone)
    #expect(try parameter.value.floats() == before)
    let journal = Journal()
    (request.top, request.share, request.steps, request.order, request.keeping) = (nil, 0.5, 2, .least, journal)
    let kept = try ablate(request)
    #expect(kept.rows.map(\.count) == [0, 18, 36] && kept.isKept)
    let after = try parameter.value.floats()
    #expect(after.suffix(36).allSatisfy { $0 == 0 } && after.prefix(36).elementsEqual(before.prefix(36)))
    #expect(abs(try loss(model, x, y) - kept.rows[2].loss) < 1e-6)
    journal.rollBack()
    #expect(try parameter.value.floats() == before)
  }

  @Test func patterns() throws {
    let (model, _, _, _) = try setting()
    let imp = CompareTests.importance([("fc2.weight", try model.namedParameters[2].parameter.value.detached().abs())]), journal = Journal()
    _ = try prune(model, by: imp, keep: 1, pattern: PrunePattern.accept("2:4"), journal: journal)
    let left = try model.namedParameters[2].parameter.value.floats()
    for start in stride(from: 0, to: left.count, by: 4) { #expect(left[start..<(start + 4)].count { $0 != 0 } == 2) }
    journal.rollBack()
    #expect(throws: UseError.self) { try prune(model, by: imp, keep: 1, pattern: PrunePattern.accept("2:5"), journal: journal) }
    for text in ["4", "5:4", "a:b", "1:0", "-1:2", ":", "1:2:3"] { #expect(PrunePattern.accept(text) == nil) }
  }

  @Test("t for 95 per cent, from SciPy")
  func quantiles() {
    #expect(abs(studentQuantile(9) - 2.262157162798205) < 1e-3 && abs(studentQuantile(31) - 2.039513446396408) < 1e-3 && abs(studentQuantile(60) - 2.0002978220142604) < 1e-3)
  }
}
