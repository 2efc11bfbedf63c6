import Builtins
import Engine
import Glibc
import NN
import Testing

@testable import Importance

/// Criteria of second derivatives and of information against slow plain versions, in float64.
@Suite struct CurvatureCriteriaTests: CriteriaSuite {
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
}
