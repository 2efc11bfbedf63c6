import Builtins
import Engine
import NN
import Testing

@testable import Importance

/// An explanation ends in the score that `scores` gives, fits a terminal, and works a number out from its parts.
@Suite struct ExplainTests {
  private let numbers = NumberText(one: { "\(Float($0))" }, column: { $0.map { "\(Float($0))" } })

  /// Explains, and holds the score against that of the request itself.
  @discardableResult
  private func explained(_ request: Scoring, at element: ElementName? = nil, _ name: String) throws -> Explanation {
    let position = request.run.generator.position
    let page = try request.explanation(of: element, numbers: numbers), value = try request.scores()
    request.run.generator.position = position
    let flat = try value.flatScores(), highest = flat[Ranking(flat).largest(1)[0]]
    let score = element != nil ? page.score : highest == 0 ? flat.min() ?? 0 : highest
    #expect(page.score == score || (page.score.isNaN && score.isNaN), "\(name) \(request.formula): \(page.score) is not \(score)")
    let lines = page.text.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 78 }, "\(name) \(request.formula)")
    #expect(lines.last == "  score of \(page.element) = \(Float(page.score))", "\(name) \(request.formula): \(lines.last ?? "")")
    #expect(page.sections.map(\.heading).dropFirst().prefix(2) == ["How it comes about", "What it assumes"])
    return page
  }

  private func request(_ formula: Formula, _ model: Module, _ subject: Subject, _ x: Tensor?, _ y: Tensor?, for objective: Objective = .loss(.auto)) throws -> Scoring {
    try Scoring(formula, of: model, subject, on: x, y, for: objective, in: Run(generator: Generator(seed: 5)))
  }

  private func lines(_ page: Explanation) -> String { page.sections.last?.lines.joined(separator: "\n") ?? "" }

  @Test("formulas over parameters, on every kind of layer")
  func parameters() throws {
    let g = Generator(seed: 31), (x, y) = try Models.data(g)
    let all = try Models.all(g).map { ($0.name, $0.model, x, y) } + LayerModels.all(g).map { ($0.name, $0.model, $0.x, $0.y) }
    for (i, (name, model, x, y)) in all.enumerated() {
      model.setTraining(false)
      let formulas = try [
        F.abs(F.w * F.g), F.call("mean", F.g ^ 2), F.call("std", F.g) / (F.call("mean", F.abs(F.g)) + 1e-6), F.abs(F.w - .symbol(.w0)) + F.call("max", F.g),
      ]
      try explained(request(formulas[i % 4], model, .parameters(model.namedParameters), x, y), name)
    }
  }

  @Test("effects, second derivatives, methods and what goes into layers")
  func others() throws {
    let g = Generator(seed: 32), (x, y) = try Models.data(g), model = try Models.mlp(g)
    model.setTraining(false)
    func effect(_ question: FormulaEffect.Question, _ metric: EffectMetric = .loss, _ draws: Int? = nil) -> Formula { .effect(FormulaEffect(question, of: metric, draws: draws)) }
    let all = Subject.parameters(model.namedParameters), act = Subject.modules([("act1", model.layers[1].module)])
    var formulas: [Formula] = try [Formula.h * (F.w ^ 2) / 2, F.call("mean", Formula.h), F.abs(F.w) * F.call("norm", .symbol(.z))]
    formulas += [effect(.rise(.zero, .w)), effect(.rise(.noise(0.1), .w)), effect(.drop(.shuffle, .w), .accuracy, 3)]
    formulas += [2.0 * effect(.rise(.reinit, .w), .loss, 2), F.abs(F.w) * effect(.rise(.set(.number(1)), .w))]
    for formula in formulas { try explained(request(formula, model, all, x, y), "mlp") }
    for method in Criteria.methods where !method.takesFormula {
      do {
        try explained(request(0.0 * F.w + .call(method.builtin.name, []), model, all, x, y), method.builtin.name)
      } catch ScoringError.noTrace {
        // It is about a training, and there was none.
      }
    }
    try explained(request(.product(F.w), model, all, x, y), "hvp")
    for formula in [effect(.rise(.zero, .a)), effect(.rise(.dropout(0.5), .a)), effect(.shapley(.auto)), effect(.lime(.zero, drop: 0.5)), effect(.rise(.mean, .a), .logit)] {
      try explained(request(formula, model, act, x, y), "units")
      try explained(request(Formula(.reduced(.mean, formula), tag: 0), model, act, x, y), "units")
    }
    for formula in [effect(.drop(.shuffle, .x), .accuracy), effect(.shapley(.auto), .loss, 6)] { try explained(request(formula, model, .input, x, y), "input") }
    let taylor = F.w * F.g
    for formula in try [effect(.rise(.zero, .w)), F.abs(taylor), F.abs(.total(taylor)), .total(F.w ^ 2) * effect(.rise(.zero, .w)), F.call("mean", .total(F.g) ^ 2)] {
      var grouped = try request(formula, model, all, x, y)
      grouped.each = .row
      try explained(grouped, "rows")
    }
    var channels = try request(F.call("mean", F.abs(.symbol(.a) * .symbol(.da))), model, act, x, y)
    channels.each = .unit
    try explained(channels, "units together")
    try explained(request(.path(F.g), model, all, x, y), "the gradient along a path")
    try explained(request(effect(.cumulative(.zero, .a)), model, act, x, y), "cumulative")
  }

  @Test("units and inputs: samples, paths, draws")
  func samples() throws {
    let g = Generator(seed: 33), (x, y) = try Models.data(g), model = try Models.mlp(g)
    model.setTraining(false)
    let (a, da, dx, d) = (Formula.symbol(.a), Formula.symbol(.da), Formula.symbol(.dx), try Formula.step(.a))
    let act = Subject.modules([("act1", model.layers[1].module), ("act2", model.layers[3].module)])
    func smooth(_ f: Formula) -> Formula { Formula(.averaged(.smooth(draws: 6, std: 0.5), f), tag: 0) }
    for formula in try [a * da, F.call("mean", F.abs(a * da)), .path(da * d), a - F.call("mean", a), F.call("norm", .symbol(.z)), F.call("mean", .path(da))] {
      try explained(request(formula, model, act, x, y, for: .logit), "units")
    }
    for formula in try [(.x - .x0) * .path(dx), smooth(F.abs(dx)), F.call("mean", smooth(dx)), Formula(.averaged(.expect(draws: 5), (.x - .x0) * dx), tag: 0)] {
      try explained(request(formula, model, .input, x, y, for: .logit), "input")
      var small = try request(formula, model, .input, x, y, for: .logit)
      small.memory = 3000
      try explained(small, "input, batch by batch")
    }
    for item in try LayerModels.all(g).prefix(6) {
      item.model.setTraining(false)
      guard let module = item.model.namedModules.first(where: { $0.module.children.isEmpty && !$0.name.isEmpty }) else { continue }
      try explained(request(F.call("mean", F.abs(a * da)), item.model, .modules([module]), item.x, item.y), item.name)
    }
  }

  @Test("a named element, and one that is not there")
  func elements() throws {
    let g = Generator(seed: 34), (x, y) = try Models.data(g), model = try Models.mlp(g)
    let request = try request(F.abs(F.w * F.g), model, .parameters(model.namedParameters), x, y), value = try request.scores()
    let page = try explained(request, at: ElementName("fc1.weight", [3, -1]), "named")
    #expect(page.element == "fc1.weight[3, 5]")
    #expect(try page.score == value.scores(of: "fc1.weight").doubles()[3 * 6 + 5])
    #expect(throws: ScoringError.noElement("fc1.weight", index: [12, 0], shape: [12, 6])) { try request.explanation(of: ElementName("fc1.weight", [12, 0]), numbers: numbers) }
    #expect(throws: ScoringError.noElement("fc1.bias", index: [], shape: [12])) { try request.explanation(of: ElementName("fc1.bias", []), numbers: numbers) }
    #expect { try request.explanation(of: ElementName("fc9.bias", [0]), numbers: numbers) } throws: { ($0 as? ScoringError)?.isAboutElement == true }
  }

  @Test("the numbers of the parts are those of the model")
  func parts() throws {
    let g = Generator(seed: 35), (x, y) = try Models.data(g), model = try Models.mlp(g)
    model.setTraining(false)
    let all = Subject.parameters(model.namedParameters)
    // The loss before and after, measured by hand.
    let effect = Formula.effect(FormulaEffect(.rise(.zero, .w), of: .loss))
    let rise = try explained(request(effect, model, all, x, y), at: ElementName("fc3.weight", [1, 1]), "rise")
    func loss() throws -> Double { try model.evaluating { try Run(generator: g)(model, x).crossEntropy(y).to(.float64).item() } }
    let before = try loss(), journal = Journal(), w = model.namedParameters[3].parameter.value
    try journal.write(w) { try w.assign(Tensor.zeros([]), at: [.at(1), .at(1)], journal: journal) }
    let after = try loss()
    journal.rollBack()
    #expect(abs(rise.score - (after - before)) < 1e-6 && lines(rise).contains("the loss of the model as it is"))
    #expect(lines(rise).contains("is \(Float(try w.element([1, 1]))), and is set to 0.0"))
  }

  /// The samples of the first table, in its order.
  private func samples(_ page: Explanation) -> [Int] {
    let rows = lines(page).split(separator: "\n").map { $0.split(separator: " ") }
    guard let header = rows.firstIndex(where: { $0.first == "sample" }) else { return [] }
    return rows[(header + 1)...].prefix { $0.first.flatMap { Int($0) } != nil }.compactMap { $0.first.flatMap { Int($0) } }
  }

  @Test("the samples that say most are shown, on every kind of layer")
  func largest() throws {
    let g = Generator(seed: 36), (x, y) = try Models.data(g)
    let all = try Models.all(g).map { ($0.name, $0.model, x, y) } + LayerModels.all(g).map { ($0.name, $0.model, $0.x, $0.y) }
    for (name, model, x, y) in all {
      model.setTraining(false)
      let page = try explained(request(F.call("mean", F.abs(F.g)), model, .parameters(model.namedParameters), x, y), name)
      let parts = page.element.split(separator: "["), shown = samples(page)
      let parameter = try #require(model.namedParameters.first { $0.name == parts[0] }).parameter.value
      let index = parts[1].dropLast().split(separator: ",").compactMap { Int($0.drop { $0 == " " }) }
      // Each sample's gradient, by a pass of its own.
      let own = try (0..<x.shape[0]).map { i in
        let one = try Recording.with(.all) { try Objective.loss(.auto).total(Run(generator: g)(model, x.narrow(0, i, 1)), y.narrow(0, i, 1)) }
        return abs(try one.gradients(with: [parameter])[0]?.element(index) ?? 0)
      }
      #expect(shown.count == min(3, own.count), "\(name): \(lines(page))")
      guard own.count > 3 else { continue }
      #expect(shown.map { own[$0] }.elementsEqual(own.sorted(by: >).prefix(3)) { abs($0 - $1) <= 1e-5 * $1 }, "\(name): \(shown) of \(own)")
      #expect(lines(page).contains("samples, of which the largest:"))
    }
    // An input that is always 0, and units by what they are in every sample.
    let model = try Models.mlp(g), dead = try x * Tensor([Float](arrayLiteral: 0, 1, 1, 1, 1, 1), [1, 6])
    model.setTraining(false)
    let zero = try request(F.call("mean", .x * .symbol(.dx)), model, .input, dead, y)
    #expect(try lines(explained(zero, at: ElementName("input", [0]), "dead")).contains("over 10 samples, each of which has 0 here:"))
    #expect(try explained(zero, "alive").element != "input[0]")
    let units = try explained(request(F.call("min", .x), model, .input, x, y), at: ElementName("input", [2]), "least")
    #expect(try samples(units) == Array(Ranking(x.select(1, 2).doubles().map { -$0 }).largest(3)) && lines(units).contains("of which the smallest:"))
  }

  @Test("words and signs")
  func words() throws {
    #expect(try F.call("mean", F.abs(F.w * F.g)).words("the loss") == "the mean over the samples of the size of (the parameter times the gradient of the loss)")
    #expect(try F.call("mean", F.g ^ 2).mathematics() == "1/n Σᵢ (∂ℓᵢ/∂w)²")
    #expect((Formula.total(F.w * F.g) ^ 2).mathematics() == "(Σ w · ∂L/∂w)²")
    #expect(try (F.call("mean", Formula.total(F.w * F.g) ^ 2) / 2).mathematics() == "(1/n Σᵢ (Σ w · ∂ℓᵢ/∂w)²) / 2")
    #expect(try F.call("mean", Formula.binary(.equal, .symbol(.a), .number(0))).mathematics() == "1/n Σᵢ (aᵢ = 0)")
    #expect((Formula.h * (F.w ^ 2) / 2).mathematics() == "∂²L/∂w² · w² / 2")
    #expect("  one two three".folded(to: 9) == ["  one two", "    three"])
  }
}
