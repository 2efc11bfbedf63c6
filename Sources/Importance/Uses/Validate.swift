import Builtins
import Engine
import NN

/// What `validate` works on.
public struct ValidationRequest {
  public var model: Module
  public var importance: ImportanceValue
  public var x: Tensor
  /// Nil where the metric needs none.
  public var y: Tensor?
  public var metric = ValidationMetric.loss
  /// `auto` is the loss that the dtype of the targets asks for.
  public var loss = LossName.auto
  public var includeBias = false
  public var fill = RemovalFill.zero
  public var steps = 10, draws = 10
  /// Where each point is measured after training what is left.
  public var retraining: Retraining?
  /// Hooks and the randomness of the draws.
  public var run: Run
  public var progress: ((Double) -> Void)?

  public init(_ model: Module, _ importance: ImportanceValue, on x: Tensor, _ y: Tensor?, in run: Run) {
    (self.model, self.importance, self.x, self.y, self.run) = (model, importance, x, y, run)
  }

  /// The training of what is left, in which removed weights stay 0.
  public struct Retraining {
    public var x: Tensor, y: Tensor
    public var options: TrainingOptions
    public init(_ x: Tensor, _ y: Tensor, _ options: TrainingOptions) { (self.x, self.y, self.options) = (x, y, options) }
  }
}

/// Removes weights, units or features step by step in the order of their scores, in the reverse order, in the order of
/// their magnitude and in random orders, and measures the model each time. Whatever happens, the model is afterwards what
/// it was, to the bit.
/// - Cost: `(steps - 1)(draws + 3) + 2` forward passes over the data, and a training each where `retraining` asks for it.
/// - Source: Samek et al. 2017, removal curves; Hooker et al. 2019 with retraining. Random, reverse and magnitude as controls.
public func validate(_ request: ValidationRequest) throws -> Validation {
  guard request.x.rank > 0, request.x.shape[0] > 0 else { throw ScoringError.noSamples(request.x.shape) }
  if let y = request.y {
    guard y.rank > 0, y.shape[0] == request.x.shape[0] else { throw ScoringError.targetsDiffer(samples: request.x.shape[0], targets: y.shape) }
  }
  let changes = Journal()
  defer { changes.rollBack() }
  request.model.setTraining(false, journal: changes)
  return try Recording.with(.none) {
    let elements = try Removable(
      request.importance, in: request.model, samples: request.x.shape[0], includeBias: request.includeBias, run: request.run, x: request.x)
    var curves = try RemovalCurves(request, elements, changes)
    let places = elements.places(by: elements.scores), last = elements.count - 1
    let first = try curves.curve(places)
    let reverse = try curves.curve(places.map { last - $0 })
    let magnitude = try curves.magnitudes().flatMap { scores in
      let order = elements.places(by: scores)
      return order == places ? nil : try curves.curve(order)
    }
    var random: [[Double]] = []
    for _ in 0..<max(request.draws, 1) { random.append(try curves.curve(elements.randomPlaces(request.run.generator))) }
    let isSigned = elements.scores.contains { $0 < 0 } && elements.scores.contains { $0 > 0 }
    return Validation(
      title: request.importance.title, noun: elements.noun, metric: request.metric, fractions: curves.fractions, first: first, reverse: reverse,
      magnitude: magnitude, random: random, retrained: request.retraining?.options.epochs,
      unsigned: isSigned ? request.importance.formula.unsignedForms : [])
  }
}

/// The metric while more and more is removed.
private struct RemovalCurves {
  let request: ValidationRequest
  let removal: Removal
  let measuring: Measuring
  let fractions: [Double]
  /// The metric of the whole model and of one without any of the elements, which all orders share.
  private var ends: (whole: Double, empty: Double)?
  private var done = 0.0

  init(_ request: ValidationRequest, _ elements: Removable, _ changes: Journal) throws {
    if request.retraining != nil, elements.samples != nil {
      throw UseError.option("retrain", "needs one order for all samples, and here each has its own: take the mean over them")
    }
    self.request = request
    removal = try Removal(elements, request.model, fill: request.fill, on: request.x, run: request.run, changes: changes)
    measuring = Measuring(metrics: [request.metric], loss: request.loss)
    let steps = max(request.steps, 1)
    fractions = (0...steps).map { Double($0) / Double(steps) }
  }

  mutating func curve(_ places: [Int]) throws -> [Double] {
    let split = try removal.elements.split(places), count = removal.elements.count
    let ends: (whole: Double, empty: Double)
    if let known = self.ends { ends = known } else { ends = (try metric(without: 0, split), try metric(without: count, split)) }
    self.ends = ends
    let inner = try fractions.dropFirst().dropLast().map { try metric(without: Int(($0 * Double(count)).rounded()), split) }
    return [ends.whole] + inner + [ends.empty]
  }

  private mutating func metric(without count: Int, _ places: [Tensor]) throws -> Double {
    guard !Interrupt.isSet else { throw TensorError.interrupted }
    let point = Journal()
    defer { point.rollBack() }
    try removal.remove(count, places, journal: point)
    if let retraining = request.retraining { try train(retraining, point) }
    let value = try measuring(removal, request.x, request.y)[0]
    done += 1
    request.progress?(min(1, done / Double((fractions.count - 2) * (request.draws + 3) + 2)))
    return value
  }

  /// Trains what is left. Weights that are 0 because they were removed stay 0.
  private func train(_ retraining: ValidationRequest.Retraining, _ journal: Journal) throws {
    var options = retraining.options
    options.masks = try removal.parameterMasks()
    request.model.setTraining(true, journal: journal)
    let x = try removal.input(retraining.x, from: 0)
    let trainer = try Trainer(request.model, x: x, y: retraining.y, options, run: removal.run, journal: journal)
    let history = try Recording.with(.all) { try trainer.train() }
    if history.isInterrupted { throw TensorError.interrupted }
    request.model.setTraining(false, journal: journal)
  }

  /// The scores of the plainest control: how large a weight, a unit's output or a feature is.
  func magnitudes() throws -> [Double]? {
    let elements = removal.elements
    guard elements.samples == nil else { return nil }
    return try elements.slots.flatMap { slot -> [Double] in
      let numbers: Tensor
      switch slot.place {
      case .parameter(let parameter): return try parameter.value.detached().abs().doubles()
      case .units(let module, let side): numbers = try removal.values(of: module, side, request.x)
      case .input: numbers = request.x.detached()
      }
      let over = [0] + Array((slot.shape.count + 1)..<max(numbers.rank, slot.shape.count + 1))
      return try numbers.to(.float64).abs().mean(over).doubles()
    }
  }
}

extension Removal {
  /// For each parameter that is scored, 1 where it stays and 0 where it was removed.
  fileprivate func parameterMasks() throws -> [(parameter: NN.Parameter, mask: Tensor)] {
    try elements.slots.enumerated().compactMap { i, slot in
      guard case .parameter(let parameter) = slot.place else { return nil }
      return (parameter, try stay(i).to(parameter.value.dtype))
    }
  }
}
