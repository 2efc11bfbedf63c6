import Builtins
import Engine
import NN
import Testing

@testable import Importance

/// The criteria against slow plain versions, in float64, and what their labels say.
@Suite struct CriteriaTests: CriteriaSuite {
  @Test("LAMP and FPGM by their definitions")
  func weights() throws {
    let g = Generator(seed: 5), model = try net(g)
    try model.namedParameters[0].parameter.value.copyNumbers(of: Tensor((0..<20).map { Double(($0 * 7) % 9) - 4 }, [5, 4]))
    let all = try model.namedParameters.map { try $0.parameter.value.doubles() }
    try expect(scores(named("lamp"), model, nil, nil), all.map { w in
      w.map { u in u * u / w.reduce(0) { $1 * $1 >= u * u ? $0 + $1 * $1 : $0 } }
    })
    try expect(scores(named("fpgm"), model, nil, nil), zip(all, model.namedParameters).map { w, named in
      let rows = named.parameter.value.shape[0], size = w.count / rows
      return w.indices.map { place in
        let u = place / size
        return (0..<rows).reduce(0) { sum, v in
          sum + (0..<size).reduce(0) { $0 + (w[u * size + $1] - w[v * size + $1]) * (w[u * size + $1] - w[v * size + $1]) }.squareRoot()
        } / Double(size)
      }
    })
  }

  @Test("parameter integrated gradients add up, and say so where they do not")
  func integrated() throws {
    let g = Generator(seed: 9), (x, y) = try data(g)
    let model = try Sequential(named: [("a", CurvedModels.linear(4, 5, g)), ("t", Tanh()), ("b", CurvedModels.linear(5, 3, g))])
    let imp = try scores(named("parameter_integrated_gradients"), model, x, y)
    let full = try loss(model, x, y).item(), whole = try model.namedParameters.map { try $0.parameter.value.copied() }
    for (_, parameter) in model.namedParameters { try parameter.value.copyNumbers(of: Tensor.zeros(parameter.value.shape, .float64)) }
    let empty = try loss(model, x, y).item()
    for (named, w) in zip(model.namedParameters, whole) { try named.parameter.value.copyNumbers(of: w) }
    #expect(abs(try imp.flatScores().reduce(0, +) - (full - empty)) < 1e-9)
    #expect(imp.warnings.isEmpty && imp.plan.steps.contains { $0.words.contains("add up to") })
    for (_, parameter) in model.namedParameters { try parameter.value.copyNumbers(of: parameter.value.detached() * 30) }
    #expect(try scores(method("parameter_integrated_gradients", ("steps", 1)), model, x, y).warnings.count == 1)
  }

  @Test("the label of invariance: one layer times c, the next divided by it", arguments: Criteria.all.map(\.name))
  func invariance(_ name: String) throws {
    let g = Generator(seed: 10), model = try net(g), x = try data(g, 24).x * 3
    // Labels that the network hits, so that what is done to it is felt.
    let y = try Recording.with(.none) { try Run(generator: g)(model, x).argmax(1) }
    let criterion = try #require(Criteria.named(name)), values = model.namedParameters.map(\.parameter.value)
    // Something that was trained, and something that was pruned.
    for (_, parameter) in model.namedParameters { try parameter.keepOrigin(Journal()) }
    try values[0].copyNumbers(of: values[0].detached() * 1.25 + 0.01)
    let holes = try Tensor((0..<values[0].count).map { $0 % 4 == 0 ? 0.0 : 1 }, values[0].shape)
    try values[0].copyNumbers(of: values[0].detached() * holes)
    let subject: Subject = switch try criterion.formula.place() {
    case .parameters: .parameters(model.namedParameters)
    case .units: .modules([("r", model.layers[1].module)])
    case .inputs: .input
    }
    for (_, parameter) in model.namedParameters {
      let kinds: [TrackName] = [.weight_gradient, .path_integral, .running_fisher, .riemannian_walk]
      try parameter.keepTrace(Dictionary(uniqueKeysWithValues: kinds.map { ($0, try g.uniform(parameter.value.shape, .float64)) }), Journal())
    }
    func score() throws -> [Double] {
      var request = try Scoring(criterion.formula, of: model, subject, on: x, y, in: Run(generator: Generator(seed: 2)))
      request.each = criterion.each ?? .element
      return try request.scores().flatScores()
    }
    let before = try score()
    for (i, factor) in [3.0, 3, 1 / 3.0].enumerated() {
      try values[i].copyNumbers(of: values[i].detached() * factor)
      // What training meets is a gradient times a step, and for the information gradients alone.
      var trace = model.namedParameters[i].parameter.trace
      trace[.running_fisher] = try trace[.running_fisher].map { try $0 / (factor * factor) }
      model.namedParameters[i].parameter.keepTrace(trace, Journal())
      guard let origin = model.namedParameters[i].parameter.origin else { continue }
      try origin.copyNumbers(of: origin * factor)
    }
    let after = try score()
    let size = before.reduce(0) { max($0, abs($1)) }
    #expect(size > 0)
    let isSame = zip(before, after).allSatisfy { abs($0 - $1) <= 1e-6 * size }
    #expect(isSame == criterion.isInvariantToRescaling)
  }

  @Test("what does not fit is said")
  func errors() throws {
    #expect(throws: FormulaError.methodArguments("hvp", takes: "one formula", tag: 3)) { try Formula.call("hvp", [], tag: 3) }
    #expect(throws: FormulaError.methodArguments("grasp", takes: "numbers", tag: 0)) { try Formula.call("grasp", [FormulaArgument(nil, .w)]) }
    #expect(throws: FormulaError.methodInside("synflow", tag: 0)) { try F.call("mean", named("synflow")).checked() }
    #expect { try Formula.call("grasp", [FormulaArgument("heat", .number(1))]) } throws: { if case FormulaError.argument("grasp", .unknownName, _) = $0 { true } else { false } }
    let g = Generator(seed: 11), model = try net(g), (x, y) = try data(g)
    #expect(throws: ScoringError.needsData("mas")) { try scores(named("mas"), model, nil, nil) }
    #expect { try scores(method("grasp", ("temperature", 0)), model, x, y) } throws: { if case FormulaError.argument("grasp", .outOfRange, _) = $0 { true } else { false } }
    #expect(throws: ScoringError.notCurved("a.weight", objective: "prob")) { try scores(method("obs", ("damping", 1e-9)), model, x, y, .prob) }
    #expect(try Formula.averaged(.path(steps: 50, .gausslegendre), named("lamp")).place() == .parameters)
    #expect(throws: FormulaError.self) { try (named("lamp") * Formula.symbol(.dx)).place() }
  }
}
