import Testing

@testable import Engine

/// Linear layers that run as one against the same layers one at a time.
@Suite struct LinearStackTests {
  private func layers(_ widths: [Int], _ generator: Generator, required: (Int) -> Bool = { _ in true }) throws -> [LinearLayer] {
    try (1..<widths.count).map { i in
      let weight = try generator.normal([widths[i], widths[i - 1]], mean: 0, std: 0.3), bias = try generator.normal([widths[i]])
      return LinearLayer(
        required(i) ? weight.requiringGrad() : weight, i == 2 ? nil : required(i) ? bias.requiringGrad() : bias, hasReLU: i < widths.count - 1)
    }
  }

  private func plain(_ x: Tensor, _ layers: [LinearLayer]) throws -> Tensor {
    try layers.reduce(x) { y, layer in
      let z = try y.matmul(layer.weight.transpose(0, 1))
      let sum = try layer.bias.map { try z + $0 } ?? z
      return layer.hasReLU ? try sum.relu() : sum
    }
  }

  private func isClose(_ a: Tensor?, _ b: Tensor?, _ tolerance: Double = 1e-4) throws -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    let (found, expected) = (try a.doubles(), try b.doubles())
    return a.shape == b.shape && zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance * (1 + abs($1)) }
  }

  @Test("output and gradients", arguments: [12, 40, 300])
  func gradients(_ rows: Int) throws {
    let generator = Generator(seed: 1), layers = try layers([9, 70, 33, 5], generator)
    let x = try generator.normal([rows, 9]).requiringGrad(), seed = try generator.normal([rows, 5])
    let targets = [x] + layers.flatMap { [$0.weight] + ($0.bias.map { [$0] } ?? []) }
    let y = try x.linear(through: layers), expected = try plain(x, layers)
    #expect(try isClose(y, expected))
    for (a, b) in zip(try y.gradients(with: targets, seed: seed), try expected.gradients(with: targets, seed: seed)) { #expect(try isClose(a, b)) }
    #expect(try isClose(Recording.with(.none) { try x.linear(through: layers) }, expected))
  }

  @Test("of many rows too, whole vectors wide or not", arguments: [[64, 128, 64, 10], [70, 33, 64, 5]])
  func manyRows(_ widths: [Int]) throws {
    let generator = Generator(seed: 5), layers = try layers(widths, generator), targets = layers.flatMap { [$0.weight] + ($0.bias.map { [$0] } ?? []) }
    let x = try generator.normal([1797, widths[0]]), seed = try generator.normal([1797, widths[3]])
    let found = try x.linear(through: layers).gradients(with: targets, seed: seed)
    for (a, b) in zip(found, try plain(x, layers).gradients(with: targets, seed: seed)) { #expect(try isClose(a, b, 1e-3)) }
  }

  @Test("gradients do not depend on which thread is first")
  func sameEachTime() throws {
    let generator = Generator(seed: 6), layers = try layers([64, 128, 64, 10], generator), weights = layers.map(\.weight)
    let x = try generator.normal([2000, 64]), seed = try generator.normal([2000, 10])
    let runs = try (0..<40).map { _ in
      try x.linear(through: layers).gradients(with: weights, seed: seed).map { try #require($0).doubles() }
    }
    #expect(runs.allSatisfy { $0 == runs[0] })
  }

  @Test("frozen layers have no gradient, and what follows them has its own")
  func frozen() throws {
    let generator = Generator(seed: 2), layers = try layers([9, 20, 33, 5], generator) { $0 == 2 }
    let x = try generator.normal([50, 9]), seed = try generator.normal([50, 5])
    let targets = [layers[0].weight, layers[1].weight, layers[2].weight]
    let found = try x.linear(through: layers).gradients(with: targets, seed: seed)
    let expected = try plain(x, layers).gradients(with: targets, seed: seed)
    #expect(found[0] == nil && found[2] == nil)
    #expect(try isClose(found[1], expected[1]))
  }

  @Test("gradients can be differentiated again")
  func twice() throws {
    let generator = Generator(seed: 3), layers = try layers([6, 20, 13, 4], generator)
    let x = try generator.normal([30, 6]).requiringGrad(), targets = [x, layers[0].weight, layers[2].weight]
    let second = { (y: Tensor) in
      let first = try y.square().sum().gradients(with: targets, keepsHistory: true).compactMap { $0 }
      let total = try first.map { try $0.square().sum() }.reduce(Tensor.zeros([], .float32)) { try $0 + $1 }
      return try total.gradients(with: targets)
    }
    for (a, b) in zip(try second(x.linear(through: layers)), try second(plain(x, layers))) { #expect(try isClose(a, b, 1e-3)) }
  }

  @Test("a weight that changed since is noticed")
  func changed() throws {
    let generator = Generator(seed: 4), layers = try layers([6, 20, 4], generator)
    let x = try generator.normal([30, 6]), y = try x.linear(through: layers).sum()
    try layers[1].weight.assign(Tensor.zeros([4, 20], .float32), at: [], journal: Journal())
    #expect(throws: TensorError.self) { try y.backward() }
  }
}
