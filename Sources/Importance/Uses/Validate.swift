import Builtins
import Engine
import NN

/// What `validate` works on.
public struct ValidationRequest {
  public var model: Module
  public var importance: ImportanceValue
  public var x: Tensor, y: Tensor
  public var metric = ValidationMetric.loss
  /// `auto` is the loss that the dtype of the targets asks for.
  public var loss = LossName.auto
  public var includeBias = false
  public var steps = 10, draws = 10
  /// Hooks and the randomness of the draws.
  public var run: Run
  public var progress: ((Double) -> Void)?

  public init(_ model: Module, _ importance: ImportanceValue, on x: Tensor, _ y: Tensor, in run: Run) {
    (self.model, self.importance, self.x, self.y, self.run) = (model, importance, x, y, run)
  }
}

/// Removes weights step by step in the order of their scores, in the reverse order and in random orders, and measures the
/// model each time. Whatever happens, the model is afterwards what it was, to the bit.
/// - Cost: `(steps - 1)(draws + 2) + 2` forward passes over the data.
/// - Source: Samek et al. 2017, removal curves, over weights; random and reverse orders as controls.
public func validate(_ request: ValidationRequest) throws -> Validation {
  guard request.x.rank > 0, request.x.shape[0] > 0 else { throw ScoringError.noSamples(request.x.shape) }
  guard request.y.rank > 0, request.y.shape[0] == request.x.shape[0] else {
    throw ScoringError.targetsDiffer(samples: request.x.shape[0], targets: request.y.shape)
  }
  let changes = Journal()
  defer { changes.rollBack() }
  request.model.setTraining(false, journal: changes)
  return try Recording.with(.none) {
    var removal = try Removal(request, changes)
    let places = Ranking(removal.scores).places
    let first = try removal.curve(places)
    let last = places.count - 1
    let reverse = try removal.curve(places.map { last - $0 })
    var random: [[Double]] = []
    for _ in 0..<max(request.draws, 1) { random.append(try removal.curve(request.run.generator.permutation(places.count).ints())) }
    return Validation(
      title: request.importance.title, metric: request.metric, fractions: removal.fractions, first: first, reverse: reverse, random: random)
  }
}

/// A model whose weights are removed and put back.
private struct Removal {
  let request: ValidationRequest
  let changes: Journal
  let pairs: [(parameter: NN.Parameter, whole: Tensor)]
  let scores: [Double]
  let fractions: [Double]
  /// The metric of the whole model and of one without any of the weights, which all orders share.
  private var ends: (whole: Double, empty: Double)?
  private var done = 0.0

  init(_ request: ValidationRequest, _ changes: Journal) throws {
    let found = try request.importance.pairs(in: request.model, includeBias: request.includeBias)
    (self.request, self.changes) = (request, changes)
    pairs = try found.map { ($0.parameter, try $0.parameter.value.detached().copied()) }
    scores = found.flatMap(\.scores)
    let steps = max(request.steps, 1)
    fractions = (0...steps).map { Double($0) / Double(steps) }
  }

  /// The metric while the weights go in the order of their places.
  mutating func curve(_ places: [Int]) throws -> [Double] {
    var start = 0, split: [Tensor] = []
    for pair in pairs {
      split.append(try Tensor(Array(places[start..<(start + pair.whole.count)]), pair.whole.shape))
      start += pair.whole.count
    }
    let ends: (whole: Double, empty: Double)
    if let known = self.ends { ends = known } else { ends = (try metric(without: 0, split), try metric(without: places.count, split)) }
    self.ends = ends
    let inner = try fractions.dropFirst().dropLast().map { try metric(without: Int(($0 * Double(places.count)).rounded()), split) }
    return [ends.whole] + inner + [ends.empty]
  }

  private mutating func metric(without count: Int, _ places: [Tensor]) throws -> Double {
    guard !Interrupt.isSet else { throw TensorError.interrupted }
    for ((parameter, whole), place) in zip(pairs, places) {
      let left = try place.ge(Tensor.number(count)).selecting(whole, Tensor.zeros([], whole.dtype))
      try changes.write(parameter.value) { try parameter.value.copyNumbers(of: left) }
    }
    done += 1
    request.progress?(min(1, done / Double((fractions.count - 2) * (request.draws + 2) + 2)))
    return try measured()
  }

  private func measured() throws -> Double {
    let n = request.x.shape[0], size = max(1, min(n, 16_384))
    var sum = 0.0
    for start in stride(from: 0, to: n, by: size) {
      let rows = min(size, n - start)
      let isWhole = rows == n
      let x = isWhole ? request.x : try request.x.narrow(0, start, rows), y = isWhole ? request.y : try request.y.narrow(0, start, rows)
      let out = try request.run(request.model, x)
      guard out.shape.first == rows else { throw ScoringError.outputRows(expected: rows, met: out.shape) }
      switch request.metric {
      case .loss: sum += try Objective.loss(request.loss).perSample(out, y).to(.float64).sum().item()
      case .accuracy:
        guard out.rank == 2, out.shape[1] > 0 else { throw ObjectiveError.output("accuracy", expected: "[n, classes]", met: out.shape) }
        sum += try out.argmax(1).eq(checkedLabels(y, out, "accuracy")).to(.float64).sum().item()
      }
    }
    return sum / Double(n)
  }
}
