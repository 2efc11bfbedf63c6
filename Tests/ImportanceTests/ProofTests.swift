import Builtins
import Engine
import NN
import Testing

@testable import Importance

/// Every plan against the plain definition, on a hundred random models of all kinds of layer and random formulas.
@Suite struct ProofTests {
  private let words: [ScoreEach] = [.element, .element, .tensor, .row, .unit, .channel]

  /// float32 gradients through a few layers, products of them, and spreads whose terms cancel; or float64.
  private func allowed(_ item: LayerModels.Case) -> Double {
    item.model.namedParameters.contains { $0.parameter.value.dtype == .float32 } ? 2e-3 : 1e-9
  }

  @Test("gradients and their reductions", arguments: 0..<100)
  func parameters(number: Int) throws {
    let item = try RandomModels.model(number), formulas = RandomFormulas(g: Generator(seed: UInt64(number)))
    let memory = number % 3 == 0 ? 20_000.0 : 256e6
    let objective = try formulas.one([Objective.loss(.auto), .logit, .logprob, .margin, .output(1)])
    for (_, parameter) in item.model.namedParameters { try parameter.keepOrigin(Journal()) }
    if let first = item.model.namedParameters.first?.parameter.value { try first.copyNumbers(of: first.detached() * 1.25) }
    for _ in 0..<2 {
      let each = try formulas.one(words), formula = try formulas.parameters(hasTotal: each.isGrouped)
      var request = try Scoring(formula, of: item.model, item.model.namedParameters, on: item.x, item.y, for: objective, in: Run(generator: Generator(seed: 1)))
      (request.each, request.memory) = (each, memory)
      let distance = try Reference.distance(request.scores(), Reference.scores(formula, item.model, item.x, item.y, objective, each: each))
      #expect(distance < allowed(item), "\(formula) each=\(each.word) for \(objective.text) of \(item.name): \(distance)")
    }
  }

  @Test("the diagonal of the Hessian", arguments: 0..<28)
  func hessian(number: Int) throws {
    // The float64 ones, small enough for a second backward pass an element.
    let item = try RandomModels.model(2 * number + 1), x = try item.x.narrow(0, 0, 2), y = try item.y.narrow(0, 0, 2)
    let chosen = item.model.namedParameters.filter { $0.parameter.value.count <= 16 }
    guard !chosen.isEmpty else { return }
    let second = try HessianReference.samples(item.model, x, y, .loss(.auto), of: chosen)
    for formula in [Formula.h, try F.call("mean", F.abs(.h)), .total(F.w * .h)] {
      var request = try Scoring(formula, of: item.model, chosen, on: x, y, in: Run(generator: Generator(seed: 1)))
      if formula.hasTotal { request.each = .unit }
      let expected = try Reference.scores(formula, item.model, x, y, second: second, each: request.each, of: chosen)
      let distance = try Reference.distance(request.scores(), expected)
      #expect(distance < 1e-7, "\(formula) of \(item.name): \(distance)")
    }
  }

  @Test("units and features", arguments: 0..<100)
  func units(number: Int) throws {
    let item = try RandomModels.model(number), formulas = RandomFormulas(g: Generator(seed: UInt64(500 + number)))
    let (a, da) = (Formula.symbol(.a), Formula.symbol(.da)), (z, dz) = (Formula.symbol(.z), Formula.symbol(.dz))
    let (x, dx) = (Formula.symbol(.x), Formula.symbol(.dx))
    let modules = item.model.namedModules.dropFirst().filter { !($0.module is Sequential) }
    for _ in 0..<2 {
      let (name, module) = try formulas.one(modules)
      let isInput = try formulas.draw(2) == 0, each: ScoreEach = try formulas.one([.element, .element, .channel, .unit, .tensor])
      let formula = try formulas.samples(isInput ? z : a, isInput ? dz : da, hasTotal: each.isGrouped)
      guard let plain = try UnitReference(item, module, isInput: isInput) else {
        // The numbers of words have no derivative.
        guard formula.contains(.dz) || !(module is Embedding) else { continue }
        #expect(throws: ScoringError.self, "\(name) of \(item.name)") {
          try Scoring(formula, of: item.model, .modules([(name, module)]), on: item.x, item.y, in: Run(generator: Generator(seed: 1))).scores()
        }
        continue
      }
      let site = isInput ? EffectSite.input(name, module) : .output(name, module)
      try check(formula, .modules([(name, module)]), plain, each, site, item, memory: number % 3 == 0 ? 1 : 256e6)
    }
    guard item.x.dtype.isFloating else { return }
    let formula = try formulas.samples(x, dx, hasTotal: true)
    try check(formula, .input, UnitReference(item), .channel, .features, item, memory: 256e6)
  }

  private func check(
    _ formula: Formula, _ subject: Subject, _ plain: UnitReference, _ each: ScoreEach, _ site: EffectSite, _ item: LayerModels.Case, memory: Double
  ) throws {
    var request = try Scoring(formula, of: item.model, subject, on: item.x, item.y, in: Run(generator: Generator(seed: 1)))
    (request.each, request.memory) = (each, memory)
    let made = try request.scores(), groups = each.isGrouped ? try site.groups(each, Array(plain.a.shape.dropFirst()), in: item.model) : nil
    let distance = try Reference.distance(made, [made.names[0]: plain.scores(formula, groups)])
    #expect(distance < allowed(item), "\(formula) each=\(each.word) of \(made.names) of \(item.name): \(distance)")
  }

  @Test("effects: nothing is left out but what cannot be changed")
  func effects() throws {
    var places = 0, refused = 0
    for number in 0..<100 {
      let item = try RandomModels.model(number), run = Run(generator: Generator(seed: 1))
      let subjects: [(EffectSubject, EffectPlace)] = item.model.namedParameters.map { (.parameter($0.name, $0.parameter), .w) }
        + item.model.namedModules.dropFirst().flatMap { [(.module($0.name, $0.module), .a), (.module($0.name, $0.module), .z)] } + [(.features, .x)]
      for (subject, place) in subjects {
        places += 1
        let request = EffectRequest(FormulaEffect(.rise(.zero, place), of: .loss), of: item.model, on: item.x, item.y, for: .loss(.auto), in: run)
        do {
          _ = try Recording.with(.none) { try EffectRunner(request, request.site(subject)) }
        } catch let error as EffectError {
          refused += 1
          // Attention reads the weights of its projection without calling it.
          guard case .notCalled(let name) = error, name.hasSuffix("out_proj") else {
            Issue.record("\(item.name) \(subject.words) \(place): \(error.title)")
            continue
          }
        }
      }
    }
    #expect(refused * 20 < places)
  }
}
