import Builtins

/// A leaf of a formula that is measured by changing something and running the model again: `rise(loss, zero(a))`,
/// `shapley(accuracy)`, `lime(loss)`.
public struct FormulaEffect: Sendable, Hashable {
  public enum Question: Sendable, Hashable {
    /// How far the metric rises when it is done, or how far it drops.
    case rise(EffectAction, EffectPlace)
    case drop(EffectAction, EffectPlace)
    /// How far it rises when it is done to this and to all that raise it more, one after the other.
    case cumulative(EffectAction, EffectPlace)
    /// The Shapley value for the metric, where what does not take part is set to something.
    case shapley(EffectAbsence)
    /// The coefficient of a straight line through the metric over random sets, from which each player is dropped with a
    /// probability, and set to something.
    case lime(EffectAbsence, drop: Double)

    /// What is done to one piece, and where; nil for the games, in which what does not take part is set to something.
    var change: (action: EffectAction, place: EffectPlace)? {
      switch self {
      case .rise(let action, let place), .drop(let action, let place), .cumulative(let action, let place): (action, place)
      case .shapley, .lime: nil
      }
    }

    /// Whether one piece is changed after the other, rather than sets of them.
    var isOneByOne: Bool {
      switch self {
      case .rise, .drop: true
      case .cumulative, .shapley, .lime: false
      }
    }

    /// Of the games, what is absent from them.
    var absence: EffectAbsence? {
      switch self {
      case .rise, .drop, .cumulative: nil
      case .shapley(let absence), .lime(let absence, _): absence
      }
    }
  }

  public let question: Question
  public let metric: EffectMetric
  /// How many random changes, or random orders, are averaged, or how many random sets a line is drawn through.
  public let draws: Int

  public init(_ question: Question, of metric: EffectMetric, draws: Int? = nil) {
    (self.question, self.metric) = (question, metric)
    self.draws = question.change.map { $0.action.isRandom } == false ? 1 : draws ?? Self.standardDraws(question)
  }

  /// Whether what is done is measured by something else than the number that it is done to.
  var hasOwnScale: Bool {
    switch question.change?.action {
    case .zero, .mean, .shuffle, .dropout, nil: false
    case .set, .noise, .reinit: true
    }
  }

  /// Random changes that are averaged, orders of a Shapley value and sets for a line where none are asked for.
  public static func standardDraws(_ question: Question) -> Int {
    switch question {
    case .rise, .drop, .cumulative: 10
    case .shapley: 50
    case .lime: 1000
    }
  }
  /// The probability with which a player is dropped from a set where none is asked for.
  public static let standardDrop = 0.5
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
    let isStandard = question.change.map { $0.action.isRandom } == false || draws == Self.standardDraws(question)
    let count = isStandard ? "" : ", n=\(draws)", absent = question.absence.map { $0 == .auto ? "" : ", absent=\($0.rawValue)" } ?? ""
    switch question {
    case .rise(let action, let place): return "rise(\(metric), \(action.text(place))\(count))"
    case .drop(let action, let place): return "drop(\(metric), \(action.text(place))\(count))"
    case .cumulative(let action, let place): return "cumulative(\(metric), \(action.text(place))\(count))"
    case .shapley: return "shapley(\(metric)\(count)\(absent))"
    case .lime(_, let drop): return "lime(\(metric)\(drop == Self.standardDrop ? "" : ", p=\(drop.formulaText)")\(count)\(absent))"
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
