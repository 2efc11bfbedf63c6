import Builtins
import Engine
import Foundation
import NN
import Testing

@testable import Importance

/// Formulas over units and inputs, against passes written out by hand, sample by sample.
@Suite struct SampleScoringTests {
  private let a = Formula.symbol(.a), da = Formula.symbol(.da), z = Formula.symbol(.z), dz = Formula.symbol(.dz)
  private let x = Formula.symbol(.x), dx = Formula.symbol(.dx), x0 = Formula.symbol(.x0)

  private func scores(
    _ formula: Formula, _ model: Module, _ subject: Subject, _ x: Tensor, _ y: Tensor?, _ objective: Objective = .logit, memory: Double? = nil,
    baseline: Tensor? = nil
  ) throws -> ImportanceValue {
    var request = try Scoring(formula, of: model, subject, on: x, y, for: objective, in: Run(generator: Generator(seed: 0)))
    if let memory { request.memory = memory }
    request.baseline = baseline
    return try request.scores()
  }

  /// The objective's derivative with respect to the output of `fc2`, sample by sample, by differences.
  @Test("derivatives of units are differences of the objective")
  func units() throws {
    let generator = Generator(seed: 3), model = try Models.mlp(generator)
    let (x, y) = try Models.data(generator, 4)
    let layer = try #require(model.layers.first { $0.name == "act1" })
    let made = try scores(da, model, .modules([("act1", layer.module)]), x, y).scores[0].tensor
    #expect(made.shape == [4, 12])
    let run = Run(generator: generator)
    func objective(_ moved: @escaping (Tensor) throws -> Tensor) throws -> [Double] {
      let table = HookTable()
      table.onForward(layer.module) { _, _, out in try Tensor.accept(out).map(moved) }
      let out = try Run([table], generator: generator)(model, x)
      return try Objective.logit.perSample(out, y).doubles()
    }
    let plain = try run(layer.module, run(model.layers[0].module, x))
    for unit in 0..<12 {
      let step = 1e-2
      let one = try Tensor.zeros([1, 12], .float32) + Tensor((0..<12).map { $0 == unit ? step : 0 }).to(.float32)
      let (up, down) = (try objective { _ in try plain + one }, try objective { _ in try plain - one })
      for sample in 0..<4 {
        let expected = (up[sample] - down[sample]) / (2 * step)
        let met = try made.doubles()[sample * 12 + unit]
        // A central difference in float32: rounding over the step, and the step squared times a third derivative of tanh.
        #expect(abs(expected - met) < 1e-3, "unit \(unit) of sample \(sample)")
      }
    }
  }

  @Test("reducers over samples, and parts as small as one sample", arguments: [nil, 1.0])
  func reducers(memory: Double?) throws {
    let generator = Generator(seed: 4), model = try Models.mlp(generator)
    let (x, y) = try Models.data(generator, 7)
    let subject = Subject.modules([("act2", model.layers[3].module)])
    let outputs = try scores(a, model, subject, x, y).scores[0].tensor, gradients = try scores(da, model, subject, x, y).scores[0].tensor
    let cases: [(Formula, Tensor)] = try [
      (F.call("mean", F.abs(a * da)), (outputs * gradients).abs().mean([0])),
      (F.call("std", a), outputs.std([0])),
      (F.call("norm", da), gradients.square().sum([0]).sqrt()),
      (F.call("max", a) - F.call("min", a), outputs.amax([0]) - outputs.amin([0])),
      (a - F.call("mean", a), outputs - outputs.mean([0])),
      (F.call("mean", .binary(.greater, a, .number(0))), outputs.gt(0).to(.float32).mean([0])),
    ]
    for (formula, expected) in cases {
      let made = try scores(formula, model, subject, x, y, memory: memory).scores[0].tensor
      #expect(made.shape == expected.shape, "\(formula)")
      #expect(try (made - expected).abs().amax().item() < 1e-6, "\(formula)")
    }
  }

