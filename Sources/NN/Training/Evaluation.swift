import Builtins
import Engine

/// How well a model does on data: loss and metric, in evaluation mode.
public struct Evaluation: Value {
  public let loss: Double, metric: Double
  /// The number of samples.
  public let count: Int
  public let lossName: String, metricName: String

  /// Runs the model over the data in batches; nothing is recorded, and the mode of every module is afterwards as it was.
  public init(
    _ model: Module, x: Tensor, y: Tensor, loss: Loss? = nil, metric: MetricName = .auto, run: Run, batchSize: Int = 1024
  ) throws {
    let loss = loss ?? Loss(.auto, for: y)
    let data = try Batches(x, y, size: max(batchSize, 1), shuffle: false, dropLast: false)
    var gathered = Metric(metric, isOfLabels: loss.isOfLabels)
    var sum = 0.0
    try model.evaluating {
      for index in 0..<data.count {
        guard !Interrupt.isSet else { throw TensorError.interrupted }
        let (x, y) = try data.batch(index, nil)
        let output = try run(model, x)
        sum += try loss(output, y).item() * Double(x.shape[0])
        try gathered.add(output, y)
      }
    }
    (self.loss, self.metric, count) = (sum / Double(x.shape[0]), gathered.value, x.shape[0])
    (lossName, metricName) = (loss.name, gathered.name.rawValue)
  }

  public static let kind = "evaluation"
  public var fields: [String] { ["loss", metricName, "metric", "n"] }
  public func field(_ name: String) -> (any Value)? {
    switch name {
    case "loss": loss
    case "metric", metricName: metric
    case "n": count
    default: nil
    }
  }
  /// `loss 0.0612  accuracy 96.7 %  of 30 samples`
  public var shown: Shown {
    .text("loss \(measureText(loss))  \(metricText(metricName, metric))  of \(count) sample\(count == 1 ? "" : "s")")
  }
  public var json: JSON {
    .object([JSON.Member("loss", .number(loss)), JSON.Member(metricName, .number(metric)), JSON.Member("n", .integer(count))])
  }
}

extension Module {
  /// Runs `body` in evaluation mode, recording nothing, and puts every mode back, however it ends.
  public func evaluating<T>(_ body: () throws -> T) throws -> T {
    let modes = everyModule.map { ($0, $0.isTraining) }
    for (module, _) in modes { module.isTraining = false }
    defer { for (module, mode) in modes { module.isTraining = mode } }
    return try Recording.with(.none) { try body() }
  }

  /// The outputs for all samples, in evaluation mode and in batches, so that memory is bounded.
  public func predictions(_ x: Tensor, run: Run, batchSize: Int = 1024) throws -> Tensor {
    guard x.rank > 0 else { throw TensorError.shape("predictions", expected: "samples along the first dimension", met: x.shape, operand: 0) }
    let size = max(batchSize, 1), n = x.shape[0]
    return try evaluating {
      if n <= size { return try run(self, x.detached()) }
      var outputs: [Tensor] = []
      for start in stride(from: 0, to: n, by: size) {
        guard !Interrupt.isSet else { throw TensorError.interrupted }
        outputs.append(try run(self, x.detached().indexed([.slice(from: start, to: min(start + size, n), step: 1)])))
      }
      return try Tensor.cat(outputs, 0)
    }
  }
}
