import Builtins

/// A leaf of a formula that is measured by changing something and running the model again: `rise(loss, zero(a))`,
/// `shapley(accuracy)`.
public struct FormulaEffect: Sendable, Hashable {
  public enum Question: Sendable, Hashable {
    /// How far the metric rises when it is done, or how far it drops.
    case rise(EffectAction, EffectPlace)
    case drop(EffectAction, EffectPlace)
    /// How far it rises when it is done to this and to all that raise it more, one after the other.
    case cumulative(EffectAction, EffectPlace)
    /// The Shapley value for the metric, where what does not take part is set to something.
    case shapley(EffectAbsence)
  }

  public let question: Question
  public let metric: EffectMetric
  /// How many random changes, or random orders, are averaged.
  public let draws: Int

  public init(_ question: Question, of metric: EffectMetric, draws: Int? = nil) {
    (self.question, self.metric) = (question, metric)
    switch question {
    case .rise(let action, _), .drop(let action, _), .cumulative(let action, _): self.draws = action.isRandom ? draws ?? Self.standardDraws : 1
    case .shapley: self.draws = draws ?? Self.standardOrders
    }
  }

  /// Whether what is done is measured by something else than the number that it is done to.
  var hasOwnScale: Bool {
    switch question {
    case .rise(let action, _), .drop(let action, _), .cumulative(let action, _):
      switch action {
      case .zero, .mean, .shuffle, .dropout: false
      case .set, .noise, .reinit: true
      }
    case .shapley: false
    }
  }

  /// Random changes that are averaged where none are asked for.
  public static let standardDraws = 10
  /// Random orders of a Shapley value where none are asked for.
  public static let standardOrders = 50
}

/// What is changed.
public enum EffectPlace: String, Sendable, CaseIterable {
  case w, a, z, x

  var words: String {
    switch self {
    case .w: "a parameter"
    case .a: "the output of a module"
    case .z: "the input of a module"
    case .x: "the input of the model"
    }
  }
}

/// What is done to a number.
public enum EffectAction: Sendable, Hashable {
  case zero
  /// Set to the mean over the data; a weight, to the mean of its parameter.
  case mean
  case set(EffectOperand)
  /// A random number of this standard deviation is added.
  case noise(Double)
  /// The numbers of a weight change places; those of an activation or a feature change samples.
  case shuffle
  /// Set to 0 with this probability, else divided by its complement.
  case dropout(Double)
  /// A weight starts anew.
  case reinit

  var isRandom: Bool {
    switch self {
    case .zero, .mean, .set: false
    case .noise, .shuffle, .dropout, .reinit: true
    }
  }

  /// How it is called.
  public static let names = ["zero", "mean", "set", "noise", "shuffle", "dropout", "reinit"]
}

/// A number, or a value of the user's under the text that it was written as, which the request looks up.
public enum EffectOperand: Sendable, Hashable {
  case number(Double)
  case value(String)
  /// The baseline of the request, zeros where it has none.
  case baseline
}

/// What a player that does not take part is set to.
public enum EffectAbsence: String, Choice, Sendable {
  /// The baseline for a feature, the mean over the data for an activation, 0 for a weight.
  case auto
  case zero, mean, baseline
}

/// The number of each sample that is measured.
public enum EffectMetric: Sendable, Hashable {
  /// What stands behind `for`.
  case objective
  case loss, accuracy, logit, prob, logprob, margin
  case classLogit(Int), output(Int)
  /// A function of outputs and targets, under the text that it was written as.
  case function(String)

  /// The metrics that a bare name stands for.
  public static let named: [String: EffectMetric] = [
    "objective": .objective, "loss": .loss, "accuracy": .accuracy, "logit": .logit, "prob": .prob, "logprob": .logprob, "margin": .margin,
  ]
  public static let names = ["loss", "accuracy", "logit", "prob", "logprob", "margin", "objective"]
}

extension FormulaEffect: CustomStringConvertible {
  public var description: String {
    let count: String
    switch question {
    case .rise(let action, _), .drop(let action, _), .cumulative(let action, _): count = action.isRandom && draws != Self.standardDraws ? ", n=\(draws)" : ""
    case .shapley: count = draws == Self.standardOrders ? "" : ", n=\(draws)"
    }
    switch question {
    case .rise(let action, let place): return "rise(\(metric), \(action.text(place))\(count))"
    case .drop(let action, let place): return "drop(\(metric), \(action.text(place))\(count))"
    case .cumulative(let action, let place): return "cumulative(\(metric), \(action.text(place))\(count))"
    case .shapley(let absence): return "shapley(\(metric)\(count)\(absence == .auto ? "" : ", absent=\(absence.rawValue)"))"
    }
  }
}

extension EffectMetric: CustomStringConvertible {
  public var description: String {
    switch self {
    case .objective: "objective"
    case .loss: "loss"
    case .accuracy: "accuracy"
    case .logit: "logit"
    case .prob: "prob"
    case .logprob: "logprob"
    case .margin: "margin"
    case .classLogit(let k): "logit[\(k)]"
    case .output(let k): "output[\(k)]"
    case .function(let text): text
    }
  }
}

extension EffectAction {
  /// As it is written.
  func text(_ place: EffectPlace) -> String {
    switch self {
    case .zero: "zero(\(place.rawValue))"
    case .mean: "mean(\(place.rawValue))"
    case .set(.number(let value)): "set(\(place.rawValue), \(value.formulaText))"
    case .set(.value(let text)): "set(\(place.rawValue), \(text))"
    case .set(.baseline): "set(\(place.rawValue), x0)"
    case .noise(let std): "noise(\(place.rawValue), \(std.formulaText))"
    case .shuffle: "shuffle(\(place.rawValue))"
    case .dropout(let p): "dropout(\(place.rawValue), \(p.formulaText))"
    case .reinit: "reinit(\(place.rawValue))"
    }
  }

  /// What is done, in words, to one piece.
  func words(_ piece: String) -> String {
    switch self {
    case .zero: "setting \(piece) to 0"
    case .mean: "setting \(piece) to its mean"
    case .set(.number(let value)): "setting \(piece) to \(value.formulaText)"
    case .set(.value(let text)): "setting \(piece) to \(text)"
    case .set(.baseline): "setting \(piece) to the baseline"
    case .noise(let std): "adding noise of \(std.formulaText) to \(piece)"
    case .shuffle: "shuffling \(piece)"
    case .dropout(let p): "dropping \(piece) with probability \(p.formulaText)"
    case .reinit: "starting \(piece) anew"
    }
  }
}