  @Test("what goes into a layer is what the one before put out")
  func inputsOfLayers() throws {
    let generator = Generator(seed: 5), model = try Models.mlp(generator)
    let (x, y) = try Models.data(generator, 5)
    let before = Subject.modules([("fc1", model.layers[0].module)]), after = Subject.modules([("act1", model.layers[1].module)])
    #expect(try scores(a, model, before, x, y).scores[0].tensor.doubles() == scores(z, model, after, x, y).scores[0].tensor.doubles())
    #expect(try scores(da, model, before, x, y).scores[0].tensor.doubles() == scores(dz, model, after, x, y).scores[0].tensor.doubles())
    // Into the first layer goes the input.
    #expect(try scores(dz, model, before, x, y).scores[0].tensor.doubles() == scores(dx, model, .input, x, y).scores[0].tensor.doubles())
    let all = try scores(F.call("mean", F.abs(da)), model, .modules(model.layers.map { ($0.name, $0.module) }), x, y)
    #expect(all.scores.map(\.tensor.shape) == [[12], [12], [8], [8], [4]])
  }

  @Test("a path shares out the difference between the input and the baseline", arguments: PathRule.allCases)
  func completeness(_ rule: PathRule) throws {
    let generator = Generator(seed: 6), model = try Models.mlp(generator)
    let (x, y) = try Models.data(generator, 6)
    let baseline = try generator.uniform([6], from: -0.5, to: 0.5)
    let run = Run(generator: generator)
    let ends = try Objective.logit.perSample(run(model, x), y) - Objective.logit.perSample(run(model, baseline.expand([6, 6])), y)
    let inputs = try scores((x0 - self.x) * .averaged(.path(steps: 400, rule), dx), model, .input, x, y, baseline: baseline)
    let units = try scores(.averaged(.path(steps: 400, rule), da * .step(.a)), model, .modules([("act1", model.layers[1].module)]), x, y, baseline: baseline)
    // A rule of the first order errs by a 400th of how far the derivative moves; kinks cost the others as much.
    let allowed = rule == .riemann_left || rule == .riemann_right ? 5e-3 : 5e-4
    #expect(try (inputs.scores[0].tensor.sum([1]) + ends).abs().amax().item() < allowed)
    #expect(try (units.scores[0].tensor.sum([1]) - ends).abs().amax().item() < allowed)
  }

  @Test("weights of a path add up to 1, and Gauss and Legendre's integrate polynomials of degree 2 n - 1")
  func rules() {
    for rule in PathRule.allCases {
      for steps in [1, 2, 7, 50, 1000] {
        let nodes = rule.nodes(steps)
        #expect(nodes.count == steps && abs(nodes.reduce(0) { $0 + $1.weight } - 1) < 1e-12)
        #expect(zip(nodes, nodes.dropFirst()).allSatisfy { $0.t < $1.t } && nodes.allSatisfy { (0...1).contains($0.t) })
      }
    }
    for degree in 0..<10 {
      let sum = PathRule.gausslegendre.nodes(5).reduce(0) { sum, node in sum + node.weight * (0..<degree).reduce(1) { power, _ in power * node.t } }
      #expect(abs(sum - 1 / Double(degree + 1)) < 1e-14)
    }
  }

  @Test("draws carry the standard error of their mean")
  func errors() throws {
    let generator = Generator(seed: 7), model = try Sequential(named: [("fc", Linear(3, 1, using: generator))])
    let x = try generator.normal([5, 3])
    // Of a linear function the noise is all that there is: x + e has the mean x and an error of std / sqrt(n).
    let noisy = try scores(.averaged(.smooth(draws: 10_000, std: 2), self.x), model, .input, x, nil, .output(0))
    let errors = try #require(noisy.errors)[0]
    #expect(try (errors - 0.02).abs().amax().item() < 1e-3)
    #expect(try (noisy.scores[0].tensor - x).abs().amax().item() < 0.08)
    let whole = try scores(F.call("mean", .averaged(.smooth(draws: 10_000, std: 2), self.x)), model, .input, x, nil, .output(0))
    #expect(try (#require(whole.errors)[0] - 0.02 / 5.0.squareRoot()).abs().amax().item() < 1e-3)
    #expect(try scores(dx, model, .input, x, nil, .output(0)).errors == nil)
    // Expected over baselines: of a linear function w (x - mean of the data).
    let shap = try scores(.averaged(.expect(draws: 20_000), (self.x - x0) * dx), model, .input, x, nil, .output(0))
    let exact = try (x - x.mean([0])) * model.namedParameters[0].parameter.value.detached()
    #expect(try (shap.scores[0].tensor - exact).abs().amax().item() < 0.03)
  }

