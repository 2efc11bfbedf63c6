import Builtins
import Engine
import NN
import Testing

@testable import Importance

/// Averages over inputs of formulas over parameters, and effects beside gradients of single samples, point by point.
@Suite struct AveragedParameterTests {
  private let rise = Formula.effect(FormulaEffect(.rise(.zero, .w), of: .loss))

  private func model(_ g: Generator) throws -> Sequential {
    try Sequential(named: [("a", CurvedModels.linear(4, 3, g)), ("t", Tanh()), ("b", CurvedModels.linear(3, 3, g))])
  }

  private func data(_ g: Generator) throws -> (x: Tensor, y: Tensor) { (try g.normal([5, 4], .float64), try g.integers([5], from: 0, to: 3)) }

  private func scores(_ formula: Formula, _ model: Module, _ x: Tensor, _ y: Tensor?, _ each: ScoreEach = .element) throws -> [[Double]] {
    var request = try Scoring(formula, of: model, model.namedParameters, on: x, y, in: Run(generator: Generator(seed: 2)))
    request.each = each
    return try request.scores().scores.map { try $0.tensor.doubles() }
  }

  private func expect(_ a: [[Double]], _ b: [[Double]], _ tolerance: Double = 1e-12, _ words: String) {
    for (x, y) in zip(a, b) { #expect(x.count == y.count && zip(x, y).allSatisfy { abs($0 - $1) <= tolerance }, "\(words)") }
  }

  @Test("path over all samples, within reducers, and beside what stands outside")
  func paths() throws {
    let g = Generator(seed: 61), model = try model(g), (x, y) = try data(g), nodes = PathRule.gausslegendre.nodes(3)
    func path(_ f: Formula) throws -> Formula { try .averaged(.path(steps: 3, .gausslegendre), f) }
    func sum(_ f: Formula, _ x: Tensor, _ y: Tensor) throws -> [[Double]] {
      var out: [[Double]] = []
      for node in nodes {
        let part = try scores(f, model, x * node.t, y)
        out = out.isEmpty ? part.map { $0.map { $0 * node.weight } } : zip(out, part).map { zip($0, $1).map { $0 + $1 * node.weight } }
      }
      return out
    }
    let size = F.abs(F.w * F.g)
    expect(try scores(path(size), model, x, y), try sum(size, x, y), 1e-12, "path(|w * g|)")
    let mean = try F.call("mean", size), samples = try (0..<5).map { try sum(size, x.narrow(0, $0, 1), y.narrow(0, $0, 1)) }
    expect(try scores(F.call("mean", path(size)), model, x, y), try sum(mean, x, y), 1e-12, "mean(path(|w * g|))")
    let squares = samples[0].indices.map { p in samples[0][p].indices.map { i in samples.reduce(0) { $0 + $1[p][i] * $1[p][i] } / 5 } }
    expect(try scores(F.call("mean", path(size) ^ 2), model, x, y), squares, 1e-12, "mean(path(|w * g|)^2)")
    let gradients = try scores(F.g, model, x, y), beside = try scores(F.abs(F.g) * path(size), model, x, y)
    expect(beside, try zip(gradients, sum(size, x, y)).map { zip($0, $1).map { abs($0) * $1 } }, 1e-12, "|g| * path(|w * g|)")
    // Sums over groups, inside and outside; effects and algorithms at every point.
    let rows = try scores(path(.total(F.w * F.g) ^ 2), model, x, y, .tensor)
    let expected = try nodes.map { node in try scores(.total(F.w * F.g) ^ 2, model, x * node.t, y, .tensor).map { $0[0] * node.weight } }
    expect(rows, rows.indices.map { p in [expected.reduce(0) { $0 + $1[p] }] }, 1e-12, "path(total(w * g)^2)")
    expect(try scores(path(rise), model, x, y), try sum(rise, x, y), 1e-12, "path(rise)")
    let weighed = try scores(path(rise * F.w), model, x, y, .tensor), one = try nodes.map { try scores(rise * F.w, model, x * $0.t, y, .tensor) }
    expect(weighed, weighed.indices.map { p in [zip(one, nodes).reduce(0) { $0 + $1.0[p][0] * $1.1.weight }] }, 1e-12, "path(rise * w) of tensors")
    let hvp = try F.call("hvp", F.w)
    expect(try scores(path(hvp), model, x, y), try sum(hvp, x, y), 1e-12, "path(hvp(w))")
    expect(try scores(hvp * rise, model, x, y), try zip(scores(hvp, model, x, y), scores(rise, model, x, y)).map { zip($0, $1).map { $0 * $1 } }, 1e-12, "hvp(w) * rise")
  }

  @Test("draws have a standard error")
  func draws() throws {
    let g = Generator(seed: 62), model = try model(g), (x, y) = try data(g)
    let smooth = try Formula.averaged(.smooth(draws: 400, std: 0.3), F.g)
    let imp = try Scoring(2.0 * smooth, of: model, model.namedParameters, on: x, y, in: Run(generator: g)).scores()
    let other = try Scoring(2.0 * smooth, of: model, model.namedParameters, on: x, y, in: Run(generator: g)).scores()
    let errors = try #require(imp.flatErrors), a = try imp.flatScores(), b = try other.flatScores()
    // Of two independent results the difference over its error scatters as a normal number does.
    let ratios = errors.indices.map { abs(a[$0] - b[$0]) / (errors[$0] * 2.0.squareRoot()) }
    #expect(errors.allSatisfy { $0 > 0 } && ratios.allSatisfy { $0 < 5 } && ratios.contains { $0 > 0.3 })
    // Nothing inside depends on a baseline.
    let drawn = try Formula.averaged(.expect(draws: 3), F.g)
    expect(try scores(drawn, model, x, y), try scores(F.g, model, x, y), 1e-14, "expect(g)")
  }

  @Test("effects on single samples beside their derivatives")
  func effects() throws {
    let g = Generator(seed: 63), model = try model(g), (x, y) = try data(g)
    func samples(_ f: Formula) throws -> [[[Double]]] { try (0..<5).map { try scores(f, model, x.narrow(0, $0, 1), y.narrow(0, $0, 1)) } }
    let (rises, slopes, curves) = (try samples(rise), try samples(F.g), try samples(.h))
    func mean(_ body: (Int, Int, Int) -> Double) -> [[Double]] {
      rises[0].indices.map { p in rises[0][p].indices.map { i in (0..<5).reduce(0) { $0 + body($1, p, i) } / 5 } }
    }
    expect(try scores(F.call("mean", F.abs(rise * F.g)), model, x, y), mean { abs(rises[$0][$1][$2] * slopes[$0][$1][$2]) }, 1e-12, "mean(|rise * g|)")
    expect(try scores(F.call("mean", (rise + F.w * F.g) ^ 2), model, x, y), mean { s, p, i in
      let w = (try? model.namedParameters[p].parameter.value.detached().doubles()[i]) ?? .nan, sum = rises[s][p][i] + w * slopes[s][p][i]
      return sum * sum
    }, 1e-12, "mean((rise + w * g)^2)")
    expect(try scores(F.call("mean", rise * .h), model, x, y), mean { rises[$0][$1][$2] * curves[$0][$1][$2] }, 1e-9, "mean(rise * h)")
  }

  @Test("averages of effects on units, and what has no meaning")
  func units() throws {
    let g = Generator(seed: 64), model = try model(g), (x, y) = try data(g)
    let unit = Formula.effect(FormulaEffect(.rise(.zero, .a), of: .loss)), subject = Subject.modules([("t", model.layers[1].module)])
    func scores(_ f: Formula, _ x: Tensor) throws -> [Double] { try Scoring(f, of: model, subject, on: x, y, in: Run(generator: g)).scores().flatScores() }
    let made = try scores(.averaged(.path(steps: 2, .riemann_right), unit) * F.call("mean", F.abs(.symbol(.a))), x)
    let sizes = try scores(F.call("mean", F.abs(.symbol(.a))), x), (half, whole) = (try scores(unit, x * 0.5), try scores(unit, x))
    for i in made.indices { #expect(abs(made[i] - (half[i] + whole[i]) / 2 * sizes[i]) < 1e-12) }
    let mixed = try Formula.averaged(.path(steps: 2, .riemann_right), unit * .symbol(.da))
    #expect(throws: FormulaError.self) { try mixed.place() }
    #expect(throws: FormulaError.self) { try F.call("mean", .averaged(.path(steps: 2, .riemann_right), unit)).place() }
    let words = try RandomModels.model(6), path = try Formula.averaged(.path(steps: 2, .riemann_right), F.g)
    #expect(throws: ScoringError.notFloating("the input")) {
      try Scoring(path, of: words.model, words.model.namedParameters, on: words.x, words.y, in: Run(generator: g)).scores()
    }
  }
}
