import Builtins
import CKernels
import Glibc

extension Builtin<Generator> {
  static let gumbelSoftmax = Builtin(
    "gumbel_softmax", "A softmax of scores with Gumbel noise: draws from classes that let gradients through.",
    .required("logits", Tensor.self, "Scores."),
    .option("tau", 1.0, in: 1e-30...1e30, "The temperature: the lower, the closer to a single 1."),
    .option("hard", false, "Whether the output is a single 1, whose gradient is that of the soft one."),
    .option("dim", -1, "The dimension of the classes."),
    formula: "softmax((logits + g) / tau), g = -log(-log u)",
    source: Source("Jang, Gu and Poole 2017", arXiv: "1611.01144"),
    examples: [Example("gumbel_softmax(tensor([-100.0, 100.0]), hard=true)", gives: "[0., 1.]")]
  ) { (g: Generator, x: Tensor, tau: Double, hard: Bool, dim: Int) in try x.gumbelSoftmax(tau, hard: hard, dim, using: g) }

  static let poisson = Builtin(
    "poisson", "Counts drawn from Poisson distributions.",
    .required("input", Tensor.self, "The rates."),
    source: Source("Hörmann 1993, The transformed rejection method for generating Poisson random variables"),
    examples: [Example("poisson(zeros(2))", gives: "[0., 0.]")]
  ) { (g: Generator, x: Tensor) in try g.poisson(x) }

  static let randintLike = Builtin(
    "randint_like", "Whole numbers drawn evenly from low to below high, in the shape of another tensor.",
    .required("input", Tensor.self, "Whose shape and dtype it takes."),
    .option("low", 0, "The least; `randint_like(x, high)` leaves it out."),
    .optional("high", Int.self, "One above the greatest."),
    .optional("dtype", DType.self, "Another type of elements."),
    examples: [Example("randint_like(zeros(2), 1)", gives: "[0., 0.]")]
  ) { (g: Generator, x: Tensor, low: Int, high: Int?, dtype: DType?) in
    try g.integers(x.shape, from: high == nil ? 0 : low, to: high ?? low).to(dtype ?? x.dtype)
  }

  static let rrelu = Builtin(
    "rrelu", "x above 0, a small multiple of x below: in training one drawn for each number, else the mean.",
    .required("input", Tensor.self, "Real numbers."),
    .option("lower", 1.0 / 8, "The least slope."),
    .option("upper", 1.0 / 3, "The greatest slope."),
    .option("training", false, "Whether slopes are drawn."),
    source: Source("Xu and others 2015", arXiv: "1505.00853"),
    examples: [Example("rrelu(tensor([-24.0, 1.0]))", gives: "[-5.5000,  1.0000]")]
  ) { (g: Generator, x: Tensor, lower: Double, upper: Double, training: Bool) in
    try x.rrelu(lower: lower, upper: upper, isTraining: training, using: g)
  }
}

extension Tensor {
  /// - Gradient: that of the softmax, also where the output is a single 1.
  func gumbelSoftmax(_ tau: Double, hard: Bool, _ dim: Int, using generator: Generator) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("gumbel_softmax", expected: "real numbers", met: dtype, operand: 0) }
    let d = try dimension(dim, "gumbel_softmax")
    // 1 - u lies in 0 to 1 without 0; -log of it is 0 at worst, which the least normal number stands in for.
    let waits = try -(1 - generator.uniform(shape, dtype)).log()
    let noise = try -waits.clamp(low: 1.2e-38, high: .infinity).log()
    let soft = try ((self + noise) * (1 / tau)).softmax(d)
    guard hard else { return soft }
    let places = try soft.detached().topk(1, d).indices
    let single = try Tensor.zeros(shape, dtype).scatter(d, places, Tensor.number(1.0))
    return try single - soft.detached() + soft
  }

  /// `x > 0 ? x : slope x`.
  /// - Source: slopes are drawn as PyTorch draws them: one for each number that is not above 0, in order.
  public func rrelu(lower: Double = 1.0 / 8, upper: Double = 1.0 / 3, isTraining: Bool, using generator: Generator) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("rrelu", expected: "real numbers", met: dtype, operand: 0) }
    guard lower <= upper, lower.isFinite, upper.isFinite else { throw .value("rrelu", "lower is at most upper, got \(lower.shortText) and \(upper.shortText)") }
    guard isTraining else { return try leakyReLU((lower + upper) / 2) }
    let below = try detached().gt(0).logicalNot().bools(), drawn = try generator.uniform([below.count { $0 }], from: lower, to: upper, .float64).doubles()
    var next = 0
    let slopes = below.map { isBelow in
      guard isBelow else { return 1.0 }
      next += 1
      return drawn[next - 1]
    }
    return try (to(.float64) * Tensor(slopes, shape)).to(dtype)
  }
}

extension Generator {
  /// Counts of the rates of another tensor, in its dtype.
  func poisson(_ rates: Tensor) throws(TensorError) -> Tensor {
    let dtype = try real("poisson", rates.dtype), numbers = try rates.doubles()
    if let bad = numbers.first(where: { !($0 >= 0 && $0 < 1e15) }) { throw .value("poisson", "a rate is between 0 and 1e15, got \(bad.shortText)") }
    var counts: [Double] = []
    counts.reserveCapacity(numbers.count)
    for rate in numbers {
      guard pith_interrupted() == 0 else { throw .interrupted }
      counts.append(rate == 0 ? 0 : rate < 10 ? try fewEvents(rate) : try manyEvents(rate))
    }
    return try Tensor(counts, rates.shape).to(dtype)
  }

  private func one() throws(TensorError) -> Double { try uniform([1], .float64).item() }

  /// How many uniform numbers can be multiplied before the product falls below `e^-rate`.
  private func fewEvents(_ rate: Double) throws(TensorError) -> Double {
    let end = Glibc.exp(-rate)
    var count = 0.0, product = try one()
    while product > end {
      count += 1
      product *= try one()
    }
    return count
  }

  private func manyEvents(_ rate: Double) throws(TensorError) -> Double {
    let b = 0.931 + 2.53 * rate.squareRoot(), a = -0.059 + 0.02483 * b
    let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4), least = 0.9277 - 3.6224 / (b - 2)
    while true {
      let u = try one() - 0.5, v = try one(), edge = 0.5 - Swift.abs(u), k = ((2 * a / edge + b) * u + rate + 0.43).rounded(.down)
      if edge >= 0.07, v <= least { return k }
      if k < 0 || (edge < 0.013 && v > edge) { continue }
      if Glibc.log(v) + Glibc.log(inverseAlpha) - Glibc.log(a / (edge * edge) + b) <= -rate + k * Glibc.log(rate) - Glibc.lgamma(k + 1) { return k }
    }
  }
}