  @Test("groups are the scores of their samples alone")
  func groups() throws {
    let generator = Generator(seed: 8), model = try Models.mlp(generator)
    let (x, _) = try Models.data(generator, 6)
    let y = try Tensor([0, 2, 0, 2, 2, 0]), subject = Subject.modules([("act1", model.layers[1].module)])
    let request = try Scoring(F.call("mean", F.abs(da)), of: model, subject, on: x, y, for: .logit, in: Run(generator: generator))
    let groups = try #require(request.scores(of: [request.formula], per: request.labels()).first)
    #expect(groups.count == 3)
    let rows = try Tensor([1, 3, 4])
    let alone = try scores(F.call("mean", F.abs(da)), model, subject, x.indexSelect(0, rows), y.indexSelect(0, rows))
    #expect(try (groups.element(2) as? ImportanceValue)?.scores[0].tensor.doubles() == alone.scores[0].tensor.doubles())
    #expect(throws: ScoringError.emptyGroup("label", 1, known: [0, 2])) { try groups.element(1) }
    #expect(throws: ScoringError.groups(samples: 6, met: [2], .int64)) { try SampleGroups(Tensor([0, 1]), samples: 6, called: "t") }
    #expect(throws: ScoringError.groupNumber(-1)) { try SampleGroups(Tensor([0, 1, -1, 0, 0, 0]), samples: 6, called: "t") }
  }

  @Test("what cannot be scored is said")
  func mistakes() throws {
    let generator = Generator(seed: 9), model = try Models.Shared(generator)
    let (x, y) = try Models.data(generator, 4)
    #expect(throws: ScoringError.calledTwice("again", 2)) { try scores(a, model, .modules([("again", model.again)]), x, y) }
    let other = try Linear(2, 2, using: generator)
    // Of every layer of a model those are left out.
    let every = Subject.modules([("again", model.again), ("whole", model), ("other", other)])
    let (once, warning) = try every.calledOnce(by: model, x, in: Run(generator: generator))
    #expect(once.names == ["whole"] && warning?.text == "left out: `again`, called several times in a pass")
    #expect(try scores(a, model, once, x, y).scores.count == 1)
    #expect(throws: ScoringError.notCalled("other")) { try scores(a, model, .modules([("other", other)]), x, y) }
    #expect(throws: ScoringError.baseline([5], inputs: [4, 6])) { try scores(dx, model, .input, x, y, baseline: Tensor.zeros([5], .float32)) }
    #expect(throws: ScoringError.otherPlace("dx", .inputs, subject: .units)) { try scores(dx, model, .modules([("again", model.again)]), x, y) }
  }
}

/// Formulas over parameters that read what meets them: Wanda's `|w| * norm(z)`.
@Suite struct LayerStatisticsTests {
  private func scores(_ formula: Formula, _ model: Module, _ x: Tensor, _ y: Tensor?) throws -> [String: Tensor] {
    let request = try Scoring(formula, of: model, model.namedParameters, on: x, y, for: .output(0), in: Run(generator: Generator(seed: 0)))
    return Dictionary(uniqueKeysWithValues: try request.scores().scores.map { ($0.name, $0.tensor) })
  }

