import Builtins
import Engine
import Glibc

/// Points in the plane in classes that no line parts, drawn anew for every seed.
enum MadeSets {
  static let all: [Builtin<Generator>] = [.circles, .moons, .spirals, .xor]

  /// Points with noise, in random order: the noise is drawn first, then the order.
  static func set(_ name: String, _ points: [(x: Double, y: Double)], _ labels: [Int], classes: [String], noise: Double, _ generator: Generator) throws -> DataSet {
    let exact = try Tensor(points.flatMap { [$0.x, $0.y] }, [points.count, 2])
    let noise = try generator.normal([points.count, 2], mean: 0, std: noise, .float64).doubles()
    let x = try Tensor(zip(exact.doubles(), noise).map { Float($0 + $1) }, [points.count, 2])
    let data = try DataSet(x, Tensor(labels), features: ["x1", "x2"], classes: classes, target: "class", name: name)
    return try data.shuffled(using: generator)
  }

  /// `count` numbers from 0 to `end`, which is among them or not.
  static func line(_ count: Int, to end: Double, isClosed: Bool) -> [Double] {
    let steps = Double(max(isClosed ? count - 1 : count, 1))
    return (0..<count).map { end * Double($0) / steps }
  }

  /// Samples that a made set may have; more would not fit a screen, nor soon a memory.
  static let counts: ClosedRange<Double> = 2...10_000_000
}

extension Builtin<Generator> {
  static let moons = Builtin(
    "moons", "Two half circles that reach into each other.",
    .option("n", 200, in: MadeSets.counts, "How many points."),
    .option("noise", 0.1, in: 0...1e6, "The standard deviation of what is added to each coordinate."),
    source: Source("scikit-learn's make_moons: the same curves; the random numbers are Pith's own stream"),
    examples: [Example("len(moons(n=100))", gives: "100")]
  ) { (generator: Generator, n: Int, noise: Double) in
    let upper = MadeSets.line(n / 2, to: .pi, isClosed: true).map { (x: cos($0), y: sin($0)) }
    let lower = MadeSets.line(n - n / 2, to: .pi, isClosed: true).map { (x: 1 - cos($0), y: 0.5 - sin($0)) }
    let labels = upper.map { _ in 0 } + lower.map { _ in 1 }
    return try MadeSets.set("moons", upper + lower, labels, classes: ["upper", "lower"], noise: noise, generator)
  }

  static let circles = Builtin(
    "circles", "A circle inside another.",
    .option("n", 200, in: MadeSets.counts, "How many points."),
    .option("noise", 0.1, in: 0...1e6, "The standard deviation of what is added to each coordinate."),
    .option("factor", 0.5, in: 0...1, "The radius of the inner circle; the outer one's is 1."),
    source: Source("scikit-learn's make_circles: the same curves; the random numbers are Pith's own stream"),
    examples: [Example("len(circles(n=100))", gives: "100")]
  ) { (generator: Generator, n: Int, noise: Double, factor: Double) in
    let outer = MadeSets.line(n / 2, to: 2 * .pi, isClosed: false).map { (x: cos($0), y: sin($0)) }
    let inner = MadeSets.line(n - n / 2, to: 2 * .pi, isClosed: false).map { (x: factor * cos($0), y: factor * sin($0)) }
    let labels = outer.map { _ in 0 } + inner.map { _ in 1 }
    return try MadeSets.set("circles", outer + inner, labels, classes: ["outer", "inner"], noise: noise, generator)
  }

  static let xor = Builtin(
    "xor", "A square in which opposite corners belong together.",
    .option("n", 200, in: MadeSets.counts, "How many points."),
    .option("noise", 0.1, in: 0...1e6, "The standard deviation of what is added to each coordinate."),
    formula: "class = (x1 > 0) != (x2 > 0), for x1 and x2 uniform in -1...1, before the noise",
    examples: [Example("len(xor(n=100))", gives: "100")]
  ) { (generator: Generator, n: Int, noise: Double) in
    let drawn = try generator.uniform([n, 2], from: -1, to: 1, .float64).doubles()
    let points = (0..<n).map { (x: drawn[2 * $0], y: drawn[2 * $0 + 1]) }
    let labels = points.map { ($0.x > 0) != ($0.y > 0) ? 1 : 0 }
    return try MadeSets.set("xor", points, labels, classes: ["same", "different"], noise: noise, generator)
  }

  static let spirals = Builtin(
    "spirals", "Arms that wind around each other, one for each class.",
    .option("n", 200, in: MadeSets.counts, "How many points."),
    .option("noise", 0.1, in: 0...1e6, "The standard deviation of what is added to each coordinate."),
    .option("classes", 2, in: 2...100, "How many arms."),
    formula: "radius = 0.2 + 2.8 t, angle = 3 pi t + 2 pi class / classes, for t from 0 to 1",
    examples: [Example("len(spirals(n=99, classes=3))", gives: "99")]
  ) { (generator: Generator, n: Int, noise: Double, classes: Int) in
    var points: [(x: Double, y: Double)] = [], labels: [Int] = []
    for arm in 0..<classes {
      // The first arms take one more where the points do not divide evenly.
      for t in MadeSets.line(n / classes + (arm < n % classes ? 1 : 0), to: 1, isClosed: true) {
        let radius = 0.2 + 2.8 * t, angle = 3 * .pi * t + 2 * .pi * Double(arm) / Double(classes)
        points.append((radius * cos(angle), radius * sin(angle)))
        labels.append(arm)
      }
    }
    return try MadeSets.set("spirals", points, labels, classes: (0..<classes).map { "arm \($0)" }, noise: noise, generator)
  }
}
