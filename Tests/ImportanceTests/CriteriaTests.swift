import Builtins
import Engine
import Glibc
import NN
import Testing

@testable import Importance

/// The criteria against slow plain versions, in float64.
@Suite struct CriteriaTests {
  private func net(_ g: Generator) throws -> Sequential {
    try Sequential(named: [("a", CurvedModels.linear(4, 5, g)), ("r", ReLU()), ("b", CurvedModels.linear(5, 3, g))])
  }

  private func data(_ g: Generator, _ n: Int = 6) throws -> (x: Tensor, y: Tensor) {
    (try g.normal([n, 4], .float64), try g.integers([n], from: 0, to: 3))
  }

  private func scores(_ formula: Formula, _ model: Module, _ x: Tensor?, _ y: Tensor?, _ objective: Objective = .loss(.auto)) throws -> ImportanceValue {
    try Scoring(formula, of: model, model.namedParameters, on: x, y, for: objective, in: Run(generator: Generator(seed: 2))).scores()
  }

  private func named(_ name: String) throws -> Formula { try #require(Criteria.named(name)).formula }

  private func method(_ name: String, _ settings: (String, Double)...) throws -> Formula {
    try .call(name, settings.map { FormulaArgument($0.0, .number($0.1)) })
  }

  private func expect(_ imp: ImportanceValue, _ expected: [[Double]], _ tolerance: Double = 1e-9) throws {
    for ((name, tensor), numbers) in zip(imp.scores, expected) {
      let scale = numbers.reduce(1e-12) { max($0, abs($1)) }
      for (a, b) in zip(try tensor.doubles(), numbers) {
        #expect(abs(a - b) <= tolerance * scale, "\(name): \(a) \(b)")
        if abs(a - b) > tolerance * scale { return }
      }
    }
  }

  /// The mean objective with the parameters as they are.
  private func value(_ model: Module, _ x: Tensor, _ y: Tensor?, _ body: (Tensor) throws -> Tensor) throws -> Tensor {
    try body(Run(generator: Generator(seed: 0))(model, x)).mean()
  }

  private func loss(_ model: Module, _ x: Tensor, _ y: Tensor, temperature: Double = 1) throws -> Tensor {
    try value(model, x, y) { try Objective.loss(.auto).perSample($0 / temperature, y) }
  }

  /// `H v` by rows of the Hessian over all parameters.
  private func product(_ model: Module, _ loss: Tensor, _ v: [[Double]]) throws -> [[Double]] {
    let values = model.namedParameters.map(\.parameter.value)
    return try Recording.with(.all) {
      let g = try loss.gradients(with: values, keepsHistory: true).compactMap { $0 }
      return try zip(values, g).map { w, gradient in
        try (0..<w.count).map { place in
          let row = try gradient.reshape([w.count]).select(0, place).gradients(with: values)
          var sum = 0.0
          for (part, v) in zip(row, v) { for (h, number) in zip(try part?.detached().doubles() ?? [], v) { sum += h * number } }
          return sum
        }
      }
    }
  }

  @Test("hvp, GraSP and Taylor of second order by rows of the Hessian")
  func products() throws {
    let g = Generator(seed: 1), model = try net(g), (x, y) = try data(g)
    let w = try model.namedParameters.map { try $0.parameter.value.doubles() }
    let run = try Recording.with(.all) { try loss(model, x, y) }
    let gradient = try scores(.g, model, x, y).scores.map { try $0.tensor.doubles() }
    let hw = try product(model, run, w)
    try expect(scores(.call("hvp", [FormulaArgument(nil, .w)]), model, x, y), hw)
    try expect(scores(named("taylor_second_order"), model, x, y), zip(zip(w, gradient), hw).map { pair, h in
      zip(zip(pair.0, pair.1), h).map { ($0.0 * $0.1 - $0.0 * $1 / 2) * ($0.0 * $0.1 - $0.0 * $1 / 2) }
    })
    let cool = try Recording.with(.all) { try loss(model, x, y, temperature: 7) }
    let cooled = try cool.gradients(with: model.namedParameters.map(\.parameter.value)).map { try $0?.doubles() ?? [] }
    let hg = try product(model, Recording.with(.all) { try loss(model, x, y, temperature: 7) }, cooled)
    try expect(scores(method("grasp", ("temperature", 7)), model, x, y), zip(w, hg).map { zip($0, $1).map { $0 * $1 } })
  }

  @Test("the true Fisher information by every class of every sample")
  func trueFisher() throws {
    let g = Generator(seed: 3)
    let models: [(Module, [Int])] = [(try net(g), [4])] + (try CurvedModels.pictures(g).map { ($0.model, $0.shape) })
    for (model, shape) in models {
      let x = try g.normal([4] + shape, .float64), values = model.namedParameters.map(\.parameter.value)
      var expected = values.map { [Double](repeating: 0, count: $0.count) }
      for i in 0..<4 {
        for c in 0..<3 {
          model.setTraining(false)
          let (p, gradients) = try Recording.with(.all) {
            let log = try Run(generator: g)(model, x.narrow(0, i, 1)).logSoftmax(1).select(1, c).sum()
            return (try log.detached().exp().item(), try log.gradients(with: values))
          }
          for (k, gradient) in gradients.enumerated() {
            for (j, number) in (try gradient?.doubles() ?? []).enumerated() { expected[k][j] += p * number * number / 4 }
          }
        }
      }
      try expect(scores(named("true_fisher"), model, x, nil), expected)
      if shape == [4], model is Sequential, model.namedParameters.count == 4 {
        // Labels drawn from the model come to the same: 3000 draws leave an error of a few percent of the largest.
        let drawn = try scores(method("true_fisher", ("draws", 300)), model, x, nil)
        try expect(drawn, expected, 0.15)
      }
    }
  }

  @Test("MAS sample by sample")
  func aware() throws {
    let g = Generator(seed: 4), model = try net(g), (x, _) = try data(g), values = model.namedParameters.map(\.parameter.value)
    var expected = values.map { [Double](repeating: 0, count: $0.count) }
    for i in 0..<6 {
      let gradients = try Recording.with(.all) { try Run(generator: g)(model, x.narrow(0, i, 1)).square().sum().gradients(with: values) }
      for (k, gradient) in gradients.enumerated() { for (j, number) in (try gradient?.doubles() ?? []).enumerated() { expected[k][j] += abs(number) / 6 } }
    }
    try expect(scores(named("mas"), model, x, nil), expected)
  }

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

  @Test("OBS by the inverse of the whole matrix, and in blocks")
  func surgeon() throws {
    let g = Generator(seed: 6), model = try net(g), (x, y) = try data(g)
    let values = model.namedParameters.map(\.parameter.value), damping = 0.05
    for (block, sizes) in [(512, [20, 5, 15, 3]), (7, [4, 5, 5, 3])] {
      let expected = try zip(values.indices, sizes).map { i, size -> [Double] in
        var matrix = try Tensor.zeros([values[i].count, values[i].count], .float64)
        for sample in 0..<6 {
          let out = try Recording.with(.all) { try Run(generator: g)(model, x.narrow(0, sample, 1)) }
          let p = try out.detached().softmax(1).doubles()
          let rows = try (0..<3).map { k in try out.gradients(with: [values[i]], seed: Tensor((0..<3).map { $0 == k ? 1.0 : 0.0 }, [1, 3]))[0]?.reshape([values[i].count, 1]) }
          for k in 0..<3 {
            for l in 0..<3 {
              guard let a = rows[k], let b = rows[l] else { continue }
              matrix = try matrix + a.matmul(b.transpose(0, 1)) * ((k == l ? p[k] : 0) - p[k] * p[l]) / 6
            }
          }
        }
        let w = try values[i].doubles()
        var numbers: [Double] = []
        for start in stride(from: 0, to: w.count, by: size) {
          let part = try matrix.narrow(0, start, size).narrow(1, start, size) + Tensor.eye(size, size, .float64) * damping
          let inverse = try part.solve(Tensor.eye(size, size, .float64)).doubles()
          for q in 0..<size { numbers.append(w[start + q] * w[start + q] / (2 * inverse[q * size + q])) }
        }
        return numbers
      }
      try expect(scores(method("obs", ("damping", damping), ("block", Double(block))), model, x, y), expected, 1e-7)
    }
  }

  @Test("SynFlow of a stack is a product of positive matrices, and its rounds prune")
  func flow() throws {
    let g = Generator(seed: 7)
    let model = try Sequential(named: [("a", CurvedModels.linear(4, 5, bias: false, g)), ("r", ReLU()), ("b", CurvedModels.linear(5, 3, bias: false, g))])
    let before = try model.namedParameters.map { try $0.parameter.value.doubles() }
    let (a, b) = (try model.namedParameters[0].parameter.value.detached().abs(), try model.namedParameters[1].parameter.value.detached().abs())
    let expected = [
      try (a * b.sum([0]).unsqueeze(1)).doubles(), try (b * a.sum([1]).unsqueeze(0)).doubles(),
    ]
    try expect(scores(named("synflow"), model, nil, nil), expected)
    let imp = try scores(method("synflow", ("rounds", 20), ("keep", 0.3)), model, nil, nil)
    let kept = try imp.flatScores().count { $0 > 0 }
    // 35 weights, of which the share 0.3^(19/20) is left after the last time that some went.
    #expect(kept == 11)
    #expect(try model.namedParameters.map { try $0.parameter.value.doubles() } == before)
  }

  @Test("iterative SNIP and FORCE by hand, round by round")
  func rounds() throws {
    let g = Generator(seed: 8), model = try net(g), (x, y) = try data(g)
    let values = model.namedParameters.map(\.parameter.value), whole = try values.map { try $0.doubles() }
    for name in ["iterative_snip", "force"] {
      let imp = try scores(method(name, ("keep", 0.25), ("rounds", 3)), model, x, y)
      #expect(try values.map { try $0.doubles() } == whole)
      var scores: [[Double]] = []
      for round in 0..<3 {
        let gradients = try Recording.with(.all) { try loss(model, x, y) }.gradients(with: values).map { try $0?.doubles() ?? [] }
        let now = try values.map { try $0.doubles() }
        scores = zip(name == "force" ? whole : now, gradients).map { zip($0, $1).map { abs($0 * $1) } }
        guard round < 2 else { break }
        let pool = (scores[0] + scores[2]).sorted(by: >), count = Int((pow(0.25, Double(round + 1) / 3) * 35).rounded())
        for i in [0, 2] {
          try values[i].copyNumbers(of: Tensor(zip(whole[i], scores[i]).map { $1 >= pool[count - 1] && $1 > 0 ? $0 : 0 }, values[i].shape))
        }
      }
      for (value, w) in zip(values, whole) { try value.copyNumbers(of: Tensor(w, value.shape)) }
      try expect(imp, scores)
    }
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
