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

  @Test("other models", arguments: HessianTests.objectives)
  func others(_ which: String) throws {
    let generator = Generator(seed: 5)
    let x = try generator.normal([3, 5], .float64), y = try Tensor([0, 2, 1])
    for (name, model) in try CurvedModels.others(generator) { _ = try check(name, model, objective(which), x, y) }
  }
}
