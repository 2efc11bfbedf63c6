import Builtins
import Engine

/// What a training watches, to stop early or to lower its rate.
public enum WatchName: String, Choice {
  /// The test loss where there is test data, else the loss.
  case auto
  case loss, metric, test_loss, test_metric

  /// - Throws: `value` where it asks for test data that is not there.
  func resolved(hasTest: Bool) throws(TensorError) -> WatchName {
    if self == .auto { return hasTest ? .test_loss : .loss }
    if !hasTest, self == .test_loss || self == .test_metric {
      throw .value("watch", "\(rawValue) needs held-out data: give `test=`, or watch the loss of the training itself")
    }
    return self
  }

  var isOfMetric: Bool { self == .metric || self == .test_metric }

  func value(of epoch: History.Epoch) -> Double? {
    switch self {
    case .auto, .loss: epoch.loss
    case .metric: epoch.metric
    case .test_loss: epoch.testLoss
    case .test_metric: epoch.testMetric
    }
  }

  /// What it is called in a sentence.
  func text(_ metric: String) -> String {
    switch self {
    case .auto, .loss: "the training loss"
    case .metric: "the training \(metric)"
    case .test_loss: "the test loss"
    case .test_metric: "the test \(metric)"
    }
  }
}

/// Ends a training that has stopped to get better, and keeps the parameters of its best epoch.
struct EarlyStopping {
  /// Epochs without progress that are let pass.
  let patience: Int
  /// By how much it must be better to count.
  let minDelta: Double
  let isRising: Bool, restoresBest: Bool
  /// The best epoch so far, counted from 1, and what was watched then.
  private(set) var best: (epoch: Int, value: Double)?
  private(set) var bestNumbers: [(name: String, numbers: Tensor)] = []
  private(set) var waited = 0

  init(patience: Int, minDelta: Double, isRising: Bool, restoresBest: Bool) throws(TensorError) {
    guard patience >= 0 else { throw .value("early_stopping", "is at least 0 epochs, got \(patience)") }
    guard minDelta >= 0 else { throw .value("min_delta", "is at least 0, got \(minDelta.shortText)") }
    (self.patience, self.minDelta, self.isRising, self.restoresBest) = (patience, minDelta, isRising, restoresBest)
  }

  /// Takes in what was watched in an epoch.
  /// - Returns: true where the training is to stop.
  mutating func isOver(after epoch: Int, _ value: Double, _ model: Module) throws -> Bool {
    let isBetter = best.map { isRising ? value > $0.value + minDelta : value < $0.value - minDelta } ?? !value.isNaN
    if isBetter {
      (best, waited) = ((epoch, value), 0)
      if restoresBest { bestNumbers = try model.keptNumbers() }
    } else {
      waited += 1
    }
    return waited > 0 && waited >= patience
  }

  /// Goes on from where a checkpoint left it.
  mutating func resume(best: (epoch: Int, value: Double)?, waited: Int, numbers: [(name: String, numbers: Tensor)]) {
    (self.best, self.waited, bestNumbers) = (best, waited, numbers)
  }

  /// Puts the best numbers back.
  func restore(_ model: Module, _ journal: Journal) throws {
    try model.write(bestNumbers, journal)
  }
}

extension Module {
  /// Copies of all parameters and buffers.
  func keptNumbers() throws -> [(name: String, numbers: Tensor)] {
    let parameters = try namedParameters.map { ($0.name, try $0.parameter.value.detached().copied()) }
    return try parameters + namedBuffers.map { ($0.name, try $0.buffer.value.copied()) }
  }

  /// Writes numbers into the parameters and buffers of those names, without making them a new start.
  func write(_ numbers: [(name: String, numbers: Tensor)], _ journal: Journal) throws {
    let parameters = Dictionary(namedParameters.map { ($0.name, $0.parameter) }) { first, _ in first }
    let buffers = Dictionary(namedBuffers.map { ($0.name, $0.buffer) }) { first, _ in first }
    for (name, source) in numbers {
      if let parameter = parameters[name] {
        try parameter.write(journal) { try parameter.value.copyNumbers(of: source) }
      } else if let buffer = buffers[name] {
        try journal.write(buffer.value) { try buffer.value.copyNumbers(of: source) }
      }
    }
  }
}
