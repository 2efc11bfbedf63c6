import Builtins
import Engine
import Glibc
import NN
import Testing

@testable import Importance

/// Sums over groups of elements, against loops over the elements.
@Suite struct GroupTests {
  /// The gradients of single samples, the weight, its elements in one group, and the sums over them.
  private struct Plain {
    let w: [Double], g: [[Double]], places: [Int]
    var bare: [Double] { w.indices.map { i in g.reduce(0) { $0 + $1[i] } / Double(g.count) } }
    func total(_ body: (Int) -> Double) -> Double { places.reduce(0) { $0 + body($1) } }
    func mean(_ body: ([Double]) -> Double) -> Double { g.reduce(0) { $0 + body($1) } / Double(g.count) }
  }

  private func cases() throws -> [(Formula, (Plain) -> Double)] {
    let (w, g) = (F.w, F.g)
    func total(_ f: Formula) -> Formula { .total(f) }
    return [
      (total(w * g) ^ 2, { p in let s = p.total { p.w[$0] * p.bare[$0] }; return s * s }),
      (F.abs(w * g), { p in p.total { abs(p.w[$0] * p.bare[$0]) } }),
      (try F.call("sqrt", total(w ^ 2)), { p in p.total { p.w[$0] * p.w[$0] }.squareRoot() }),
      (try F.call("mean", total(w * g) ^ 2), { p in p.mean { g in let s = p.total { p.w[$0] * g[$0] }; return s * s } }),
      (try F.call("mean", g ^ 2), { p in p.mean { g in p.total { g[$0] * g[$0] } } }),
      (try F.call("max", total(F.abs(g))), { p in p.g.map { g in p.total { abs(g[$0]) } }.max() ?? 0 }),
      (try total(F.abs(w)) / total(.number(1)) + F.call("mean", total(F.call("tanh", g))), { p in
        p.total { abs(p.w[$0]) } / Double(p.places.count) + p.mean { g in p.total { tanh(g[$0]) } }
      }),
      // A group's number beside those of its elements.
      (w * total(F.abs(w)), { p in p.total { p.w[$0] } * p.total { abs(p.w[$0]) } }),
      (try F.call("mean", F.abs(w * g) * total(g ^ 2)), { p in p.mean { g in p.total { abs(p.w[$0] * g[$0]) } * p.total { g[$0] * g[$0] } } }),
      (try total(F.call("std", g)), { p in
        p.total { i in
          let m = p.bare[i]
          return (p.g.reduce(0) { $0 + ($1[i] - m) * ($1[i] - m) } / Double(p.g.count - 1)).squareRoot()
        }
      }),
    ]
  }

  @Test("sums over groups of weights, of every kind of layer")
  func weights() throws {
    let generator = Generator(seed: 31)
    let words: [ScoreEach] = [.tensor, .row, .unit, .channel, .feature]
    for (number, item) in try (LayerModels.all(generator)).enumerated() {
      item.model.setTraining(false)
      let each = words[number % words.count], parameters = item.model.namedParameters.filter { number % words.count < 4 || $0.parameter.value.rank > 1 }
      guard !parameters.isEmpty else { continue }
      let g = try gradients(item, parameters.map(\.parameter.value))
      for (formula, plain) in try cases() {
        var request = try Scoring(formula, of: item.model, parameters, on: item.x, item.y, in: Run(generator: generator))
        request.each = each
        if number % 3 == 0 { request.memory = 30_000 }
        let imp = try request.scores()
        for (i, (name, tensor)) in imp.scores.enumerated() {
          let w = parameters[i].parameter.value
          let groups = try EffectSite.parameter(name, parameters[i].parameter).groups(each, w.shape, in: item.model)
          #expect(tensor.shape == groups.shape)
          let made = try tensor.doubles(), numbers = try w.detached().doubles()
          let expected = (0..<groups.count).map { plain(Plain(w: numbers, g: g[i], places: groups.places($0))) }
          let scale = expected.reduce(1e-9) { max($0, abs($1)) }
          // Sums of float32 gradients: the signed ones may be a hundredth of their parts.
          #expect(zip(made, expected).allSatisfy { abs($0 - $1) < 2e-4 * scale }, "\(formula) each=\(each.word) of \(name) of \(item.name)")
        }
      }
    }
  }

  private func gradients(_ item: LayerModels.Case, _ values: [Tensor]) throws -> [[[Double]]] {
    let run = Run(generator: Generator(seed: 0))
    var out: [[[Double]]] = Array(repeating: [], count: values.count)
    for i in 0..<item.x.shape[0] {
      let found = try Recording.with(.all) {
        try Objective.loss(.auto).perSample(run(item.model, item.x.narrow(0, i, 1)), item.y.narrow(0, i, 1)).sum().gradients(with: values)
      }
      for (k, g) in found.enumerated() { out[k].append(try g?.detached().doubles() ?? Array(repeating: 0, count: values[k].count)) }
    }
    return out
  }

