import Builtins
import Engine

/// How a training went, epoch by epoch.
public struct History: Value {
  /// What one epoch came to. The numbers on the training data are means over the batches as they were trained on, so they
  /// lag behind the model that the epoch left.
  public struct Epoch: Equatable, Sendable {
    public var loss: Double, metric: Double
    public var testLoss: Double?, testMetric: Double?
    public var seconds: Double
    /// The learning rate of its last step, of the first group of parameters.
    public var lr: Double
  }
  /// The epoch in which what was watched was best.
  public struct Best: Equatable, Sendable {
    /// Counted from 1.
    public let epoch: Int
    /// What was watched, in words.
    public let watched: String
    public let value: Double
    /// Whether the model has the parameters of that epoch again.
    public let isRestored: Bool
  }
  /// Those that ran to their end.
  public internal(set) var epochs: [Epoch] = []
  public let plannedEpochs: Int
  public let lossName: String, metricName: String
  /// Steps taken, those of an unfinished epoch included.
  public internal(set) var steps = 0
  public internal(set) var seconds = 0.0
  /// True where Ctrl-C stopped it; the parameters keep all finished steps.
  public internal(set) var isInterrupted = false
  /// The first step whose loss was not a finite number, counted from 1.
  public internal(set) var firstBadStep: Int?
  /// The epochs that came with a checkpoint.
  public internal(set) var resumedEpochs = 0
  /// True where early stopping ended it.
  public internal(set) var isStopped = false
  /// Where something was watched for early stopping.
  public internal(set) var best: Best?
  /// What `track=` asked for, by parameter.
  public internal(set) var track: Record?

  init(plannedEpochs: Int, lossName: String, metricName: String) {
    (self.plannedEpochs, self.lossName, self.metricName) = (plannedEpochs, lossName, metricName)
  }

  public static let kind = "history"

  public var fields: [String] {
    [
      "loss", metricName, "metric", "test_loss", "test_\(metricName)", "test_metric", "lr", "seconds", "epochs", "steps", "best_epoch", "stopped_early",
      "interrupted",
    ] + (track == nil ? [] : ["track"])
  }

  public func field(_ name: String) throws -> (any Value)? {
    switch name {
    case "loss": try Tensor(epochs.map(\.loss))
    case "metric", metricName: try Tensor(epochs.map(\.metric))
    case "test_loss": try Tensor(epochs.compactMap(\.testLoss))
    case "test_metric", "test_\(metricName)": try Tensor(epochs.compactMap(\.testMetric))
    case "lr": try Tensor(epochs.map(\.lr))
    case "best_epoch": best?.epoch ?? None()
    case "stopped_early": isStopped
    case "track": track
    case "seconds": seconds
    case "epochs": epochs.count
    case "steps": steps
    case "interrupted": isInterrupted
    default: nil
    }
  }

  /// A few epochs as a table, with the last as its note.
  public var shown: Shown {
    guard epochs.count > 1 else { return .text(lastLine) }
    let hasTest = epochs.contains { $0.testLoss != nil }
    // About eight rows tell the course: the first, the last, and evenly spread between.
    let rows = min(epochs.count, 8)
    let places = (0..<rows).map { $0 * (epochs.count - 1) / (rows - 1) }
    let showsRate = epochs.contains { $0.lr != epochs[0].lr }
    let columns = ["epoch", "loss", metricName] + (hasTest ? ["test loss", "test \(metricName)"] : []) + (showsRate ? ["lr"] : [])
    return .table(Table(columns, places.map { cells(epochs[$0], $0 + 1, hasTest) + (showsRate ? [.number(epochs[$0].lr)] : []) }, note: lastLine))
  }

  private func cells(_ epoch: Epoch, _ number: Int, _ hasTest: Bool) -> [Cell] {
    func metric(_ value: Double?) -> Cell { value.map { metricName == "accuracy" ? .share($0) : .number($0) } ?? .empty }
    let test: [Cell] = hasTest ? [epoch.testLoss.map(Cell.number) ?? .empty, metric(epoch.testMetric)] : []
    return [.integer(number), .number(epoch.loss), metric(epoch.metric)] + test
  }

  /// `epoch 60/60  loss 0.0456  accuracy 98.3 %  test loss 0.0612  test accuracy 96.7 %  1.2 s`
  public var lastLine: String {
    var parts = ["epoch \(epochs.count)/\(plannedEpochs)"]
    if let last = epochs.last {
      parts += ["loss \(measureText(last.loss))", metricText(metricName, last.metric)]
      if let loss = last.testLoss { parts.append("test loss \(measureText(loss))") }
      if let metric = last.testMetric { parts.append("test " + metricText(metricName, metric)) }
    }
    parts.append(secondsText(seconds))
    if resumedEpochs > 0 { parts.append("the first \(resumedEpochs) from a checkpoint") }
    if isStopped { parts.append("stopped early") }
    if let best, isStopped || best.epoch != epochs.count {
      parts.append("\(best.watched) was best in epoch \(best.epoch) (\(measureText(best.value)))\(best.isRestored ? ", whose parameters are back" : "")")
    }
    if isInterrupted { parts.append("interrupted after \(steps) step\(steps == 1 ? "" : "s")") }
    if let firstBadStep { parts.append("the loss was not finite from step \(firstBadStep) on: try a smaller lr") }
    return parts.joined(separator: "  ")
  }

  public var json: JSON {
    func list(_ values: [Double]) -> JSON { .array(values.map(JSON.number)) }
    var members = [
      JSON.Member("epochs", .integer(epochs.count)), JSON.Member("loss", list(epochs.map(\.loss))), JSON.Member(metricName, list(epochs.map(\.metric))),
    ]
    if epochs.contains(where: { $0.testLoss != nil }) {
      members += [
        JSON.Member("test_loss", list(epochs.compactMap(\.testLoss))), JSON.Member("test_\(metricName)", list(epochs.compactMap(\.testMetric))),
      ]
    }
    if epochs.contains(where: { $0.lr != epochs[0].lr }) { members.append(JSON.Member("lr", list(epochs.map(\.lr)))) }
    if let best { members.append(JSON.Member("best_epoch", .integer(best.epoch))) }
    if isStopped { members.append(JSON.Member("stopped_early", .bool(true))) }
    members += [JSON.Member("steps", .integer(steps)), JSON.Member("seconds", .number(seconds)), JSON.Member("interrupted", .bool(isInterrupted))]
    if let firstBadStep { members.append(JSON.Member("first_bad_step", .integer(firstBadStep))) }
    return .object(members)
  }
}
