import Builtins
import Engine
import NN
import Testing

@testable import Importance

/// Each warning comes up for a model that has the trap, and not for one that has not.
@Suite struct WarningTests {
  private func warnings(_ formula: Formula, _ model: Module, _ x: Tensor, _ y: Tensor?, for objective: Objective = .loss(.auto), _ subject: Subject? = nil) throws -> String {
    let subject = subject ?? .parameters(model.namedParameters)
    let scoring = try Scoring(formula, of: model, subject, on: x, y, for: objective, in: Run(generator: Generator(seed: 0)))
    return try scoring.scores().allWarnings.map(\.text).joined(separator: "\n")
  }

  private func data(_ n: Int = 40) throws -> (Sequential, Tensor, Tensor) {
    let generator = Generator(seed: 1), (x, y) = try Models.data(generator, n), model = try Models.mlp(generator)
    model.setTraining(false)
    return (model, x, y)
  }

  @Test func fewSamples() throws {
    let (model, x, y) = try data(12), (whole, many, labels) = try data(40)
    #expect(try warnings(.magnitude(F.g), model, x, y).contains("only 12 samples"))
    #expect(try !warnings(.magnitude(F.g), whole, many, labels).contains("samples: on others"))
  }

  @Test("signs that cancel over the samples")
  func cancellation() throws {
    // Half of the samples pull one way and half the other.
    let generator = Generator(seed: 2)
    let model = try Sequential(named: [("fc", Linear(1, 1, bias: false, using: generator)), ("act", Tanh()), ("out", Linear(1, 1, bias: false, using: generator))])
    let x = try Tensor((0..<40).map { Float($0 % 2 == 0 ? 1 : -1) }, [40, 1])
    let mean = try Formula.reduced(.mean, F.g), sizes = try Formula.reduced(.mean, .magnitude(F.g))
    #expect(try warnings(mean, model, x, nil, for: .output(0), .parameters([model.namedParameters[0]])).contains("signs cancel"))
    #expect(try !warnings(sizes, model, x, nil, for: .output(0), .parameters([model.namedParameters[0]])).contains("signs cancel"))
  }

  @Test func probabilitiesAndSaturation() throws {
    let (model, x, y) = try data(), generator = Generator(seed: 5)
    let soft = Sequential([model, Softmax(1)])
    #expect(try warnings(.magnitude(F.g), soft, x, y).contains("cross-entropy takes a softmax of them once more"))
    #expect(try !warnings(.magnitude(F.g), model, x, y).contains("softmax"))
    let sure = try Sequential(named: [("fc", Linear(6, 4, using: generator))])
    try sure.namedParameters[0].parameter.start(from: sure.namedParameters[0].parameter.value.detached() * 500, Journal())
    #expect(try warnings(.magnitude(F.g), sure, x, nil, for: .prob).contains("p > 0.99"))
    #expect(try !warnings(.magnitude(F.g), model, x, nil, for: .prob).contains("p > 0.99"))
    let constant = Objective.function("sum of probabilities") { out, _ in try out.softmax(1).sum([1]) }
    #expect(try warnings(.magnitude(F.g), model, x, y, for: constant).contains("for every sample"))
  }

  /// Two layers of one weight.
  private final class Half: Module {
    let weight: NN.Parameter
    init(_ weight: NN.Parameter) { self.weight = weight }
    override var parts: [Part] { [.parameter("weight", weight)] }
    override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.linear(weight.value, nil) }
  }

  private final class Shared: Module {
    let first: Half, second: Half
    init(_ generator: Generator) throws {
      first = Half(NN.Parameter(try generator.uniform([6, 6], from: -1, to: 1)))
      second = Half(first.weight)
    }
    override var parts: [Part] { [.child("first", first), .child("second", second)] }
    override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try run(second, run(first, x).tanh()) }
  }

  @Test func modesAndTies() throws {
    let (model, x, y) = try data(), generator = Generator(seed: 6)
    let dropping = try Sequential([model, Dropout(0.5), Linear(4, 4, using: generator)])
    #expect(try warnings(.magnitude(F.g), dropping, x, y).contains("training mode"))
    dropping.setTraining(false)
    #expect(try !warnings(.magnitude(F.g), dropping, x, y).contains("training mode"))
    let shared = try Shared(generator)
    #expect(try warnings(.magnitude(F.w), shared, x, y).contains("`first.weight` is used in 2 places"))
    #expect(try !warnings(.magnitude(F.w), model, x, y).contains("places"))
  }

  @Test func scalesSignsAndFisher() throws {
    let (model, x, y) = try data()
    let w = model.namedParameters[0].parameter
    #expect(try !warnings(.magnitude(F.w), model, x, y).contains("do not compare"))
    try w.start(from: w.value.detached() * 100, Journal())
    #expect(try warnings(.magnitude(F.w), model, x, y).contains("fc1.weight is"))
    #expect(try !warnings(.magnitude(.binary(.multiply, F.w, F.g)), model, x, y).contains("do not compare"))
    #expect(try warnings(F.g, model, x, y).contains("above 0 more of it raises the loss"))
    #expect(try !warnings(.magnitude(F.g), model, x, y).contains("have signs"))
    let fisher = try Formula.reduced(.mean, .binary(.power, F.g, .number(2)))
    #expect(try warnings(fisher, model, x, y).contains("empirical Fisher"))
    #expect(try !warnings(fisher, model, x, y, for: .logit).contains("empirical Fisher"))
  }

  @Test func deadUnitsAndPlaces() throws {
    let (model, x, y) = try data()
    let impact = try Formula.reduced(.mean, .magnitude(.binary(.multiply, .symbol(.a), .symbol(.da))))
    let act = Subject.modules([("act1", model.layers[1].module)]), fc = Subject.modules([("fc1", model.layers[0].module)])
    #expect(try !warnings(impact, model, x, y, for: .logit, act).contains("exactly 0"))
    #expect(try warnings(impact, model, x, y, for: .logit, fc).contains("before `act1`"))
    #expect(try !warnings(impact, model, x, y, for: .logit, act).contains("before"))
    let bias = model.namedParameters[1].parameter
    try bias.start(from: Tensor((0..<12).map { $0 < 6 ? Float(-100) : 0 }), Journal())
    #expect(try warnings(impact, model, x, y, for: .logit, act).contains("exactly 0"))
  }

  @Test("errors larger than the differences")
  func sampling() throws {
    let (model, x, y) = try data()
    let smooth = try Formula.reduced(.mean, Formula(.averaged(.smooth(draws: 2, std: 20), .magnitude(.symbol(.dx))), tag: 0))
    let sharp = try Formula.reduced(.mean, .magnitude(.symbol(.dx)))
    #expect(try warnings(smooth, model, x, y, for: .logit, .input).contains("that order is chance"))
    #expect(try !warnings(sharp, model, x, y, for: .logit, .input).contains("standard error"))
  }
}
