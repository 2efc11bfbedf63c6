import Builtins
import Engine
import NN
import Testing

@testable import Importance

@Suite struct HessianTests {
  private static let objectives = ["loss", "logit", "prob", "logprob", "margin", "output", "squares"]

  private func objective(_ name: String) -> Objective {
    switch name {
    case "logit": .logit
    case "prob": .prob
    case "logprob": .logprob
    case "margin": .margin
    case "output": .output(1)
    case "squares": .function("squares") { out, _ in try out.square().sum([1]) }
    default: .loss(.auto)
    }
  }

  private func check(_ name: String, _ model: Module, _ objective: Objective, _ x: Tensor, _ y: Tensor?, memory: Double = 256e6) throws -> ImportanceValue {
    var request = try Scoring(.symbol(.h), of: model, model.namedParameters, on: x, y, for: objective, in: Run(generator: Generator(seed: 1)))
    request.memory = memory
    let imp = try request.scores()
    let expected = try HessianReference.mean(model, x, y, objective)
    // float64 throughout: only the order of sums differs.
    let scale = expected.values.joined().reduce(1e-6) { max($0, abs($1)) }
    for (parameter, tensor) in imp.scores {
      for (a, b) in zip(try tensor.doubles(), expected[parameter] ?? []) {
        #expect(abs(a - b) <= 1e-9 * scale, "\(name), \(objective.text): \(parameter) \(a) \(b)")
        if abs(a - b) > 1e-9 * scale { return imp }
      }
    }
    return imp
  }

  @Test("stacks of linear layers in closed form, for each objective", arguments: HessianTests.objectives)
  func stacks(_ which: String) throws {
    let generator = Generator(seed: 3)
    let x = try generator.normal([4, 5], .float64), y = try Tensor([0, 2, 1, 2])
    for (name, model) in try CurvedModels.stacks(generator) {
      let imp = try check(name, model, objective(which), x, y)
      #expect(imp.plan.steps.contains { $0.words.hasPrefix("h in closed form") }, "\(name)")
    }
  }

  @Test("real targets, and bounded memory", arguments: [256e6, 3000])
  func blocks(_ memory: Double) throws {
    let generator = Generator(seed: 4)
    let x = try generator.normal([7, 5], .float64), y = try generator.normal([7, 3], .float64)
    for (name, model) in try CurvedModels.stacks(generator) + CurvedModels.others(generator) {
      _ = try check(name, model, .loss(.auto), x, y, memory: memory)
    }
  }

  @Test("other models", arguments: ["loss", "prob", "margin", "squares"])
  func others(_ which: String) throws {
    let generator = Generator(seed: 5)
    let x = try generator.normal([3, 5], .float64), y = try Tensor([0, 2, 1])
    for (name, model) in try CurvedModels.others(generator) { _ = try check(name, model, objective(which), x, y) }
  }

  @Test("convolutions, pooling, normalisation", arguments: ["loss", "prob", "logit"])
  func pictures(_ which: String) throws {
    let generator = Generator(seed: 6)
    for (name, model, shape) in try CurvedModels.pictures(generator) {
      let x = try generator.normal([3] + shape, .float64), y = try Tensor([0, 2, 1])
      let imp = try check(name, model, objective(which), x, y)
      let words = imp.plan.steps.map(\.words).joined()
      let isBent = name == "smooth cnn" || name == "layer norm"
      #expect(words.contains("linear in the parameter") && words.contains("over the outputs of the layers") == isBent, "\(name): \(words)")
      #expect(!words.contains("did not agree"), "\(name)")
    }
  }

  @Test("inside reducers each sample has its own", arguments: [0, 1, 2])
  func samples(_ seed: Int) throws {
    let generator = Generator(seed: UInt64(seed)), h = Formula.symbol(.h)
    let models = try CurvedModels.stacks(generator).prefix(3).map { ($0.name, $0.model, [5]) } + CurvedModels.pictures(generator).filter { $0.name != "cnn" }
    let formulas = [
      try F.call("mean", F.abs(h)), try F.call("std", h) + h * (F.w ^ 2), try F.call("mean", F.g * h) - F.abs(F.g), try F.call("max", h * F.w) + F.call("mean", F.g ^ 2),
    ]
    for (name, model, shape) in models {
      let x = try generator.normal([4] + shape, .float64), y = try Tensor([0, 2, 1, 1])
      model.setTraining(false)
      let second = try HessianReference.samples(model, x, y, .loss(.auto))
      for formula in formulas {
        let imp = try Scoring(formula, of: model, model.namedParameters, on: x, y, in: Run(generator: generator)).scores()
        let expected = try Reference.scores(formula, model, x, y, second: second)
        #expect(try Reference.distance(imp, expected) < 1e-8, "\(formula) of \(name)")
      }
    }
  }

  @Test("a model that mixes samples goes element by element")
  func mixing() throws {
    let generator = Generator(seed: 9)
    let model = CurvedModels.Custom([("a", try CurvedModels.linear(5, 3, generator))]) { run, m, x in
      guard let a = m["a"] else { return x }
      return try run(a, x - x.mean([0], keepdim: true) * 0.5) + run(a, x).mean([0], keepdim: true)
    }
    let x = try generator.normal([4, 5], .float64), y = try Tensor([0, 2, 1, 1])
    let imp = try Scoring(.symbol(.h), of: model, model.namedParameters, on: x, y, in: Run(generator: generator)).scores()
    let w = model.namedParameters[0].parameter.value
    let g = try Recording.with(.all) { try Objective.loss(.auto).perSample(Run(generator: generator)(model, x), y).mean().gradients(with: [w], keepsHistory: true)[0] }
    for place in 0..<w.count {
      let seed = try Tensor((0..<w.count).map { $0 == place ? 1.0 : 0.0 }, w.shape)
      let expected = try g?.gradients(with: [w], seed: seed)[0]?.detached().doubles()[place] ?? 0
      #expect(abs(try imp.scores[0].tensor.doubles()[place] - expected) < 1e-10)
    }
  }

  @Test("the plan names the way and its cost, and computes nothing")
  func plan() throws {
    let generator = Generator(seed: 10)
    for (_, model, shape) in try CurvedModels.pictures(generator).filter({ $0.name == "layer norm" }) {
      let x = try generator.normal([6] + shape, .float64), y = try Tensor([0, 2, 1, 1, 0, 0])
      let plan = try Scoring(.symbol(.h), of: model, model.namedParameters, on: x, y, in: Run(generator: generator)).plan()
      #expect(plan.steps[0].words.contains("3 ways back") && plan.steps[0].parameters == ["3.weight", "3.bias"])
      #expect(plan.steps[1].words.contains("over the outputs of the layers") && plan.steps[1].parameters == ["0.weight", "0.bias"])
      #expect(plan.steps[2].words.contains("for each element: 8 for each block") && plan.steps[2].parameters == ["1.weight", "1.bias"])
      // Back from the 3 outputs; for the 4 units of the first layer; for the 8 elements of the normalisation.
      #expect(plan.forwardPasses == 3 && plan.backwardPasses == 3 + 5 + 9)
    }
  }
}