  @Test("sums over groups of units and features")
  func units() throws {
    let generator = Generator(seed: 32)
    let model = try Sequential(named: [("conv", Conv2d(2, 3, kernel: 3, padding: 1, using: generator)), ("act", ReLU()), ("flat", Flatten()), ("fc", Linear(48, 4, using: generator))])
    let x = try generator.normal([5, 2, 4, 4]), y = try generator.integers([5], from: 0, to: 4)
    func scores(_ formula: Formula, _ subject: Subject, _ each: ScoreEach, memory: Double = 1e9) throws -> Tensor {
      var request = try Scoring(formula, of: model, subject, on: x, y, in: Run(generator: generator))
      (request.each, request.memory) = (each, memory)
      return try request.scores().scores[0].tensor
    }
    let act = Subject.modules([("act", model.layers[1].module)])
    let product = Formula.symbol(.a) * Formula.symbol(.da)
    let whole = try scores(product, act, .element)
    let taylor = try scores(F.call("mean", F.abs(.total(product))) / .total(.number(1)), act, .channel)
    let expected = try whole.sum([2, 3]).abs().mean([0]) / 16
    #expect(try taylor.shape == [3] && (taylor - expected).abs().amax().item() < 1e-7)
    // Without a reducer a row a sample, in parts as small as one.
    let rows = try scores(.total(product) ^ 2, act, .channel, memory: 1)
    #expect(try rows.shape == [5, 3] && (rows - whole.sum([2, 3]).square()).abs().amax().item() < 1e-7)
    // An effect beside sums, and beside numbers of its elements.
    let rise = Formula.effect(FormulaEffect(.rise(.zero, .a), of: .loss)), alone = try scores(rise, act, .channel)
    let mean = try F.call("mean", F.abs(.symbol(.a))), sums = try scores(mean, act, .channel)
    #expect(try (scores(rise * mean, act, .channel) - alone * sums).abs().amax().item() < 1e-6)
    #expect(try (scores(rise / .total(mean), act, .channel) - alone / sums).abs().amax().item() < 1e-6)
    let features = try scores(.total(Formula.symbol(.x) * Formula.symbol(.dx)), .input, .channel)
    #expect(features.shape == [5, 2])
    #expect(try (features - scores(Formula.symbol(.x) * Formula.symbol(.dx), .input, .element).sum([2, 3])).abs().amax().item() < 1e-6)
    let path = try Formula.averaged(.path(steps: 4, .gausslegendre), .total(.symbol(.dx)))
    #expect(try scores(path, .input, .channel).shape == [5, 2])
  }

  @Test("masks and groups of one's own, and where outputs lie")
  func own() throws {
    let generator = Generator(seed: 33), model = try Sequential(named: [("fc", Linear(3, 2, using: generator))])
    let w = try #require(model.namedParameters.first).parameter.value, numbers = try w.detached().doubles()
    func scores(_ each: ScoreEach) throws -> Tensor {
      var request = try Scoring(F.abs(F.w), of: model, [model.namedParameters[0]], on: nil, nil, in: Run(generator: generator))
      request.each = each
      return try request.scores().scores[0].tensor
    }
    let mask = try scores(.groups(Tensor([true, false, false, false, false, true], [2, 3])))
    #expect(try mask.shape == [] && abs(mask.item() - abs(numbers[0]) - abs(numbers[5])) < 1e-7)
    let groups = try scores(.groups(Tensor([7, 7, -1, 7, 2, 2], [2, 3]))).doubles()
    let expected = [abs(numbers[2]), abs(numbers[4]) + abs(numbers[5]), abs(numbers[0]) + abs(numbers[1]) + abs(numbers[3])]
    #expect(zip(groups, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    // Of a transposed convolution in two groups the outputs are columns of each half, of a recurrent layer four gates.
    let up = try ConvTranspose2d(4, 6, kernel: 1, groups: 2, using: generator), lstm = try LSTM(3, 2, using: generator)
    let table = try Embedding(5, 3, using: generator)
    func places(_ layer: Module, _ each: ScoreEach) throws -> [[Int]] {
      let (name, parameter) = try #require(layer.namedParameters.first)
      let groups = try EffectSite.parameter(name, parameter).groups(each, parameter.value.shape, in: layer)
      return (0..<groups.count).map(groups.places)
    }
    #expect(try places(up, .unit) == [[0, 3], [1, 4], [2, 5], [6, 9], [7, 10], [8, 11]] && places(up, .feature).count == 4)
    #expect(try places(lstm, .unit) == [[0, 1, 2, 6, 7, 8, 12, 13, 14, 18, 19, 20], [3, 4, 5, 9, 10, 11, 15, 16, 17, 21, 22, 23]])
    #expect(try places(table, .unit).count == 3 && places(table, .row).count == 5 && places(table, .feature).count == 5)
  }

  @Test("a sum over elements asks which go together")
  func errors() throws {
    let generator = Generator(seed: 34), model = try Models.mlp(generator), (x, y) = try Models.data(generator)
    let run = Run(generator: generator), parameters = model.namedParameters
    #expect(throws: FormulaError.totalWithoutEach("total(w)", tag: 0)) { try Scoring(.total(F.w), of: model, parameters, on: x, y, in: run).scores() }
    #expect(throws: FormulaError.totalBeside("norm(total(z))", tag: 0)) { try (F.w * F.call("norm", .total(.symbol(.z)))).place() }
    var hvp = try Scoring(F.call("hvp", .total(F.w)), of: model, parameters, on: x, y, in: run)
    hvp.each = .unit
    #expect(throws: FormulaError.totalWithoutEach("total(w)", tag: 0)) { try hvp.scores() }
  }
}
