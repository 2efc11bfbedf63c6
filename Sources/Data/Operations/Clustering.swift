import Builtins
import Engine

extension Builtin<Generator> {
  static let kmeans = Builtin(
    "kmeans", "A cluster for each sample, so that samples of one lie close together: whole numbers from 0, as `importance … per` takes them.",
    .required("x", Tensor.self, "One row a sample."),
    .required("n_clusters", Int.self, in: 1...100_000, "How many clusters."),
    .option("n_init", 10, in: 1...1000, "How often it starts anew; the closest result counts."),
    .option("max_iter", 300, in: 1...1_000_000, "The most rounds of each start."),
    formula: "minimise Σₙ |x[n] - c[label[n]]|²",
    source: Source("Lloyd 1982, from centres drawn as Arthur and Vassilvitskii 2007 do (k-means++); clusters are numbered as the samples meet them"),
    examples: [Example("kmeans(load(\"iris\").x, 3).shape", gives: "[150]")]
  ) { (generator: Generator, x: Tensor, clusters: Int, starts: Int, rounds: Int) in
    try Recording.with(.none) { try KMeans(x, clusters).labels(starts: starts, rounds: rounds, using: generator) }
  }
}

/// Clusters of the rows of a tensor.
private struct KMeans {
  /// `[samples, features]`, and the square of the length of each row.
  private let x: Tensor, squares: Tensor
  private let clusters: Int

  init(_ x: Tensor, _ clusters: Int) throws {
    guard x.rank > 0, x.shape[0] > 0, x.dtype.isFloating || x.dtype == .int64 else {
      throw TensorError.shape("kmeans", expected: "a row of numbers for each sample", met: x.shape, operand: 0)
    }
    guard clusters <= x.shape[0] else { throw TensorError.value("n_clusters", "\(clusters) clusters need as many samples, and there are \(x.shape[0])") }
    self.x = try x.detached().to(.float64).reshape([x.shape[0], x.count / x.shape[0]])
    self.clusters = clusters
    squares = try (self.x * self.x).sum([1], keepdim: true)
    guard try squares.sum().item().isFinite else { throw TensorError.value("x", "has numbers that are NaN or infinite") }
  }

  func labels(starts: Int, rounds: Int, using generator: Generator) throws -> Tensor {
    var best: (cost: Double, labels: [Int])?
    for _ in 0..<starts {
      let found = try settled(try firstCentres(generator), rounds)
      if best.map({ found.cost < $0.cost }) ?? true { best = found }
    }
    var numbers: [Int: Int] = [:]
    return try Tensor((best?.labels ?? []).map { label in
      let number = numbers[label] ?? numbers.count
      numbers[label] = number
      return number
    })
  }

  /// `[samples, centres]`: the square of the distance of each to each.
  private func distances(to centres: Tensor) throws -> Tensor {
    let lengths = try (centres * centres).sum([1]).reshape([1, centres.shape[0]])
    return try (squares + lengths - x.matmul(centres.transpose(0, 1)) * 2).clamp(low: 0, high: .infinity)
  }

  /// Samples drawn one after the other, each as likely as the square of its distance to the closest before it.
  private func firstCentres(_ generator: Generator) throws -> Tensor {
    let n = x.shape[0]
    var chosen = [Int(try generator.integers([1], from: 0, to: n).item())]
    var nearest = try distances(to: x.narrow(0, chosen[0], 1)).doubles()
    while chosen.count < clusters {
      let aim = try generator.uniform([1], from: 0, to: 1, .float64).item() * nearest.reduce(0, +)
      var sum = 0.0, next = nearest.firstIndex { $0 > 0 } ?? chosen.count % n
      for i in nearest.indices where nearest[i] > 0 {
        sum += nearest[i]
        next = i
        if sum > aim { break }
      }
      chosen.append(next)
      for (i, distance) in try distances(to: x.narrow(0, next, 1)).doubles().enumerated() { nearest[i] = min(nearest[i], distance) }
    }
    return try x.indexSelect(0, Tensor(chosen))
  }

  /// Moves centres to the means of what is closest to them until nothing changes.
  private func settled(_ first: Tensor, _ rounds: Int) throws -> (cost: Double, labels: [Int]) {
    var centres = first, labels: [Int] = [], cost = Double.infinity
    let names = try Tensor(Array(0..<clusters), [1, clusters])
    for _ in 0..<rounds {
      guard !Interrupt.isSet else { throw TensorError.interrupted }
      let distances = try distances(to: centres)
      let found = try distances.argmin(1)
      cost = try distances.amin([1]).sum().item()
      let new = try found.ints()
      if new == labels { break }
      labels = new
      let isIn = try found.reshape([found.count, 1]).eq(names).to(.float64)
      let counts = try isIn.sum([0]).reshape([clusters, 1])
      let means = try isIn.transpose(0, 1).matmul(x) / counts.clamp(low: 1, high: .infinity)
      // A centre that nothing is closest to stays where it is.
      centres = try counts.gt(Tensor.number(0.0)).selecting(means, centres)
    }
    return (cost, labels)
  }
}
