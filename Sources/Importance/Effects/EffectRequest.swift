import Engine
import NN

/// Everything that effects are measured from.
public struct EffectRequest {
  public let effect: FormulaEffect
  public let model: Module
  public let x: Tensor, y: Tensor?
  /// What stands behind `for`, which `objective` as a metric means.
  public let objective: Objective
  public let run: Run
  /// What is changed at once.
  public var each = ScoreEach.element
  /// Functions of outputs and targets, and tensors, under the texts that the formula names them by.
  public var functions: [String: (Tensor, Tensor?) throws -> Tensor] = [:]
  public var values: [String: Tensor] = [:]
  /// The baseline of the inputs, which broadcasts to them; nil for zeros.
  public var baseline: Tensor?
  /// Bytes that the passes over the samples may take.
  public var memory = 256e6
  /// Told the share that is done, 0 to 1, block by block.
  public var progress: ((Double) -> Void)?
  /// Where draws that are done are kept.
  var kept: KeptPart?

  /// - Parameter x: the inputs of the model, samples along the first dimension, one at least.
  public init(_ effect: FormulaEffect, of model: Module, on x: Tensor, _ y: Tensor?, for objective: Objective, in run: Run) {
    (self.effect, self.model, self.x, self.y) = (effect, model, x, y)
    (self.objective, self.run) = (objective, run)
  }
}

/// What effects are asked of.
public enum EffectSubject {
  case parameter(String, Parameter)
  case module(String, Module)
  case features
}

/// The effects at one place.
public struct EffectResult {
  /// One number a group; with the samples along the first dimension where each sample's own were asked for.
  public let value: Tensor
  /// The standard error of each over the draws; nil where nothing was drawn, or it was counted out in full.
  public let error: Tensor?
  /// The share of the metric's variance over random sets that a straight line through them explains; nil where none is drawn.
  public internal(set) var explained: Double?
}

extension EffectRequest {
  /// The effects of what the formula does to one subject. The model is in evaluation mode, and as before afterwards.
  /// - Parameter keepsSamples: whether each sample's own effects are wanted rather than their mean.
  /// - Throws: `EffectError` and `ObjectiveError` for what cannot be done; `TensorError.interrupted` at the next block.
  public func result(on subject: EffectSubject, keepsSamples: Bool = false) throws -> EffectResult {
    try Recording.with(.none) {
      let work = try EffectWork(self, site(subject))
      switch effect.question {
      case .rise(let action, _): return try work.effects(of: action, sign: 1, keepsSamples: keepsSamples)
      case .drop(let action, _): return try work.effects(of: action, sign: -1, keepsSamples: keepsSamples)
      case .cumulative(let action, _): return try work.cumulated(action, keepsSamples: keepsSamples)
      case .shapley(let absence): return try work.shapley(absence, keepsSamples: keepsSamples)
      case .lime(let absence, let drop): return try work.lime(absence, dropping: drop, keepsSamples: keepsSamples)
      }
    }
  }

  /// The place in the model that the formula means.
  func site(_ subject: EffectSubject) throws(EffectError) -> EffectSite {
    switch (subject, effect.question.change?.place) {
    case (.parameter(let name, let parameter), .w), (.parameter(let name, let parameter), nil): return .parameter(name, parameter)
    case (.module(let name, let module), .a), (.module(let name, let module), nil): return .output(name, module)
    case (.module(let name, let module), .z): return .input(name, module)
    case (.features, .x), (.features, nil): return .features
    case (_, let place?): throw .placeAbsent(place, subject: subject.words)
    }
  }
}

extension EffectSubject {
  var words: String {
    switch self {
    case .parameter(let name, _): "the parameter `\(name)`"
    case .module(let name, _): name.isEmpty ? "the model" : "the module `\(name)`"
    case .features: "the inputs"
    }
  }
}

extension EffectWork {
  /// The mean over the draws, and its standard error.
  func effects(of action: EffectAction, sign: Double, keepsSamples: Bool) throws -> EffectResult {
    var mean = [Double](repeating: 0, count: groups.count), squares = mean
    var matrix: Tensor?, first = 0
    if let state = try kept((Int, [Double], [Double], Tensor?).self) { (first, mean, squares, matrix) = state }
    for draw in first..<request.effect.draws {
      if draw > first { try keep { (draw, mean, squares, matrix) } }
      var totals = try totals(groups.count, keepsSamples: keepsSamples)
      try add(nil, numbers(action), to: &totals, Share(from: Double(draw), of: Double(request.effect.draws)))
      matrix = try totals.matrix.map { part in try matrix.map { try $0 + part } ?? part }
      for (i, value) in totals.means.enumerated() {
        let distance = value - mean[i]
        mean[i] += distance / Double(draw + 1)
        squares[i] += distance * (value - mean[i])
      }
    }
    let draws = Double(request.effect.draws)
    if let matrix { return EffectResult(value: try (matrix * (sign / draws)).reshape([samples] + groups.shape), error: nil) }
    let errors = request.effect.draws > 1 ? squares.map { ($0 / (draws - 1) / draws).squareRoot() } : nil
    return EffectResult(value: try made(mean.map { $0 * sign }), error: try errors.map(made))
  }
}

/// The part of a request's work that some of it is.
struct Share {
  private let start: Double, size: Double

  /// The part at a place of so many equal ones.
  init(from place: Double = 0, of count: Double = 1) { (start, size) = (place / count, 1 / count) }
  private init(start: Double, size: Double) { (self.start, self.size) = (start, size) }

  /// The part of this from one fraction to another.
  func part(_ from: Double, _ to: Double) -> Share { Share(start: start + from * size, size: (to - from) * size) }

  /// The share of all when a fraction of this part is done.
  func at(_ fraction: Double) -> Double { start + fraction * size }
}
