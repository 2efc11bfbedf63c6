import Builtins
import Engine
import NN
import Testing

@testable import Importance

@Suite struct ScoringTests {
  private func formulas() throws -> [Formula] {
    let (w, g) = (F.w, F.g)
    return [
      F.abs(w), F.abs(g), F.abs(w * g), try F.call("mean", g ^ 2), try F.call("mean", F.abs(g)), try F.call("mean", F.abs(w * g)),
      try F.abs(F.call("mean", g)) / (F.call("std", g) + 1e-3), try F.call("mean", ((w - 0.1 * g) ^ 2) + F.call("tanh", g)), try F.call("max", F.abs(g)),
      try F.call("min", w * g), try F.call("var", w * g), try F.call("norm", g - 0.5 * w), try F.call("sum", g * F.abs(g)),
      try F.call("mean", F.call("sqrt", F.abs(g))), try F.call("mean", F.call("sign", g)), try F.call("std", F.abs(g) + w), try F.call("mean", (g - w) ^ 2),
      try F.call("sum", F.abs(w)) + F.call("std", w), try F.abs(g) + F.call("max", g) - F.call("mean", g), try F.call("mean", F.call("maximum", g, w)),
      try F.call("var", g ^ 2), try F.call("mean", .binary(.greater, g, .number(0))), try F.call("mean", F.call("sign", g) ^ 2), F.abs(w - F.w0),
    ]
  }

  @Test("every plan gives what the plain definition gives")
  func plans() throws {
    let generator = Generator(seed: 5)
    for (name, model) in try Models.all(generator) {
      let (x, y) = try Models.data(generator)
      for formula in try formulas() {
        let request = try Scoring(formula, of: model, model.namedParameters, on: x, y, in: Run(generator: generator))
        let distance = try Reference.distance(request.scores(), Reference.scores(formula, model, x, y))
        // float32 sums of ten samples against float64 ones, a spread amplified up to a hundred times.
        #expect(distance < 2e-5, "\(formula) of \(name)")
      }
    }
  }

  @Test("bounded memory changes no number", arguments: [600.0, 2000.0])
  func batches(memory: Double) throws {
    let generator = Generator(seed: 6)
    for (name, model) in try Models.all(generator) {
      let (x, y) = try Models.data(generator, 13)
      for formula in try formulas() {
        var request = try Scoring(formula, of: model, model.namedParameters, on: x, y, in: Run(generator: generator))
        request.memory = memory
        let distance = try Reference.distance(request.scores(), Reference.scores(formula, model, x, y))
        #expect(distance < 2e-5, "\(formula) of \(name)")
      }
    }
  }

  /// Rows enough for the pass without a graph; the last batch of the second has too few.
  @Test("linear layers with ReLUs give what the plain definition gives", arguments: [70, 37])
  func stacks(_ rows: Int) throws {
    let generator = Generator(seed: 11)
    let model = try Sequential([
      Linear(6, 40, using: generator), ReLU(), Linear(40, 17, bias: false, using: generator), ReLU(), Linear(17, 4, using: generator),
    ])
    let (x, y) = try Models.data(generator, rows)
    for formula in try formulas() {
      var request = try Scoring(formula, of: model, model.namedParameters, on: x, y, in: Run(generator: generator))
      if rows == 37 { request.memory = 32_000 }
      let distance = try Reference.distance(request.scores(), Reference.scores(formula, model, x, y))
      #expect(distance < 2e-5, "\(formula)")
    }
  }

