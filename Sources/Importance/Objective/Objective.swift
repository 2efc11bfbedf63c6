import Builtins
import Engine
import NN

/// The one number of a sample whose change is asked for.
public enum Objective {
  /// Of one sample; over a data set it is their mean, as PyTorch's functions have it.
  case loss(LossName)
  /// Of the label, or of the predicted class where there are no labels.
  case logit, prob, logprob
  /// The label's logit above the largest other.
  case margin
  case classLogit(Int), output(Int)
  /// A function of the outputs and the targets of several samples that gives one number for each.
  case function(String, (Tensor, Tensor?) throws -> Tensor)

  /// Whether it takes the predicted class where there are no labels.
  var readsPrediction: Bool {
    switch self {
    case .logit, .prob, .logprob, .margin: true
    case .loss, .classLogit, .output, .function: false
    }
  }

  /// As it is written after `for`.
  public var text: String {
    switch self {
    case .loss(let loss): loss == .auto ? "loss" : "loss=\(loss.rawValue)"
    case .logit: "logit"
    case .prob: "prob"
    case .logprob: "logprob"
    case .margin: "margin"
    case .classLogit(let k): "logit[\(k)]"
    case .output(let k): "output[\(k)]"
    case .function(let text, _): text
    }
  }

  /// What it is, in words.
  public var words: String {
    switch self {
    case .loss(let loss): loss == .auto ? "the loss: cross-entropy for integer targets, the mean squared error for real ones" : loss.rawValue
    case .logit: "the logit of the label, or of the predicted class without labels"
    case .prob: "the probability of the label, or of the predicted class without labels"
    case .logprob: "the logarithm of the probability of the label, or of the predicted class without labels"
    case .margin: "the logit of the label minus the largest other"
    case .classLogit(let k): "the logit of class \(k)"
    case .output(let k): "output \(k)"
    case .function(let text, _): text
    }
  }
}

/// What does not fit between an objective, the outputs of the model and the targets.
public enum ObjectiveError: Error, Equatable {
  case needsTargets(String)
  /// The objective, what it takes, what the model gave.
  case output(String, expected: String, met: [Int])
  case targets(String, expected: String, met: [Int], DType)
  case classOutside(String, met: Int, classes: Int)
  /// A function gave something else than one number for each sample.
  case numbers(expected: Int, met: [Int])
}

extension ObjectiveError {
  /// What to type instead.
  public var help: String? {
    switch self {
    case .needsTargets: "`on` a data set with targets, such as dataset(x, y); or `for logit`, which takes the class that the model predicts"
    case .classOutside(_, _, let classes): "classes are numbered from 0 to \(max(classes - 1, 0))"
    case .output, .targets, .numbers: nil
    }
  }
}

extension ObjectiveError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .needsTargets(let name): "`\(name)` needs targets, and the data has none"
    case .output(let name, let expected, let met): "`\(name)` takes outputs of \(expected), the model gave \(met)"
    case .targets(let name, let expected, let met, let dtype): "`\(name)` takes \(expected) as targets, got \(dtype.name) of \(met)"
    case .classOutside(let name, let met, let classes): "`\(name)`: there is no class \(met): the model has \(classes)"
    case .numbers(let expected, let met): "the objective gave \(met) where one number for each of \(expected) samples was expected"
    }
  }
}
