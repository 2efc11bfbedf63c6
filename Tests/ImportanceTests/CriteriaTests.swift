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

  @Test("WoodFisher by the inverse of the mean of products of gradients, and in blocks")
  func fisherSurgeon() throws {
    let g = Generator(seed: 12), model = try net(g), (x, y) = try data(g), damping = 0.03
    let values = model.namedParameters.map(\.parameter.value)
    for (block, sizes) in [(512, [20, 5, 15, 3]), (7, [4, 5, 5, 3])] {
      var expected: [[Double]] = []
      for (i, size) in sizes.enumerated() {
        let gradients = try (0..<6).map { sample in
          try Recording.with(.all) { try loss(model, x.narrow(0, sample, 1), y.narrow(0, sample, 1)) }.gradients(with: [values[i]])[0]?.doubles() ?? []
        }
        let w = try values[i].doubles()
        expected.append([])
        for start in stride(from: 0, to: w.count, by: size) {
          var numbers = [Double](repeating: 0, count: size * size)
          for place in numbers.indices {
            let (a, b) = (place / size, place % size)
            if a == b { numbers[place] = damping }
            for g in gradients { numbers[place] += g[start + a] * g[start + b] / 6 }
          }
          let inverse = try Tensor(numbers, [size, size]).solve(Tensor.eye(size, size, .float64)).doubles()
          for q in 0..<size { expected[i].append(w[start + q] * w[start + q] / (2 * inverse[q * size + q])) }
        }
      }
      try expect(scores(method("woodfisher", ("damping", damping), ("block", Double(block))), model, x, y), expected, 1e-7)
    }
  }

  /// The last dimension of a tensor, line by line.
  private func lines(of x: Tensor) throws -> [[Double]] {
    let width = x.shape.last ?? 1, numbers = try x.doubles()
    return stride(from: 0, to: numbers.count, by: width).map { Array(numbers[$0..<($0 + width)]) }
  }

  /// What every row of a convolution of stride 1 meets, written out place by place.
  private func patches(_ x: Tensor, kernel: Int, padding: Int, group: Int, of channels: Int) throws -> [[Double]] {
    let (n, all, rows, columns) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]), numbers = try x.doubles()
    var out: [[Double]] = []
    for sample in 0..<n {
      for top in (-padding)...(rows + padding - kernel) {
        for left in (-padding)...(columns + padding - kernel) {
          out.append((0..<(channels * kernel * kernel)).map { (place: Int) -> Double in
            let channel = group * channels + place / (kernel * kernel), r = top + place / kernel % kernel, c = left + place % kernel
            let isInside = r >= 0 && r < rows && c >= 0 && c < columns
            return isInside ? numbers[((sample * all + channel) * rows + r) * columns + c] : 0
          })
        }
      }
    }
    return out
  }

  /// `w² / [H⁻¹]_jj` of rows of a weight that meet what is listed.
  private func reconstruction(_ w: [Double], _ met: [[Double]], _ damping: Double) throws -> [Double] {
    let size = met[0].count
    var matrix = [Double](repeating: 0, count: size * size)
    var middle = 0.0
    for x in met {
      for i in 0..<size { for j in 0..<size { matrix[i * size + j] += x[i] * x[j] / Double(met.count) } }
    }
    for i in 0..<size { middle += matrix[i * size + i] / Double(size) }
    for i in 0..<size { matrix[i * size + i] += damping * middle }
    let inverse = try Tensor(matrix, [size, size]).solve(Tensor.eye(size, size, .float64)).doubles()
    var scores: [Double] = []
    for (place, u) in w.enumerated() { scores.append(u * u / inverse[place % size * (size + 1)]) }
    return scores
  }

  @Test("SparseGPT by the inverse of the products of inputs: linear layers, and convolutions place by place")
  func reconstructed() throws {
    let g = Generator(seed: 13), run = Run(generator: g), damping = 0.2
    let sequence = try g.normal([3, 4, 4], .float64)
    for (model, x) in [(try net(g), try data(g).x), (try net(g), sequence)] {
      let layers = model.layers.map(\.module), weights = try model.namedParameters.map { try $0.parameter.value.doubles() }
      let hidden = try Recording.with(.none) { try run(layers[1], run(layers[0], x) as Tensor) as Tensor }
      let met = [try lines(of: x), try lines(of: hidden)]
      let biases = [weights[1], weights[3]].map { numbers -> [Double] in numbers.map { (b: Double) -> Double in b * b * (1 + damping) } }
      let expected = [try reconstruction(weights[0], met[0], damping), biases[0], try reconstruction(weights[2], met[1], damping), biases[1]]
      try expect(scores(method("sparsegpt", ("damping", damping)), model, x, nil), expected, 1e-8)
    }
    let conv = try CurvedModels.layer("Conv2d", g, [4, 6, 2], [("groups", 2), ("padding", 1), ("dtype", "float64")])
    let x = try g.normal([2, 4, 3, 3], .float64), w = try conv.namedParameters[0].parameter.value.doubles()
    var expected: [Double] = []
    for group in 0..<2 {
      let own = Array(w[(group * 24)..<(group * 24 + 24)])
      expected += try reconstruction(own, patches(x, kernel: 2, padding: 1, group: group, of: 2), damping)
    }
    try expect(scores(method("sparsegpt", ("damping", damping)), Sequential([conv]), x, nil), [expected], 1e-8)
    // Where nothing but 0 was met, nothing is lost.
    let dead = try scores(named("sparsegpt"), net(g), Tensor.zeros([2, 4], .float64), nil)
    #expect(try dead.scores[0].tensor.abs().amax().item() == 0)
    let normed = try Sequential([CurvedModels.linear(4, 4, g), LayerNorm([4], dtype: .float64)]), rows = try data(g).x
    #expect(throws: ScoringError.notOfLinear("sparsegpt", "1.weight")) { try scores(named("sparsegpt"), normed, rows, nil) }
  }

  @Test("Fisher pruning of the maps of units, sample by sample")
  func unitFisher() throws {
    let g = Generator(seed: 14)
    let conv = try CurvedModels.layer("Conv2d", g, [2, 3, 2], [("dtype", "float64")])
    let model = try Sequential([conv, Tanh(), Flatten(), CurvedModels.linear(12, 3, g)])
    let x = try g.normal([5, 2, 3, 3], .float64), y = try g.integers([5], from: 0, to: 3), criterion = try #require(Criteria.named("unit_fisher"))
    var expected = [0.0, 0, 0]
    for i in 0..<5 {
      let run = Run(generator: g)
      let made: Tensor = try Recording.with(.none) { try run(conv, x.narrow(0, i, 1)) }
      let map = made.requiringGrad()
      let total: Tensor = try Recording.with(.all) {
        var out = map
        for (_, module) in model.layers.dropFirst() { out = try run(module, out) as Tensor }
        return try Objective.loss(.auto).perSample(out, y.narrow(0, i, 1)).sum()
      }
      let found = try total.gradients(with: [map])
      let slope = try #require(found[0]).doubles()
      let a = try map.detached().doubles()
      for unit in 0..<3 {
        var sum = 0.0
        for place in (unit * 4)..<(unit * 4 + 4) { sum += a[place] * slope[place] }
        expected[unit] += sum * sum / 10
      }
    }
    var request = try Scoring(criterion.formula, of: model, .modules([("0", conv)]), on: x, y, in: Run(generator: g))
    request.each = try #require(criterion.each)
    try expect(request.scores(), [expected])
  }

  /// The rank of a matrix by Gaussian elimination.
  private func rank(_ matrix: [[Double]]) -> Int {
    var rows = matrix, rank = 0
    for column in 0..<(rows.first?.count ?? 0) {
      guard let best = (rank..<rows.count).max(by: { abs(rows[$0][column]) < abs(rows[$1][column]) }), abs(rows[best][column]) > 1e-9 else { continue }
      rows.swapAt(rank, best)
      for row in (rank + 1)..<max(rows.count, rank + 1) {
        let factor = rows[row][column] / rows[rank][column]
        for k in column..<rows[row].count { rows[row][k] -= factor * rows[rank][k] }
      }
      rank += 1
    }
    return rank
  }

  @Test("HRank by elimination, map by map")
  func ranks() throws {
    let g = Generator(seed: 15), criterion = try #require(Criteria.named("hrank"))
    let conv = try CurvedModels.layer("Conv2d", g, [1, 4, 2], [("dtype", "float64")]), act = ReLU()
    let model = Sequential([conv, act]), x = try g.normal([6, 1, 5, 4], .float64)
    // A channel that is silent, one that is constant, and inputs of rank 1.
    try conv.namedParameters[0].parameter.value.copyNumbers(of: conv.namedParameters[0].parameter.value.detached() * Tensor([0.0, 0, 1, 1], [4, 1, 1, 1]))
    try conv.namedParameters[1].parameter.value.copyNumbers(of: Tensor([-1.0, 1, 0, 0.3], [4]))
    try x.narrow(0, 0, 2).copyNumbers(of: g.normal([2, 1, 5, 1], .float64) * g.normal([2, 1, 1, 4], .float64))
    let run = Run(generator: g), maps = try Recording.with(.none) { try run(model, x) as Tensor }.doubles()
    let expected = (0..<4).map { channel in
      (0..<6).reduce(0.0) { sum, sample in
        let start = (sample * 4 + channel) * 12
        return sum + Double(rank((0..<4).map { Array(maps[(start + $0 * 3)..<(start + $0 * 3 + 3)]) })) / 6
      }
    }
    #expect(expected[0] == 0 && abs(expected[1] - 1) < 1e-12)
    var request = try Scoring(criterion.formula, of: model, .modules([("1", act)]), on: x, nil, for: .squaredLength, in: Run(generator: g))
    request.each = try #require(criterion.each)
    try expect(request.scores(), [expected])
    request.each = .tensor
    #expect { try request.scores() } throws: { if case FormulaError.operation = $0 { true } else { false } }
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
