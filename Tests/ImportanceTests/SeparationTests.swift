import Engine
import NN
import Testing

@testable import Importance

/// Reducers over a weight and what goes into and comes out of its layer, against loops over samples and elements.
@Suite struct SeparationTests {
  private let a = Formula.symbol(.a), da = Formula.symbol(.da), z = Formula.symbol(.z)

  @Test("of a linear layer each is the reduction of products that a loop forms")
  func linear() throws {
    let g = Generator(seed: 81)
    let model = try Sequential(named: [("a", CurvedModels.linear(4, 5, g)), ("r", Tanh()), ("b", CurvedModels.linear(5, 3, g))])
    let x = try g.normal([7, 4], .float64), y = try g.integers([7], from: 0, to: 3), weight = model.namedParameters[0].parameter, run = Run(generator: g)
    let w = try weight.value.doubles(), zs = try x.doubles(), outputs = try run(model.layers[0].module, x).detached()
    let leaf = outputs.requiringGrad()
    let total = try Recording.with(.all) { try Objective.loss(.auto).total(run(model.layers[2].module, run(model.layers[1].module, leaf)), y) }
    let ds = try #require(try total.gradients(with: [leaf])[0]).doubles(), os = try outputs.doubles()
    let cases: [(Formula, (Double, Double, Double, Double) -> Double, ([Double]) -> Double)] = [
      (try F.call("mean", F.abs(F.w * z)), { w, _, _, z in abs(w * z) }, { $0.reduce(0, +) / 7 }),
      (try F.call("std", 2 * F.w * z), { w, _, _, z in 2 * w * z }, Self.std),
      (try F.call("var", z * Formula.negated(F.w) / 3), { w, _, _, z in -w * z / 3 }, { let s = Self.std($0); return s * s }),
      (try F.call("max", F.abs(F.w * a)), { w, a, _, _ in abs(w * a) }, { $0.max() ?? 0 }),
      (try F.call("norm", (F.w * z) ^ 2), { w, _, _, z in w * w * z * z }, { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }),
      (try F.w * F.call("mean", a * z), { w, a, _, z in w * a * z }, { $0.reduce(0, +) / 7 }),
      (try F.call("sum", F.abs(da * z * F.w)), { w, _, d, z in abs(d * z * w) }, { $0.reduce(0, +) }),
      (try F.call("norm", F.w * da * z), { w, _, d, z in w * d * z }, { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }),
    ]
    for (formula, one, reduce) in cases {
      for memory in [1e9, 20_000] {
        var request = try Scoring(formula, of: model, [("a.weight", weight), ("a.bias", model.namedParameters[1].parameter)], on: x, y, in: run)
        request.memory = memory
        let scores = try request.scores().scores, made = try scores[0].tensor.doubles()
        for i in 0..<20 {
          let expected = reduce((0..<7).map { n in one(w[i], os[n * 5 + i / 4], ds[n * 5 + i / 4], zs[n * 4 + i % 4]) })
          #expect(abs(made[i] - expected) < 1e-12 * (1 + abs(expected)), "\(formula)")
        }
        // A bias meets an input that is always 1.
        let b = try model.namedParameters[1].parameter.value.doubles()
        for (i, score) in try scores[1].tensor.doubles().enumerated() {
          let expected = reduce((0..<7).map { n in one(b[i], os[n * 5 + i], ds[n * 5 + i], 1) })
          #expect(abs(score - expected) < 1e-12 * (1 + abs(expected)), "\(formula) of the bias")
        }
      }
    }
    // The derivative of the weight is that of its output times its input.
    let fisher = try Scoring(F.call("norm", F.g), of: model, [("a.weight", weight)], on: x, y, in: run).scores().flatScores()
    let products = try Scoring(F.w * F.call("norm", da * z) / F.w, of: model, [("a.weight", weight)], on: x, y, in: run).scores().flatScores()
    #expect(zip(fisher, products).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  private static func std(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
  }

  @Test("of a convolution it is over the places of its kernel")
  func convolution() throws {
    let g = Generator(seed: 82), conv = try Conv2d(2, 4, kernel: 3, padding: 1, groups: 2, using: g)
    let model = try Sequential([conv, Flatten(), Linear(64, 3, using: g)]), x = try g.normal([5, 2, 4, 4]), y = try g.integers([5], from: 0, to: 3)
    // The sum over places of the derivative times the input is the gradient.
    let sum = try Scoring(F.w / F.w * F.call("sum", da * z), of: model, [("0.weight", conv.weight)], on: x, y, in: Run(generator: g)).scores().flatScores()
    let gradient = try Scoring(F.call("sum", F.g), of: model, [("0.weight", conv.weight)], on: x, y, in: Run(generator: g)).scores().flatScores()
    #expect(zip(sum, gradient).allSatisfy { abs($0 - $1) < 1e-5 })
    // What is not 0 at 0 says nothing of the margin.
    #expect(throws: FormulaError.self) {
      try Scoring(F.w * F.call("mean", a * F.call("exp", z)), of: model, [("0.weight", conv.weight)], on: x, y, in: Run(generator: g)).scores()
    }
  }

  @Test("what is no product is refused with what to write instead")
  func refused() throws {
    for (formula, words) in [
      (try F.call("mean", F.w + z), "mean(w + z)"), (try F.w * F.call("mean", a - z), "mean(a - z)"), (try F.call("max", F.w * z), "max(w * z)"),
      (try F.w * F.call("std", a * z), "std(a * z)"), (try F.call("mean", F.call("tanh", F.w * z)), "mean(tanh(w * z))"),
    ] {
      #expect(throws: FormulaError.notSeparable(words, tag: 0)) { try formula.place() }
    }
    #expect(throws: FormulaError.mixedSymbols(.z, .g, tag: 0)) { try F.call("mean", F.g * z).place() }
    #expect(FormulaError.mixedSymbols(.z, .g, tag: 0).help?.contains("mean(|g|) * mean(|z|)") == true)
    #expect(FormulaError.notSeparable("mean(w + z)", tag: 0).help?.contains("mean(|w * z|)") == true)
  }

  @Test("of an activation module input and output meet unit by unit")
  func units() throws {
    let g = Generator(seed: 83), model = try Models.mlp(g), (x, y) = try Models.data(g), act = model.layers[1].module
    let made = try Scoring(F.call("mean", a * z), of: model, .modules([("act1", act)]), on: x, y, in: Run(generator: g)).scores().flatScores()
    let before = try Run(generator: g)(model.layers[0].module, x).detached()
    let expected = try (before * before.relu()).mean([0]).doubles()
    #expect(zip(made, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }
}