  @Test("linear layers: the norm of each input over the samples, and of 1 for the bias")
  func linear() throws {
    let generator = Generator(seed: 11), model = try Models.mlp(generator)
    let (x, y) = try Models.data(generator, 9), run = Run(generator: generator)
    let wanda = try F.abs(F.w) * F.call("norm", .symbol(.z))
    let made = try scores(wanda, model, x, y)
    let hidden = try run(model.layers[1].module, run(model.layers[0].module, x)).detached()
    let weights = Dictionary(uniqueKeysWithValues: model.namedParameters.map { ($0.name, $0.parameter.value.detached()) })
    for (name, input) in [("fc1.weight", x), ("fc2.weight", hidden)] {
      let expected = try #require(weights[name]).abs() * input.square().sum([0]).sqrt()
      #expect(try (#require(made[name]) - expected).abs().amax().item() < 1e-5, "\(name)")
    }
    #expect(try (#require(made["fc1.bias"]) - #require(weights["fc1.bias"]).abs() * 3).abs().amax().item() < 1e-5)
    let outputs = try scores(F.abs(F.w) * F.call("mean", F.abs(.symbol(.a))), model, x, y)
    let first = try run(model.layers[0].module, x).detached().abs().mean([0])
    let expected = try #require(weights["fc1.weight"]).abs() * first.unsqueeze(1)
    #expect(try (#require(outputs["fc1.weight"]) - expected).abs().amax().item() < 1e-5)
  }

  @Test("convolutions: what stands under each element of a filter, the margin too, also in groups")
  func convolution() throws {
    let generator = Generator(seed: 12), (n, side, stride, padding) = (5, 5, 2, 1)
    let layer = try Conv2d(4, 6, kernel: 3, stride: stride, padding: padding, groups: 2, using: generator)
    let model = try Sequential(named: [("conv", layer), ("flat", Flatten()), ("fc", Linear(54, 2, using: generator))])
    let x = try generator.normal([n, 4, side, side]), values = try x.doubles(), weights = try layer.weight.value.detached().doubles()
    let norm = try #require(scores(F.abs(F.w) * F.call("norm", .symbol(.z)), model, x, nil)["conv.weight"]).doubles()
    let shifted = try #require(scores(F.w * F.call("mean", F.abs(.symbol(.z) - .number(1))), model, x, nil)["conv.weight"]).doubles()
    let logarithms = try #require(scores(F.w * F.call("max", .negated(F.call("log", F.abs(.symbol(.z))))), model, x, nil)["conv.weight"]).doubles()
    for i in 0..<(6 * 2 * 9) {
      let (filter, channel, row, column) = (i / 18, i / 9 % 2, i / 3 % 3, i % 3)
      var met: [Double] = []
      for sample in 0..<n {
        for top in 0..<3 {
          for left in 0..<3 {
            let (y, x) = (top * stride + row - padding, left * stride + column - padding)
            let isInside = (0..<side).contains(y) && (0..<side).contains(x)
            met.append(isInside ? values[((sample * 4 + filter / 3 * 2 + channel) * side + y) * side + x] : 0)
          }
        }
      }
      #expect(abs(norm[i] - abs(weights[i]) * met.reduce(0) { $0 + $1 * $1 }.squareRoot()) < 1e-5)
      let largest = weights[i] * (met.map { -log(abs($0)) }.max() ?? 0)
      #expect(logarithms[i] == largest || abs(logarithms[i] - largest) < 1e-4)
      #expect(abs(shifted[i] - weights[i] * met.reduce(0) { $0 + abs($1 - 1) } / Double(met.count)) < 1e-5)
    }
  }

  @Test("sums of two sides in one reducer, and a bare symbol, are mistakes")
  func mistakes() throws {
    let generator = Generator(seed: 13), model = try Models.mlp(generator)
    let (x, y) = try Models.data(generator, 3)
    #expect(throws: FormulaError.self) { try scores(F.w * F.call("mean", .symbol(.z) - .symbol(.a)), model, x, y) }
    #expect(throws: FormulaError.self) { try scores(F.w * F.call("mean", .symbol(.z) * F.g), model, x, y) }
    #expect(throws: FormulaError.self) { try scores(F.w * .symbol(.z), model, x, y) }
  }
}
