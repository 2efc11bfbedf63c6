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

  @Test("signs that cancel in data that is sorted")
  func sortedCancellation() throws {
    let generator = Generator(seed: 2)
    let model = try Sequential(named: [("fc", Linear(1, 1, bias: false, using: generator)), ("act", Tanh()), ("out", Linear(1, 1, bias: false, using: generator))])
    let x = try Tensor((0..<2000).map { Float($0 < 1000 ? 1 : -1) }, [2000, 1])
    #expect(try warnings(.reduced(.mean, F.g), model, x, nil, for: .output(0), .parameters([model.namedParameters[0]])).contains("signs cancel"))
  }

  @Test("scores and parameters that are not a number")
  func notANumber() throws {
    let (model, x, y) = try data()
    #expect(try warnings(F.call("log", F.w), model, x, y).contains("scores are not a number"))
    #expect(try !warnings(.magnitude(F.w), model, x, y).contains("number"))
    try model.namedParameters[0].parameter.value.assign(Tensor([Float.infinity]), at: [.at(0), .at(0)], journal: Journal())
    #expect(try warnings(.magnitude(F.w), model, x, y).contains("`\(model.namedParameters[0].name)` holds numbers that are infinite"))
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

  @Test("synflow with biases and batch normalisation")
  func synflow() throws {
    let (model, x, y) = try data(), generator = Generator(seed: 8)
    let flow = try Formula.call("synflow", [])
    #expect(try warnings(flow, model, x, y).contains("2 biases take part"))
    let norm = try BatchNorm1d(6, NormSettings(isAffine: false))
    let bare = try Sequential([Linear(6, 6, bias: false, using: generator), norm, ReLU(), Linear(6, 4, bias: false, using: generator)])
    bare.setTraining(false)
    #expect(try warnings(flow, bare, x, y).contains("running statistics of 1 batch normalisation take part"))
    let clean = try Sequential([Linear(6, 6, bias: false, using: generator), ReLU(), Linear(6, 4, bias: false, using: generator)])
    #expect(try !warnings(flow, clean, x, y).contains("the flow"))
  }

  @Test("directions of effects, and factors of two sides")
  func directionsAndSides() throws {
    let (model, x, y) = try data(), act = Subject.modules([("act1", model.layers[1].module)])
    func effect(_ question: FormulaEffect.Question, _ metric: EffectMetric) -> Formula { .effect(FormulaEffect(question, of: metric)) }
    #expect(try warnings(effect(.drop(.shuffle, .x), .loss), model, x, y, .input).contains("what the model needs most scores lowest"))
    #expect(try warnings(effect(.rise(.zero, .a), .accuracy), model, x, y, act).contains("the accuracy falls"))
    #expect(try !warnings(effect(.rise(.zero, .a), .loss), model, x, y, act).contains("lowest"))
    let mixed = try Formula.reduced(.mean, .symbol(.a) * .symbol(.dz)), right = try Formula.reduced(.mean, .symbol(.z) * .symbol(.dz))
    #expect(try warnings(mixed, model, x, y, act).contains("no first-order effect"))
    #expect(try !warnings(right, model, x, y, act).contains("no first-order effect"))
  }

  @Test("signs that cancel over draws")
  func cancellingDraws() throws {
    // x² around 0: the derivative goes one way on one side, and the other on the other.
    let square = Squared(), x = try Tensor.zeros([40, 1])
    let signed = Formula(.averaged(.smooth(draws: 50, std: 1), .symbol(.dx)), tag: 0), sizes = Formula(.averaged(.smooth(draws: 50, std: 1), .magnitude(.symbol(.dx))), tag: 0)
    #expect(try warnings(.magnitude(signed), square, x, nil, for: .output(0), .input).contains("cancel over the draws"))
    #expect(try !warnings(sizes, square, x, nil, for: .output(0), .input).contains("cancel over the draws"))
  }

  private final class Squared: Module {
    override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.square() }
  }

  @Test("an indefinite Hessian, a baseline that is an answer")
  func curvatureAndBaseline() throws {
    let (model, x, y) = try data()
    #expect(try warnings(Formula.h * (F.w ^ 2) / 2, model, x, y).contains("the Hessian is indefinite"))
    #expect(try !warnings(F.call("mean", F.g ^ 2) * (F.w ^ 2) / 2, model, x, y).contains("indefinite"))
    let integrated = (.x - .x0) * Formula.path(.dx)
    #expect(try !warnings(integrated, model, x, y, for: .logit, .input).contains("no blank"))
    try model.namedParameters[4].parameter.start(from: Tensor([Float(9), 0, 0, 0]), Journal())
    #expect(try warnings(integrated, model, x, y, for: .logit, .input).contains("the baseline is no blank: the model calls it class 0"))
  }
}