  /// A hook sees what a layer puts out, and what it puts there counts.
  @Test("a hook on linear layers with ReLUs is heard")
  func hookedStack() throws {
    let generator = Generator(seed: 12), table = HookTable(), layer = try Linear(6, 40, using: generator)
    let model = try Sequential([layer, ReLU(), Linear(40, 4, using: generator)])
    let (x, y) = try Models.data(generator, 70)
    table.onForward(layer) { _, _, output in try (output as? Tensor).map { try $0 * 0 } }
    let scores = try Scoring(F.call("mean", F.g ^ 2), of: model, model.namedParameters, on: x, y, in: Run([table], generator: generator)).scores()
    for (name, tensor) in scores.scores where name != "2.bias" { #expect(try tensor.doubles().allSatisfy { $0 == 0 }, "\(name)") }
  }

  @Test("objectives", arguments: ["loss", "logit", "prob", "logprob", "margin", "logit2", "output1", "function", "mse"])
  func objectives(_ name: String) throws {
    let generator = Generator(seed: 7), model = try Models.mlp(generator)
    let (x, labels) = try Models.data(generator)
    let objective: Objective = switch name {
    case "logit": .logit
    case "prob": .prob
    case "logprob": .logprob
    case "margin": .margin
    case "logit2": .classLogit(2)
    case "output1": .output(1)
    case "function": .function("sum of squares") { out, _ in try out.square().sum([1]) }
    default: .loss(.auto)
    }
    let y = name == "mse" ? try generator.normal([10, 4]) : labels
    for formula in [F.abs(F.w * F.g), try F.call("mean", F.g ^ 2)] {
      let request = try Scoring(formula, of: model, model.namedParameters, on: x, y, for: objective, in: Run(generator: generator))
      #expect(try Reference.distance(request.scores(), Reference.scores(formula, model, x, y, objective)) < 1e-5)
    }
  }

  @Test("a spread far below the mean keeps its digits")
  func cancellation() throws {
    let generator = Generator(seed: 8)
    let model = try Sequential(named: [("fc", Linear(6, 4, using: generator))])
    let x = try generator.normal([40, 6], mean: 100, std: 0.01), y = try generator.normal([40, 4], mean: 1000, std: 0.01)
    for reducer in ["std", "var"] {
      let formula = try F.call(reducer, F.g)
      let imp = try Scoring(formula, of: model, model.namedParameters, on: x, y, in: Run(generator: generator)).scores()
      let expected = try Reference.scores(formula, model, x, y)
      for (name, tensor) in imp.scores {
        for (a, b) in zip(try tensor.doubles(), expected[name] ?? []) {
          // The gradients themselves are float32: six digits, of which the spread is the fourth and on.
          #expect(abs(a - b) < 2e-3 * b)
        }
      }
    }
  }

  @Test("samples that a model mixes are taken one by one")
  func mixing() throws {
    let generator = Generator(seed: 9), model = try Models.Mixing(generator)
    let (x, y) = try Models.data(generator)
    let formula = try F.call("mean", F.g ^ 2)
    let imp = try Scoring(formula, of: model, model.namedParameters, on: x, y, in: Run(generator: generator)).scores()
    #expect(try Reference.distance(imp, Reference.scores(formula, model, x, y)) < 1e-6)
    #expect(imp.plan.forwardPasses == 10)
  }

  @Test("nothing of the model changes, and its mode is what it was")
  func nothingChanges() throws {
    let generator = Generator(seed: 10), model = try Models.mlp(generator)
    let (x, y) = try Models.data(generator)
    let before = try model.namedParameters.map { try $0.parameter.value.floats() }
    model.layers[1].module.isTraining = false
    let imp = try Scoring(F.w, of: model, model.namedParameters, on: x, y, in: Run(generator: generator)).scores()
    _ = try Scoring(F.call("mean", F.g ^ 2), of: model, model.namedParameters, on: x, y, in: Run(generator: generator)).scores()
    #expect(try model.namedParameters.map { try $0.parameter.value.floats() } == before)
    #expect(model.isTraining && !model.layers[1].module.isTraining && model.layers[2].module.isTraining)
    #expect(model.namedParameters.allSatisfy { $0.parameter.value.grad == nil })
    #expect(imp.scores[0].tensor.storage !== model.namedParameters[0].parameter.value.storage)
  }

  @Test("a user's hook takes part")
  func hooks() throws {
    let generator = Generator(seed: 11), model = try Models.mlp(generator)
    let (x, y) = try Models.data(generator)
    let table = HookTable()
    table.onForward(model.layers[0].module) { _, _, out in try (out as? Tensor).map { try $0 * 0 } }
    let imp = try Scoring(F.call("mean", F.g ^ 2), of: model, model.namedParameters, on: x, y, in: Run([table], generator: generator)).scores()
    #expect(try imp.scores(of: "fc1.weight").abs().sum().item() == 0)
    #expect(try imp.scores(of: "fc3.bias").abs().sum().item() > 0)
  }

  @Test("parameters that are selected alone, and frozen ones")
  func selection() throws {
    let generator = Generator(seed: 12), model = try Models.mlp(generator)
    let (x, y) = try Models.data(generator)
    let chosen = model.namedParameters.filter { $0.name == "fc2.weight" }
    try chosen[0].parameter.value.setRequiresGrad(false)
    let formula = try F.call("mean", F.abs(F.g))
    let imp = try Scoring(formula, of: model, chosen, on: x, y, in: Run(generator: generator)).scores()
    #expect(imp.names == ["fc2.weight"] && imp.field("scores") is Tensor)
    #expect(try Reference.distance(imp, Reference.scores(formula, model, x, y)) < 1e-6)
  }

  @Test("what does not fit is said")
  func errors() throws {
    let generator = Generator(seed: 13), model = try Models.mlp(generator)
    let (x, y) = try Models.data(generator)
    let run = Run(generator: generator), parameters = model.namedParameters
    #expect(throws: ScoringError.needsData("|g|")) { try Scoring(F.abs(F.g), of: model, parameters, on: nil, nil, in: run) }
    #expect(throws: ScoringError.nothingSelected) { try Scoring(F.w, of: model, [], on: x, y, in: run) }
    #expect(throws: ScoringError.targetsDiffer(samples: 10, targets: [3])) { try Scoring(F.g, of: model, parameters, on: x, y.narrow(0, 0, 3), in: run) }
    #expect(throws: ObjectiveError.needsTargets("loss")) { try Scoring(F.g, of: model, parameters, on: x, nil, in: run).scores() }
    #expect(throws: ObjectiveError.classOutside("cross_entropy", met: 9, classes: 4)) {
      try Scoring(F.g, of: model, parameters, on: x, Tensor(Array(repeating: 9, count: 10)), in: run).scores()
    }
    #expect(try Scoring(F.abs(F.w), of: model, parameters, on: nil, nil, in: run).scores().plan.forwardPasses == 0)
  }
}
